"""From the bytes of a TIFF file to samples and metadata: 1 to 16 bits, grey, palette, RGB, CMYK, any compression.

Tags: TIFF 6.0; for XMP, IPTC and ICC, the specifications of those.
"""

from __future__ import annotations

import io
import logging
import struct
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from tifffile import PHOTOMETRIC

from engine.base.sizes import Size
from engine.imaging import colour, containers, exif
from engine.imaging.decode import Decoded, NotSupported, SizeCheck, divided, full_range, sane_dpi

_CHANNELS = {
    PHOTOMETRIC.MINISWHITE: 1,
    PHOTOMETRIC.MINISBLACK: 1,
    PHOTOMETRIC.PALETTE: 1,
    PHOTOMETRIC.RGB: 3,
    PHOTOMETRIC.YCBCR: 3,
    PHOTOMETRIC.SEPARATED: 4,
}
_UNCOMPRESSED, _JPEG = (1,), (6, 7)
_PREMULTIPLIED, _STRAIGHT = 1, 2  # kinds of extra samples that are alpha
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _IMAGE_RESOURCES = 282, 283, 296, 34377
_NO_MESSAGES = logging.NullHandler()
_INK_SET, _CMYK = 332, 1
_UNITS_AN_INCH = {2: 1.0, 3: 2.54}


def tiff(data: bytes, check: SizeCheck) -> Decoded:
    """Decode the first page of a TIFF or BigTIFF file."""
    logging.getLogger("tifffile").addHandler(_NO_MESSAGES)  # or odd tags would be told on stderr where no log is set up
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page: Any = file.pages[0]
        check(Size(int(page.imagewidth), int(page.imagelength)))
        _check_kind(page)
        if page.compression not in _UNCOMPRESSED:  # not all codecs notice a missing end
            ends = [start + length for start, length in zip(page.dataoffsets, page.databytecounts, strict=True)]
            if max(ends) > len(data):
                raise ValueError("TIFF cut short")
        samples = page.asarray()
        if page.axes == "SYX":
            samples = np.moveaxis(samples, 0, -1)
        samples = samples.reshape(page.imagelength, page.imagewidth, -1)
        kind, bits, colormap = page.photometric, page.bitspersample, page.colormap
        extras = [int(extra) for extra in page.extrasamples]
    return _finished(samples, kind, bits, colormap, extras, _metadata(data), exif.orientation(data))


def _check_kind(page: Any) -> None:
    if page.sampleformat != 1 or page.bitspersample not in range(1, 17) or page.imagedepth != 1:
        raise NotSupported("a TIFF whose samples are not whole numbers of at most 16 bits")
    ycbcr_samples = page.photometric == PHOTOMETRIC.YCBCR and page.compression not in _JPEG  # those decode to RGB
    if page.photometric not in _CHANNELS or ycbcr_samples:
        raise NotSupported(f"a TIFF in the colour model {getattr(page.photometric, 'name', page.photometric)}")
    if page.photometric == PHOTOMETRIC.SEPARATED and page.tags.valueof(_INK_SET, _CMYK) != _CMYK:
        raise NotSupported("a TIFF of other inks than CMYK")


def _finished(
    samples: NDArray[Any],
    kind: PHOTOMETRIC,
    bits: int,
    colormap: NDArray[np.uint16] | None,
    extras: list[int],
    metadata: dict[str, Any],
    orientation: int,
) -> Decoded:
    """Stored samples (H, W, S) -> grey or RGB that uses the range of its type, and straight alpha."""
    channels = _CHANNELS[kind]
    stored = samples[..., :channels]
    pixels = full_range(stored, bits)
    if kind == PHOTOMETRIC.MINISWHITE:
        pixels = np.iinfo(pixels.dtype).max - pixels
    elif kind == PHOTOMETRIC.PALETTE and colormap is not None:
        levels = colormap >> 8 if colormap.max() > 255 else colormap  # some writers store 8 bits there
        pixels = np.moveaxis(levels.astype(np.uint8), 0, -1)[stored[..., 0]]
    alpha = None
    for index, extra in enumerate(extras, start=channels):
        if extra in (_PREMULTIPLIED, _STRAIGHT):
            alpha = full_range(samples[..., index], bits)
            if extra == _PREMULTIPLIED:
                pixels = divided(pixels, alpha)
            break
    if kind == PHOTOMETRIC.SEPARATED:
        pixels = colour.rgb_from_cmyk(pixels, metadata["icc"])
        metadata |= {"icc": colour.srgb_profile(), "converted_from": "CMYK"}
    return Decoded(pixels, alpha, orientation, metadata)


def _metadata(data: bytes) -> dict[str, Any]:
    tags = exif.read_ifd(data)
    raw = {tag: entry.raw for tag, entry in tags.items()}
    iptc = raw.get(exif.IPTC)
    return {
        "icc": raw.get(exif.ICC),
        "xmp": raw.get(exif.XMP),
        "exif": exif.from_tiff(data),
        "iptc": iptc if iptc is not None else containers.iptc_of_resources(raw.get(_IMAGE_RESOURCES, b"")),
        "dpi": _dpi(tags, exif.byte_order(data)),
    }


def _dpi(tags: exif.Ifd, order: str) -> tuple[float, float] | None:
    try:
        an_inch = _UNITS_AN_INCH[exif.number(tags[_RESOLUTION_UNIT], order)]
        (x, y), (x_by, y_by) = zip(
            *(struct.unpack(order + "II", tags[tag].raw) for tag in (_X_RESOLUTION, _Y_RESOLUTION)), strict=True
        )
        return sane_dpi((an_inch * x / x_by, an_inch * y / y_by))
    except (KeyError, *exif.BadExif, ZeroDivisionError):
        return None
