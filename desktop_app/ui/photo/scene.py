"""Everything that lies in the photo, and painting it into a part of the view."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen

from desktop_app.ui.photo.compare import Pane, side_name
from desktop_app.ui.photo.forming import FormingLayer
from desktop_app.ui.photo.layers import Composition
from desktop_app.ui.photo.marks import ON_PILL, PILL, paint_pill
from desktop_app.ui.photo.prepare import Prepared
from desktop_app.ui.photo.raster import Pyramid
from desktop_app.ui.photo.viewport import MAX_ZOOM, Viewport

_LOUPE_PX = 74.0
_LOUPE_FACTOR = 4.0


@dataclass(frozen=True)
class _Warm:
    """Where a face's versions differ: a transparent picture at its place in the photo."""

    image: QImage
    area: QRectF


class Scene:
    """The photo, the faces laid over it, those that form, and the warm picture of where versions differ."""

    def __init__(self) -> None:
        self.composition = Composition()
        self.forming = FormingLayer()
        self.warm_visible = False
        self._warm: dict[int, _Warm] = {}
        self._photo: Pyramid | None = None
        self.is_full = False
        """Whether it is the photo itself; False while there is none or only its preview."""

    def clear(self) -> None:
        self.composition.set_source(None, None, 0)
        self.composition.clear()
        self.forming.clear()
        self._warm.clear()
        self._photo, self.is_full = None, False

    def show_preview(self, prepared: Prepared) -> None:
        self._photo = prepared.pyramid

    def show_photo(self, prepared: Prepared) -> None:
        self._photo, self.is_full = prepared.pyramid, True
        self.composition.set_source(prepared.source, prepared.for_screen, prepared.pyramid.depth)

    def set_warm(self, face_id: int, rgba: QImage | None, x: int, y: int) -> None:
        if rgba is None:
            self._warm.pop(face_id, None)
        else:
            self._warm[face_id] = _Warm(rgba, QRectF(QPointF(x, y), QSizeF(rgba.size())))

    def remove_face(self, face_id: int) -> None:
        """Forget all pictures of a face."""
        self.composition.remove_patch(face_id)
        self.forming.remove(face_id)
        self._warm.pop(face_id, None)

    def paint(self, painter: QPainter, view: Viewport, pane: Pane, exposed: QRectF) -> None:
        """Paint one side into its pane; the painter is in the widget's logical pixels."""
        ratio = view.ratio
        origin = view.origin + QPointF(round(pane.corner.x() * ratio), round(pane.corner.y() * ratio))
        on_screen = QRectF(origin, view.photo_rect.size() * view.zoom)
        clip = _in_screen_pixels(pane.rect & exposed, ratio) & on_screen.toRect()
        if clip.isEmpty() or self._photo is None:
            return
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        self._photo.paint(painter, origin, view.zoom, clip)
        if not pane.is_before:
            self.composition.paint(painter, origin, view.zoom, clip)
        painter.restore()
        if not pane.is_before and (self.forming or self.warm_visible):
            self._paint_above(painter, view, pane)

    def paint_loupe(self, painter: QPainter, view: Viewport, at: QPointF, room: QRectF) -> None:
        """Show the photo around a point much larger, beside the point so that the hand doesn't cover it."""
        if self._photo is None:
            return
        middle, zoom = view.to_view(at), min(max(_LOUPE_FACTOR * view.zoom, 2.0), MAX_ZOOM)
        far = 1.6 * _LOUPE_PX
        middle += QPointF(0, -far if middle.y() - far - _LOUPE_PX > room.top() else far)
        x = min(max(middle.x(), room.left() + _LOUPE_PX + 4), room.right() - _LOUPE_PX - 4)
        middle.setX(x)
        circle = QPainterPath()
        circle.addEllipse(middle, _LOUPE_PX, _LOUPE_PX)
        large = self._magnified(view, at, zoom)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(circle, QColor("#171615"))
        painter.setClipPath(circle)
        painter.drawImage(middle - QPointF(_LOUPE_PX, _LOUPE_PX), large)
        painter.setClipping(False)
        for pen in (QPen(QColor(0, 0, 0, 120), 6), QPen(QColor(255, 255, 255, 240), 3)):
            painter.setPen(pen)
            painter.drawPath(circle)
        for width, colour in ((3.0, QColor(0, 0, 0, 110)), (1.2, QColor(255, 255, 255, 230))):
            painter.setPen(QPen(colour, width))
            for end in (QPointF(16, 0), QPointF(-16, 0), QPointF(0, 16), QPointF(0, -16)):
                painter.drawLine(middle + end / 4, middle + end)
        painter.restore()

    def _magnified(self, view: Viewport, at: QPointF, zoom: float) -> QImage:
        side = round(2 * _LOUPE_PX * view.ratio)
        large = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        large.fill(Qt.GlobalColor.transparent)
        painter = QPainter(large)
        assert self._photo is not None
        origin = QPointF(side, side) / 2 - at * zoom
        inside = large.rect() & QRectF(origin, view.photo_rect.size() * zoom).toRect()
        self._photo.paint(painter, origin, zoom, inside)
        painter.end()
        large.setDevicePixelRatio(view.ratio)
        return large

    def _paint_above(self, painter: QPainter, view: Viewport, pane: Pane) -> None:
        painter.save()
        painter.setClipRect(pane.rect)
        painter.translate(pane.corner)
        self.forming.paint(painter, view.transform)
        if self.warm_visible:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for warm in self._warm.values():
                painter.drawImage(view.transform.mapRect(warm.area), warm.image)
        painter.restore()


def paint_side_name(painter: QPainter, pane: Pane) -> None:
    """Say which side of the comparison a pane shows, in its lower outer corner."""
    text = side_name(pane.is_before)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setBold(True)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(text) + 14
    x = pane.rect.left() + 12 if pane.is_before else pane.rect.right() - width - 12
    if pane.rect.width() > width + 40:
        corner = QPointF(x, pane.rect.bottom() - 12)
        paint_pill(painter, corner, text, PILL, ON_PILL)
    painter.restore()


def _in_screen_pixels(rect: QRectF, ratio: float) -> QRect:
    return QRectF(rect.topLeft() * ratio, rect.size() * ratio).toAlignedRect()
