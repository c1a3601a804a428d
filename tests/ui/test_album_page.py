"""The album page: keys, drops, filters, what an empty view says, and what the context menu offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import accessibility
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel, QLineEdit, QMenu, QPushButton, QWidget

from desktop_app.album.records import PhotoState, Query
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.ui.album.album_page import AlbumPage
from desktop_app.ui.album.empty_view import EmptyView
from desktop_app.ui.common.pictures import Pictures
from desktop_app.ui.theme import Theme
from desktop_app.work.library import Library

NAMES = ["apple.jpg", "birch.jpg", "cedar.jpg", "dahlia.jpg"]
Key = Qt.Key


@pytest.fixture
def library(app: QApplication, tmp_path: Path) -> Iterator[Library]:
    library = Library(Catalogue.open(tmp_path / "library"))
    yield library
    library.close()


@pytest.fixture
def make_page(
    theme: Theme, library: Library, tmp_path: Path, shown: Callable[[QWidget], None]
) -> Iterator[Callable[[], AlbumPage]]:
    made: list[Pictures] = []

    def make() -> AlbumPage:
        pictures = Pictures()
        page = AlbumPage(theme, library, pictures, tmp_path / "thumbnails", 128)
        page.resize(1100, 700)
        shown(page)
        made.append(pictures)
        return page

    yield make
    for pictures in made:
        pictures.close()


@pytest.fixture
def photos(library: Library, tmp_path: Path) -> list[int]:
    return list(library.catalogue.photos.add([tmp_path / name for name in NAMES]).added)


@pytest.fixture
def page(make_page: Callable[[], AlbumPage], photos: list[int]) -> AlbumPage:
    page = make_page()
    page.grid.setFocus()
    return page


def names(page: AlbumPage) -> list[str]:
    return [page.model.index(row).data() for row in range(page.model.rowCount())]


def settle(page: AlbumPage) -> None:
    """Let the page show what has changed: it waits a moment for more."""
    if page._delay.isActive():
        QTest.qWait(page._delay.interval() + 20)
    QApplication.processEvents()


def press(page: AlbumPage, key: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(page.grid, key, modifier)


# Keys


def test_digits_give_stars_to_all_that_is_selected_and_undo_takes_them_back(
    page: AlbumPage, library: Library, photos: list[int]
) -> None:
    library.rate(photos[:1], 2)
    page.grid.selectAll()
    press(page, Key.Key_4)
    assert [photo.rating for photo in library.photos(photos)] == [4] * 4
    library.undo_stack.undo()
    assert [photo.rating for photo in library.photos(photos)] == [2, 0, 0, 0]


@pytest.mark.parametrize(("key", "flag"), [(Key.Key_P, "picked"), (Key.Key_X, "rejected"), (Key.Key_U, "none")])
def test_letters_flag(page: AlbumPage, library: Library, photos: list[int], key: Key, flag: str) -> None:
    library.flag(photos[:1], "picked" if flag == "none" else "none")
    page.grid.select(photos[0])
    press(page, key)
    assert library.photos(photos[:1])[0].flag == flag


def test_enter_opens_the_current_photo(page: AlbumPage, photos: list[int]) -> None:
    opened: list[int] = []
    page.photo_opened.connect(opened.append)
    page.grid.select(photos[2])
    press(page, Key.Key_Return)
    press(page, Key.Key_Right)
    press(page, Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert opened == [photos[2], photos[3]]


def test_delete_removes_from_the_album_never_the_file_and_undo_brings_back(
    page: AlbumPage, library: Library, photos: list[int], tmp_path: Path
) -> None:
    for name in NAMES:
        (tmp_path / name).write_bytes(b"photo")
    page.grid.select(photos[1])
    press(page, Key.Key_Delete)
    settle(page)
    assert names(page) == ["apple.jpg", "cedar.jpg", "dahlia.jpg"]
    assert (tmp_path / "birch.jpg").exists()
    library.undo_stack.undo()
    settle(page)
    assert names(page) == NAMES


def test_delete_in_the_search_field_deletes_a_letter(page: AlbumPage, library: Library, photos: list[int]) -> None:
    page.grid.selectAll()
    field = page.findChild(QLineEdit)
    assert field is not None
    field.setText("bi")
    field.setFocus()
    field.setCursorPosition(0)
    QTest.keyClick(field, Key.Key_Delete)
    assert field.text() == "i"
    assert len(library.ids(Query())) == 4


def test_actions_need_a_selection(page: AlbumPage, photos: list[int]) -> None:
    wanted: list[tuple[int, ...]] = []
    page.restore_wanted.connect(wanted.append)
    page.grid.clearSelection()
    assert not any(a.isEnabled() for a in (page.restore, page.export, page.find_faces, page.remove))
    page.grid.selectAll()
    page.restore.trigger()
    assert wanted == [tuple(photos)]


# What is shown


def test_photos_that_come_are_shown_without_losing_the_selection(
    page: AlbumPage, library: Library, photos: list[int], tmp_path: Path
) -> None:
    page.grid.select(photos[1])
    library.tell(library.catalogue.photos.add([tmp_path / "elm.jpg"]))
    settle(page)
    assert names(page) == [*NAMES, "elm.jpg"]
    assert page.grid.selected_ids == (photos[1],)


def test_changes_that_keep_coming_do_not_put_off_what_is_shown(
    page: AlbumPage, library: Library, tmp_path: Path
) -> None:
    """As while an import reads ten photos a second."""
    for n in range(12):
        library.tell(library.catalogue.photos.add([tmp_path / f"new{n}.jpg"]))
        QTest.qWait(page._delay.interval() // 3)
    assert page.model.rowCount() > len(NAMES) + 1


def test_search_states_stars_and_order_filter(page: AlbumPage, library: Library, photos: list[int]) -> None:
    page._search.setText("ce")
    settle(page)
    assert names(page) == ["cedar.jpg"]
    page._search.clear()
    library.tell(library.catalogue.photos.set_state(photos[:2], PhotoState.RESTORED))
    page.side._view_list.setCurrentIndex(page.side._views.index(3, 0))
    assert names(page) == ["apple.jpg", "birch.jpg"]
    page.side.choose_all()
    library.rate([photos[3]], 5)
    page._rating.setCurrentIndex(5)
    settle(page)
    assert names(page) == ["dahlia.jpg"]
    page._rating.setCurrentIndex(0)
    page._sort.setCurrentIndex(0)
    assert names(page) == NAMES[::-1]
    assert page.model.ids == tuple(photos[::-1])


def test_another_order_keeps_what_is_selected_and_where_the_keys_are(page: AlbumPage, photos: list[int]) -> None:
    page.grid.select(photos[0])
    QTest.keyClick(page.grid, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert page.grid.selected_ids == (photos[0], photos[1])
    page._sort.setCurrentIndex(0)
    assert names(page) == NAMES[::-1]
    assert page.grid.selected_ids == (photos[1], photos[0])
    assert page.model.id_at(page.grid.currentIndex().row()) == photos[1]


def test_when_the_current_photo_leaves_the_view_the_next_is_current(
    page: AlbumPage, library: Library, photos: list[int]
) -> None:
    page.side._view_list.setCurrentIndex(page.side._views.index(1, 0))
    page.grid.select(photos[1])
    library.tell(library.catalogue.photos.set_state([photos[1]], PhotoState.FACES_FOUND))
    settle(page)
    assert page.grid.selected_ids == ()
    assert page.model.id_at(page.grid.currentIndex().row()) == photos[2]


def test_an_empty_album_gives_the_keyboard_to_its_first_button(make_page: Callable[[], AlbumPage]) -> None:
    page = make_page()
    page.focus_content()
    focused = QApplication.focusWidget()
    assert isinstance(focused, QPushButton)
    assert focused.text() == "Choose photos…"


def test_a_photo_that_fits_no_longer_leaves_the_view(page: AlbumPage, library: Library, photos: list[int]) -> None:
    library.rate(photos[:2], 3)
    page._rating.setCurrentIndex(3)
    settle(page)
    library.rate(photos[:1], 1)
    settle(page)
    assert names(page) == ["birch.jpg"]


def test_an_album_is_shown_and_photos_leave_it_but_not_the_library(
    page: AlbumPage, library: Library, photos: list[int]
) -> None:
    album = library.create_album("Garden", photos[:2])
    page.side._album_list.setCurrentIndex(page.side._albums.index(0, 0))
    assert (names(page), page.query.album) == (NAMES[:2], album)
    library.take_out_of_album(album, photos[:1])
    settle(page)
    assert names(page) == NAMES[1:2]
    library.rename_album(album, "Yard")
    settle(page)
    assert page.query.album == album
    library.delete_album(album)
    settle(page)
    assert (page.query.album, names(page)) == (None, NAMES)
    library.undo_stack.undo()
    assert [a.name for a in library.albums()] == ["Yard"]


def texts(page: AlbumPage) -> str:
    view = page.findChild(EmptyView)
    assert view is not None
    assert view.isVisible()
    return "\n".join(label.text() for label in view.findChildren(QLabel))


def test_an_empty_album_invites_and_offers_a_sample(make_page: Callable[[], AlbumPage]) -> None:
    page = make_page()
    assert "Drop photos or folders here" in texts(page)
    told: list[str] = []
    page.sample_wanted.connect(lambda: told.append("sample"))
    page.import_wanted.connect(lambda album: told.append("photos"))
    page.folder_wanted.connect(lambda album: told.append("folder"))
    view = page.findChild(EmptyView)
    assert view is not None
    for button in view.findChildren(QPushButton):
        button.click()
    assert told == ["photos", "folder", "sample"]
    accessibility.assert_accessible(page)


def test_a_search_that_finds_nothing_says_so_and_offers_no_sample(page: AlbumPage) -> None:
    page._search.setText("no such photo")
    settle(page)
    assert "No photos here" in texts(page)
    assert not any(button.isVisible() for button in page.findChildren(EmptyView)[0].findChildren(QPushButton))


# Drag and drop


def drop(page: AlbumPage, *urls: str) -> tuple[bool, bool]:
    """Whether the page takes a drag of these, and the drop."""
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    no = Qt.KeyboardModifier.NoModifier
    at, copy, left = QPoint(300, 300), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    entered = QDragEnterEvent(at, copy, data, left, no)
    entered.ignore()
    QApplication.sendEvent(page, entered)
    dropped = QDropEvent(QPointF(at), copy, data, left, no)
    dropped.ignore()
    QApplication.sendEvent(page, dropped)
    return entered.isAccepted(), dropped.isAccepted()


def test_dropped_files_and_folders_go_into_the_album_that_is_shown(
    page: AlbumPage, library: Library, tmp_path: Path
) -> None:
    told: list[tuple[list[Path], int | None]] = []
    page.files_dropped.connect(lambda paths, album: told.append((paths, album)))
    a, b = tmp_path / "für Oma.jpg", tmp_path / "folder"
    urls = [QUrl.fromLocalFile(str(path)).toString() for path in (a, b)]
    assert drop(page, *urls) == (True, True)
    album = library.create_album("Garden")
    page.side._album_list.setCurrentIndex(page.side._albums.index(0, 0))
    drop(page, urls[0])
    assert told == [([a, b], None), ([a], album)]


def test_a_drop_that_is_no_file_of_this_computer_is_not_taken(page: AlbumPage) -> None:
    told: list[object] = []
    page.files_dropped.connect(lambda *values: told.append(values))
    assert drop(page, "https://example.com/a.jpg") == (False, False)
    assert told == []


def test_files_dropped_on_an_album_of_the_side_bar_go_into_that_one(
    page: AlbumPage, library: Library, tmp_path: Path
) -> None:
    told: list[tuple[list[Path], int | None]] = []
    page.files_dropped.connect(lambda paths, album: told.append((paths, album)))
    library.create_album("Garden")
    wedding = library.create_album("Wedding")
    albums = page.side._album_list
    at = albums.visualRect(page.side._albums.index(1, 0)).center()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.jpg"))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entered, moved = QDragEnterEvent(at, *how), QDragMoveEvent(at, *how)
    entered.ignore()
    moved.ignore()
    albums.dragEnterEvent(entered)
    plain = albums.grab().toImage()
    albums.dragMoveEvent(moved)
    assert entered.isAccepted()
    assert moved.isAccepted()
    assert albums.grab().toImage() != plain  # the row is marked
    albums.dropEvent(QDropEvent(QPointF(at), *how))
    assert told == [([tmp_path / "a.jpg"], wedding)]
    assert albums.grab().toImage() == plain


# The context menu


def menu_of(page: AlbumPage) -> QMenu:
    page.grid.menu_asked.emit(QPoint(0, 0))
    menus = [menu for menu in page.findChildren(QMenu) if menu.isVisible()]
    assert len(menus) == 1
    menus[0].hide()
    return menus[0]


def test_the_menu_puts_photos_into_albums_and_out(page: AlbumPage, library: Library, photos: list[int]) -> None:
    album = library.create_album("Garden")
    page.grid.selectAll()
    into = next(action.menu() for action in menu_of(page).actions() if action.text() == "Add to album")
    assert isinstance(into, QMenu)
    next(action for action in into.actions() if action.text() == "Garden").trigger()
    assert library.ids(Query(album=album)) == photos
    page.side._album_list.setCurrentIndex(page.side._albums.index(0, 0))
    page.grid.select(photos[0])
    next(action for action in menu_of(page).actions() if action.text() == "Take out of this album").trigger()
    assert library.ids(Query(album=album)) == photos[1:]


def test_the_menu_offers_to_find_a_missing_file(page: AlbumPage, library: Library, photos: list[int]) -> None:
    wanted: list[int] = []
    page.relink_wanted.connect(wanted.append)
    page.grid.select(photos[0])
    assert "Find the missing file…" not in [action.text() for action in menu_of(page).actions()]
    library.tell(library.catalogue.photos.set_missing([photos[0]]))
    next(action for action in menu_of(page).actions() if action.text() == "Find the missing file…").trigger()
    assert wanted == [photos[0]]


def test_a_new_album_takes_the_selection_and_a_name_that_is_taken_is_told(
    page: AlbumPage, library: Library, photos: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("Garden", True))
    monkeypatch.setattr(
        "desktop_app.ui.album.album_page.QMessageBox.information", lambda _parent, _title, text: told.append(text)
    )
    page.grid.select(photos[0])
    page.side._new_album.trigger()
    assert [(album.name, album.count) for album in library.albums()] == [("Garden", 1)]
    page.side._new_album.trigger()
    assert len(library.albums()) == len(told) == 1
    assert "Garden" in told[0]


# Looks


def test_every_control_is_named_and_reached(page: AlbumPage) -> None:
    accessibility.assert_accessible(page)
    accessibility.assert_reading_order(page)


def test_the_size_of_pictures_is_told_once_for_each_change(page: AlbumPage) -> None:
    told: list[int] = []
    page.grid.side_changed.connect(told.append)
    page._size.setValue(200)
    page._size.setValue(200)
    assert told == [200]
