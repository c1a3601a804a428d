"""One window over one library folder, driven by tests as its user would, drawn without a screen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QMimeData, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from desktop_app.app import App, open_catalogue
from desktop_app.paths import Paths
from desktop_app.settings import SettingsFile
from desktop_app.ui.words import error_text


class Driver:
    """One window over one library folder, and the patience of its user."""

    def __init__(self, home: Path) -> None:
        running = QApplication.instance()
        self.qt = running if isinstance(running, QApplication) else QApplication([])
        self.qt.setQuitOnLastWindowClosed(False)
        paths = Paths(home)
        settings = SettingsFile(paths.settings)
        settings.change(threads=1)
        catalogue, error = open_catalogue(paths)
        self.damaged = None if error is None else error_text(error)
        self.app = App(self.qt, paths, settings, catalogue)
        self.app.window.resize(1280, 800)
        self.app.start()

    def wait(self, for_what: Callable[[], object], seconds: float = 120) -> None:
        """Let the window live until something is true."""
        until = time.monotonic() + seconds
        while not for_what():
            assert time.monotonic() < until, "this never came true"
            self.qt.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.002)

    def drop(self, *files: Path) -> None:
        """Drop files on the album."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
        event = QDropEvent(
            QPointF(300, 300),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        self.app.album.dropEvent(event)
        self.wait(lambda: not self.app.importer.busy)

    def open(self, name: str) -> None:
        """Open a photo by its file's name, and wait for its picture."""
        app = self.app
        photos = app.library.photos(app.library.ids(app.album.query))
        photo_id = next(photo.id for photo in photos if photo.path.name == name)
        ready: list[bool] = []
        connection = app.photo.canvas.photo_ready.connect(lambda: ready.append(True))
        app.open_photo(photo_id)
        self.wait(lambda: ready and app.work.edit.faces_known and not app.runner.busy)
        app.photo.canvas.photo_ready.disconnect(connection)

    def composite(self) -> np.ndarray:
        """What the photo view shows, (H, W, 3) uint8."""
        size = self.app.work.photo
        assert size is not None
        return pixels(self.app.photo.canvas.composite(QRect(0, 0, size.width, size.height)))

    def close(self) -> None:
        """Quit, and wait until the workers are gone."""
        gone: list[bool] = []
        connection = self.qt.aboutToQuit.connect(lambda: gone.append(True))
        self.app.window.close()
        self.wait(lambda: not any(self.app.supervisor.pid(role) for role in ("imaging", "compute", "models")), 30)
        self.qt.processEvents()
        self.qt.aboutToQuit.disconnect(connection)
        self.app.window.deleteLater()


def pixels(image: QImage) -> np.ndarray:
    """A picture as (H, W, 3) uint8 RGB."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return flat[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()
