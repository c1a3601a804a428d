"""What is printed while a command runs."""

from __future__ import annotations

import io

import pytest

from engine.cli.report import ProgressLine, duration
from engine.protocol import Progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (59.4, "59 s"), (60, "1 min"), (3599, "1 h 0 min"), (3900, "1 h 5 min")]
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_terminal_gets_one_line_that_is_written_over() -> None:
    stream = _Terminal()
    line = ProgressLine(stream)
    line.show("photo 1", Progress("1", "restore", 0.5, 90))
    line.show("photo 1", Progress("1", "restore", 1.0))
    line.note("done")
    first, second, *_ = stream.getvalue().split("\r")[1:]
    assert first == "photo 1: restoring,  50%, 2 min left"
    assert second == "photo 1: restoring, 100%".ljust(len(first))
    assert stream.getvalue().endswith("\rdone\n")


def test_a_file_gets_only_what_stays() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    line.show("photo 1", Progress("1", "restore", 0.5))
    line.note("done")
    assert stream.getvalue() == "done\n"
