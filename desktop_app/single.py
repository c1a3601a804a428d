"""One window for one library: a second start brings the first window to the front, even one that works hidden."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger("albumen.single")
_WAIT_MS = 1000


class FrontDoor(QObject):
    """Listens on a socket of this user's, named after the library, which no other computer can reach."""

    def __init__(self, library: Path, on_knock: Callable[[], object], parent: QObject | None = None) -> None:
        """Call `on_knock` whenever the program is started again over the library."""
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._on_knock = on_knock
        name = _name(library)
        QLocalServer.removeServer(name)  # what a crashed window left; the library's lock says that there is none
        if not self._server.listen(name):
            log.warning("a second start cannot reach this window: %s", self._server.errorString())

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.disconnectFromServer()
            self._on_knock()


def knock(library: Path) -> bool:
    """Bring the window that has the library open to the front; False where none answers."""
    socket = QLocalSocket()
    socket.connectToServer(_name(library))
    return socket.waitForConnected(_WAIT_MS)


def _name(library: Path) -> str:
    return f"albumen-{hashlib.sha256(str(library.resolve()).encode()).hexdigest()[:16]}"
