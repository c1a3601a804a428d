"""The window around the pages: what its keys do where no page has a use for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoGroup
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop_app.album.store.catalogue import Catalogue
from desktop_app.ui.album.album_page import AlbumPage
from desktop_app.ui.common.pictures import Pictures
from desktop_app.ui.main.main_window import MainWindow
from desktop_app.ui.photo.photo_page import PhotoPage
from desktop_app.ui.queue.job_model import JobPhoto
from desktop_app.ui.queue.queue_panel import QueuePanel
from desktop_app.ui.theme import Theme
from desktop_app.work.library import Library


def test_escape_closes_a_message_after_another_wherever_the_focus_is(
    theme: Theme, shown: Callable[[QWidget], None], tmp_path: Path
) -> None:
    queue = QueuePanel(theme, lambda photo_id: JobPhoto(str(photo_id)))
    library = Library(Catalogue.open(tmp_path / "library"))
    pictures = Pictures()
    album = AlbumPage(theme, library, pictures, tmp_path / "thumbnails", 128)
    window = MainWindow(theme, album, PhotoPage(theme), queue, QUndoGroup())
    shown(window)
    window.messages.show_error("The disk is full.")
    window.messages.show_error("The photo is damaged.")
    for left in (True, False):
        QTest.keyClick(window.album.grid, Qt.Key.Key_Escape)
        assert window.messages.isVisible() is left
    pictures.close()
    library.close()
