"""The album page: what is shown on the left, the grid in the middle, search and actions above."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QSlider,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app.album.records import Change, Query
from desktop_app.ui.album.empty_view import EmptyView
from desktop_app.ui.album.photo_grid import LARGEST_PX, SMALLEST_PX, PhotoGrid
from desktop_app.ui.album.photo_model import PhotoModel
from desktop_app.ui.album.side_bar import Choice, SideBar, local_paths
from desktop_app.ui.common.buttons import icon_button, make_action
from desktop_app.ui.common.form import ChoiceBox
from desktop_app.ui.common.labels import label
from desktop_app.ui.common.pictures import Pictures
from desktop_app.ui.theme import SPACE, Theme
from desktop_app.ui.words import error_text
from desktop_app.work.library import Library
from engine.base.errors import AlbumenError

_SEARCH_WAIT_MS = 150


class AlbumPage(QWidget):
    """Shows the catalogue; what takes longer than a query is asked for by signals."""

    photo_opened = Signal(int)
    files_dropped = Signal(list, object)
    """Paths, and the id of the album they shall go into (None: none)."""
    import_wanted = Signal(object)
    """Album id or None."""
    folder_wanted = Signal(object)
    sample_wanted = Signal()
    restore_wanted = Signal(tuple)
    export_wanted = Signal(tuple)
    find_wanted = Signal(tuple)
    relink_wanted = Signal(int)
    folder_shown = Signal(int)
    """Show the photo's file in the system's file manager."""

    def __init__(self, theme: Theme, library: Library, pictures: Pictures, thumbnails: Path, side_px: int) -> None:
        super().__init__()
        self._theme = theme
        self._library = library
        self.model = PhotoModel(library.photos, pictures, thumbnails)
        self.grid = PhotoGrid(theme, self.model, side_px)
        self.side = SideBar(theme)
        self._empty = EmptyView(theme)
        self._search = QLineEdit()
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName(self.tr("Search photos by name, folder or album"))
        self._search.setMinimumWidth(160)  # a name of a file, with the queue open as well
        self._search.setMaximumWidth(320)
        self._sort = ChoiceBox()
        self._sort.setAccessibleName(self.tr("Order of the photos"))
        self._rating = ChoiceBox()
        self._rating.setAccessibleName(self.tr("Only photos with at least this many stars"))
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._size.setRange(SMALLEST_PX, LARGEST_PX)
        self._size.setValue(side_px)
        self._size.setFixedWidth(110)
        self._size.setAccessibleName(self.tr("Size of the pictures"))
        self._size.setToolTip(self.tr("Size of the pictures (Ctrl+wheel)"))
        self._count = label("", "muted")
        self._importing = ""
        self._stack = QStackedWidget()
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_SEARCH_WAIT_MS)
        self.setAcceptDrops(True)
        self._make_actions()
        self._fill_choices()
        self._lay_out()
        self._connect()
        self._show_albums()
        self.reload()

    @property
    def query(self) -> Query:
        """What is shown, from all that can be chosen."""
        choice: Choice = self.side.choice
        sort, reverse = self._sort.currentData()
        stars, flag = self._rating.currentData()
        return Query(
            album=choice.album,
            text=self._search.text(),
            states=frozenset() if choice.state is None else frozenset({choice.state}),
            missing=True if choice.missing else None,
            min_rating=stars,
            flag=flag,
            sort=sort,
            reverse=reverse,
        )

    def reload(self) -> None:
        """Ask the catalogue what is to be shown."""
        query = self.query
        ids = self._library.ids(query)
        self.model.set_ids(ids)
        if not ids:
            if query == Query(sort=query.sort, reverse=query.reverse):
                self._empty.show_invitation()
            else:
                self._empty.show_nothing_found()
        self._stack.setCurrentWidget(self.grid if ids else self._empty)
        self._show_count()

    def show_import(self, done: int, total: int) -> None:
        """Say how far reading new photos is; 0 of 0: it is over."""
        self._importing = self.tr("Reading photos: {done} of {total}").format(done=done, total=total) if total else ""
        self._show_count()

    def focus_content(self) -> None:
        """Give the keyboard to the photos, or to what is offered where there are none."""
        (self.grid if self.model.rowCount() else self._empty).setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is None and local_paths(event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData().urls())
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths, self.side.choice.album)

    def _make_actions(self) -> None:
        action = partial(make_action, self, self._theme)

        def album() -> int | None:
            return self.side.choice.album

        self.add_photos = action(
            self.tr("Add photos…"), "add", lambda: self.import_wanted.emit(album()), QKeySequence.StandardKey.Open
        )
        self.add_folder = action(
            self.tr("Add a folder…"), "folder", lambda: self.folder_wanted.emit(album()), "Ctrl+Shift+O"
        )
        self.restore = action(
            self.tr("Restore"), "restore", lambda: self.restore_wanted.emit(self.grid.selected_ids), "Ctrl+R"
        )
        self.export = action(
            self.tr("Export…"), "export", lambda: self.export_wanted.emit(self.grid.selected_ids), "Ctrl+E"
        )
        self.find_faces = action(
            self.tr("Find faces"), "face", lambda: self.find_wanted.emit(self.grid.selected_ids), "Ctrl+F5"
        )
        self.remove = action(
            self.tr("Remove from the album (the file stays)"), "close", self._on_remove, QKeySequence.StandardKey.Delete
        )
        self._find_text = action(self.tr("Search"), "search", self._search.setFocus, QKeySequence.StandardKey.Find)

    def _fill_choices(self) -> None:
        for text, sort, reverse in (
            (self.tr("Newest added first"), "added", True),
            (self.tr("First added first"), "added", False),
            (self.tr("Date taken, newest first"), "taken", True),
            (self.tr("Date taken, oldest first"), "taken", False),
            (self.tr("Name"), "name", False),
            (self.tr("Most stars first"), "rating", True),
        ):
            self._sort.addItem(text, (sort, reverse))
        self._sort.setCurrentIndex(1)
        self._rating.addItem(self.tr("Any rating"), (0, None))
        for stars in range(1, 6):
            self._rating.addItem("★" * stars, (stars, None))
        self._rating.addItem(self.tr("Flagged"), (0, "picked"))
        self._rating.addItem(self.tr("Rejected"), (0, "rejected"))

    def _lay_out(self) -> None:
        bar = QWidget()
        bar.setProperty("role", "bar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(icon_button(self.add_photos, with_text=True))
        row.addWidget(icon_button(self.restore, with_text=True))
        row.addWidget(icon_button(self.export, with_text=True))
        row.addStretch()
        row.addWidget(self._count)
        row.addWidget(self._search, 1)
        row.addWidget(self._rating)
        row.addWidget(self._sort)
        row.addWidget(self._size)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._empty)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(self.side)
        split.addWidget(self._stack)
        split.setStretchFactor(1, 1)
        split.setSizes([210, 1000])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(split, 1)

    def _connect(self) -> None:
        self._library.changed.connect(self._on_changed)
        self._delay.timeout.connect(self.reload)
        self._search.textChanged.connect(self._delay.start)
        self._search.returnPressed.connect(self.grid.setFocus)
        self._sort.currentIndexChanged.connect(self.reload)
        self._rating.currentIndexChanged.connect(self.reload)
        self._size.valueChanged.connect(self.grid.set_side)
        self.grid.side_changed.connect(self._size.setValue)
        self.grid.photo_opened.connect(self.photo_opened)
        self.grid.rating_given.connect(lambda stars: self._library.rate(self.grid.selected_ids, stars))
        self.grid.flag_given.connect(lambda flag: self._library.flag(self.grid.selected_ids, flag))
        self.grid.menu_asked.connect(self._on_menu)
        self.grid.selectionModel().selectionChanged.connect(lambda *_: self._show_count())
        self.side.choice_made.connect(lambda _: self.reload())
        self.side.album_wanted.connect(self._on_new_album)
        self.side.album_rename_wanted.connect(self._on_rename_album)
        self.side.album_delete_wanted.connect(self._library.delete_album)
        self.side.dropped_on_album.connect(lambda album: self._library.add_to_album(album, self.grid.selected_ids))
        self.side.files_dropped.connect(self.files_dropped)
        self._empty.import_wanted.connect(self.add_photos.trigger)
        self._empty.folder_wanted.connect(self.add_folder.trigger)
        self._empty.sample_wanted.connect(self.sample_wanted)

    def _on_changed(self, change: Change) -> None:
        self.model.refresh(change.photos)
        if change.albums or change.added or change.removed:
            self._show_albums()
        touched = change.added or change.removed or change.albums or change.photos
        if touched and not self._delay.isActive():
            self._delay.start()  # many changes, as while importing, are few reloads

    def _show_albums(self) -> None:
        self.side.show_albums(self._library.albums())

    def _show_count(self) -> None:
        chosen = len(self.grid.selectionModel().selectedIndexes())
        some = chosen > 0
        for action in (self.restore, self.export, self.find_faces, self.remove):
            action.setEnabled(some)
        if self._importing:
            self._count.setText(self._importing)
        elif chosen > 1:
            self._count.setText(self.tr("%n selected", "", chosen))
        else:
            self._count.setText(self.tr("%n photo(s)", "", self.model.rowCount()))

    def _on_remove(self) -> None:
        self._library.remove(self.grid.selected_ids)

    def _on_new_album(self) -> None:
        name, ok = QInputDialog.getText(self, self.tr("New album"), self.tr("Name of the album"))
        if ok and name.strip():
            self._try(lambda: self._library.create_album(name, self.grid.selected_ids))

    def _on_rename_album(self, album_id: int) -> None:
        old = next((a.name for a in self._library.albums() if a.id == album_id), "")
        name, ok = QInputDialog.getText(self, self.tr("Rename album"), self.tr("Name of the album"), text=old)
        if ok and name.strip():
            self._try(lambda: self._library.rename_album(album_id, name))

    def _try(self, change: Callable[[], object]) -> None:
        try:
            change()
        except AlbumenError as error:
            QMessageBox.information(self, self.tr("Album"), error_text(error))

    def _on_menu(self, at: QPoint) -> None:
        ids = self.grid.selected_ids
        if not ids:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.restore, self.find_faces, self.export])
        menu.addSeparator()
        into = menu.addMenu(self.tr("Add to album"))
        for album in self._library.albums():
            into.addAction(album.name, partial(self._library.add_to_album, album.id, ids))
        into.addSeparator()
        into.addAction(self.tr("New album…"), self._on_new_album)
        current = self.side.choice.album
        if current is not None:
            menu.addAction(self.tr("Take out of this album"), lambda: self._library.take_out_of_album(current, ids))
        if len(ids) == 1:
            photo = self._library.photo(ids[0])
            if photo is not None and photo.missing:
                menu.addAction(self.tr("Find the missing file…"), lambda: self.relink_wanted.emit(ids[0]))
            menu.addAction(self.tr("Show in folder"), lambda: self.folder_shown.emit(ids[0]))
        menu.addSeparator()
        menu.addAction(self.remove)
        menu.popup(at)
