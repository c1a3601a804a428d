"""One log file of the window, Qt's own words in it, and stderr where the folder takes none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import qInstallMessageHandler, qWarning

from desktop_app.logs import start_logging


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    qInstallMessageHandler(None)
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_what_is_logged_and_what_qt_says_lies_in_one_file(tmp_path: Path) -> None:
    start_logging(tmp_path / "logs")
    logging.getLogger("albumen.import").info("12 photos")
    logging.getLogger("albumen.import").debug("noise")
    qWarning("the paint is wet")
    lines = (tmp_path / "logs" / "window.log").read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "INFO albumen.import: 12 photos",
        "WARNING qt: the paint is wet",
    ]


def test_a_full_file_is_turned_over_and_few_are_kept(tmp_path: Path) -> None:
    start_logging(tmp_path)
    for _ in range(6 * 11):
        logging.getLogger("albumen").info("x" * 100_000)  # ten a mebibyte
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["window.log", "window.log.1", "window.log.2", "window.log.3"]
    assert all(file.stat().st_size <= 2**20 for file in files)


def test_where_the_folder_takes_no_file_the_log_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    start_logging(tmp_path / "logs")
    logging.getLogger("albumen").warning("still told")
    assert "still told" in capsys.readouterr().err
