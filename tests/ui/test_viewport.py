"""Zoom and pan in closed form."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF

from desktop_app.ui.photo.viewport import MAX_ZOOM, Viewport


def viewport(photo: tuple[float, float], view: tuple[float, float], ratio: float = 1.0) -> Viewport:
    made = Viewport()
    made.set_view(QSizeF(*view), ratio)
    made.set_photo(QSizeF(*photo))
    return made


def near(a: QPointF, b: QPointF, within: float) -> bool:
    return abs(a.x() - b.x()) <= within and abs(a.y() - b.y()) <= within


@pytest.mark.parametrize(("photo", "zoom"), [((6000, 4000), 0.125), ((500, 4000), 0.125), ((60, 40), 12.5)])
def test_fit_shows_the_whole_photo_in_the_middle(photo: tuple[float, float], zoom: float) -> None:
    seen = viewport(photo, (750, 500))
    assert seen.zoom == zoom  # min(750 / w, 500 / h)
    assert seen.visible == QRectF(0, 0, *photo)
    assert near(seen.to_view(QPointF(*photo) / 2), QPointF(375, 250), 0.5)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_at_zoom_one_a_photo_pixel_is_a_screen_pixel(ratio: float) -> None:
    seen = viewport((6000, 4000), (750, 500), ratio)
    seen.set_zoom(1.0)
    step = seen.to_view(QPointF(101, 100)) - seen.to_view(QPointF(100, 100))
    assert near(step * ratio, QPointF(1, 0), 1e-9)
    assert near(seen.origin, QPointF(round(seen.origin.x()), round(seen.origin.y())), 0)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_the_point_under_the_cursor_stays(ratio: float) -> None:
    seen = viewport((6000, 4000), (750, 500), ratio)
    cursor = QPointF(300, 200)
    seen.set_zoom(0.5, cursor)
    under = seen.to_photo(cursor)
    for zoom in (0.7, 1.0, 3.3, 16.0, 2.0):
        seen.set_zoom(zoom, cursor)
        assert near(seen.to_photo(cursor), under, 0.6 / 0.5)  # the origin is whole screen pixels, at zoom 0.5 at least
    assert near(seen.to_view(seen.to_photo(cursor)), cursor, 1e-9)


def test_the_limits_are_the_whole_photo_and_sixteen() -> None:
    seen = viewport((6000, 4000), (750, 500))
    seen.set_zoom(1000)
    assert seen.zoom == MAX_ZOOM == 16
    seen.set_zoom(0)
    assert seen.zoom == seen.fit_zoom == 0.125
    small = viewport((60, 40), (750, 500))
    small.set_zoom(0)
    assert small.zoom == 1  # never smaller than its own pixels


def test_panning_ends_at_the_photos_edges() -> None:
    seen = viewport((6000, 4000), (750, 500))
    seen.set_zoom(1.0)
    seen.pan(QPointF(1e6, 1e6))
    assert seen.visible == QRectF(0, 0, 750, 500)
    seen.pan(QPointF(-1e6, -1e6))
    assert seen.visible == QRectF(5250, 3500, 750, 500)
    seen.pan(QPointF(50, 20))
    assert seen.visible == QRectF(5200, 3480, 750, 500)


def test_a_photo_smaller_than_the_view_stays_in_the_middle() -> None:
    seen = viewport((60, 40), (750, 500))
    seen.set_zoom(2.0)
    seen.pan(QPointF(100, 100))
    assert near(seen.to_view(QPointF(30, 20)), QPointF(375, 250), 0.5)


def test_a_fitted_photo_is_fitted_anew_and_a_zoomed_one_keeps_its_middle() -> None:
    seen = viewport((6000, 4000), (750, 500))
    seen.set_view(QSizeF(1500, 1000), 1.0)
    assert seen.zoom == 0.25
    seen.set_zoom(2.0)
    middle = seen.visible.center()
    seen.set_view(QSizeF(600, 400), 1.0)
    assert seen.zoom == 2
    assert near(seen.visible.center(), middle, 0.5)


def test_the_same_photo_again_leaves_the_view_alone() -> None:
    seen = viewport((6000, 4000), (750, 500))
    seen.set_zoom(3.0, QPointF(10, 10))
    before = seen.visible
    seen.set_photo(QSizeF(6000, 4000))
    assert seen.visible == before


def test_steps_go_over_the_whole_photo_and_back() -> None:
    seen = viewport((6000, 4000), (600, 400))  # fit is 0.1, between 1/16 and 1/8
    zooms = []
    for _ in range(4):
        seen.step(1)
        zooms.append(seen.zoom)
    assert zooms == [1 / 8, 1 / 4, 1 / 3, 1 / 2]
    for _ in range(4):
        seen.step(-1)
    assert seen.is_fitted
    for _ in range(40):
        seen.step(1)
    assert seen.zoom == MAX_ZOOM


def test_coming_close_only_ever_enlarges() -> None:
    seen = viewport((6000, 4000), (750, 500))
    seen.come_close(QRectF(1000, 1000, 100, 100))
    assert seen.zoom == pytest.approx(0.6 * 500 / 100)
    assert near(seen.visible.center(), QPointF(1050, 1050), 0.5)
    before = seen.visible
    seen.come_close(QRectF(1000, 1000, 400, 400))
    assert seen.visible == before
