"""Five landmarks, the 512 template and the box of a face.

The points decide: the box of a face is what the template's face becomes under the points' similarity. A record counts
from the centre of the first pixel, everything that is painted from its outer edge, half a pixel further.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, cos, hypot, sin

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

from engine.protocol import FaceRecord, Point

TEMPLATE_PX = 512
_HALF = QPointF(0.5, 0.5)
_TEMPLATE = (
    QPointF(192.98138, 239.94708) + _HALF,
    QPointF(318.90277, 240.1936) + _HALF,
    QPointF(256.63416, 314.01935) + _HALF,
    QPointF(201.26117, 371.41043) + _HALF,
    QPointF(313.08905, 371.15118) + _HALF,
)
_FACE = QRectF(118, 84, 276, 380)
"""Where a detector's box lies in the template, in the mean."""
_SMALLEST_FACE_PX = 8.0


def points_of(record: FaceRecord) -> list[QPointF]:
    """The landmarks of a face in the coordinates of painting."""
    return [QPointF(x, y) + _HALF for x, y in record.landmarks]


def box_of(record: FaceRecord) -> QRectF:
    """The box of a face in the coordinates of painting."""
    x0, y0, x1, y1 = record.box
    return QRectF(QPointF(x0, y0) + _HALF, QPointF(x1, y1) + _HALF)


def template_to_photo(points: Sequence[QPointF]) -> QTransform:
    """The least-squares similarity that takes the template, a square of 512, to where a face's five points lie.

    With points as complex numbers and means removed, photo to template is z -> k z, k = sum(conj(s) t) / sum(|s|^2)
    (Umeyama 1991); this is the way back. Raises ValueError for points that span no face.
    """
    source, target = [complex(p.x(), p.y()) for p in points], [complex(p.x(), p.y()) for p in _TEMPLATE]
    s_mean, t_mean = sum(source) / len(source), sum(target) / len(target)
    dot = sum((s - s_mean).conjugate() * (t - t_mean) for s, t in zip(source, target, strict=True))
    if abs(dot) < 1e-6:
        raise ValueError("the points span no face")
    k = sum(abs(s - s_mean) ** 2 for s in source) / dot
    shift = s_mean - k * t_mean
    return QTransform(k.real, k.imag, -k.imag, k.real, shift.real, shift.imag)


def points_in(box: QRectF) -> list[QPointF]:
    """The template's points in a box that someone drew: its middle and its area are the face's."""
    scale = (box.width() * box.height() / (_FACE.width() * _FACE.height())) ** 0.5
    return [box.center() + (p - _FACE.center()) * scale for p in _TEMPLATE]


def outline(points: Sequence[QPointF]) -> list[QPointF]:
    """The face's box as the points tilt it: four corners, clockwise from the top left."""
    corners = (_FACE.topLeft(), _FACE.topRight(), _FACE.bottomRight(), _FACE.bottomLeft())
    transform = template_to_photo(points)
    return [transform.map(corner) for corner in corners]


def face_from(points: Sequence[QPointF], photo: QRectF) -> FaceRecord:
    """The record of a face that someone placed.

    Its box is the upright rectangle around the oval in the tilted box, so it does not grow much with the tilt; it ends
    at the photo's edges. Raises ValueError for points that span no face, or one too small, or outside the photo.
    """
    transform = template_to_photo(points)
    scale = hypot(transform.m11(), transform.m12())
    turn = atan2(transform.m12(), transform.m11())
    half_w, half_h = _FACE.width() / 2 * scale, _FACE.height() / 2 * scale
    across = hypot(half_w * cos(turn), half_h * sin(turn))
    down = hypot(half_w * sin(turn), half_h * cos(turn))
    middle = transform.map(_FACE.center())
    box = QRectF(middle.x() - across, middle.y() - down, 2 * across, 2 * down) & photo
    if min(box.width(), box.height()) < _SMALLEST_FACE_PX:
        raise ValueError("a face as small as this cannot be restored")
    marks: list[Point] = [(p.x() - 0.5, p.y() - 0.5) for p in points]
    return FaceRecord(
        box=(box.left() - 0.5, box.top() - 0.5, box.right() - 0.5, box.bottom() - 0.5),
        landmarks=(marks[0], marks[1], marks[2], marks[3], marks[4]),
    )
