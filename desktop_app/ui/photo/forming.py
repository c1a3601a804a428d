"""A face's picture while it forms, shown in its place with a soft oval edge and a slow pulse."""

from __future__ import annotations

from math import pi, sin
from time import monotonic

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRadialGradient, QTransform

from desktop_app.ui.photo.geometry import TEMPLATE_PX

PULSE_MS = 50
_PERIOD_S = 2.4
_SQUARE = QRectF(0, 0, TEMPLATE_PX, TEMPLATE_PX)


class FormingLayer:
    """The pictures of all faces that are being made, by face."""

    def __init__(self) -> None:
        self._faces: dict[int, tuple[QImage, QTransform]] = {}

    def __bool__(self) -> bool:
        return bool(self._faces)

    def set(self, face_id: int, image: QImage, to_photo: QTransform) -> None:
        """Show a template picture of any size; `to_photo` takes the 512 template's square to the photo."""
        self._faces[face_id] = (_oval(image), to_photo)

    def remove(self, face_id: int) -> None:
        self._faces.pop(face_id, None)

    def clear(self) -> None:
        self._faces.clear()

    def area(self) -> list[QRectF]:
        """Where the pictures lie in the photo."""
        return [to_photo.mapRect(_SQUARE) for _, to_photo in self._faces.values()]

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(0.86 + 0.1 * sin(2 * pi * monotonic() / _PERIOD_S))
        outer = painter.transform()
        for image, to_photo in self._faces.values():
            painter.setTransform(to_photo * to_view * outer)
            painter.drawImage(_SQUARE, image)
        painter.restore()


def _oval(image: QImage) -> QImage:
    """The picture with everything outside a face's oval faded away."""
    out = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    gradient = QRadialGradient(QPointF(0, 0), 1)
    gradient.setColorAt(0.72, QColor(0, 0, 0, 255))
    gradient.setColorAt(0.86, QColor(0, 0, 0, 130))
    gradient.setColorAt(1, QColor(0, 0, 0, 0))
    painter = QPainter(out)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.translate(0.5 * out.width(), 0.54 * out.height())
    painter.scale(0.42 * out.width(), 0.46 * out.height())
    painter.fillRect(QRectF(-2, -2, 4, 4), gradient)
    painter.end()
    return out
