"""The loop of a worker: a thread reads requests, the main thread does one job at a time."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

import engine
from engine.base.errors import AlbumenError, BadMessage
from engine.protocol import (
    PROTOCOL_VERSION,
    Alive,
    Cancel,
    CandidateReady,
    Done,
    Event,
    Failed,
    Hello,
    Ready,
    Role,
    Run,
    decode_request,
    is_short,
)
from engine.server.execute import Handlers, execute, failure
from engine.server.jobs import JobQueue
from engine.server.wire import Wire

Prepare = Callable[[], tuple[Ready, Handlers]]
"""Loads what is heavy, between `hello` and `ready`; AlbumenError where the worker cannot work."""

GRACE_S = 5.0
"""How long the job in hand has to notice that the client is gone."""
ALIVE_S = 5.0
"""How often a busy worker gives a sign of life."""

_EXIT_STUCK = 3
_logger = logging.getLogger(__name__)


class Worker:
    """Says hello, prepares, and does jobs until stdin ends."""

    def __init__(
        self, role: Role, prepare: Prepare, wire: Wire, grace_s: float = GRACE_S, alive_s: float = ALIVE_S
    ) -> None:
        self._role = role
        self._prepare = prepare
        self._wire = wire
        self._grace_s = grace_s
        self._alive_s = alive_s
        self._jobs = JobQueue()
        self._handlers: Handlers = {}
        self._beating = threading.Lock()
        self._busy: list[str] = []
        """The job in hand, after those that gave way to it."""

    def serve(self) -> int:
        """Work in the calling thread; returns the exit code of the process (1 where it could not get ready)."""
        self._wire.send(Hello(PROTOCOL_VERSION, self._role, engine.__version__, os.getpid()))
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        threading.Thread(target=self._beat, name="signs of life", daemon=True).start()
        try:
            ready, self._handlers = self._prepare()
        except AlbumenError as error:
            _logger.error("%s", error)
            self._wire.send(failure("", error))
            return 1
        self._wire.send(ready)
        while not self._wire.gone and (run := self._jobs.take()) is not None:
            self._do(run)
        return 0

    def _do(self, run: Run) -> None:
        def send(event: Event) -> None:
            if isinstance(event, Done | Failed):
                self._jobs.finish(run)  # before the client, told so, may use the id again
                with self._beating:
                    self._busy.pop()
            self._wire.send(event)
            if isinstance(event, CandidateReady) and not is_short(run.job):
                self._give_way()

        with self._beating:
            self._busy.append(run.id)
        execute(run, self._handlers, send, lambda: self._wire.gone or self._jobs.cancelled(run))

    def _give_way(self) -> None:
        """Do the short jobs that wait; called where a long one hands over a candidate, so between two batches."""
        while (short := self._jobs.take_short()) is not None:
            self._do(short)

    def _beat(self) -> None:
        """Tell now and then that the process runs while it has a job in hand, whatever that does; never after it."""
        while not self._wire.gone:
            time.sleep(self._alive_s)
            with self._beating:
                if self._busy:
                    self._wire.send(Alive(self._busy[-1]))

    def _read(self) -> None:
        """Take requests until stdin ends, then see to it that the process leaves even if its job hangs."""
        try:
            for line in self._wire.lines():
                self._accept(line)
        finally:
            self._jobs.close()
            time.sleep(self._grace_s)
            _logger.error("the job in hand did not stop when the client was gone")
            os._exit(_EXIT_STUCK)

    def _accept(self, line: bytes | None) -> None:
        try:
            if line is None:
                raise ValueError("the line is too long")
            match decode_request(line):
                case Run() as run:
                    if not self._jobs.put(run):
                        raise ValueError(f"the id {run.id!r} is empty or taken")
                case Cancel(id=job_id):
                    if self._jobs.cancel(job_id):
                        self._wire.send(Failed(job_id, "cancelled"))
        except ValueError as error:
            _logger.error("bad message: %s", error)
            self._wire.send(failure("", BadMessage(detail=error)))
