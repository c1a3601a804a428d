"""A stroke of the brush in hand: from the first touch to the last, or taken back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop_app.ui.photo.brush import MAX_RADIUS, MIN_RADIUS, Brush, BrushPicture
from desktop_app.ui.photo.layers import Patch

_FINER, _COARSER = 1 / 1.15, 1.15


class BrushTool:
    """The brush's settings, where it hovers, and the stroke that is being painted on a patch."""

    def __init__(self) -> None:
        self.brush = Brush()
        self.inverted = False
        """Alt is held: the stroke does the opposite."""
        self.hover: QPointF | None = None
        self._patch: Patch | None = None
        self._before: BrushPicture | None = None
        self._last = QPointF()
        self._changed = False

    @property
    def is_painting(self) -> bool:
        return self._patch is not None

    @property
    def acting(self) -> Brush:
        """The brush as it paints now."""
        return replace(self.brush, shows=not self.brush.shows) if self.inverted else self.brush

    def resized(self, larger: bool) -> Brush:
        radius = self.brush.radius * (_COARSER if larger else _FINER)
        return replace(self.brush, radius=min(max(radius, MIN_RADIUS), MAX_RADIUS))

    def press(self, at: QPointF, patch: Patch, strength: float) -> QRect:
        """Begin a stroke on a patch; returns what changed, in photo pixels."""
        self._before = patch.brush
        patch.brush = BrushPicture.over(patch.rect) if patch.brush is None else patch.brush.grown(patch.rect)
        self._patch, self._last = patch, at
        return self.drag(at, strength)

    def drag(self, at: QPointF, strength: float) -> QRect:
        assert self._patch is not None
        assert self._patch.brush is not None
        changed = self._patch.brush.stroke(self._last, at, self.acting, self._patch.rect, strength)
        self._last = at
        self._changed |= not changed.isEmpty()
        return changed

    def is_painting_on(self, patch: Patch) -> bool:
        return self._patch is patch

    def go_on(self, patch: Patch) -> None:
        """Another patch of the same face has come, with the brush picture painted so far."""
        self._patch = patch
        if self._before is not None:
            self._before = self._before.grown(patch.rect)

    def release(self) -> bool:
        """End the stroke and keep it; False where none changed anything."""
        changed, self._changed = self._changed, False
        self._patch = self._before = None
        return changed

    def cancel(self) -> QRect:
        """Take the stroke back; returns what changed."""
        if self._patch is None:
            return QRect()
        self._patch.brush = self._before
        changed = self._patch.rect
        self.release()
        return changed

    def cursor_area(self, scale: float) -> QRectF:
        """What the circle covers, about the origin, in the view's pixels."""
        side = 2 * max(self.brush.radius * scale, 8) + 8
        return QRectF(-side / 2, -side / 2, side, side)

    def paint(self, painter: QPainter, at: QPointF, scale: float) -> None:
        """Paint the circle at a point of the view; `scale` is the view's pixels a photo pixel."""
        radius = max(self.brush.radius * scale, 1.5)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(QColor(0, 0, 0, 150), 2.6), QPen(QColor(255, 255, 255, 235), 1.2)):
            painter.setPen(pen)
            painter.drawEllipse(at, radius, radius)
            if radius > 9:
                painter.drawLine(at - QPointF(4, 0), at + QPointF(4, 0))
                if self.acting.shows:
                    painter.drawLine(at - QPointF(0, 4), at + QPointF(0, 4))
        inner = radius * (1 - self.brush.softness)
        if radius - inner > 3 and inner > 7:
            painter.setPen(QPen(QColor(255, 255, 255, 120), 1, Qt.PenStyle.DotLine))
            painter.drawEllipse(at, inner, inner)
        painter.restore()
