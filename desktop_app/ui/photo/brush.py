"""The brush: what a stroke does to the picture that says where a restored face shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, hypot

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QImage

U8 = NDArray[np.uint8]
MIN_RADIUS, MAX_RADIUS = 1.0, 400.0


@dataclass(frozen=True)
class Brush:
    """How a stroke paints: radius in photo pixels, softness in [0, 1] (0: a hard edge), and whether the face shows."""

    radius: float = 24.0
    softness: float = 0.5
    shows: bool = False


class BrushPicture:
    """What was painted on a face: `red` shows it, `green` hides it; both (h, w) uint8, lying over `rect`."""

    def __init__(self, rect: QRect, red: U8, green: U8) -> None:
        self.rect, self.red, self.green = rect, red, green

    @classmethod
    def over(cls, rect: QRect, image: QImage | None = None, x: int = 0, y: int = 0) -> BrushPicture:
        """One that covers `rect` and the picture given, whose corner lies at (x, y) of the photo."""
        if image is None or image.isNull():
            return cls(rect, *(np.zeros((rect.height(), rect.width()), np.uint8) for _ in range(2)))
        own = QRect(x, y, image.width(), image.height())
        out = cls.over(rect | own)
        rgb = image.convertToFormat(QImage.Format.Format_RGB888)
        flat = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
        pixels = flat[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3)
        part = out.part(own)
        out.red[part], out.green[part] = pixels[..., 0], pixels[..., 1]
        return out

    def part(self, rect: QRect) -> tuple[slice, slice]:
        """Rows and columns of a rectangle of the photo."""
        x, y = rect.x() - self.rect.x(), rect.y() - self.rect.y()
        return slice(y, y + rect.height()), slice(x, x + rect.width())

    def grown(self, rect: QRect) -> BrushPicture:
        """A copy that also covers `rect`."""
        out = BrushPicture.over(rect | self.rect)
        part = out.part(self.rect)
        out.red[part], out.green[part] = self.red, self.green
        return out

    def image(self) -> QImage:
        """As RGB888, the form in which it is kept."""
        pixels = np.zeros((*self.red.shape, 3), np.uint8)
        pixels[..., 0], pixels[..., 1] = self.red, self.green
        height, width = self.red.shape
        return QImage(pixels.data.cast("B"), width, height, 3 * width, QImage.Format.Format_RGB888).copy()

    def stroke(self, start: QPointF, end: QPointF, brush: Brush, within: QRect, strength: float = 1.0) -> QRect:
        """Go on painting from one point of the photo to another, inside `within` only; returns what may have changed.

        The greater wins, so a stroke that crosses itself leaves no seam: showing, red is at least the stroke and green
        at most its complement; hiding, the other way round.
        """
        stamp = _stamp(brush.radius, brush.softness)
        if strength < 1:
            stamp = np.rint(stamp * strength).astype(np.uint8)
        steps = max(1, ceil(hypot(end.x() - start.x(), end.y() - start.y()) / max(1.0, brush.radius / 6)))
        changed = QRect()
        for n in range(1, steps + 1):
            at = start + (end - start) * n / steps
            changed |= self._press(at, stamp, brush.shows, within & self.rect)
        return changed

    def _press(self, at: QPointF, stamp: U8, shows: bool, within: QRect) -> QRect:
        half = len(stamp) // 2
        whole = QRect(int(at.x() // 1) - half, int(at.y() // 1) - half, len(stamp), len(stamp))
        rect = whole & within
        if rect.isEmpty():
            return QRect()
        x, y = rect.x() - whole.x(), rect.y() - whole.y()
        pressed = stamp[y : y + rect.height(), x : x + rect.width()]
        rows, columns = self.part(rect)
        more, less = (self.red, self.green) if shows else (self.green, self.red)
        np.maximum(more[rows, columns], pressed, out=more[rows, columns])
        np.minimum(less[rows, columns], 255 - pressed, out=less[rows, columns])
        return rect


@lru_cache(maxsize=4)
def _stamp(radius: float, softness: float) -> U8:
    """One touch of a brush, (n, n) uint8, n odd: full inside, falling smoothly over the soft part, at least a pixel."""
    half = ceil(radius)
    along = np.arange(-half, half + 1, dtype=np.float32)
    distance = np.hypot(along[:, None], along[None, :])
    soft = max(1.0, radius * softness)
    t = np.clip((radius + 0.5 - distance) / soft, 0, 1)
    stamp: U8 = np.rint(255 * t * t * (3 - 2 * t)).astype(np.uint8)
    return stamp
