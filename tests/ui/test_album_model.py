"""The grid's model: records fetched as they come into view, and rows that keep to Qt's rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from desktop_app.album.records import Photo, PhotoState
from desktop_app.ui.album.photo_grid import PhotoGrid
from desktop_app.ui.album.photo_model import PhotoModel
from desktop_app.ui.common.pictures import Pictures
from desktop_app.ui.theme import Theme

MANY = 10_000


class Shelf:
    """Photos by id, and which were asked for."""

    def __init__(self) -> None:
        self.fetched: list[int] = []
        self.calls = 0
        self.gone: set[int] = set()
        self.rating = 0

    def __call__(self, ids: Sequence[int]) -> list[Photo]:
        self.calls += 1
        self.fetched += ids
        return [
            Photo(i, Path(f"/photos/{i}.jpg"), "2025-01-01T00:00:00Z", thumbnail=f"{i}.jpg", rating=self.rating)
            for i in ids
            if i not in self.gone
        ]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def untested(app: QApplication, shelf: Shelf, tmp_path: Path) -> Iterator[PhotoModel]:
    """A model without Qt's tester, which looks at every row each time."""
    pictures = Pictures()
    yield PhotoModel(shelf, pictures, tmp_path)
    pictures.close()


@pytest.fixture
def model(untested: PhotoModel) -> Iterator[PhotoModel]:
    """A model that ends the run where it breaks a rule of Qt's."""
    tester = QAbstractItemModelTester(untested, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield untested
    tester.deleteLater()


def names(model: PhotoModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


def test_rows_come_go_and_change_their_order(model: PhotoModel) -> None:
    for ids in ([1, 2, 3], [1, 2, 3, 4, 5], [5, 4, 1], [], [9], [9]):
        model.set_ids(ids)
        assert names(model) == [f"{i}.jpg" for i in ids]
        assert [model.row_of(i) for i in ids] == list(range(len(ids)))
        assert [model.id_at(row) for row in range(-1, len(ids) + 1)] == [None, *ids, None]


def test_photos_that_came_at_the_end_leave_the_others_where_they_are(model: PhotoModel) -> None:
    model.set_ids([1, 2])
    resets: list[bool] = []
    inserted: list[tuple[int, int]] = []
    model.modelReset.connect(lambda: resets.append(True))
    model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    model.set_ids([1, 2, 3, 4])
    assert (resets, inserted) == ([], [(2, 3)])


def test_a_record_is_fetched_with_its_neighbours_once(model: PhotoModel, shelf: Shelf) -> None:
    model.set_ids(range(MANY))
    shelf.calls, shelf.fetched = 0, []
    for row in range(640, 704):
        model.index(row).data()
    assert (shelf.calls, shelf.fetched) == (1, list(range(640, 704)))


def test_what_changed_is_fetched_anew_and_nothing_else(model: PhotoModel, shelf: Shelf) -> None:
    model.set_ids([1, 2, 3])
    names(model)
    changed: list[int] = []
    model.dataChanged.connect(lambda first, last: changed.extend(range(first.row(), last.row() + 1)))
    shelf.fetched, shelf.rating = [], 5
    model.refresh([2, 77])
    assert [model.index(row).data(PhotoModel.PHOTO).rating for row in range(3)] == [0, 5, 0]
    assert (shelf.fetched, changed) == ([2], [1])


def test_a_photo_that_is_gone_shows_nothing(model: PhotoModel, shelf: Shelf) -> None:
    shelf.gone = {2}
    model.set_ids([1, 2])
    assert [model.index(row).data() for row in range(2)] == ["1.jpg", None]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "a.jpg"),
        ({"state": PhotoState.RESTORED}, "a.jpg, restored"),
        ({"state": PhotoState.FAILED}, "a.jpg, failed"),
        ({"state": PhotoState.RESTORED, "missing": True}, "a.jpg, file is missing"),
        ({"rating": 3, "flag": "picked"}, "a.jpg, 3 star(s), flagged"),
        ({"rating": 1, "flag": "rejected"}, "a.jpg, 1 star(s), rejected"),
        ({"taken": "1957-08-03T12:00:00"}, "a.jpg, Taken on Saturday, 3 August 1957"),
    ],
)
def test_a_screen_reader_hears_name_and_state(app: QApplication, tmp_path: Path, values: dict, text: str) -> None:
    pictures = Pictures()
    model = PhotoModel(lambda ids: [Photo(1, Path("/a.jpg"), "", **values)], pictures, tmp_path)
    model.set_ids([1])
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == text
    pictures.close()


def test_hovering_tells_the_date_and_what_is_wrong(app: QApplication, tmp_path: Path) -> None:
    photo = Photo(1, Path("/a.jpg"), "", taken="1957-08-03", error_kind="disk_full", error_arguments={"path": "/a.jpg"})
    pictures = Pictures()
    model = PhotoModel(lambda ids: [photo], pictures, tmp_path)
    model.set_ids([1])
    place, date, wrong = model.index(0).data(Qt.ItemDataRole.ToolTipRole).split("\n")
    assert (place, date) == ("/a.jpg", "Taken on Saturday, 3 August 1957")
    assert "disk is full" in wrong
    pictures.close()


def test_a_dragged_photo_is_its_file(model: PhotoModel) -> None:
    model.set_ids([1, 2])
    data = model.mimeData([model.index(1)])
    assert [url.toLocalFile() for url in data.urls()] == ["/photos/2.jpg"]


def test_ten_thousand_rows_scroll_without_fetching_what_is_not_seen(
    app: QApplication, theme: Theme, untested: PhotoModel, shelf: Shelf
) -> None:
    grid = PhotoGrid(theme, untested, 176)
    grid.resize(1000, 700)
    untested.set_ids(range(MANY))
    shelf.calls, shelf.fetched = 0, []
    grid.show()
    app.processEvents()
    bar = grid.verticalScrollBar()
    seen: set[int] = set()
    for part in range(11):
        bar.setValue(bar.maximum() * part // 10)
        app.processEvents()
        first = grid.indexAt(QPoint(grid.gridSize().width() // 2, grid.gridSize().height() // 2)).row()
        seen |= {first // 64}
    # A view shows 5 x 4 rows and lies in two pages of 64 at most.
    assert len(seen) == 11
    assert shelf.calls <= 2 * 11 + 2
    assert len(set(shelf.fetched)) <= (2 * 11 + 2) * 64
    grid.deleteLater()


def test_a_thumbnail_comes_when_it_is_decoded_and_a_broken_one_says_so(
    app: QApplication, shelf: Shelf, tmp_path: Path
) -> None:
    QImage(8, 6, QImage.Format.Format_RGB32).save(str(tmp_path / "1.jpg"))
    (tmp_path / "2.jpg").write_bytes(b"no picture")
    pictures = Pictures()
    model = PhotoModel(shelf, pictures, tmp_path)
    model.set_ids([1, 2])
    changed: list[int] = []
    model.dataChanged.connect(lambda first, last: changed.append(first.row()))
    assert [model.index(row).data(PhotoModel.THUMBNAIL) for row in range(2)] == [None, None]
    for _ in range(10_000):
        app.processEvents()
        if len(changed) == 2:
            break
    good, bad = (model.index(row).data(PhotoModel.THUMBNAIL) for row in range(2))
    assert sorted(changed) == [0, 1]
    assert (good.width(), good.height(), bad.isNull()) == (8, 6, True)
    pictures.close()
