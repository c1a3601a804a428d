"""Drawing a face that was missed and moving one that is wrong: a box, then its five points.

Every change is a similarity of all points or a shift of one; the box always follows from the points (`geometry`).
"""

from __future__ import annotations

from enum import Enum, auto
from math import hypot

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF, QTransform

from desktop_app.ui.photo.geometry import face_from, outline, points_in, points_of
from desktop_app.ui.photo.marks import ACCENT
from engine.protocol import FaceRecord

GRIP_PX = 16.0
"""How near to a handle the pointer takes hold of it, in the view's pixels."""
_LEAST_DRAG_PX = 12.0
_HANDLE_PX = 7.0


class _Hold(Enum):
    NOTHING = auto()
    BOX = auto()
    POINT = auto()
    CORNER = auto()
    WHOLE = auto()


class FaceTool:
    """The face being placed. Points are in photo coordinates; `pixel` is one pixel of the view in the photo's."""

    def __init__(self) -> None:
        self._photo = QRectF()
        self.points: list[QPointF] = []
        self.face_id: int | None = None
        """The face that is moved; None while a new one is drawn."""
        self._chosen: int | None = None
        self._hold = _Hold.NOTHING
        self._from = QPointF()
        self._box = QRectF()

    def start(self, photo: QRectF, face_id: int | None = None, record: FaceRecord | None = None) -> None:
        """Begin with an empty photo, or with a face that is there."""
        self._photo, self.face_id = photo, face_id
        self.points = [] if record is None else points_of(record)
        self._chosen, self._hold, self._box = None, _Hold.NOTHING, QRectF()

    @property
    def loupe(self) -> QPointF | None:
        """The point that is being dragged and wants to be seen large."""
        return self.points[self._chosen] if self._hold is _Hold.POINT and self._chosen is not None else None

    def record(self) -> FaceRecord:
        """The face as placed; ValueError where the points make none."""
        if not self.points:
            raise ValueError("no face was placed yet")
        return face_from(self.points, self._photo)

    def press(self, at: QPointF, pixel: float) -> None:
        self._from = at
        if not self.points:
            self._hold, self._box = _Hold.BOX, QRectF(at, at)
            return
        near = min(range(5), key=lambda n: _distance(self.points[n], at))
        self._chosen = near if _distance(self.points[near], at) <= GRIP_PX * pixel else None
        shape = self._outline()
        if self._chosen is not None:
            self._hold = _Hold.POINT
        elif any(_distance(corner, at) <= GRIP_PX * pixel for corner in shape):
            self._hold = _Hold.CORNER
        elif QPolygonF(shape).containsPoint(at, Qt.FillRule.OddEvenFill):
            self._hold = _Hold.WHOLE

    def drag(self, at: QPointF) -> None:
        at = self._inside(at)
        match self._hold:
            case _Hold.BOX:
                self._box = QRectF(self._inside(self._from), at).normalized()
            case _Hold.POINT:
                assert self._chosen is not None
                self.points[self._chosen] = at
            case _Hold.CORNER:
                self._turn_from(self._from, at)
            case _Hold.WHOLE:
                self._shift(at - self._from)
        self._from = self._from if self._hold is _Hold.BOX else at

    def release(self, pixel: float) -> bool:
        """Let go; True where a box became a face."""
        placed = self._hold is _Hold.BOX and min(self._box.width(), self._box.height()) >= _LEAST_DRAG_PX * pixel
        if placed:
            self.points = points_in(self._box)
        self._hold, self._box = _Hold.NOTHING, QRectF()
        return placed

    def choose_next(self, by: int) -> bool:
        """Go to the next point by key, the whole face after the last; False where there is nothing further."""
        if not self.points:
            return False
        order = [None, 0, 1, 2, 3, 4]
        place = order.index(self._chosen) + by
        if not 0 <= place < len(order):
            self._chosen = None
            return False
        self._chosen = order[place]
        return True

    def key(self, event: QKeyEvent, pixel: float, visible: QRectF) -> bool:
        """Arrows move the chosen point or all; with Shift they turn and resize. The first one puts a face there."""
        direction = _ARROWS.get(event.key())
        if direction is None:
            return False
        if not self.points:
            half = QPointF(0.15, 0.2) * min(visible.width(), visible.height())
            self.points = points_in(QRectF(visible.center() - half, visible.center() + half))
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            middle = self._middle()
            arm = QPointF(100, 0)
            self._turn_from(middle + arm, middle + arm + QPointF(-3 * direction.y(), 3 * direction.x()))
        elif self._chosen is not None:
            self.points[self._chosen] = self._inside(self.points[self._chosen] + direction * 2 * pixel)
        else:
            self._shift(direction * 2 * pixel)
        return True

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._box.isNull():
            _stroke(painter, QPolygonF(to_view.mapRect(self._box)), ACCENT)
            for point in points_in(self._box) if min(self._box.width(), self._box.height()) > 0 else []:
                _dot(painter, to_view.map(point), ACCENT, 3.0)
        if self.points:
            shape = self._outline()
            _stroke(painter, to_view.map(QPolygonF(shape)), ACCENT)
            for corner in shape:
                _square(painter, to_view.map(corner), ACCENT)
            for n, point in enumerate(self.points):
                _handle(painter, to_view.map(point), ACCENT, n == self._chosen)
        painter.restore()

    def area(self) -> QRectF:
        """What the face covers, box and points."""
        return QPolygonF(self._outline() + self.points).boundingRect()

    def _outline(self) -> list[QPointF]:
        try:
            return outline(self.points)
        except ValueError:  # all on one spot for the moment
            return []

    def _middle(self) -> QPointF:
        return QPointF(sum(p.x() for p in self.points) / 5, sum(p.y() for p in self.points) / 5)

    def _inside(self, at: QPointF) -> QPointF:
        area = self._photo
        return QPointF(min(max(at.x(), area.left()), area.right()), min(max(at.y(), area.top()), area.bottom()))

    def _shift(self, by: QPointF) -> None:
        box = QPolygonF(self.points).boundingRect()
        dx = min(max(by.x(), self._photo.left() - box.left()), self._photo.right() - box.right())
        dy = min(max(by.y(), self._photo.top() - box.top()), self._photo.bottom() - box.bottom())
        self.points = [p + QPointF(dx, dy) for p in self.points]

    def _turn_from(self, start: QPointF, end: QPointF) -> None:
        """Turn and resize about the middle so that `start` comes to `end`."""
        middle = self._middle()
        arm = complex(start.x() - middle.x(), start.y() - middle.y())
        if abs(arm) < 1:
            return
        k = complex(end.x() - middle.x(), end.y() - middle.y()) / arm
        turned = [complex(p.x() - middle.x(), p.y() - middle.y()) * k for p in self.points]
        points = [middle + QPointF(z.real, z.imag) for z in turned]
        if abs(k) > 1e-3 and all(self._photo.contains(p) for p in points):
            self.points = points


