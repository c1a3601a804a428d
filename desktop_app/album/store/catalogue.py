"""The catalogue of a library folder: photos, albums, edits, queue and presets over one SQLite file."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from desktop_app.album import migrate
from desktop_app.album.durable import FolderLock, writing_error
from desktop_app.album.store.albums import Albums
from desktop_app.album.store.database import Database, understood
from desktop_app.album.store.edits import Edits
from desktop_app.album.store.photos import Photos
from desktop_app.album.store.presets import Presets
from desktop_app.album.store.queue import Queue

FILE = "catalogue.db"
DAY_S = 24 * 3600.0


class Catalogue:
    """What is known of the user's photos, for the thread that made it.

    `open` takes the library folder for this process; other threads work on `for_thread`, whose changes are on disk when
    their methods return. Changes of the one that `open` gave, for the window's thread, do not wait for the disk: they
    are there after the next change of another thread, or its `settle`. What a change returns says what the window has
    to show anew.
    """

    def __init__(self, folder: Path, lock: FolderLock | None = None) -> None:
        self.folder = folder
        self._lock = lock
        self._database = Database(folder / FILE, settled_later=lock is not None)
        self.edits = Edits(self._database, folder)
        self.photos = Photos(self._database, self.edits)
        self.albums = Albums(self._database)
        self.queue = Queue(self._database)
        self.presets = Presets(self._database)

    @classmethod
    def open(cls, folder: Path) -> Catalogue:
        """Open the library folder, made where it is not there; what was removed last time is deleted for good.

        Raises CatalogueLocked, CatalogueDamaged (the damaged file was set aside, opening once more succeeds),
        CatalogueTooNew, OutputForbidden, DiskFull and CatalogueNotWritten.
        """
        lock = FolderLock(folder)
        try:
            with understood(folder / FILE):
                try:
                    migrate.prepare(folder / FILE)
                except OSError as error:
                    raise writing_error(error, folder) from error
            catalogue = cls(folder, lock)
            try:
                catalogue.photos.forget_removed()
            except BaseException:
                catalogue._database.close()
                raise
        except BaseException:
            lock.release()
            raise
        return catalogue

    def for_thread(self) -> Catalogue:
        """The same catalogue for the thread that calls this, which also closes it."""
        return Catalogue(self.folder)

    def settle(self) -> None:
        """Wait until the changes of all threads so far are on disk; for a catalogue of `for_thread`."""
        self._database.settle()

    def together(self) -> AbstractContextManager[None]:
        """Changes made inside reach the disk together, when it is left: for reading many photos; none, by an error.

        Others wait for it to end. Not for edits: each of those is a step by itself.
        """
        return self._database.change()

    @property
    def needs_recovery(self) -> bool:
        """Whether `recovery.recover` has to compare the catalogue with the sidecars."""
        return migrate.recovery_marker(self.folder / FILE).exists()

    def back_up(self, older_than_s: float = DAY_S) -> bool:
        """Copy the catalogue beside itself unless a copy is young enough; what damage would take back to.

        Takes about as long as reading the file: for a background thread. Returns whether a copy was made.
        """
        target = self.folder / "catalogue.backup"
        if target.exists() and time.time() - target.stat().st_mtime < older_than_s:
            return False
        self._database.back_up(target)
        return True

    def close(self) -> None:
        """Close the file; the folder is free for others once the catalogue that `open` gave is closed."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
