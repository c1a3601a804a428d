"""Bringing photos into the album: looked for on another thread, read by the imaging worker, resumed after a restart."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from desktop_app.album import scan
from desktop_app.album.records import Change, Photo, PhotoState, Query
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.engine_link.supervisor import Supervisor
from desktop_app.jobs.queue import NOT_THE_PHOTOS_FAULT
from desktop_app.paths import Paths
from desktop_app.work.library import Library
from engine.base.errors import AlbumenError, InternalError, PhotoMissing
from engine.protocol import Event, PhotoRead, ReadPhoto

log = logging.getLogger("albumen.import")
_IN_HAND = 3
"""Photos given to the worker at once: enough to keep it busy, few enough for a patch to come between."""


@dataclass
class Report:
    """How an import went: photos that are new, how many were there already, and what could not be read.

    `found`: how many missing photos were found again, None where none was looked for.
    """

    added: list[int] = field(default_factory=list)
    duplicates: int = 0
    found: int | None = None
    errors: list[AlbumenError] = field(default_factory=list)


class Importer(QObject):
    """Adds files and folders to the catalogue and has each photo read."""

    progressed = Signal(int, int)
    """Photos read, photos known of so far."""
    finished = Signal(object)
    """Report, when nothing is left to be read."""
    _batch_found = Signal(object, object, object)
    _walk_ended = Signal(object)
    _unread_found = Signal(object, object)
    _differences_found = Signal(object, object)
    _relinked = Signal(object)

    def __init__(self, library: Library, supervisor: Supervisor, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library, self._supervisor, self._paths = library, supervisor, paths
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._stop = threading.Event()
        self._walks = 0
        self._waiting: deque[int] = deque()
        self._in_hand: dict[str, int] = {}
        self._done = self._total = 0
        self._report = Report()
        self._batch_found.connect(self._on_batch_found)
        self._walk_ended.connect(self._on_walk_ended)
        self._unread_found.connect(self._on_unread_found)
        self._differences_found.connect(self._on_differences_found)
        self._relinked.connect(self._on_relinked)
        library.changed.connect(self._on_changed)
        supervisor.job_event.connect(self._on_event)
        supervisor.job_done.connect(lambda job_id, _: self._on_ended(job_id))
        supervisor.job_cancelled.connect(self._on_ended)
        supervisor.job_failed.connect(self._on_failed)

    @property
    def busy(self) -> bool:
        return bool(self._walks or self._waiting or self._in_hand)

    def add(self, places: Sequence[Path], album_id: int | None = None) -> None:
        """Add files, and folders with all below them, to the catalogue and to an album."""
        stop = self._stop
        self._start(lambda catalogue: self._walk(catalogue, places, album_id, stop))

    def resume(self) -> None:
        """At start: read what was added and not read, and look what became of the files meanwhile."""
        stop = self._stop
        self._start(lambda catalogue: self._check(catalogue, stop))

    def read_again(self, ids: Iterable[int]) -> None:
        """Read photos anew, as they failed or their file has changed."""
        self._read(list(ids))

    def relink(self, photo_id: int, path: Path) -> None:
        """Say where a missing photo lies now; the file there must have the same content."""

        def work(catalogue: Catalogue) -> None:
            try:
                sha256 = scan.content_of(path)
            except OSError:
                raise PhotoMissing(path=path) from None
            self._relinked.emit(catalogue.photos.relink({photo_id: (path, sha256)}))

        self._start(work)

    def relink_folder(self, old: Path, new: Path) -> None:
        """Find the missing photos below folder `old` again below `new`, by name and content."""
        stop = self._stop
        self._report.found = self._report.found or 0

        def work(catalogue: Catalogue) -> None:
            photos = [photo for photo in catalogue.photos.below(old) if photo.missing]
            for found in scan.moved(photos, old, new, stop.is_set):
                self._relinked.emit(catalogue.photos.relink({found.photo_id: (found.path, found.sha256)}))

        self._start(work)

    def cancel(self) -> None:
        """Stop looking for more, and leave what was found unread until the next start."""
        self._stop.set()
        self._stop = threading.Event()  # what is asked for from now on is not stopped
        self._waiting.clear()
        for job_id in list(self._in_hand):
            self._supervisor.cancel(job_id)

    def close(self) -> None:
        """Stop everything; waits for the walk, which looks at one folder more at most."""
        self.cancel()
        self._pool.waitForDone()

    # On the other thread, with a catalogue of its own.

    def _start(self, work: Callable[[Catalogue], None]) -> None:
        self._walks += 1
        self._pool.start(_OnThread(self._library.catalogue, work, self._walk_ended.emit))

    def _walk(self, catalogue: Catalogue, places: Sequence[Path], album_id: int | None, stop: threading.Event) -> None:
        for batch in scan.walk(places, [self._paths.home], stop.is_set):
            change = catalogue.photos.add(batch.photos, album_id) if batch.photos else Change()
            self._batch_found.emit(batch, change, stop)

    def _check(self, catalogue: Catalogue, stop: threading.Event) -> None:
        photos = catalogue.photos.photos(catalogue.photos.ids(Query()))
        self._unread_found.emit([photo.id for photo in photos if _is_unread(photo)], stop)
        for difference in scan.check(photos, stop.is_set):
            self._differences_found.emit(difference, stop)

    # On the window's thread again. What was found before `cancel` may arrive after it.

    def _on_batch_found(self, batch: scan.Batch, change: Change, stop: threading.Event) -> None:
        self._report.errors += batch.errors
        self._report.duplicates += len(batch.photos) - len(change.added)
        self._report.added += change.added
        self._library.tell(change)
        if not stop.is_set():
            self._read(change.added)

    def _on_unread_found(self, ids: list[int], stop: threading.Event) -> None:
        if not stop.is_set():
            self._read(ids)

    def _on_differences_found(self, difference: scan.Difference, stop: threading.Event) -> None:
        photos = self._library.catalogue.photos
        self._keep(lambda: photos.set_missing(difference.missing))
        self._keep(lambda: photos.set_missing(difference.returned, False))
        if not stop.is_set():
            returned = [photo.id for photo in self._library.photos(difference.returned) if not photo.sha256]
            self._read([*difference.changed, *returned])

    def _on_relinked(self, change: Change) -> None:
        self._report.found = (self._report.found or 0) + len(change.photos)
        self._library.tell(change)
        self._read(photo.id for photo in self._library.photos(change.photos) if not photo.sha256)

    def _on_changed(self, change: Change) -> None:
        """Photos that came back without any import, as when their removal is undone, may not have been read."""
        if change.added and not self._walks:
            self._read(photo.id for photo in self._library.photos(change.added) if _is_unread(photo))

    def _keep(self, change: Callable[[], Change]) -> Change:
        """Make a change of the catalogue; where that fails, the report says so and nothing has changed."""
        try:
            return self._library.tell(change())
        except AlbumenError as error:
            self._report.errors.append(error)
        except LookupError:
            pass  # the photo was removed meanwhile
        return Change()

    def _on_walk_ended(self, error: AlbumenError | None) -> None:
        self._walks -= 1
        if error is not None:
            self._report.errors.append(error)
        self._tell_end()

    def _read(self, ids: Iterable[int]) -> None:
        known = {*self._waiting, *self._in_hand.values()}
        new = [photo_id for photo_id in ids if photo_id not in known]
        self._waiting += new
        self._total += len(new)
        self._submit()
        self._tell_end()

    def _submit(self) -> None:
        while self._waiting and len(self._in_hand) < _IN_HAND:
            photo = self._library.photo(self._waiting.popleft())
            if photo is None:
                self._done += 1
                continue
            job = ReadPhoto(str(photo.path), str(self._paths.thumbnails))
            self._in_hand[self._supervisor.submit(job)] = photo.id

    def _on_event(self, job_id: str, event: Event) -> None:
        photo_id = self._in_hand.get(job_id)
        if photo_id is None or not isinstance(event, PhotoRead):
            return
        photo = self._library.photo(photo_id)
        if photo is None:
            return
        read = msgspec.structs.replace(event, thumbnail=os.path.basename(event.thumbnail))
        try:
            mtime_ns = photo.path.stat().st_mtime_ns
        except OSError:
            self._keep(lambda: self._library.catalogue.photos.set_missing([photo_id]))
            return
        change = self._keep(lambda: self._library.catalogue.photos.set_read(photo_id, read, mtime_ns))
        if photo_id in change.removed:  # another photo has the same content; it may have been removed before
            self._report.added += change.added
            self._report.duplicates += not change.added
            if photo_id in self._report.added:
                self._report.added.remove(photo_id)

    def _on_failed(self, job_id: str, error: AlbumenError) -> None:
        photo_id = self._in_hand.get(job_id)
        if photo_id is None:
            return
        photos = self._library.catalogue.photos
        if self._library.photo(photo_id) is not None:
            self._report.errors.append(error)
            if error.kind == PhotoMissing.kind:
                self._keep(lambda: photos.set_missing([photo_id]))
            elif error.kind not in NOT_THE_PHOTOS_FAULT:
                self._keep(lambda: photos.set_state([photo_id], PhotoState.FAILED, error.kind, error.arguments))
        self._on_ended(job_id)

    def _on_ended(self, job_id: str) -> None:
        if self._in_hand.pop(job_id, None) is not None:
            self._done += 1
            self._submit()
            self.progressed.emit(self._done, self._total)
            self._tell_end()

    def _tell_end(self) -> None:
        if not self.busy and (self._total or self._report != Report()):
            report, self._report = self._report, Report()
            self._done = self._total = 0
            self.finished.emit(report)


def _is_unread(photo: Photo) -> bool:
    return not photo.sha256 and not photo.missing and photo.state is not PhotoState.FAILED


class _OnThread(QRunnable):
    """Runs some work with a catalogue of its own, and tells when it has ended and by which error."""

    def __init__(
        self,
        catalogue: Catalogue,
        work: Callable[[Catalogue], None],
        ended: Callable[[AlbumenError | None], object],
    ) -> None:
        super().__init__()
        self._catalogue, self._work, self._ended = catalogue, work, ended

    def run(self) -> None:
        error: AlbumenError | None = None
        try:
            with self._catalogue.for_thread() as catalogue:
                self._work(catalogue)
        except AlbumenError as known:
            error = known
        except Exception as unknown:  # a thread's border: what nobody expected must not end it in silence
            log.exception("the import failed")
            error = InternalError(detail=unknown)
        self._ended(error)
