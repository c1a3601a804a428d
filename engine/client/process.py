"""One worker process: its pipes, the thread that reads its events, its end."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import AlbumenError, WorkerWontStart
from engine.client.session import Session, encode_request
from engine.protocol import Event, Failed, Ready, Request, Role

_CHUNK_BYTES = 65536
_LOG_TAIL_BYTES = 4096
_POLL_S = 0.2


@dataclass(frozen=True)
class Gone:
    """The worker's output has ended, or (`error`) was no longer understood."""

    error: AlbumenError | None = None


class WorkerProcess:
    """A started worker. Its output is always read, so neither side ever waits for the other to empty a pipe."""

    def __init__(self, role: Role, command: Sequence[str], environment: Mapping[str, str], log_path: Path) -> None:
        self._role = role
        self._log_path = log_path
        self._sending = threading.Lock()
        self._events: queue.SimpleQueue[Event | Gone] = queue.SimpleQueue()
        self._ended = threading.Event()
        self.killed = False
        """Whether it was killed on purpose."""
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("ab") as log:
            self._log_start = log.tell()
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows
            )
        self._reader = threading.Thread(target=self._read, name=f"{role} events", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None and not self._ended.is_set()

    def wait_ready(self, timeout_s: float) -> Ready:
        """The worker's `ready`; WorkerWontStart, or the error the worker names, if that does not come."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            match self.next_event():
                case Ready() as ready:
                    return ready
                case Failed() as failed:
                    raise AlbumenError.from_wire(failed.kind, failed.arguments)
                case Gone(error=AlbumenError() as error):
                    raise error
                case Gone():
                    raise WorkerWontStart(role=self._role, detail=self.last_log_line())
        raise WorkerWontStart(role=self._role, detail=f"{self.last_log_line()} (no answer within {timeout_s:g} s)")

    def next_event(self) -> Event | Gone | None:
        """The next event; None after a moment without one, in which Ctrl-C gets in on Windows too; at the end Gone."""
        with suppress(queue.Empty):
            return self._events.get(timeout=_POLL_S)
        if not self._ended.is_set():
            return None
        try:
            return self._events.get_nowait()  # it came between the two
        except queue.Empty:
            return Gone()

    def send(self, request: Request) -> None:
        """Send a request; PathNotText or BadMessage where it cannot be sent, silence where the worker is gone."""
        line = encode_request(request)
        assert self._popen.stdin is not None
        # A worker that is gone (ValueError: that was closed) is noticed where its events are read.
        with self._sending, suppress(OSError, ValueError):
            self._popen.stdin.write(line)
            self._popen.stdin.flush()

    def kill(self, *, on_purpose: bool = True) -> None:
        """End the process at once; not on purpose where it is taken for hung, which counts as a loss."""
        self.killed = self.killed or on_purpose
        self._popen.kill()

    def close(self, leave_s: float) -> None:
        """End stdin, wait for the process to leave, kill it where it does not; frees the pipes and the thread."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        with suppress(OSError):
            self._popen.stdin.close()
        try:
            self._popen.wait(leave_s)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self.kill()
            self._popen.wait()
        self._reader.join()
        self._popen.stdout.close()

    def last_log_line(self) -> str:
        """The last line that this process wrote into its log."""
        with self._log_path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, end - _LOG_TAIL_BYTES))
            lines = log.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")

    def _read(self) -> None:
        assert self._popen.stdout is not None
        session = Session(self._role)
        gone = Gone()
        try:
            while data := os.read(self._popen.stdout.fileno(), _CHUNK_BYTES):
                for event in session.feed(data):
                    self._events.put(event)
        except AlbumenError as error:
            gone = Gone(error)
            self._popen.kill()
        self._ended.set()
        self._events.put(gone)
