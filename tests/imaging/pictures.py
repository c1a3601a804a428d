"""Small pictures and metadata for the tests of loading and saving."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.imaging.photo import Format, Photo

HEIGHT, WIDTH = 23, 31  # unlike and odd, so that a swapped or mirrored side shows
DATE = "1962:07:14 10:30:00"
LATITUDE = (41.0, 53.0, 24.0)
IPTC = b"\x1c\x02\x78\x00\x0bGrandmother"  # IIM record 2, dataset 120: caption


def samples(depth: int, channels: int, *, seed: int = 0) -> NDArray[np.uint8 | np.uint16]:
    """Random samples of 8 or 16 bits; (HEIGHT, WIDTH, channels). No compression or filter can hide an error in them."""
    dtype = {8: np.uint8, 16: np.uint16}[depth]
    return np.random.default_rng(seed).integers(0, 2**depth, (HEIGHT, WIDTH, channels), dtype=dtype)


def smooth(channels: int = 3) -> NDArray[np.uint8]:
    """Ramps, one a channel, which JPEG keeps within a few levels; (64, 96, channels)."""
    y, x = np.mgrid[0:64, 0:96]
    ramps = np.stack([x * 2.5, y * 3.5, (x + y) * 1.5], axis=-1)
    return ramps[..., :channels].astype(np.uint8)


def exif_block(orientation: int = 1) -> bytes:
    """EXIF with a date, a place, an orientation and the size of the picture, written by Pillow; without "Exif"."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x0132] = DATE
    block[0x010E] = "At the lake"
    inner = block.get_ifd(0x8769)
    inner[0x9003], inner[0xA002], inner[0xA003] = DATE, WIDTH, HEIGHT
    place = block.get_ifd(0x8825)
    place[1], place[2] = "N", LATITUDE
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "JPEG", exif=block)
    return Image.open(file).info["exif"][6:]


def photo(
    pixels: NDArray[np.uint8 | np.uint16],
    alpha: NDArray[np.uint8 | np.uint16] | None = None,
    *,
    path: Path = Path("nowhere.png"),
    format: Format = "png",
    **metadata: object,
) -> Photo:
    return Photo(path, "", format, pixels, alpha, **metadata)  # type: ignore[arg-type]
