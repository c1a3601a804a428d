"""The catalogue as the window uses it: one signal tells every change, and what the album page does can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from desktop_app.album.records import Album, Change, Flag, Photo, Query
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.work.edit_store import EditStore
from engine.base.errors import AlbumenError


class Library(QObject):
    """The catalogue of the window's thread and its `changed` signal; changes of other parts come through `tell`."""

    changed = Signal(object)
    """Change."""
    failed = Signal(object)
    """AlbumenError: something the user did could not be kept."""

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self.edits = EditStore(catalogue, self)
        self.undo_stack = QUndoStack(self)
        self.edits.stored.connect(self.changed)
        self.edits.failed.connect(self._on_edits_failed)

    def close(self) -> None:
        """Wait until all edits are on disk, and close the catalogue."""
        self.edits.close()
        self.catalogue.close()

    def tell(self, change: Change) -> Change:
        """Pass a change on to whoever shows it, and see that it comes to the disk."""
        if change:
            self.edits.settle_soon()
            self.changed.emit(change)
        return change

    def _on_edits_failed(self, photo_id: int, error: AlbumenError) -> None:
        if not photo_id:
            self.failed.emit(error)

    def ids(self, query: Query) -> list[int]:
        return self.catalogue.photos.ids(query)

    def photos(self, ids: Sequence[int]) -> list[Photo]:
        """Photos of these ids; one that is gone meanwhile is left out."""
        try:
            return self.catalogue.photos.photos(ids)
        except LookupError:
            found = []
            for photo_id in ids:
                photo = self.photo(photo_id)
                if photo is not None:
                    found.append(photo)
            return found

    def photo(self, photo_id: int) -> Photo | None:
        """One photo, None where it is gone."""
        try:
            return self.catalogue.photos.photo(photo_id)
        except LookupError:
            return None

    def albums(self) -> list[Album]:
        return self.catalogue.albums.all()

    def rate(self, ids: Sequence[int], rating: int) -> None:
        """Give stars, undoably."""
        before = [(p.id, p.rating) for p in self.photos(ids)]
        store = self.catalogue.photos
        self._do(
            self.tr("Rate photos"),
            lambda: store.set_rating(ids, rating),
            lambda: Change.of(store.set_rating([i], old) for i, old in before),
        )

    def flag(self, ids: Sequence[int], flag: Flag) -> None:
        """Flag photos, undoably."""
        before = [(p.id, p.flag) for p in self.photos(ids)]
        store = self.catalogue.photos
        self._do(
            self.tr("Flag photos"),
            lambda: store.set_flag(ids, flag),
            lambda: Change.of(store.set_flag([i], old) for i, old in before),
        )

    def remove(self, ids: Sequence[int]) -> None:
        """Take photos out of the album, undoably; their files stay where they are."""
        store = self.catalogue.photos
        self._do(self.tr("Remove photos"), lambda: store.remove(ids), lambda: store.put_back(ids))

    def add_to_album(self, album_id: int, ids: Sequence[int]) -> None:
        """Put photos into an album, undoably; those that are in it already stay in it."""
        albums = self.catalogue.albums
        inside = set(self.ids(Query(album=album_id)))
        new = [i for i in ids if i not in inside]
        if new:
            text = self.tr("Add to album")
            self._do(text, lambda: albums.add(album_id, new), lambda: albums.take_out(album_id, new))

    def take_out_of_album(self, album_id: int, ids: Sequence[int]) -> None:
        """Take photos out of one album, undoably."""
        albums = self.catalogue.albums
        text = self.tr("Take out of album")
        self._do(text, lambda: albums.take_out(album_id, ids), lambda: albums.add(album_id, ids))

    def create_album(self, name: str, ids: Sequence[int] = ()) -> int:
        """Make an album and return its id; raises NameTaken, and UsageError for an empty name."""
        return self.tell(self.catalogue.albums.create(name, ids)).albums[0]

    def rename_album(self, album_id: int, name: str) -> None:
        """Give an album another name; raises as `create_album` does."""
        self.tell(self.catalogue.albums.rename(album_id, name))

    def delete_album(self, album_id: int) -> None:
        """Delete an album, undoably (it comes back under a new id); its photos stay."""
        name = next(album.name for album in self.albums() if album.id == album_id)
        ids = self.ids(Query(album=album_id))
        current = [album_id]
        albums = self.catalogue.albums

        def back() -> Change:
            change = albums.create(name, ids)
            current[0] = change.albums[0]
            return change

        self._do(self.tr("Delete album"), lambda: albums.delete(current[0]), back)

    def _do(self, text: str, forth: Callable[[], Change], back: Callable[[], Change]) -> None:
        self.undo_stack.push(_Command(text, forth, back, self._try))

    def _try(self, command: _Command, change: Callable[[], Change]) -> None:
        try:
            self.tell(change())
        except AlbumenError as error:
            command.setObsolete(True)  # what could not be done needs no undoing
            self.failed.emit(error)


class _Command(QUndoCommand):
    def __init__(
        self,
        text: str,
        forth: Callable[[], Change],
        back: Callable[[], Change],
        do: Callable[[_Command, Callable[[], Change]], None],
    ) -> None:
        super().__init__(text)
        self._forth, self._back, self._do = forth, back, do

    def redo(self) -> None:
        self._do(self, self._forth)

    def undo(self) -> None:
        self._do(self, self._back)
