"""A fresh library with a scripted supervisor; a test that leaves a thread running fails."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from work_helpers import Bench, ScriptedSupervisor, WaitUntil

from desktop_app.album.store.catalogue import Catalogue
from desktop_app.paths import Paths
from desktop_app.work.library import Library

TIMEOUT_S = 30.0


@pytest.fixture(scope="session")
def application() -> QCoreApplication:
    """One for the whole run: a process has a single application, and other tests show widgets."""
    return QApplication.instance() or QApplication([])


@pytest.fixture
def wait_until(application: QCoreApplication) -> WaitUntil:
    """Runs the event loop until something holds; fails when it does not in time."""

    def wait(holds: Callable[[], object]) -> None:
        loop = QEventLoop()
        late: list[bool] = []
        look, limit = QTimer(interval=2), QTimer(singleShot=True, interval=round(TIMEOUT_S * 1000))
        look.timeout.connect(lambda: holds() and loop.quit())
        limit.timeout.connect(lambda: (late.append(True), loop.quit()))
        look.start()
        limit.start()
        if not holds():
            loop.exec()
        look.stop()
        limit.stop()
        assert not late, "it did not come to hold"

    return wait


@pytest.fixture(scope="session")
def empty_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library just made; making it waits for the disk many times, copying it does not."""
    folder = tmp_path_factory.mktemp("empty") / "library"
    Catalogue.open(folder).close()
    return folder


@pytest.fixture
def bench(tmp_path: Path, empty_library: Path, wait_until: WaitUntil) -> Iterator[Bench]:
    paths = Paths(tmp_path / "home")
    shutil.copytree(empty_library, paths.library)
    threads = set(threading.enumerate())
    library = Library(Catalogue.open(paths.library))
    bench = Bench(paths, library, ScriptedSupervisor(), wait_until)
    yield bench
    for opened in (*bench.opened, library):
        opened.close()
    assert {thread.name for thread in threading.enumerate() if thread not in threads} == set()
