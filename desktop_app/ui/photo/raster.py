"""Pixels shared by numpy and QImage, their half-size levels, and painting them at any zoom."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log2

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColorSpace, QColorTransform, QImage, QPainter

from desktop_app.ui.photo.viewport import BLOCKS_ABOVE

Pixels = NDArray[np.uint32]
"""Pixels (h, w) as 0xffRRGGBB, Qt's RGB32."""
MAX_LEVEL = 5
STRIP_ROWS = 128
_SMALLEST_PX = 256
_LOW_BITS_OFF = np.uint32(0xFEFEFEFE)


@dataclass(frozen=True, eq=False)
class Raster:
    """One picture, seen by numpy and by Qt alike: writing into `pixels` changes `image`."""

    pixels: Pixels
    image: QImage

    @classmethod
    def of(cls, pixels: Pixels) -> Raster:
        height, width = pixels.shape
        return cls(pixels, QImage(pixels.data.cast("B"), width, height, 4 * width, QImage.Format.Format_RGB32))

    @classmethod
    def of_image(cls, image: QImage) -> Raster:
        """Of a picture in RGB32, without a copy; its pixels are not to be written."""
        flat = np.frombuffer(image.constBits(), np.uint32)
        return cls(flat.reshape(image.height(), image.width()), image)


def pixels_of(image: QImage) -> Pixels:
    """The pixels (h, w) of any picture, copied; transparency is left out."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(rgb.constBits(), np.uint32).reshape(rgb.height(), rgb.width()).copy()


def halved(pixels: Pixels) -> Pixels:
    """Each 2 x 2 pixels to their mean, (h, w) -> ((h + 1) // 2, (w + 1) // 2); an odd edge counts twice.

    All four channels of a pixel at once; the first mean is rounded up and the second down, so that no level gets
    darker or lighter.
    """
    height, width = pixels.shape
    out: Pixels = np.empty(((height + 1) // 2, (width + 1) // 2), np.uint32)
    for top in range(0, height, STRIP_ROWS):
        strip = pixels[top : top + STRIP_ROWS]
        if len(strip) % 2:
            strip = np.concatenate([strip, strip[-1:]])
        p, q = strip[0::2], strip[1::2]
        rows = (p | q) - (((p ^ q) & _LOW_BITS_OFF) >> 1)
        if width % 2:
            rows = np.concatenate([rows, rows[:, -1:]], axis=1)
        p, q = rows[:, 0::2], rows[:, 1::2]
        out[top // 2 : top // 2 + len(rows)] = (p & q) + (((p ^ q) & _LOW_BITS_OFF) >> 1)
    return out


class Pyramid:
    """A picture lying over `area` of the photo, and its levels: each half as large as the one before."""

    def __init__(self, first: Raster, area: QRectF, depth: int | None = None) -> None:
        """Make the levels, `depth` of them after the first; None: as many as painting needs."""
        self.levels = [first]
        self.area = area
        wanted = MAX_LEVEL if depth is None else depth
        while len(self.levels) <= wanted and (depth is not None or max(self.levels[-1].pixels.shape) > _SMALLEST_PX):
            self.levels.append(Raster.of(halved(self.levels[-1].pixels)))

    @property
    def depth(self) -> int:
        return len(self.levels) - 1

    def paint(self, painter: QPainter, origin: QPointF, zoom: float, clip: QRect) -> None:
        """Paint what lies in `clip`; it, `origin` and the painter are in screen pixels."""
        first = self.levels[0].image
        per_x, per_y = first.width() / self.area.width(), first.height() / self.area.height()
        level = min(max(floor(log2(per_x / zoom) + 1e-6), 0), self.depth)
        image = self.levels[level].image
        left, top = origin.x() + self.area.x() * zoom, origin.y() + self.area.y() * zoom
        step_x, step_y = zoom * 2**level / per_x, zoom * 2**level / per_y  # screen pixels a pixel of the level
        x0, x1 = _span(clip.x() - left, clip.width(), step_x, image.width())
        y0, y1 = _span(clip.y() - top, clip.height(), step_y, image.height())
        if x1 <= x0 or y1 <= y0:
            return
        painter.save()
        painter.setClipRect(clip)
        blocks = zoom > BLOCKS_ABOVE and per_x >= 1
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not blocks)
        target = QRectF(left + x0 * step_x, top + y0 * step_y, (x1 - x0) * step_x, (y1 - y0) * step_y)
        painter.drawImage(target, image, QRectF(x0, y0, x1 - x0, y1 - y0))
        painter.restore()

    def refresh(self, part: QRect) -> None:
        """Make the levels anew after a change of the first one; `part`'s edges are multiples of 2^depth or its ends."""
        rows, columns = slice(part.top(), part.bottom() + 1), slice(part.left(), part.right() + 1)
        for finer, coarser in zip(self.levels, self.levels[1:], strict=False):
            part_of = halved(finer.pixels[rows, columns])
            rows = slice(rows.start // 2, rows.start // 2 + part_of.shape[0])
            columns = slice(columns.start // 2, columns.start // 2 + part_of.shape[1])
            coarser.pixels[rows, columns] = part_of


def _span(offset: float, length: float, step: float, end: int) -> tuple[int, int]:
    """The pixels of a level below a stretch of the screen, with two more on both sides for the interpolation."""
    return max(0, floor(offset / step) - 2), min(end, ceil((offset + length) / step) + 2)


class ForScreen:
    """From a photo's own colour space to the screen's, taken as sRGB."""

    def __init__(self, space: QColorSpace) -> None:
        srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
        self._grey: Pixels | None = None
        self._transform: QColorTransform | None = None
        if not space.isValid() or space == srgb:
            return
        if space.colorModel() == QColorSpace.ColorModel.Gray:
            ramp = QImage(bytes(range(256)), 256, 1, 256, QImage.Format.Format_Grayscale8)
            ramp.setColorSpace(space)
            self._grey = pixels_of(ramp.convertedToColorSpace(srgb, QImage.Format.Format_RGB32))[0]
        elif space.colorModel() == QColorSpace.ColorModel.Rgb:
            self._transform = space.transformationToColorSpace(srgb)

    @property
    def changes(self) -> bool:
        return self._grey is not None or self._transform is not None

    def __call__(self, pixels: Pixels) -> Pixels:
        """Pixels (h, w) as the screen wants them."""
        if self._grey is not None:
            return np.asarray(self._grey[pixels & 0xFF])
        if self._transform is not None:
            image = Raster.of(np.ascontiguousarray(pixels)).image.copy()
            image.setColorSpace(QColorSpace())
            image.applyColorTransform(self._transform)
            return pixels_of(image)
        return pixels
