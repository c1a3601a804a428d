"""Lines and events over real pipes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from engine.protocol import MAX_LINE_BYTES, Failed, decode_event
from engine.server.wire import Wire

EVENT = Failed("1", "cancelled")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The two ends of a pipe, closed afterwards where the test did not."""
    ends = os.pipe()
    yield ends
    for fd in ends:
        try:
            os.close(fd)
        except OSError:
            continue


def lines_of(pipe: tuple[int, int], *chunks: bytes) -> list[bytes | None]:
    """What the wire reads when the chunks are written one by one."""
    read_fd, write_fd = pipe

    def write() -> None:
        for chunk in chunks:
            os.write(write_fd, chunk)
        os.close(write_fd)

    writer = threading.Thread(target=write)
    writer.start()
    lines = list(Wire(read_fd, write_fd).lines())
    writer.join()
    return lines


def test_lines_come_whole_however_they_are_cut(pipe: tuple[int, int]) -> None:
    assert lines_of(pipe, b"o", b"ne\ntw", b"o\n\nfour\n", b"cut o") == [b"one", b"two", b"", b"four"]


def test_the_longest_line(pipe: tuple[int, int]) -> None:
    longest = b"x" * (MAX_LINE_BYTES - 1)
    assert lines_of(pipe, longest + b"\n", b"x" + longest + b"\n", b"next\n") == [longest, None, b"next"]


def test_a_line_of_many_times_the_limit_is_one_bad_line(pipe: tuple[int, int]) -> None:
    assert lines_of(pipe, *[b"x" * MAX_LINE_BYTES] * 5, b"\nnext\n") == [None, b"next"]


def test_events_of_two_threads_do_not_mix(pipe: tuple[int, int]) -> None:
    read_fd, write_fd = pipe
    wire = Wire(read_fd, write_fd)
    events = [Failed(str(n), "internal", {"detail": "x" * 100_000}) for n in range(2)]  # longer than a pipe is deep
    threads = [threading.Thread(target=lambda event=event: [wire.send(event) for _ in range(10)]) for event in events]
    for thread in threads:
        thread.start()
    with os.fdopen(os.dup(read_fd), "rb") as reading:
        got = [decode_event(reading.readline()) for _ in range(20)]
    for thread in threads:
        thread.join()
    assert sorted(event.id for event in got if isinstance(event, Failed)) == ["0"] * 10 + ["1"] * 10


def test_sending_to_a_client_that_is_gone(pipe: tuple[int, int]) -> None:
    read_fd, write_fd = pipe
    wire = Wire(read_fd, write_fd)
    os.close(read_fd)
    wire.send(EVENT)
    assert wire.gone
    wire.send(EVENT)
