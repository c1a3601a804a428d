"""The photos of the grid: ids in order, records fetched a page at a time as they come into view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QDate, QLocale, QMimeData, QModelIndex, QPersistentModelIndex, Qt, QUrl
from PySide6.QtGui import QImage

from desktop_app.album.records import Photo, PhotoState
from desktop_app.ui.common.pictures import Pictures
from desktop_app.ui.words import error_text
from engine.base.errors import AlbumenError

Index = QModelIndex | QPersistentModelIndex
Fetch = Callable[[Sequence[int]], Sequence[Photo]]
_PAGE = 64
_SIDES = (128, 192, 256, 384, 512)


class PhotoModel(QAbstractListModel):
    """`PHOTO` gives the record, `THUMBNAIL` its picture or None while it is not there yet."""

    PHOTO = Qt.ItemDataRole.UserRole + 1
    THUMBNAIL = Qt.ItemDataRole.UserRole + 2

    def __init__(self, fetch: Fetch, pictures: Pictures, thumbnails: Path) -> None:
        """`fetch` answers with the records of ids (a photo that is gone is left out), in any order."""
        super().__init__()
        self._fetch, self._pictures, self._thumbnails = fetch, pictures, thumbnails
        self._ids: list[int] = []
        self._rows: dict[int, int] = {}
        self._photos: dict[int, Photo] = {}
        self._by_thumbnail: dict[str, int] = {}
        self._side_px = _SIDES[-1]
        pictures.picture_ready.connect(self._on_picture_ready)

    def set_side(self, device_px: float) -> None:
        """Decode thumbnails no larger than they are painted, in pixels of the screen."""
        self._side_px = next((side for side in _SIDES if side >= device_px), _SIDES[-1])

    def set_ids(self, ids: Sequence[int]) -> None:
        """Show these photos in this order; rows that only came at the end are added without a new beginning."""
        ids = list(ids)
        if ids == self._ids:
            return
        if self._ids and ids[: len(self._ids)] == self._ids:
            first = len(self._ids)
            self.beginInsertRows(QModelIndex(), first, len(ids) - 1)
            self._ids = ids
            self._rows.update((photo_id, first + n) for n, photo_id in enumerate(ids[first:]))
            self.endInsertRows()
            return
        self.beginResetModel()
        self._ids = ids
        self._rows = {photo_id: row for row, photo_id in enumerate(ids)}
        self.endResetModel()

    def refresh(self, ids: Iterable[int]) -> None:
        """Fetch these photos anew, as they have changed."""
        for photo_id in ids:
            self._photos.pop(photo_id, None)
            row = self._rows.get(photo_id)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row))

    @property
    def ids(self) -> tuple[int, ...]:
        """What is shown, in its order."""
        return tuple(self._ids)

    def id_at(self, row: int) -> int | None:
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def row_of(self, photo_id: int) -> int | None:
        return self._rows.get(photo_id)

    def photo(self, row: int) -> Photo | None:
        """The record of a row, fetched with its neighbours."""
        photo_id = self.id_at(row)
        if photo_id is None:
            return None
        if photo_id not in self._photos:
            start = row - row % _PAGE
            wanted = [i for i in self._ids[start : start + _PAGE] if i not in self._photos]
            for photo in self._fetch(wanted):
                self._photos[photo.id] = photo
                if photo.thumbnail:
                    self._by_thumbnail[str(self._thumbnails / photo.thumbnail)] = photo.id
        return self._photos.get(photo_id)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        photo = self.photo(index.row())
        if photo is None:
            return None
        if role == self.PHOTO:
            return photo
        if role == self.THUMBNAIL:
            return self._thumbnail(photo)
        if role == Qt.ItemDataRole.DisplayRole:
            return photo.path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (str(photo.path), self.taken_text(photo), self._trouble(photo))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            stars = self.tr("%n star(s)", "", photo.rating) if photo.rating else ""
            flag = {"picked": self.tr("flagged"), "rejected": self.tr("rejected")}.get(photo.flag, "")
            parts = (photo.path.name, self.state_text(photo), stars, flag, self.taken_text(photo))
            return ", ".join(filter(None, parts))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        photos = [self.photo(index.row()) for index in indexes]
        data.setUrls([QUrl.fromLocalFile(str(p.path)) for p in photos if p is not None])
        return data

    def state_text(self, photo: Photo) -> str:
        """How far a photo has come, in a word."""
        if photo.missing:
            return self.tr("file is missing")
        return {
            PhotoState.NEW: "",
            PhotoState.FACES_FOUND: self.tr("faces found"),
            PhotoState.RESTORED: self.tr("restored"),
            PhotoState.EXPORTED: self.tr("exported"),
            PhotoState.FAILED: self.tr("failed"),
        }[photo.state]

    def taken_text(self, photo: Photo) -> str:
        """When a photo was taken, as far as its file tells."""
        if photo.taken is None:
            return ""
        date = QDate.fromString(photo.taken[:10], Qt.DateFormat.ISODate)
        return self.tr("Taken on {date}").format(date=QLocale().toString(date, QLocale.FormatType.LongFormat))

    def _trouble(self, photo: Photo) -> str:
        """Why a photo has no picture."""
        if photo.missing:
            return self.state_text(photo)
        return error_text(AlbumenError.from_wire(photo.error_kind, photo.error_arguments)) if photo.error_kind else ""

    def _thumbnail(self, photo: Photo) -> QImage | None:
        return self._pictures.get(self._thumbnails / photo.thumbnail, self._side_px) if photo.thumbnail else None

    def _on_picture_ready(self, path: str, _side_px: int) -> None:
        row = self._rows.get(self._by_thumbnail.get(path, -1))
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index, [self.THUMBNAIL])
