"""What keeps the library sound in the background: recovery, the daily backup, and copies of sidecars by the photos."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from desktop_app.album import sidecar
from desktop_app.album.records import Change
from desktop_app.album.recovery import recover
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.work.library import Library
from engine.base.errors import AlbumenError

log = logging.getLogger("albumen.upkeep")


class Upkeep(QObject):
    """One thread with a catalogue of its own; what it finds out is told on the window's thread."""

    recovered = Signal(object)
    """Change: photos that came back and have to be read."""
    failed = Signal(object)
    """AlbumenError."""

    def __init__(self, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalogue = library.catalogue
        self._stop = threading.Event()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self.beside = False
        """Whether a copy of each photo's sidecar is kept beside the photo."""
        self.recovered.connect(library.tell)
        library.changed.connect(self._on_changed)

    def start(self) -> None:
        """Bring work back where the last session ended badly, and back the catalogue up once a day."""
        self._pool.start(_Work(self._catalogue, self._recover, self.failed.emit))

    def close(self) -> None:
        self._stop.set()
        self._pool.waitForDone()

    def _recover(self, catalogue: Catalogue) -> None:
        if catalogue.needs_recovery:
            found = recover(catalogue, self._stop.is_set)
            for error in found.errors:
                self.failed.emit(error)
            self.recovered.emit(found.change)
        catalogue.back_up()

    def _on_changed(self, change: Change) -> None:
        if self.beside and change.edits and not self._stop.is_set():
            self._pool.start(_Work(self._catalogue, lambda c: self._copy(c, change.edits), self.failed.emit))

    def _copy(self, catalogue: Catalogue, ids: Sequence[int]) -> None:
        for photo_id in ids:
            found = catalogue.edits.sidecar(photo_id)
            if found is not None:
                sidecar.write_beside(found)


class _Work(QRunnable):
    def __init__(
        self,
        catalogue: Catalogue,
        work: Callable[[Catalogue], None],
        failed: Callable[[AlbumenError], object],
    ) -> None:
        super().__init__()
        self._catalogue, self._work, self._failed = catalogue, work, failed

    def run(self) -> None:
        try:
            with self._catalogue.for_thread() as catalogue:
                self._work(catalogue)
        except AlbumenError as error:
            self._failed(error)
        except Exception:  # a thread's border
            log.exception("the library's upkeep failed")
