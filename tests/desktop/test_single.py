"""A second start knocks at the first window."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from desktop_app.single import FrontDoor, knock

KNOCKING = "import sys; from pathlib import Path; from desktop_app.single import knock; print(knock(Path(sys.argv[1])))"


def test_another_process_reaches_the_window_of_its_library_alone(tmp_path: Path) -> None:
    app = QApplication.instance() or QApplication([])
    knocks: list[bool] = []
    door = FrontDoor(tmp_path / "library", lambda: knocks.append(True))

    def from_outside(library: str) -> str:
        command = [sys.executable, "-c", KNOCKING, str(tmp_path / library)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return answer.stdout.strip()

    assert from_outside("another") == "False"
    assert from_outside("library") == "True"
    until = time.monotonic() + 10
    while not knocks and time.monotonic() < until:
        app.processEvents()
    assert knocks == [True]
    door.deleteLater()
    app.sendPostedEvents(None, 0)
    app.processEvents()


def test_nobody_answers_where_no_window_is_open(tmp_path: Path) -> None:
    assert not knock(tmp_path)
