"""Zoom and pan without a widget: which part of a photo lies where in a view.

Photo coordinates count from the outer edge of the first pixel. A zoom is screen pixels a photo pixel, so 1 shows the
photo pixel by pixel on any display; a view's own coordinates are Qt's logical pixels, `ratio` screen pixels each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

MAX_ZOOM = 16.0
BLOCKS_ABOVE = 4.0
"""The zoom above which photo pixels are shown as squares."""
_STOPS = (1 / 16, 1 / 8, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, MAX_ZOOM)


class Viewport:
    """A photo seen in a view; fitted until it is zoomed, and then again after `fit`."""

    def __init__(self) -> None:
        self._photo = QSizeF(1, 1)
        self._screen = QSizeF(1, 1)
        self._ratio = 1.0
        self._zoom = 1.0
        self._centre = QPointF(0.5, 0.5)
        self._fitted = True

    @property
    def zoom(self) -> float:
        return self._zoom

    @property
    def ratio(self) -> float:
        return self._ratio

    @property
    def is_fitted(self) -> bool:
        return self._fitted

    @property
    def photo_rect(self) -> QRectF:
        """The whole photo, in its own pixels."""
        return QRectF(QPointF(), self._photo)

    @property
    def fit_zoom(self) -> float:
        """The zoom at which the whole photo fills the view one way."""
        fit = min(self._screen.width() / self._photo.width(), self._screen.height() / self._photo.height())
        return min(fit, MAX_ZOOM)

    @property
    def min_zoom(self) -> float:
        """The whole photo, or 1:1 where that is smaller."""
        return min(self.fit_zoom, 1.0)

    @property
    def origin(self) -> QPointF:
        """Where the photo's corner lies in the view, in whole screen pixels."""
        x = self._screen.width() / 2 - self._centre.x() * self._zoom
        y = self._screen.height() / 2 - self._centre.y() * self._zoom
        return QPointF(round(x), round(y))

    @property
    def transform(self) -> QTransform:
        """From photo coordinates to the view's."""
        scale = self._zoom / self._ratio
        return QTransform(scale, 0, 0, scale, self.origin.x() / self._ratio, self.origin.y() / self._ratio)

    @property
    def visible(self) -> QRectF:
        """The part of the photo that is in view."""
        corner = QPointF(-self.origin.x() / self._zoom, -self.origin.y() / self._zoom)
        return QRectF(corner, self._screen / self._zoom) & self.photo_rect

    def to_photo(self, at: QPointF) -> QPointF:
        return (at * self._ratio - self.origin) / self._zoom

    def to_view(self, at: QPointF) -> QPointF:
        return (at * self._zoom + self.origin) / self._ratio

    def set_photo(self, size: QSizeF) -> None:
        """Show a photo of this size; the part in view stays where the size is the same."""
        if size != self._photo:
            self._photo = size
            self.fit()

    def set_view(self, size: QSizeF, ratio: float) -> None:
        """The view has another size in logical pixels: its middle stays, a fitted photo is fitted anew."""
        self._screen, self._ratio = QSizeF(max(1.0, size.width() * ratio), max(1.0, size.height() * ratio)), ratio
        if self._fitted:
            self.fit()
        else:
            self._go(self._zoom, self._centre)

    def fit(self) -> None:
        self._fitted = True
        self._go(self.fit_zoom, self.photo_rect.center())

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom within the limits; the photo stays under `at`, a point of the view (None: its middle)."""
        still = QPointF(self._screen.width(), self._screen.height()) / 2 / self._ratio if at is None else at
        under = self.to_photo(still)
        zoom = min(max(zoom, self.min_zoom), MAX_ZOOM)
        from_middle = still * self._ratio - QPointF(self._screen.width(), self._screen.height()) / 2
        self._fitted = False
        self._go(zoom, under - from_middle / zoom)

    def step(self, by: int, at: QPointF | None = None) -> None:
        """To the next (+1) or the previous (-1) of the usual zooms."""
        near = self._zoom * (1.001 if by > 0 else 0.999)
        place = bisect_right(_STOPS, near) if by > 0 else bisect_left(_STOPS, near) - 1
        zoom = _STOPS[min(max(place, 0), len(_STOPS) - 1)]
        fit = self.fit_zoom
        if min(self._zoom, zoom) * 1.001 < fit < max(self._zoom, zoom) * 0.999:
            self.fit()  # the whole photo is a stop of its own
        else:
            self.set_zoom(zoom, at)

    def pan(self, by: QPointF) -> None:
        """Move the photo by logical pixels of the view."""
        self._go(self._zoom, self._centre - by * self._ratio / self._zoom)

    def show_point(self, at: QPointF) -> None:
        """Bring a point of the photo into the middle, if it is not in view."""
        if not self.visible.contains(at):
            self._go(self._zoom, at)

    def come_close(self, area: QRectF, share: float = 0.6) -> None:
        """Zoom in until a part of the photo fills that share of the view; if it does already, stay."""
        zoom = share * min(self._screen.width() / area.width(), self._screen.height() / area.height())
        if zoom > self._zoom:
            self._fitted = False
            self._go(min(zoom, MAX_ZOOM), area.center())

    def _go(self, zoom: float, centre: QPointF) -> None:
        self._zoom = zoom
        half = self._screen / zoom / 2
        self._centre = QPointF(
            _kept(centre.x(), half.width(), self._photo.width()),
            _kept(centre.y(), half.height(), self._photo.height()),
        )


def _kept(centre: float, half: float, length: float) -> float:
    """The centre of a view along one axis: no gap beside a larger photo, a smaller one in the middle."""
    return length / 2 if 2 * half >= length else min(max(centre, half), length - half)
