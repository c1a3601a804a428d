"""An event loop without a window; every test fails on a warning of Qt, and on anything it leaves running."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler

from desktop_app.engine_link.supervisor import LinkSettings, Supervisor
from desktop_app.engine_link.watch import LinkPatience
from engine.base.errors import AlbumenError
from engine.protocol import Done, Event, FindFaces, Role

FAKES = Path(__file__).parents[1] / "fakes"
TIMEOUT_S = 30.0
HASTY = LinkPatience(start_s=60, cancel_s=0.2, leave_s=0.3, tick_s=0.02)
NEVER_KILLS = LinkPatience(start_s=60, cancel_s=600, leave_s=20, tick_s=0.02)

WaitUntil = Callable[[Callable[[], object]], None]


def toy_command(*arguments: str) -> list[str]:
    """A compute worker with the real loop and toy jobs."""
    return [sys.executable, str(FAKES / "toy_worker.py"), *arguments]


def scripted_command(role: Role, script: str = "normal") -> list[str]:
    return [sys.executable, "-S", str(FAKES / "scripted_worker.py"), role, script]


@pytest.fixture(scope="session")
def application() -> QCoreApplication:
    return QCoreApplication.instance() or QCoreApplication([])


@pytest.fixture(autouse=True)
def nothing_left(application: QCoreApplication) -> Iterator[None]:
    """Fails a test for a warning of Qt, a thread, a child process or a running timer that it leaves behind."""
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
    timers = [o for o in gc.get_objects() if isinstance(o, QTimer) and shiboken6.isValid(o) and o.isActive()]
    left = [child for child in psutil.Process().children() if child not in children]
    assert messages == []
    assert set(threading.enumerate()) <= threads
    assert left == []
    assert timers == []


@pytest.fixture
def wait_until(application: QCoreApplication) -> WaitUntil:
    """Runs the event loop until something holds; fails when it does not in a minute."""

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


@dataclass
class Log:
    """What a supervisor said: signals in their order, as (name, arguments)."""

    said: list[tuple[object, ...]] = field(default_factory=list)

    def of(self, job_id: str) -> list[str]:
        """The signals about a job; an event by its own name."""
        about = [entry for entry in self.said if entry[1:2] == (job_id,)]
        return [type(entry[2]).__name__ if entry[0] == "event" else str(entry[0]) for entry in about]

    def states(self, role: Role) -> list[str]:
        return [str(entry[2]) for entry in self.said if entry[:2] == ("state", role)]

    def losses(self, role: Role) -> list[str]:
        """The kinds of the errors for which the worker was lost."""
        return [entry[2].kind for entry in self.said if entry[:2] == ("lost", role)]  # type: ignore[attr-defined]

    def error(self, job_id: str) -> AlbumenError:
        (error,) = (entry[2] for entry in self.said if entry[:2] == ("failed", job_id))
        assert isinstance(error, AlbumenError)
        return error

    def events(self, job_id: str) -> list[Event]:
        return [entry[2] for entry in self.said if entry[:2] == ("event", job_id)]  # type: ignore[misc]

    def ended(self, job_id: str) -> bool:
        return any(entry[0] in ("done", "failed", "cancelled") and entry[1] == job_id for entry in self.said)

    def done(self, job_id: str) -> Done:
        (done,) = (entry[2] for entry in self.said if entry[:2] == ("done", job_id))
        assert isinstance(done, Done)
        return done


def listen(supervisor: Supervisor) -> Log:
    log = Log()
    supervisor.job_event.connect(lambda job_id, event: log.said.append(("event", job_id, event)))
    supervisor.job_done.connect(lambda job_id, done: log.said.append(("done", job_id, done)))
    supervisor.job_failed.connect(lambda job_id, error: log.said.append(("failed", job_id, error)))
    supervisor.job_cancelled.connect(lambda job_id: log.said.append(("cancelled", job_id)))
    supervisor.job_restarted.connect(lambda job_id: log.said.append(("restarted", job_id)))
    supervisor.job_stalled.connect(lambda job_id, seconds: log.said.append(("stalled", job_id, seconds)))
    supervisor.worker_state_changed.connect(lambda role, state: log.said.append(("state", role, state)))
    supervisor.worker_lost.connect(lambda role, error: log.said.append(("lost", role, error)))
    supervisor.device_known.connect(lambda ready: log.said.append(("device", ready)))
    return log


Make = Callable[..., tuple[Supervisor, Log]]


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
        supervisor.deleteLater()


def find(toy: str) -> FindFaces:
    """A job for a toy worker; `toy` may be an absolute path."""
    return FindFaces(os.path.join("/toy", toy))
