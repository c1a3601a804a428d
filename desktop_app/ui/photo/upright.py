"""A face of the photo as the template's upright square, for comparing with its versions."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QTransform

from desktop_app.ui.common.pictures import to_srgb
from desktop_app.ui.photo.geometry import TEMPLATE_PX, points_of, template_to_photo
from engine.protocol import FaceRecord


def upright_face(photo: QImage, record: FaceRecord, side_px: int) -> QImage:
    """Cut a face out of the photo as the network sees it, in sRGB; raises ValueError for points that span no face."""
    to_photo = template_to_photo(points_of(record))
    image = QImage(side_px, side_px, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setTransform(to_photo.inverted()[0] * QTransform.fromScale(side_px / TEMPLATE_PX, side_px / TEMPLATE_PX))
    painter.drawImage(QRectF(photo.rect()), photo)
    painter.end()
    image.setColorSpace(photo.colorSpace())
    to_srgb(image)
    return image
