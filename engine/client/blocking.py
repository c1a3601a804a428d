"""A client that waits: it owns a worker process, runs one job at a time and is used by the command line."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.base.errors import AlbumenError, Cancelled, WorkerGivenUp, WorkerLost, WorkerWontStart
from engine.client.command import Priority, engine_command, engine_environment
from engine.client.patience import JobWatch, Losses, Patience, Silence
from engine.client.process import Gone, WorkerProcess
from engine.protocol import Alive, Cancel, Event, Failed, Hello, Job, Ready, Role, Run, subject

_NO_JOB = ""


@dataclass(frozen=True)
class _InHand:
    """The job a worker is busy with."""

    process: WorkerProcess
    job_id: str
    watch: JobWatch
    silence: Silence


class BlockingClient:
    """One worker; a context manager that starts it and ends it. Several clients may be used at once.

    `device`, `threads` (None: the libraries' choice) and `priority` go to the worker, `data_dir` is where it looks for
    the user's models (None: as in this process), `command` replaces its command line. What it prints is appended to
    `log_path`. Everything but `cancel` and `close` is called from one thread.
    """

    def __init__(
        self,
        role: Role,
        *,
        log_path: Path,
        device: str = "auto",
        threads: int | None = None,
        priority: Priority = "low",
        data_dir: Path | None = None,
        command: Sequence[str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._role = role
        self._log_path = log_path
        self._command = command or engine_command(role, device=device, threads=threads, priority=priority)
        self._environment = engine_environment(data_dir)
        self._patience = patience or Patience()
        self._losses = Losses(self._patience)
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._in_hand: _InHand | None = None
        self._process: WorkerProcess | None = None
        self._ready: Ready | None = None
        self._last_words = ""
        self._closed = False

    def __enter__(self) -> Self:
        self._closed = False
        self._living_process()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ready(self) -> Ready:
        """What the worker said when it was ready; RuntimeError before that."""
        if self._ready is None:
            raise RuntimeError("the worker was not started")
        return self._ready

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is no worker."""
        return None if self._process is None else self._process.pid

    def run(self, job: Job) -> Iterator[Event]:
        """Do a job, yielding its events up to `Done`; it begins when the first one is asked for.

        Raises Cancelled after `cancel` or Ctrl-C, the AlbumenError with which the job failed, WorkerLost when its
        worker was lost twice (after the first time the job begins anew, and so do its events), WorkerGivenUp and
        WorkerWontStart when there is no worker any more. Leaving the iteration early cancels the job.
        """
        for _attempt in range(2):
            if (yield from self._attempt(job)):
                return
        raise WorkerLost(role=self._role, path=subject(job))

    def cancel(self) -> None:
        """Ask the job in hand to stop, from any thread; does nothing where there is none.

        A job that does not stop in time loses its worker; the next job gets a new one.
        """
        with self._lock:
            in_hand = self._in_hand
            if in_hand is None or in_hand.watch.cancelled:
                return
            in_hand.watch.cancel()
        in_hand.process.send(Cancel(in_hand.job_id))

    def close(self) -> None:
        """End the worker, from any thread; the job in hand, if there is one, is cancelled."""
        self._closed = True
        self._drop_process()

    def _attempt(self, job: Job) -> Generator[Event, None, bool]:
        """The events of one try; True where it was finished, False where its worker was lost."""
        process = self._living_process()
        in_hand = _InHand(process, str(next(self._ids)), JobWatch(self._patience), Silence(self._patience))
        with self._lock:
            self._in_hand = in_hand
        try:
            process.send(Run(in_hand.job_id, job))
            for event in self._answers(in_hand):
                if isinstance(event, Failed):
                    raise _error(event)
                yield event
        except (GeneratorExit, KeyboardInterrupt):
            self.cancel()
            for _ in self._answers(in_hand):
                pass
            raise
        finally:
            with self._lock:
                self._in_hand = None
        if not in_hand.watch.answered and (in_hand.watch.cancelled or self._closed):
            raise Cancelled
        return in_hand.watch.answered

    def _answers(self, in_hand: _InHand) -> Iterator[Event]:
        """The events of the job in hand, up to its answer or the end of its worker; climbs the cancel ladder."""
        while not in_hand.watch.answered:
            try:
                event = self._next(in_hand)
            except KeyboardInterrupt:
                if in_hand.watch.cancelled:
                    in_hand.process.kill()
                self.cancel()
                continue
            if isinstance(event, Gone):
                return
            if event is not None:
                yield event

    def _next(self, in_hand: _InHand) -> Event | Gone | None:
        """What comes next for the job in hand, None after a moment without; kills an overdue or hung worker."""
        if in_hand.watch.overdue:
            in_hand.process.kill()
        elif in_hand.silence.is_too_long():
            in_hand.process.kill(on_purpose=False)
        event = in_hand.process.next_event()
        if event is None or isinstance(event, Gone):
            return event
        in_hand.silence.heard()
        if isinstance(event, Hello | Ready | Alive) or event.id not in (in_hand.job_id, _NO_JOB):
            return None
        in_hand.watch.saw(event)
        return event

    def _living_process(self) -> WorkerProcess:
        """The worker, started (again) where there is none; Cancelled after `close`."""
        if self._closed:
            raise Cancelled
        if self._process is not None:
            if self._process.alive:
                return self._process
            if not self._process.killed:
                self._losses.add()
                self._last_words = self._process.last_log_line()
            self._drop_process()
        if self._losses.too_many:
            raise WorkerGivenUp(role=self._role, times=self._losses.recent, detail=self._last_words)
        self._process = self._start()
        return self._process

    def _drop_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close(self._patience.leave_s)

    def _start(self) -> WorkerProcess:
        try:
            process = WorkerProcess(self._role, self._command, self._environment, self._log_path)
        except OSError as error:
            raise WorkerWontStart(role=self._role, detail=error) from error
        try:
            self._ready = process.wait_ready(self._patience.start_s)
        except BaseException:
            process.kill()
            process.close(self._patience.leave_s)
            raise
        return process


def _error(failed: Failed) -> Exception:
    return Cancelled() if failed.kind == "cancelled" else AlbumenError.from_wire(failed.kind, failed.arguments)
