"""The one object the window talks to: jobs in, signals out, whatever happens to the workers meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.engine_link.latest import Latest
from desktop_app.engine_link.role_link import RoleLink, WorkerState
from desktop_app.engine_link.watch import LinkPatience
from desktop_app.engine_link.worker import Worker
from engine.client.command import Priority, engine_command, engine_environment
from engine.protocol import (
    AcceptLicence,
    FetchModel,
    FindFaces,
    ImportModel,
    Job,
    ListModels,
    Remake,
    Restore,
    Role,
    VerifyModels,
)

ROLES: tuple[Role, ...] = ("imaging", "compute", "models")


@dataclass(frozen=True)
class LinkSettings:
    """How workers are started: `device` and `threads` (None: the libraries' choice) are those of compute.

    `priority` is that of compute and models; imaging, which answers the brush, always has the normal one.
    `log_dir` takes a log file for each role, `data_dir` is where the user's models are (None: as in this process). With
    `compute_at_start` compute is warm before the first photo is opened; without, it starts with its first job.
    """

    log_dir: Path
    data_dir: Path | None = None
    device: str = "auto"
    threads: int | None = None
    priority: Priority = "low"
    compute_at_start: bool = True


def role_of(job: Job) -> Role:
    """Which worker does a job."""
    match job:
        case FindFaces() | Restore() | Remake():
            return "compute"
        case ListModels() | VerifyModels() | ImportModel() | AcceptLicence() | FetchModel():
            return "models"
        case _:
            return "imaging"


class Supervisor(QObject):
    """Owns the three workers. A job is named by the id that `submit` returns, and its last signal is one of
    `job_done`, `job_failed` and `job_cancelled`; none comes from within `submit` or `submit_latest`.
    """

    job_event = Signal(str, object)
    """Job id, Event: everything between the beginning and the end of a job."""
    job_done = Signal(str, object)
    """Job id, Done."""
    job_failed = Signal(str, object)
    """Job id, AlbumenError."""
    job_cancelled = Signal(str)
    """From within `cancel`, before the worker has stopped; nothing more comes of the job."""
    job_restarted = Signal(str)
    """The worker was lost or replaced, the job's events begin anew."""
    job_stalled = Signal(str, float)
    """Nothing was heard of the job for so many seconds, longer than its pace explains; it goes on unless cancelled."""
    worker_state_changed = Signal(str, str)
    """Role, WorkerState."""
    worker_lost = Signal(str, object)
    """Role, AlbumenError: said once each time, whether or not the worker is started again."""
    device_known = Signal(object)
    """The `Ready` of compute, each time it has started."""

    def __init__(
        self,
        settings: LinkSettings,
        *,
        patience: LinkPatience | None = None,
        command: Callable[[Role], Sequence[str]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Start nothing yet; `command` replaces the command line of the workers."""
        super().__init__(parent)
        self._settings = settings
        self._patience = patience or LinkPatience()
        self._command = command or self._engine_command
        self._ids = itertools.count(1)
        self._latest = Latest()
        self._closing = False
        self._then: Callable[[], object] | None = None
        self._links = {role: self._make_link(role) for role in ROLES}

    def start(self) -> None:
        """Start imaging, and compute where the settings say so."""
        self._links["imaging"].start()
        if self._settings.compute_at_start:
            self._links["compute"].start()

    def submit(self, job: Job) -> str:
        """Have a job done; returns its id."""
        job_id = str(next(self._ids))
        self._submit(job_id, job)
        return job_id

    def submit_latest(self, key: Hashable, job: Job) -> str:
        """Have a job done of which only the latest matters: of a key one is in hand and one waits.

        The one that waits is dropped, without any signal, when a later one comes.
        """
        job_id = str(next(self._ids))
        if self._latest.put(key, job_id, job):
            self._submit(job_id, job)
        return job_id

    def cancel(self, job_id: str) -> None:
        """Stop a job, wherever it is; does nothing for one that has ended."""
        if self._latest.drop(job_id):
            self.job_cancelled.emit(job_id)
        else:
            any(link.cancel(job_id) for link in self._links.values())

    def state(self, role: Role) -> WorkerState:
        return self._links[role].state

    def pid(self, role: Role) -> int:
        """The worker's process id, 0 while there is none."""
        return self._links[role].pid

    def configure(self, settings: LinkSettings) -> None:
        """Use other settings; compute is replaced where they are its own, every worker where the folders are others."""
        before, self._settings = self._settings, settings
        if (before.log_dir, before.data_dir) != (settings.log_dir, settings.data_dir):
            for role in ROLES:
                self.restart(role)
        elif before.priority != settings.priority:
            self.restart("compute")
            self.restart("models")
        elif (before.device, before.threads) != (settings.device, settings.threads):
            self.restart("compute")

    def restart(self, role: Role) -> None:
        """Replace a worker, after models were installed say; its jobs go on with the next."""
        self._links[role].restart()

    def try_again(self, role: Role) -> None:
        """Start a worker that was given up once more."""
        self._links[role].try_again()

    def shutdown(self, then: Callable[[], object]) -> None:
        """Forget all jobs, ask the workers to leave, kill those that don't; call `then` when all are gone."""
        self._closing = True
        self._then = then
        for link in self._links.values():
            link.close()

    def kill_and_wait(self, timeout_ms: int = 1000) -> None:
        """End every worker at once and wait for that: the very last thing, when no event loop runs any more."""
        for link in self._links.values():
            link.kill_and_wait(timeout_ms)

    def _submit(self, job_id: str, job: Job) -> None:
        if not self._closing:
            self._links[role_of(job)].submit(job_id, job)
        else:
            QTimer.singleShot(0, self, partial(self.job_cancelled.emit, job_id))

    def _make_link(self, role: Role) -> RoleLink:
        link = RoleLink(role, partial(self._make_worker, role), self._patience, keep=role != "models", parent=self)
        link.job_event.connect(self.job_event)
        link.job_restarted.connect(self.job_restarted)
        link.job_stalled.connect(self.job_stalled)
        link.job_done.connect(self._on_done)
        link.job_failed.connect(self._on_failed)
        link.job_cancelled.connect(self._on_cancelled)
        link.state_changed.connect(partial(self.worker_state_changed.emit, role))
        link.worker_lost.connect(partial(self.worker_lost.emit, role))
        link.closed.connect(self._on_closed)
        if role == "compute":
            link.worker_ready.connect(self.device_known)
        return link

    def _make_worker(self, role: Role, parent: QObject) -> Worker:
        environment = engine_environment(self._settings.data_dir)
        log_path = self._settings.log_dir / f"{role}.log"
        return Worker(role, self._command(role), environment, log_path, self._patience, parent)

    def _engine_command(self, role: Role) -> list[str]:
        settings = self._settings
        match role:
            case "imaging":
                return engine_command(role, priority="normal")
            case "models":
                return engine_command(role, priority=settings.priority)
            case "compute":
                return engine_command(
                    role, device=settings.device, threads=settings.threads, priority=settings.priority
                )

    def _on_done(self, job_id: str, done: object) -> None:
        self.job_done.emit(job_id, done)
        self._submit_waiting(job_id)

    def _on_failed(self, job_id: str, error: object) -> None:
        self.job_failed.emit(job_id, error)
        self._submit_waiting(job_id)

    def _on_cancelled(self, job_id: str) -> None:
        self.job_cancelled.emit(job_id)
        self._submit_waiting(job_id)

    def _submit_waiting(self, ended_id: str) -> None:
        waiting = self._latest.ended(ended_id)
        if waiting is not None:
            self._submit(*waiting)

    def _on_closed(self) -> None:
        if self._then is not None and all(link.is_gone for link in self._links.values()):
            then, self._then = self._then, None
            QTimer.singleShot(0, self, then)
