"""Pictures from files, decoded on other threads; the newest wishes first, the last ones kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QColorSpace, QImage, QImageReader

_MOST_WAITING = 400


class _Reading(QRunnable):
    def __init__(self, path: str, side_px: int, done: Callable[[str, int, QImage], object]) -> None:
        super().__init__()
        self._path, self._side_px, self._done = path, side_px, done

    def run(self) -> None:
        self._done(self._path, self._side_px, read_picture(self._path, self._side_px))


OWN_COLOURS = -1
"""Instead of a side: the picture as it is, in its own colour space."""


def read_picture(path: str, side_px: int = 0) -> QImage:
    """Decode a picture for the screen, in sRGB, its longest side at most `side_px` (0: as it is); null if it can't."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    if side_px > 0 and reader.size().isValid():
        size = reader.size().scaled(QSize(side_px, side_px), Qt.AspectRatioMode.KeepAspectRatio)
        if size.width() < reader.size().width():
            reader.setScaledSize(size)
    image = reader.read()
    if image.isNull():
        return image
    if side_px != OWN_COLOURS:
        to_srgb(image)
    wanted = QImage.Format.Format_ARGB32 if image.hasAlphaChannel() else QImage.Format.Format_RGB32
    return image.convertToFormat(wanted)


def to_srgb(image: QImage) -> None:
    """Convert a picture with another profile, in place."""
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    if image.colorSpace().isValid() and image.colorSpace() != srgb:
        image.convertToColorSpace(srgb)


class Pictures(QObject):
    """A store of decoded pictures. `get` answers at once with what is there, and `picture_ready` tells the rest."""

    picture_ready = Signal(str, int)
    """Path and side of a picture that `get` now has."""
    _read = Signal(str, int, QImage)

    def __init__(self, threads: int = 2, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._read.connect(self._on_read)
        self._kept: OrderedDict[tuple[str, int], QImage] = OrderedDict()
        self._kept_bytes = 0
        self._limit_bytes = 256 * 2**20
        self._reading: set[tuple[str, int]] = set()
        self._waiting: OrderedDict[tuple[str, int], None] = OrderedDict()

    def get(self, path: str | Path, side_px: int = 0) -> QImage | None:
        """The picture if it is there (null if it can't be decoded); otherwise None, and it will be read."""
        key = (str(path), side_px)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._reading:
            self._waiting[key] = None
            self._waiting.move_to_end(key)
            while len(self._waiting) > _MOST_WAITING:  # scrolled past long ago
                self._waiting.popitem(last=False)
            self._read_next()
        return None

    def keep_at_most(self, megabytes: int) -> None:
        """How much memory the pictures may take, from now on."""
        self._limit_bytes = megabytes * 2**20
        self._drop()

    def forget(self, path: str | Path) -> None:
        """Read a picture anew the next time, as its file has changed."""
        for key in [k for k in self._kept if k[0] == str(path)]:
            self._kept_bytes -= self._kept.pop(key).sizeInBytes()

    def close(self) -> None:
        """Read nothing more; waits for the few that are being read."""
        self._waiting.clear()
        self._pool.waitForDone()

    def _read_next(self) -> None:
        while self._waiting and len(self._reading) < self._pool.maxThreadCount():
            key, _ = self._waiting.popitem(last=True)
            self._reading.add(key)
            self._pool.start(_Reading(*key, self._read.emit))

    def _on_read(self, path: str, side_px: int, image: QImage) -> None:
        key = (path, side_px)
        self._reading.discard(key)
        self._kept[key] = image
        self._kept_bytes += image.sizeInBytes()
        self._drop()
        self._read_next()
        self.picture_ready.emit(path, side_px)

    def _drop(self) -> None:
        """Let go of what was not asked for longest; the newest stays, however large."""
        while self._kept_bytes > self._limit_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= dropped.sizeInBytes()
