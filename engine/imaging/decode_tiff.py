"""From the bytes of a TIFF file to samples and metadata: 1 to 16 bits and floats, grey, palette, RGB, CMYK and Lab.

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
from engine.base.values import u16_from_01
from engine.imaging import colour, containers, exif
from engine.imaging.decode import Decoded, NotSupported, SizeCheck, divided, full_range, sane_dpi

_CHANNELS = {
    PHOTOMETRIC.MINISWHITE: 1,
    PHOTOMETRIC.MINISBLACK: 1,
    PHOTOMETRIC.PALETTE: 1,
    PHOTOMETRIC.RGB: 3,
    PHOTOMETRIC.YCBCR: 3,
    PHOTOMETRIC.SEPARATED: 4,
    PHOTOMETRIC.CIELAB: 3,
    PHOTOMETRIC.ICCLAB: 3,
}
_LAB = (PHOTOMETRIC.CIELAB, PHOTOMETRIC.ICCLAB)
_LIGHT = (PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.RGB)
_FLOATS = 3  # kind of samples
_UNCOMPRESSED, _JPEG = (1,), (6, 7)
_PREMULTIPLIED, _STRAIGHT = 1, 2  # kinds of extra samples that are alpha
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _IMAGE_RESOURCES = 282, 283, 296, 34377
_NO_MESSAGES = logging.NullHandler()
_INK_SET, _CMYK = 332, 1
_UNITS_AN_INCH = {2: 1.0, 3: 2.54}


def tiff(data: bytes, check: SizeCheck) -> Decoded:
    """Decode the first page of a TIFF or BigTIFF file; floats are taken to be in [0, 1] and become 16 bits."""
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
        samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
        if page.axes == "SYX":
            samples = np.moveaxis(samples, 0, -1)
        samples = samples.reshape(page.imagelength, page.imagewidth, -1)
        if samples.dtype.kind == "f":
            samples = u16_from_01(np.clip(np.nan_to_num(samples.astype(np.float32)), 0, 1))
        kind, colormap = page.photometric, page.colormap
        bits = 16 if page.sampleformat == _FLOATS else page.bitspersample
        extras = [int(extra) for extra in page.extrasamples]
    return _finished(samples, kind, bits, colormap, extras, _metadata(data), exif.orientation(data))


def _check_kind(page: Any) -> None:
    whole = page.sampleformat == 1 and page.bitspersample in range(1, 17)
    lab = page.photometric in _LAB
    if lab and page.bitspersample in (8, 16):
        whole = page.sampleformat in (1, 2)  # a* and b* have signs, which not all writers tell
    floats = page.sampleformat == _FLOATS and page.bitspersample in (16, 32, 64) and page.photometric in _LIGHT
    if not (whole or floats) or page.imagedepth != 1:
        raise NotSupported("a TIFF whose samples are neither whole numbers of at most 16 bits nor floats")
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
    if kind in _LAB:
        pixels, profile = colour.rgb_from_lab(_lab(stored, kind))
        alpha = None if alpha is None else alpha.astype(np.uint16) * (257 if alpha.dtype == np.uint8 else 1)
        metadata |= {"icc": profile, "converted_from": "Lab"}
    if kind == PHOTOMETRIC.SEPARATED:
        pixels = colour.rgb_from_cmyk(pixels, metadata["icc"])
        metadata |= {"icc": colour.srgb_profile(), "converted_from": "CMYK"}
    return Decoded(pixels, alpha, orientation, metadata)


def _lab(stored: NDArray[Any], kind: PHOTOMETRIC) -> NDArray[np.float32]:
    """Stored samples of 8 or 16 bits -> L* in [0, 100], a* and b*; TIFF 6.0, section 23, and ICC.1:2001-04, 6.3.4.2."""
    wide = stored.dtype.itemsize == 2
    step = 256 if wide else 1
    lab = np.empty(stored.shape, np.float32)
    if kind == PHOTOMETRIC.ICCLAB:
        lab[..., 0] = stored[..., 0].astype(np.float32) * (100 / (0xFF00 if wide else 0xFF))
        lab[..., 1:] = stored[..., 1:].astype(np.float32) / step - 128
    else:
        lab[..., 0] = stored[..., 0].view(f"u{1 + wide}").astype(np.float32) * (100 / (0xFFFF if wide else 0xFF))
        lab[..., 1:] = stored[..., 1:].view(f"i{1 + wide}").astype(np.float32) / step
    return lab


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
