"""Restored faces laid over the photo as the export lays them, and kept ready for painting.

    out = src + opacity mask (colour - src),  mask = max(alpha (1 - green), red)

Every face keeps a tile, the composed photo around it with its half-size levels; only what changed is made anew, at the
next painting.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from desktop_app.ui.photo.brush import U8, BrushPicture
from desktop_app.ui.photo.raster import MAX_LEVEL, STRIP_ROWS, ForScreen, Pixels, Pyramid, Raster

_ALIGNED_PX = 2**MAX_LEVEL
_STRIP_ROWS = 32


class Patch:
    """A restored face in photo pixels: colour and alpha over `rect`, how much of it shows, and what was painted."""

    def __init__(self, rgba: QImage, x: int, y: int, opacity: float, brush: BrushPicture | None) -> None:
        self._image = rgba.convertToFormat(QImage.Format.Format_ARGB32)  # straight alpha; the pixels below are its own
        flat = np.frombuffer(self._image.constBits(), np.uint8)
        self._colour: U8 = flat.reshape(rgba.height(), rgba.width(), 4)  # blue, green, red, alpha
        self.rect = QRect(x, y, rgba.width(), rgba.height())
        self.opacity = opacity
        self._mask: NDArray[np.float32] = np.empty((rgba.height(), rgba.width()), np.float32)
        self.brush = brush
        self.update_mask(self.rect)

    def update_mask(self, rect: QRect) -> None:
        """Work the brush into the mask, in a rectangle of the photo inside the patch."""
        for top in range(rect.top(), rect.bottom() + 1, _STRIP_ROWS):
            strip = rect & QRect(rect.x(), top, rect.width(), _STRIP_ROWS)
            rows, columns = self._part(strip)
            mask = self._colour[rows, columns, 3].astype(np.uint16)
            if self.brush is None:
                mask *= np.uint16(255)
            else:
                part = self.brush.part(strip)
                mask *= 255 - self.brush.green[part]
                np.maximum(mask, np.uint16(255) * self.brush.red[part].astype(np.uint16), out=mask)
            np.multiply(mask, np.float32(1 / 255**2), out=self._mask[rows, columns], dtype=np.float32)

    def lay(self, pixels: Pixels, at: QRect) -> None:
        """Lay the patch over composed pixels, in place; they lie at `at` of the photo. Their first byte is lost."""
        rect = self.rect & at
        if rect.isEmpty() or self.opacity == 0:
            return
        rows, columns = self._part(rect)
        colour, mask = self._colour[rows, columns], self._mask[rows, columns]
        own = pixels[rect.y() - at.y() :, rect.x() - at.x() :][: rect.height(), : rect.width()]
        under = own.view(np.uint8).reshape(rect.height(), rect.width(), 4)
        for top in range(0, rect.height(), _STRIP_ROWS):
            strip = slice(top, top + _STRIP_ROWS)
            src = under[strip].astype(np.float32)
            out = colour[strip].astype(np.float32)
            out -= src
            out *= (mask[strip] * np.float32(self.opacity))[..., None]
            out += src
            under[strip] = np.rint(out, out=out)

    def _part(self, rect: QRect) -> tuple[slice, slice]:
        x, y = rect.x() - self.rect.x(), rect.y() - self.rect.y()
        return slice(y, y + rect.height()), slice(x, x + rect.width())


class _Tile:
    """The composed photo around one patch, for the screen; `dirty` is what is to be made anew."""

    def __init__(self, rect: QRect, depth: int) -> None:
        self.rect = self.dirty = rect
        self.pyramid = Pyramid(Raster.of(np.zeros((rect.height(), rect.width()), np.uint32)), QRectF(rect), depth)


class Composition:
    """A photo and the patches that lie over it, the first lowest."""

    def __init__(self) -> None:
        self._source: Raster | None = None
        self._for_screen: ForScreen | None = None
        self._depth = 0
        self._patches: dict[int, Patch] = {}
        self._tiles: dict[int, _Tile] = {}

    def set_source(self, source: Raster | None, for_screen: ForScreen | None, depth: int) -> None:
        """Lay the patches over this photo; `depth` is that of the photo's own levels."""
        self._source, self._for_screen, self._depth = source, for_screen, depth
        self._tiles.clear()
        for face_id in self._patches:
            self._add_tile(face_id)

    def set_order(self, face_ids: Iterable[int]) -> None:
        """Lay the patches in this order, as the export does; others follow."""
        places = {face_id: n for n, face_id in enumerate(face_ids)}
        old = list(self._patches)
        self._patches = dict(sorted(self._patches.items(), key=lambda item: places.get(item[0], len(places))))
        if list(self._patches) != old:
            for patch in self._patches.values():
                self._touch(patch.rect)

    def patch(self, face_id: int | None) -> Patch | None:
        return None if face_id is None else self._patches.get(face_id)

    def set_patch(self, face_id: int, patch: Patch) -> None:
        old = self._patches.get(face_id)
        self._patches[face_id] = patch
        if old is not None:
            self._touch(old.rect)
        self._touch(patch.rect)
        tile = self._tiles.get(face_id)
        if tile is None or old is None or old.rect != patch.rect:
            self._add_tile(face_id)

    def remove_patch(self, face_id: int) -> QRect:
        """Take a patch away; returns what it covered."""
        patch = self._patches.pop(face_id, None)
        self._tiles.pop(face_id, None)
        if patch is None:
            return QRect()
        self._touch(patch.rect)
        return patch.rect

    def clear(self) -> None:
        self._patches.clear()
        self._tiles.clear()

    def set_opacity(self, face_id: int, opacity: float) -> QRect:
        """Let more or less of a patch show; returns what changed."""
        patch = self._patches.get(face_id)
        if patch is None or patch.opacity == opacity:
            return QRect()
        patch.opacity = opacity
        self._touch(patch.rect)
        return patch.rect

    def brushed(self, face_id: int, rect: QRect) -> None:
        """The brush picture of a patch has changed in a rectangle of the photo."""
        patch = self._patches[face_id]
        rect = rect & patch.rect
        if not rect.isEmpty():
            patch.update_mask(rect)
            self._touch(rect)

    def composite(self, rect: QRect) -> QImage:
        """The photo with its patches, pixel by pixel as the export writes it; null while there is no photo."""
        pixels = self._composed(rect & self._photo)
        return QImage() if pixels is None else Raster.of(pixels).image.copy()

    def paint(self, painter: QPainter, origin: QPointF, zoom: float, clip: QRect) -> None:
        """Paint the composed faces over the painted photo; everything in screen pixels."""
        for face_id, tile in self._tiles.items():
            rect = QRectF(self._patches[face_id].rect)
            on_screen = QRectF(rect.topLeft() * zoom + origin, rect.size() * zoom).toAlignedRect() & clip
            if not on_screen.isEmpty():
                self._refresh(tile)
                tile.pyramid.paint(painter, origin, zoom, on_screen)

    @property
    def _photo(self) -> QRect:
        return QRect() if self._source is None else self._source.image.rect()

    def _composed(self, rect: QRect) -> Pixels | None:
        if self._source is None or rect.isEmpty():
            return None
        rows, columns = slice(rect.y(), rect.bottom() + 1), slice(rect.x(), rect.right() + 1)
        pixels = self._source.pixels[rows, columns].copy()
        for patch in self._patches.values():
            patch.lay(pixels, rect)
        pixels |= np.uint32(0xFF000000)
        return pixels

    def _add_tile(self, face_id: int) -> None:
        rect = self._patches[face_id].rect.adjusted(-_ALIGNED_PX, -_ALIGNED_PX, _ALIGNED_PX, _ALIGNED_PX)
        rect = _aligned(rect & self._photo) & self._photo
        self._tiles.pop(face_id, None)
        if not rect.isEmpty():
            self._tiles[face_id] = _Tile(rect, self._depth)

    def _touch(self, rect: QRect) -> None:
        for tile in self._tiles.values():
            tile.dirty |= rect & tile.rect

    def _refresh(self, tile: _Tile) -> None:
        if tile.dirty.isEmpty():
            return
        dirty = _aligned(tile.dirty) & tile.rect
        part = dirty.translated(-tile.rect.topLeft())
        target = tile.pyramid.levels[0].pixels[:, part.left() : part.right() + 1]
        assert self._for_screen is not None
        for top in range(0, dirty.height(), STRIP_ROWS):  # in the processor's cache
            pixels = self._composed(dirty & QRect(dirty.x(), dirty.y() + top, dirty.width(), STRIP_ROWS))
            assert pixels is not None
            target[part.top() + top : part.top() + top + len(pixels)] = self._for_screen(pixels)
        tile.pyramid.refresh(part)
        tile.dirty = QRect()


def _aligned(rect: QRect) -> QRect:
    """The rectangle grown to whole pixels of the coarsest level."""
    if rect.isEmpty():
        return QRect()
    left, top = rect.left() // _ALIGNED_PX * _ALIGNED_PX, rect.top() // _ALIGNED_PX * _ALIGNED_PX
    right, bottom = -(-(rect.right() + 1) // _ALIGNED_PX), -(-(rect.bottom() + 1) // _ALIGNED_PX)
    return QRect(left, top, right * _ALIGNED_PX - left, bottom * _ALIGNED_PX - top)
