"""One worker process from its start to its end, by signals and timers only."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QIODevice, QObject, QProcess, QProcessEnvironment, Qt, QTimer, Signal

from desktop_app.engine_link.log_file import LogFile
from engine.base.errors import AlbumenError, WorkerStopped, WorkerWontStart
from engine.client.patience import Patience
from engine.client.session import Session
from engine.protocol import Failed, Ready, Role


class Worker(QObject):
    """A process with one life; its last signal is either `lost` or `left`, and it is never emitted by `start`.

    Its output is read as it comes; what cannot be understood (BadMessage, ProtocolMismatch) costs its life. What it
    prints to stderr is appended to `log_path`.
    """

    event_received = Signal(object)
    """Every Event, `Ready` among them."""
    lost = Signal(object)
    """It ended though nobody asked for it, or never got ready: the AlbumenError that says why."""
    left = Signal()
    """It ended because it was asked to leave, or killed on purpose."""

    def __init__(
        self,
        role: Role,
        command: Sequence[str],
        environment: Mapping[str, str],
        log_path: Path,
        patience: Patience,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self._command = command
        self._log_path = log_path
        self._patience = patience
        self._log: LogFile | None = None
        self._session = Session(role)
        self._error: AlbumenError | None = None
        self._dismissed = False
        self._ended = False
        self._deadline = QTimer(self, singleShot=True)
        self._process = QProcess(self)
        variables = QProcessEnvironment()
        for name, value in environment.items():
            variables.insert(name, value)
        self._process.setProcessEnvironment(variables)
        self._connect()

    def _connect(self) -> None:
        self._deadline.timeout.connect(self._on_deadline)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.finished.connect(self._on_finished)
        # Queued: a program that is not there is told from within QProcess.start on some systems.
        self._process.errorOccurred.connect(self._on_error, Qt.ConnectionType.QueuedConnection)

    @property
    def pid(self) -> int:
        """Its process id, 0 while it has none."""
        return self._process.processId()

    @property
    def takes_jobs(self) -> bool:
        """Whether it said `ready` and was not asked to leave."""
        return self._session.ready is not None and not self._dismissed and not self._ended

    def start(self) -> None:
        """Start the process; `Ready` comes as an event, or `lost` where it does not within the patience."""
        try:
            self._log = LogFile(self._log_path)
        except OSError as error:
            self._error = WorkerWontStart(role=self._role, detail=error)
            QTimer.singleShot(0, self, self._end)
            return
        self._process.setStandardErrorFile(str(self._log_path), QIODevice.OpenModeFlag.Append)
        self._process.start(self._command[0], list(self._command[1:]))
        self._deadline.start(round(self._patience.start_s * 1000))

    def send(self, line: bytes) -> None:
        """Write a request, without waiting for it to be read; does nothing when it was asked to leave."""
        if not self._dismissed and self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.write(line)

    def leave(self) -> None:
        """Ask it to end by ending its stdin, kill it when it takes too long."""
        self._dismissed = True
        self._process.closeWriteChannel()
        self._deadline.start(round(self._patience.leave_s * 1000))
        if self._process.state() == QProcess.ProcessState.NotRunning:
            QTimer.singleShot(0, self, self._end)

    def kill(self) -> None:
        """End it at once, on purpose."""
        self._dismissed = True
        self._process.kill()

    def give_up(self) -> None:
        """End it at once because nothing is heard of it: it is `lost`."""
        self._error = WorkerStopped(role=self._role, detail=f"(no sign of life for {self._patience.hang_s:g} s)")
        self._process.kill()

    def kill_and_wait(self, timeout_ms: int) -> None:
        """End it and wait for that: only for when the application has no event loop any more."""
        self.kill()
        self._process.waitForFinished(timeout_ms)

    def _on_output(self) -> None:
        # A slot may have let the event loop run, in which more came for which there is no signal.
        while self._error is None and (data := bytes(self._process.readAllStandardOutput().data())):
            try:
                for event in self._session.feed(data):
                    if isinstance(event, Ready) and not self._dismissed:
                        self._deadline.stop()
                    elif isinstance(event, Failed) and not event.id and self._session.ready is None:
                        self._error = AlbumenError.from_wire(event.kind, event.arguments)
                    self.event_received.emit(event)
            except AlbumenError as error:
                self._error = error
                self._process.kill()

    def _on_deadline(self) -> None:
        if not self._dismissed:
            detail = f"{self._last_words()} (no answer within {self._patience.start_s:g} s)"
            self._error = WorkerWontStart(role=self._role, detail=detail)
        self._process.kill()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            detail = f"{os.path.basename(self._command[0])}: {self._process.errorString()}"
            self._error = WorkerWontStart(role=self._role, detail=detail)
            self._end()
        elif error != QProcess.ProcessError.Crashed:  # its stdin is closed, or its output cannot be read
            self._process.kill()

    def _on_finished(self) -> None:
        self._on_output()
        self._end()

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._deadline.stop()
        if self._dismissed:
            self.left.emit()
        else:
            self.lost.emit(self._error or WorkerStopped(role=self._role, detail=self._last_words()))

    def _last_words(self) -> str:
        return "nothing" if self._log is None else self._log.last_line()
