"""The frames around faces: how they look, and which one lies under the pointer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QTransform

from desktop_app.ui.photo.geometry import box_of
from desktop_app.ui.theme import DARK
from engine.protocol import FaceRecord

_REACH_PX = 4.0
_ROUND = 7.0
_TICK_PX = 9.0
ACCENT, ON_ACCENT = QColor(DARK.accent), QColor(DARK.on_accent)
"""On a photo the bright accent is seen best, whatever the theme around it."""
PILL, ON_PILL = QColor(20, 18, 16, 190), QColor(DARK.text)
_LIGHT = QColor(255, 255, 255, 225)
_SHADOW = QColor(0, 0, 0, 90)


@dataclass(frozen=True)
class FaceMark:
    """A face as the photo view shows it; `label` is its number in the words of the page."""

    id: int
    record: FaceRecord
    state: Literal["new", "busy", "restored", "ignored"] = "new"
    label: str = ""


def mark_at(marks: Iterable[FaceMark], at: QPointF, reach: float) -> FaceMark | None:
    """The smallest face whose frame, grown by `reach`, holds a point of the photo."""
    around = [(box_of(m.record).adjusted(-reach, -reach, reach, reach), m) for m in marks]
    under = [(box.width() * box.height(), m) for box, m in around if box.contains(at)]
    return min(under, key=lambda pair: pair[0])[1] if under else None


def frame_of(mark: FaceMark, to_view: QTransform) -> QRectF:
    """A face's frame in the view, a little outside its box."""
    return to_view.mapRect(box_of(mark.record)).adjusted(-_REACH_PX, -_REACH_PX, _REACH_PX, _REACH_PX)


def painted_area(mark: FaceMark, to_view: QTransform) -> QRectF:
    """All that painting a mark may touch."""
    return frame_of(mark, to_view).adjusted(-8, -34, 60, 8)


def paint_marks(
    painter: QPainter,
    marks: Sequence[FaceMark],
    to_view: QTransform,
    selected: int | None,
    hovered: int | None,
    chosen: Collection[int] = (),
) -> None:
    """Paint the frames, the selected one last; those `chosen` together have a tick at their corner."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in sorted(marks, key=lambda m: m.id == selected):
        frame = frame_of(mark, to_view)
        width = 3.0 if mark.id == selected else 2.0 if mark.id in (hovered, *chosen) else 1.5
        _paint_mark(painter, mark, frame, width, mark.id == selected or mark.id in chosen)
        if mark.id in chosen:
            _paint_tick(painter, frame)
    painter.restore()


def paint_pill(painter: QPainter, corner: QPointF, text: str, back: QColor, front: QColor) -> QRectF:
    """A word on a rounded ground; `corner` is its lower left. Returns its rectangle."""
    metrics = painter.fontMetrics()
    height = metrics.height() + 4.0
    rect = QRectF(corner.x(), corner.y() - height, max(height, metrics.horizontalAdvance(text) + 14.0), height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(back)
    painter.drawRoundedRect(rect, height / 2, height / 2)
    painter.setPen(front)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    return rect


def _paint_mark(painter: QPainter, mark: FaceMark, frame: QRectF, width: float, accented: bool) -> None:
    colour = ACCENT if accented else _LIGHT
    painter.setOpacity(0.6 if mark.state == "ignored" and width < 2 else 1.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_SHADOW, width + 2))
    painter.drawRoundedRect(frame, _ROUND, _ROUND)
    pen = QPen(colour, width)
    if mark.state in ("ignored", "busy"):
        pen.setDashPattern([4, 3] if mark.state == "ignored" else [1, 2.5])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap if mark.state == "ignored" else Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawRoundedRect(frame, _ROUND, _ROUND)
    text = {"restored": "✓ ", "busy": "… ", "ignored": "– ", "new": ""}[mark.state] + mark.label
    if text.strip():
        font = QFont(painter.font())
        font.setBold(accented)
        painter.setFont(font)
        back, front = (ACCENT, ON_ACCENT) if accented else (PILL, ON_PILL)
        above = frame.top() - 4
        corner = QPointF(frame.left(), above if above > painter.fontMetrics().height() + 6 else frame.bottom() + 26)
        paint_pill(painter, corner, text, back, front)
    painter.setOpacity(1.0)


def _paint_tick(painter: QPainter, frame: QRectF) -> None:
    """The sign of a chosen face: its frame filled a little, and a tick in a circle at the upper right corner."""
    ground = QColor(ACCENT)
    ground.setAlpha(45)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(frame, _ROUND, _ROUND)
    middle = frame.topRight() + QPointF(-2, 2)
    painter.setPen(QPen(_SHADOW, 1.5))
    painter.setBrush(ACCENT)
    painter.drawEllipse(middle, _TICK_PX, _TICK_PX)
    painter.setPen(QPen(ON_ACCENT, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline([middle + QPointF(-4, 0), middle + QPointF(-1.2, 3), middle + QPointF(4.2, -3.2)])
