"""One role's worker over time: started, lost, started again, given up; and the jobs it has in hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.engine_link.in_hand import InHand
from desktop_app.engine_link.watch import LinkPatience
from desktop_app.engine_link.worker import Worker
from engine.base.errors import AlbumenError, BadMessage, WorkerGivenUp, WorkerLost, WorkerStopped
from engine.client.patience import Losses, Silence
from engine.client.session import encode_request
from engine.protocol import Alive, Cancel, Done, Event, Failed, Hello, Job, Ready, Role, subject

WorkerState = Literal["off", "starting", "ready", "busy", "restarting", "given_up"]

_logger = logging.getLogger(__name__)


class RoleLink(QObject):
    """Does jobs with a worker of one role; `make_worker` gives a new one, with this as its parent.

    With `keep` the worker is there for good once it was started, without it it leaves after a while without a job.
    No signal is emitted by `submit`.
    """

    job_event = Signal(str, object)
    job_done = Signal(str, object)
    job_failed = Signal(str, object)
    job_cancelled = Signal(str)
    job_restarted = Signal(str)
    job_stalled = Signal(str, float)
    state_changed = Signal(str)
    worker_ready = Signal(object)
    worker_lost = Signal(object)
    closed = Signal()

    def __init__(
        self,
        role: Role,
        make_worker: Callable[[QObject], Worker],
        patience: LinkPatience,
        *,
        keep: bool,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self._make_worker = make_worker
        self._patience = patience
        self._keep = keep
        self._jobs = InHand(patience)
        self._losses = Losses(patience)
        self._silence = Silence(patience)
        self._worker: Worker | None = None
        self._given_up: AlbumenError | None = None
        self._closing = False
        self.state: WorkerState = "off"
        self._tick = QTimer(self, interval=round(patience.tick_s * 1000))
        self._idle = QTimer(self, singleShot=True, interval=round(patience.idle_s * 1000))
        self._tick.timeout.connect(self._on_tick)
        self._idle.timeout.connect(self._on_idle)

    @property
    def pid(self) -> int:
        """The worker's process id, 0 while there is none."""
        return 0 if self._worker is None else self._worker.pid

    @property
    def is_gone(self) -> bool:
        """Whether there is no process."""
        return self._worker is None

    def start(self) -> None:
        """Start the worker where there is none; not when it was given up."""
        if self._worker is None and self._given_up is None and not self._closing:
            self._start("starting")

    def submit(self, job_id: str, job: Job) -> None:
        """Take a job in; it is sent as soon as there is a worker."""
        try:
            if self._given_up is not None:
                raise self._given_up
            self._jobs.add(job_id, job)
        except AlbumenError as error:
            QTimer.singleShot(0, self, partial(self.job_failed.emit, job_id, error))
            return
        self._idle.stop()
        self.start()
        self._send()

    def cancel(self, job_id: str) -> bool:
        """Tell at once that a job is cancelled, and its worker; False where it is not in hand."""
        entry = self._jobs.get(job_id)
        if entry is None or entry.cancelled:
            return False
        entry.cancelled = True
        if not entry.sent:
            self._jobs.remove(entry)
        elif self._worker is not None:
            self._worker.send(encode_request(Cancel(job_id)))
        self.job_cancelled.emit(job_id)
        self._update_state()
        return True

    def restart(self) -> None:
        """Replace the worker, which has other settings now; its jobs are sent to the next one."""
        if self._given_up is not None:
            self.try_again()
        elif self._worker is not None:
            self._worker.leave()
            self._set_state("restarting")

    def try_again(self) -> None:
        """Start the worker that was given up once more."""
        if self._given_up is not None:
            self._given_up = None
            self._losses = Losses(self._patience)
            self.start()

    def close(self) -> None:
        """Forget the jobs and end the worker for good; `closed` is emitted when it has ended."""
        self._closing = True
        self._tick.stop()
        self._idle.stop()
        if self._worker is None:
            QTimer.singleShot(0, self, self.closed.emit)
        else:
            self._worker.leave()

    def kill_and_wait(self, timeout_ms: int) -> None:
        """End the worker and wait for that, when there is no event loop any more."""
        self._closing = True
        if self._worker is not None:
            self._worker.kill_and_wait(timeout_ms)

    # What the worker says

    def _on_event(self, event: Event) -> None:
        self._silence.heard()
        match event:
            case Hello():
                return
            case Alive():
                self._jobs.saw(event)
                return
            case Ready():
                self._send()
                self.worker_ready.emit(event)
                return
            case Failed(id=""):
                _logger.warning("the %s worker could not use a line: %s", self._role, event)
                return
            case Failed(kind="cancelled") if self._is_leaving_with(event.id):
                return
        entry = self._jobs.saw(event)
        if entry is None or entry.cancelled:
            pass
        elif isinstance(event, Done):
            self.job_done.emit(entry.id, event)
        elif isinstance(event, Failed) and event.kind == "cancelled":
            self.job_cancelled.emit(entry.id)
        elif isinstance(event, Failed):
            self.job_failed.emit(entry.id, AlbumenError.from_wire(event.kind, event.arguments))
        else:
            self.job_event.emit(entry.id, event)
        self._update_state()

    def _is_leaving_with(self, job_id: str) -> bool:
        """Whether the worker stopped a job only because it was asked to leave; the next one will do it."""
        entry = self._jobs.get(job_id)
        leaving = self._worker is not None and not self._worker.takes_jobs
        return leaving and entry is not None and not entry.cancelled

    def _on_left(self) -> None:
        self._worker_is_gone(None)

    def _on_lost(self, error: AlbumenError) -> None:
        _logger.warning("%s", error)
        self._losses.add()
        if not isinstance(error, WorkerStopped | BadMessage):
            self._given_up = error  # it would be the same the next time
        elif self._losses.too_many:
            detail = error.arguments["detail"]
            self._given_up = WorkerGivenUp(role=self._role, times=self._losses.recent, detail=detail)
        self._worker_is_gone(error)

    def _worker_is_gone(self, error: AlbumenError | None) -> None:
        """Go on without this worker, or with the next; everything is settled before anybody is told."""
        assert self._worker is not None
        self._worker.deleteLater()
        self._worker = None
        self._tick.stop()
        if self._closing:
            self._set_state("off")
            self.closed.emit()
            return
        guilty, begun = self._jobs.worker_is_gone(lost=error is not None)
        if self._given_up is not None:
            self._give_up(error, [] if guilty is None else [(guilty.id, guilty.job)])
            return
        if self._keep or self._jobs:
            self._start("restarting")
        else:
            self._set_state("off")
        if error is not None:
            self.worker_lost.emit(error)
        if guilty is not None:
            self.job_failed.emit(guilty.id, WorkerLost(role=self._role, path=subject(guilty.job)))
        for job_id in begun:
            self.job_restarted.emit(job_id)

    def _give_up(self, error: AlbumenError | None, guilty: list[tuple[str, Job]]) -> None:
        given_up = self._given_up
        others = self._jobs.clear()
        self._set_state("given_up")
        self.worker_lost.emit(error)
        for job_id, job in guilty:
            self.job_failed.emit(job_id, WorkerLost(role=self._role, path=subject(job)))
        for entry in others:
            self.job_failed.emit(entry.id, given_up)

    # Timers

    def _on_tick(self) -> None:
        busy = self._jobs.busy
        if busy is None or self._worker is None or not self._worker.takes_jobs:
            return
        if self._silence.is_too_long():
            self._worker.give_up()
            return
        if busy.cancelled:
            busy.watch.cancel()  # from now on: until now the worker may have been busy with another job
            if busy.watch.overdue:
                _logger.warning("job %s did not stop; the %s worker is replaced", busy.id, self._role)
                self._worker.kill()
                self._set_state("restarting")
        elif busy.watch.stalled and not busy.stall_told:
            busy.stall_told = True
            self.job_stalled.emit(busy.id, busy.watch.silent_s)

    def _on_idle(self) -> None:
        if self._worker is not None:
            self._worker.leave()

    # Steps

    def _start(self, state: WorkerState) -> None:
        self._worker = self._make_worker(self)
        self._silence = Silence(self._patience)
        self._worker.event_received.connect(self._on_event)
        self._worker.left.connect(self._on_left)
        self._worker.lost.connect(self._on_lost)
        self._worker.start()
        self._set_state(state)

    def _send(self) -> None:
        if self._worker is None or not self._worker.takes_jobs:
            return
        for line in self._jobs.send():
            self._worker.send(line)
        self._update_state()

    def _update_state(self) -> None:
        """Between `ready` and `busy`, with the timers that belong to them."""
        if self._worker is None or not self._worker.takes_jobs or self._closing:
            return
        if self._jobs:
            self._idle.stop()
            if not self._tick.isActive():
                self._tick.start()
            self._set_state("busy")
            return
        self._tick.stop()
        if not self._keep and not self._idle.isActive():
            self._idle.start()
        self._set_state("ready")

    def _set_state(self, state: WorkerState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
