"""A photo in memory: its samples as the file has them, and everything the file says about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import Size

Format = Literal["jpeg", "png", "tiff", "webp", "bmp", "heif"]
Samples: TypeAlias = NDArray[np.uint8 | np.uint16]


@dataclass(frozen=True)
class JpegEncoding:
    """How a JPEG was compressed: one quantisation table (64 steps, natural order) a component, and the subsampling.

    `subsampling` is Pillow's number: 0 is 4:4:4, 1 is 4:2:2, 2 is 4:2:0.
    """

    tables: tuple[tuple[int, ...], ...]
    subsampling: int


@dataclass(frozen=True, eq=False)
class Photo:
    """One decoded photo in its own colour space, upright; its arrays are read-only.

    `pixels` is (H, W, C), uint8 or uint16, with C = 1 (grey) or 3 (RGB); `alpha` is (H, W) of the same depth, not
    multiplied in. `icc` is the profile of `pixels`; None means sRGB. `exif` is the TIFF structure without the prefix
    "Exif", as read (so it still tells the orientation that was applied); `xmp` a packet; `iptc` an IIM record; `dpi`
    dots an inch along width and height. `format` is what the content is, whatever the file is called. `lossless` says
    whether that file kept every sample. `converted_from` names the colour model that was turned into sRGB on loading,
    as no file Albumen writes has it.
    """

    path: Path
    sha256: str
    format: Format
    pixels: Samples
    alpha: Samples | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None
    jpeg: JpegEncoding | None = None
    lossless: bool = True
    converted_from: str | None = None

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])

    @property
    def is_grey(self) -> bool:
        return bool(self.pixels.shape[2] == 1)
