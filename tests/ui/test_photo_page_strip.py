"""The strip of a face's versions: keys, the large view, and a place that is kept while versions come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.ui.photo.candidate_strip import CandidateStrip, Tile, TileModel
from desktop_app.ui.photo.large_view import LargeView
from desktop_app.ui.theme import Theme

Key = Qt.Key
ORIGINAL = Tile(None, None)


def versions(*paths: str, picked: str | None = None, suggested: str | None = None) -> list[Tile]:
    original = Tile(None, None, picked=picked is None)
    return [original, *(Tile(path, None, path == picked, path == suggested, forming=path == "") for path in paths)]


class Desk:
    def __init__(self, theme: Theme) -> None:
        self.strip = CandidateStrip(theme)
        self.strip.resize(900, 180)
        self.picked: list[int] = []
        self.large: list[int] = []
        self.stepped: list[int] = []
        self.strip.tile_picked.connect(self.picked.append)
        self.strip.tile_shown_large.connect(self.large.append)
        self.strip.face_stepped.connect(self.stepped.append)
        self.strip.tiles.set_tiles(versions("/a.png", "/b.png", "/c.png", picked="/a.png"))


@pytest.fixture
def desk(theme: Theme, shown: Callable[[QWidget], None]) -> Desk:
    desk = Desk(theme)
    shown(desk.strip)
    desk.strip.activateWindow()
    desk.strip.setFocus()
    QApplication.processEvents()
    return desk


@pytest.fixture
def model(app: QApplication) -> Iterator[TileModel]:
    model = TileModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield model
    tester.deleteLater()


def test_tiles_come_go_and_change_by_qts_rules(model: TileModel) -> None:
    for tiles in (
        versions("/a.png", ""),
        versions("/a.png", "/b.png", ""),
        versions("/a.png", "/b.png", picked="/b.png"),
        versions("/x.png"),
        [],
        versions(),
    ):
        model.set_tiles(tiles)
        assert [model.tile(row) for row in range(model.rowCount())] == tiles
    assert model.tile(5) is None


def test_a_pick_changes_tiles_in_place(model: TileModel) -> None:
    model.set_tiles(versions("/a.png", "/b.png"))
    told: list[str] = []
    model.rowsRemoved.connect(lambda *_: told.append("removed"))
    model.rowsInserted.connect(lambda *_: told.append("inserted"))
    model.dataChanged.connect(lambda first, last: told.append(f"{first.row()} to {last.row()}"))
    model.set_tiles(versions("/a.png", "/b.png", picked="/b.png"))
    assert told == ["0 to 2"]


def test_a_screen_reader_hears_which_version_is_chosen(model: TileModel) -> None:
    model.set_tiles(versions("/a.png", "/b.png", picked="/b.png"))
    role = Qt.ItemDataRole.AccessibleTextRole
    heard = [model.index(row).data(role) for row in range(3)]
    assert heard == ["Original", "Version 1", "Version 2, chosen"]


def test_digits_pick_and_those_without_a_version_do_nothing(desk: Desk) -> None:
    for key in (Key.Key_2, Key.Key_0, Key.Key_8, Key.Key_3):
        QTest.keyClick(desk.strip, key)
    assert desk.picked == [2, 0, 3]
    assert desk.strip.currentIndex().row() == 3


def test_arrows_move_enter_picks_and_up_and_down_change_the_face(desk: Desk) -> None:
    desk.strip.setCurrentIndex(desk.strip.tiles.index(1))
    QTest.keyClick(desk.strip, Key.Key_Right)
    QTest.keyClick(desk.strip, Key.Key_Return)
    QTest.keyClick(desk.strip, Key.Key_Up)
    QTest.keyClick(desk.strip, Key.Key_Down)
    assert (desk.picked, desk.stepped) == ([2], [-1, 1])


def test_a_click_picks(desk: Desk) -> None:
    at = desk.strip.visualRect(desk.strip.tiles.index(2)).center()
    QTest.mouseClick(desk.strip.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert desk.picked == [2]


def test_space_held_shows_large_and_follows_the_arrows(desk: Desk) -> None:
    desk.strip.setCurrentIndex(desk.strip.tiles.index(1))
    desk.large.clear()
    QTest.keyPress(desk.strip, Key.Key_Space)
    QTest.keyClick(desk.strip, Key.Key_Right)
    QTest.keyRelease(desk.strip, Key.Key_Space)
    assert desk.large == [1, 2, -1]


def test_the_mouse_shows_large_what_it_is_over(desk: Desk) -> None:
    desk.large.clear()
    viewport = desk.strip.viewport()
    beside = QPoint(viewport.width() - 2, 5)
    # Straight to the widget: where the pointer is, is one thing for all windows of all tests.
    for at in (*(desk.strip.visualRect(desk.strip.tiles.index(row)).center() for row in (1, 2)), beside):
        where = QPointF(at)
        moved = QMouseEvent(
            QEvent.Type.MouseMove,
            where,
            QPointF(viewport.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(viewport, moved)
    assert desk.large == [1, 2, -1]


def test_losing_the_focus_while_space_is_held_puts_the_photo_back(desk: Desk) -> None:
    desk.strip.setCurrentIndex(desk.strip.tiles.index(1))
    desk.large.clear()
    QTest.keyPress(desk.strip, Key.Key_Space)
    desk.strip.clearFocus()
    assert desk.large == [1, -1]


def test_versions_that_come_leave_the_current_one_where_it_is(desk: Desk) -> None:
    desk.strip.tiles.set_tiles(versions("/a.png", "/b.png", ""))
    desk.strip.setCurrentIndex(desk.strip.tiles.index(2))
    desk.strip.tiles.set_tiles(versions("/a.png", "/b.png", "/c.png", ""))
    assert desk.strip.currentIndex().row() == 2


def test_the_large_view_shows_its_pictures_side_by_side_and_hides(
    theme: Theme, shown: Callable[[QWidget], None]
) -> None:
    parent = QWidget()
    parent.resize(800, 500)
    large = LargeView(theme, parent)
    shown(parent)
    assert not large.isVisible()
    left, right = (QImage(64, 64, QImage.Format.Format_RGB32) for _ in range(2))
    left.fill(QColor("red"))
    right.fill(QColor("blue"))
    large.show_pictures(("Original", left), ("Version 1", right))
    assert large.geometry() == parent.rect()
    seen = large.grab().toImage()
    ratio = seen.devicePixelRatio()
    colours = [seen.pixelColor(QPoint(round(x * ratio), round(240 * ratio))).name() for x in (200, 600)]
    assert colours == ["#ff0000", "#0000ff"]
    large.show_pictures()
    assert not large.isVisible()
