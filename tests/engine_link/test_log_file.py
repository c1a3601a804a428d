"""The log of a worker."""

from __future__ import annotations

from pathlib import Path

from desktop_app.engine_link.log_file import LIMIT_BYTES, LogFile


def test_the_last_words_are_those_of_this_run(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "compute.log"
    assert LogFile(path).last_line() == "nothing"
    path.write_text("an earlier run\n")
    log = LogFile(path)
    assert log.last_line() == "nothing"
    with path.open("ab") as file:
        file.write(b"first\nlast \xff words\n\n  \n")
    assert log.last_line() == "last � words"
    assert path.read_bytes().startswith(b"an earlier run\n")


def test_a_log_that_has_grown_is_begun_anew_and_the_old_one_kept(tmp_path: Path) -> None:
    path = tmp_path / "compute.log"
    path.write_bytes(b"x" * LIMIT_BYTES)
    LogFile(path)
    assert path.stat().st_size == LIMIT_BYTES
    path.write_bytes(b"x" * (LIMIT_BYTES + 1))
    LogFile(path)
    assert path.stat().st_size == 0
    assert (tmp_path / "compute.1.log").stat().st_size == LIMIT_BYTES + 1


def test_a_log_that_is_gone_says_nothing(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")
    (tmp_path / "log").unlink()
    assert log.last_line() == "nothing"