_ARROWS: dict[int, QPointF] = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


def _distance(a: QPointF, b: QPointF) -> float:
    return hypot(a.x() - b.x(), a.y() - b.y())


def _stroke(painter: QPainter, shape: QPolygonF, colour: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(QColor(0, 0, 0, 100), 4), QPen(colour, 2)):
        painter.setPen(pen)
        painter.drawPolygon(shape)


def _dot(painter: QPainter, at: QPointF, colour: QColor, radius: float) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 140), 1))
    painter.setBrush(colour)
    painter.drawEllipse(at, radius, radius)


def _square(painter: QPainter, at: QPointF, colour: QColor) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 140), 1))
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(at.x() - 5, at.y() - 5, 10, 10), 3, 3)


def _handle(painter: QPainter, at: QPointF, colour: QColor, chosen: bool) -> None:
    """A ring that leaves the eye below it to be seen, with a dot in its middle."""
    painter.setBrush(QColor(255, 255, 255, 50))
    for pen in (QPen(QColor(0, 0, 0, 130), 5), QPen(colour if chosen else QColor("#ffffff"), 2.5)):
        painter.setPen(pen)
        painter.drawEllipse(at, _HANDLE_PX + 2 * chosen, _HANDLE_PX + 2 * chosen)
    _dot(painter, at, colour, 2.0)
