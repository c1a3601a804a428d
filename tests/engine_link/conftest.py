"""An event loop without a window; every test fails on a warning of Qt, and on anything it leaves running."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from link_helpers import NEVER_KILLS, Log, Make, WaitUntil, listen, scripted_command, toy_command
from PySide6.QtCore import QCoreApplication, QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from desktop_app.engine_link.supervisor import LinkSettings, Supervisor
from desktop_app.engine_link.watch import LinkPatience
from engine.protocol import Role

TIMEOUT_S = 30.0


@pytest.fixture(scope="session")
def application() -> QCoreApplication:
    """One for the whole run: a process has a single application, and other tests show widgets."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QApplication.instance() or QApplication([])


@pytest.fixture(autouse=True)
def nothing_left(application: QCoreApplication) -> Iterator[None]:
    """Fails a test for a warning of Qt, a thread or a child process that it leaves behind."""
    messages: list[str] = []

    def take(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        messages.append(f"{kind.name}: {message}")

    qInstallMessageHandler(take)
    threads = set(threading.enumerate())
    children = set(psutil.Process().children())
    yield
    application.sendPostedEvents(None, 0)
    application.processEvents()
    qInstallMessageHandler(None)
    left = [child for child in psutil.Process().children() if child not in children]
    assert messages == []
    assert set(threading.enumerate()) <= threads
    assert left == []


@pytest.fixture
def wait_until(application: QCoreApplication) -> WaitUntil:
    """Runs the event loop until something holds; fails when it does not in time."""

    def wait(holds: Callable[[], object]) -> None:
        loop = QEventLoop()
        late: list[bool] = []
        look, limit = QTimer(interval=5), QTimer(singleShot=True, interval=round(TIMEOUT_S * 1000))
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


@pytest.fixture
def make(tmp_path: Path, wait_until: WaitUntil) -> Iterator[Make]:
    """Makes supervisors of fake workers (compute: toys) that are shut down when the test ends."""
    supervisors: list[Supervisor] = []

    def make_one(
        *toy_arguments: str,
        patience: LinkPatience = NEVER_KILLS,
        scripts: dict[Role, str] | None = None,
        compute_at_start: bool = True,
    ) -> tuple[Supervisor, Log]:
        def command(role: Role) -> list[str]:
            script = (scripts or {}).get(role)
            if script is None and role == "compute":
                return toy_command(*toy_arguments)
            return scripted_command(role, script or "normal")

        settings = LinkSettings(tmp_path / "logs", compute_at_start=compute_at_start)
        supervisors.append(Supervisor(settings, patience=patience, command=command))
        return supervisors[-1], listen(supervisors[-1])

    yield make_one
    for supervisor in supervisors:
        gone: list[bool] = []
        supervisor.shutdown(lambda gone=gone: gone.append(True))
        wait_until(lambda gone=gone: gone)
        assert not any(timer.isActive() for timer in supervisor.findChildren(QTimer))
        supervisor.deleteLater()
