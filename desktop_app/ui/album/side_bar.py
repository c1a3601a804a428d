"""What the grid shows: everything, by state, or an album."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QHBoxLayout, QListView, QMenu, QVBoxLayout, QWidget

from desktop_app.album.records import Album, PhotoState
from desktop_app.ui.common.buttons import icon_button, make_action
from desktop_app.ui.common.labels import label
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import SPACE, Theme

_CHOICE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Choice:
    """What is shown: all photos, those of a state, the missing ones, or an album."""

    state: PhotoState | None = None
    missing: bool = False
    album: int | None = None


class SideBar(QWidget):
    """Lists of what can be shown; photos dropped on an album go into it."""

    choice_made = Signal(object)
    album_wanted = Signal()
    album_rename_wanted = Signal(int)
    album_delete_wanted = Signal(int)
    dropped_on_album = Signal(int)
    """The photos selected in the grid were dropped on this album."""
    files_dropped = Signal(list, object)
    """Files and folders from another program, and the id of the album they were dropped on."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._views = QStandardItemModel(self)
        self._albums = QStandardItemModel(self)
        self._view_list = _SideList(self._views, self.tr("What is shown"))
        self._album_list = _SideList(self._albums, self.tr("Albums"))
        self._album_list.setAcceptDrops(True)
        self._album_list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._new_album = make_action(self, theme, self.tr("New album"), "add", self.album_wanted.emit, "Ctrl+Shift+N")
        self._lay_out()
        self._connect()
        self._fill_views()

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        for view in (self._view_list, self._album_list):
            if view.selectionModel().hasSelection():
                choice: Choice = view.selectedIndexes()[0].data(_CHOICE)
                return choice
        return Choice()

    def show_albums(self, albums: Sequence[Album]) -> None:
        """List the albums; the chosen one stays chosen, all photos are shown where it is gone."""
        chosen = self.choice
        self._albums.clear()
        for album in albums:
            item = _item(f"{album.name}  {album.count}", "folder", self._theme, Choice(album=album.id))
            item.setAccessibleText(self.tr("Album {name}, %n photo(s)", "", album.count).format(name=album.name))
            self._albums.appendRow(item)
            if chosen.album == album.id:
                self._album_list.setCurrentIndex(item.index())
        if chosen.album is not None and not self._album_list.selectionModel().hasSelection():
            self.choose_all()
        self._album_list.fit()

    def choose_all(self) -> None:
        """Show all photos."""
        self._view_list.setCurrentIndex(self._views.index(0, 0))

    def _fill_views(self) -> None:
        for text, name, choice in (
            (self.tr("All photos"), "album", Choice()),
            (self.tr("New"), "photo", Choice(PhotoState.NEW)),
            (self.tr("Faces found"), "face", Choice(PhotoState.FACES_FOUND)),
            (self.tr("Restored"), "restore", Choice(PhotoState.RESTORED)),
            (self.tr("Exported"), "check", Choice(PhotoState.EXPORTED)),
            (self.tr("Failed"), "warning", Choice(PhotoState.FAILED)),
            (self.tr("Missing files"), "link", Choice(missing=True)),
        ):
            self._views.appendRow(_item(text, name, self._theme, choice))
        self._view_list.fit()
        self.choose_all()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(2 * SPACE, SPACE, SPACE, 0)
        head.addWidget(label(self.tr("Albums"), "heading"))
        head.addStretch()
        head.addWidget(icon_button(self._new_album))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, SPACE)
        layout.setSpacing(0)
        layout.addWidget(self._view_list)
        layout.addLayout(head)
        layout.addWidget(self._album_list, 1)
        self.setMinimumWidth(190)

    def _connect(self) -> None:
        self._view_list.selectionModel().currentChanged.connect(lambda now: self._on_current(self._album_list, now))
        self._album_list.selectionModel().currentChanged.connect(lambda now: self._on_current(self._view_list, now))
        self._album_list.customContextMenuRequested.connect(self._on_album_menu)
        self._album_list.dropped.connect(self._on_dropped)

    def _on_current(self, other: QListView, now: QModelIndex) -> None:
        if now.isValid():
            other.selectionModel().clear()
            self.choice_made.emit(now.data(_CHOICE))

    def _on_album_menu(self, at: QPoint) -> None:
        index = self._album_list.indexAt(at)
        if not index.isValid():
            return
        album_id = index.data(_CHOICE).album
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rename = QAction(self.tr("Rename…"), menu)
        rename.triggered.connect(lambda: self.album_rename_wanted.emit(album_id))
        delete = QAction(self.tr("Delete album (photos stay)"), menu)
        delete.triggered.connect(lambda: self.album_delete_wanted.emit(album_id))
        menu.addActions([rename, delete])
        menu.popup(self._album_list.viewport().mapToGlobal(at))

    def _on_dropped(self, index: QModelIndex, files: list[Path]) -> None:
        album_id = index.data(_CHOICE).album
        if files:
            self.files_dropped.emit(files, album_id)
        else:
            self.dropped_on_album.emit(album_id)


class _SideList(QListView):
    """A list as tall as its rows, that takes drops from the grid and of files; it marks the row they would go to."""

    dropped = Signal(QModelIndex, object)
    """The row, and the files (list of Path) where they come from another program."""

    def __init__(self, model: QStandardItemModel, name: str) -> None:
        super().__init__()
        self._target = QPersistentModelIndex()
        self.setModel(model)
        self.setProperty("role", "side")
        self.setAccessibleName(name)
        self.setIconSize(QSize(18, 18))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)

    def fit(self) -> None:
        """Be as tall as all rows are."""
        count = self.model().rowCount()
        height = sum(self.sizeHintForRow(row) for row in range(count)) + 2 * SPACE
        self.setMinimumHeight(min(height, 12 * 36))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is not None or local_paths(event.mimeData().urls()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._mark(self.indexAt(event.position().toPoint()))
        if self._target.isValid():
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark(QModelIndex())

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark(QModelIndex())
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            event.acceptProposedAction()
            self.dropped.emit(index, [] if event.source() is not None else local_paths(event.mimeData().urls()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._target.isValid():
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.drawRoundedRect(self.visualRect(self._target).adjusted(2, 2, -2, -2), SPACE, SPACE)

    def _mark(self, index: QModelIndex) -> None:
        self._target = QPersistentModelIndex(index)
        self.viewport().update()


def local_paths(urls: list[QUrl]) -> list[Path]:
    """The files and folders of a drop that lie on this computer."""
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


def _item(text: str, icon_name: str, theme: Theme, choice: Choice) -> QStandardItem:
    item = QStandardItem(icon(icon_name, theme), text)
    item.setData(choice, _CHOICE)
    return item
