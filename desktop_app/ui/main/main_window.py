"""The main window: album and photo page in one place, the queue beside them, messages above, a menu for everything."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QIcon, QKeyEvent, QKeySequence, QUndoGroup
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.ui.album.album_page import AlbumPage
from desktop_app.ui.common.message_bar import MessageBar
from desktop_app.ui.help.first_steps import FirstSteps
from desktop_app.ui.icons import icon
from desktop_app.ui.photo.photo_page import PhotoPage
from desktop_app.ui.queue.queue_button import QueueButton
from desktop_app.ui.queue.queue_panel import QueuePanel
from desktop_app.ui.theme import Theme
from engine.base.folders import resources_dir


class MainWindow(QMainWindow):
    """Holds the pages; `close_allowed` decides whether closing the window may go on."""

    find_missing_wanted = Signal()
    settings_wanted = Signal()
    models_wanted = Signal()
    about_wanted = Signal()
    shortcuts_wanted = Signal()
    closed = Signal()
    """The window is closed for good."""

    def __init__(
        self, theme: Theme, album: AlbumPage, photo: PhotoPage, queue: QueuePanel, undo_group: QUndoGroup
    ) -> None:
        super().__init__()
        self._theme = theme
        self.album, self.photo, self.queue = album, photo, queue
        self.messages = MessageBar(theme)
        self.first_steps = FirstSteps(theme)
        self.close_allowed: Callable[[], bool] = lambda: True
        self.setWindowTitle("Albumen")
        self.setWindowIcon(QIcon(str(resources_dir() / "icons" / "albumen.svg")))
        self.setMinimumSize(860, 560)
        self.resize(1360, 860)
        self._pages = QStackedWidget()
        self._pages.addWidget(album)
        self._pages.addWidget(photo)
        self._make_actions(undo_group)
        self.queue_button = QueueButton(theme, self.show_queue)
        self._lay_out()
        self._make_menus()
        self.queue.hide()
        self.queue.close_wanted.connect(lambda: self.show_queue.setChecked(False))

    @property
    def is_photo_shown(self) -> bool:
        return self._pages.currentWidget() is self.photo

    def show_photo_page(self) -> None:
        self._pages.setCurrentWidget(self.photo)
        self.photo.canvas.setFocus()

    def show_album_page(self) -> None:
        self._pages.setCurrentWidget(self.album)
        self.setWindowTitle("Albumen")
        self.album.focus_content()

    def shortcut_groups(self) -> list[tuple[str, list[QAction]]]:
        """All actions that keys reach, by where they work; for the list of shortcuts."""
        return [
            (self.tr("Everywhere"), [a for a in self.actions() if not a.shortcut().isEmpty()]),
            (self.tr("Album"), [a for a in self.album.actions() if not a.shortcut().isEmpty()]),
            (self.tr("Photo"), [a for a in self.photo.actions() if not a.shortcut().isEmpty()]),
            (self.tr("Queue"), list(self.queue.actions_with_keys)),
        ]

    def geometry_text(self) -> str:
        """Where the window lies, for the settings."""
        return bytes(self.saveGeometry().toBase64().data()).decode()

    def restore_geometry_text(self, text: str) -> None:
        if text:
            self.restoreGeometry(QByteArray.fromBase64(text.encode()))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.close_allowed():
            event.accept()
            self.closed.emit()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the message that is shown, where nothing that has the focus has a use for it."""
        if event.key() == Qt.Key.Key_Escape and self.messages.isVisible():
            self.messages.close_shown()
        else:
            super().keyPressEvent(event)

    def _make_actions(self, undo_group: QUndoGroup) -> None:
        def action(text: str, icon_name: str, signal: object, keys: object = None) -> QAction:
            made = QAction(icon(icon_name, self._theme), text, self)
            if keys is not None:
                made.setShortcut(QKeySequence(keys))  # type: ignore[call-overload]
            if signal is not None:
                made.triggered.connect(signal)
            self.addAction(made)
            return made

        self.undo = undo_group.createUndoAction(self, self.tr("Undo"))
        self.undo.setIcon(icon("undo", self._theme))
        self.undo.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
        self.redo = undo_group.createRedoAction(self, self.tr("Redo"))
        self.redo.setIcon(icon("redo", self._theme))
        self.redo.setShortcut(QKeySequence(QKeySequence.StandardKey.Redo))
        self.addActions([self.undo, self.redo])
        self.find_missing = action(self.tr("Find missing photos in a folder…"), "link", self.find_missing_wanted)
        self.settings = action(self.tr("Settings…"), "settings", self.settings_wanted, "Ctrl+,")
        self.models = action(self.tr("Models…"), "models", self.models_wanted)
        self.about = action(self.tr("About Albumen"), "info", self.about_wanted)
        self.shortcuts = action(self.tr("Keys and shortcuts"), "keyboard", self.shortcuts_wanted, "?")
        self.quit = action(self.tr("Quit"), "close", self.close, QKeySequence.StandardKey.Quit)
        self.show_queue = action(self.tr("Queue"), "queue", None, "Ctrl+J")
        self.show_queue.setCheckable(True)
        self.show_queue.toggled.connect(self.queue.setVisible)
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)

    def _make_menus(self) -> None:
        bar = self.menuBar()
        file = bar.addMenu(self.tr("&File"))
        file.addActions([self.album.add_photos, self.album.add_folder, self.find_missing])
        file.addSeparator()
        file.addAction(self.quit)
        edit = bar.addMenu(self.tr("&Edit"))
        edit.addActions([self.undo, self.redo])
        edit.addSeparator()
        edit.addAction(self.settings)
        view = bar.addMenu(self.tr("&View"))
        view.addAction(self.show_queue)
        tools = bar.addMenu(self.tr("&Tools"))
        tools.addAction(self.models)
        help_menu = bar.addMenu(self.tr("&Help"))
        help_menu.addActions([self.shortcuts, self.about])
        bar.setCornerWidget(self.queue_button, Qt.Corner.TopRightCorner)

    def _lay_out(self) -> None:
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(self._pages)
        split.addWidget(self.queue)
        split.setStretchFactor(0, 1)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.first_steps)
        column.addWidget(split, 1)
        self.setCentralWidget(centre)
