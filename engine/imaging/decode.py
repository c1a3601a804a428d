"""From the bytes of JPEG, PNG, WebP and BMP files to samples and metadata; all decoders are strict.

They raise one of `DecoderErrors` for damaged bytes, `NotSupported`, and whatever the check of the size raises.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from engine.base.sizes import Size
from engine.base.values import u8_from_01, u16_from_01
from engine.imaging import colour, containers, exif, xmp
from engine.imaging.photo import JpegEncoding, Samples

SizeCheck = Callable[[Size], None]
"""Called with the size a header tells, before any memory is taken for it; raises where that is too much."""

DecoderErrors = (
    OSError, SyntaxError, ValueError, RuntimeError, EOFError, LookupError, ArithmeticError, TypeError,
    struct.error, zlib.error,
)  # fmt: skip
"""What Pillow, tifffile and imagecodecs raise for bytes they cannot follow (found by damaging files at random)."""


class NotSupported(Exception):
    """A sound file of a kind that would come out with wrong colours; the text says which."""


@dataclass(frozen=True)
class Decoded:
    """Samples as they lie in the file, before the orientation is applied, and `metadata`: other fields of `Photo`."""

    pixels: Samples
    alpha: Samples | None
    orientation: int
    metadata: dict[str, Any]


# The plugin classes are used and not Image.open: that warns of large pictures, which `check` already decided upon.


def jpeg(data: bytes, check: SizeCheck, least_px: int | None = None) -> Decoded:
    """With `least_px`, by an eighth, quarter or half as large, if the longer side still has so many pixels then."""
    try:
        image = JpegImageFile(io.BytesIO(data))
    except SyntaxError as error:
        if "-bit layers" in str(error):
            raise NotSupported("a JPEG of other than 8 bits") from error
        raise
    check(Size(*image.size))
    if least_px is not None:
        share = least_px / max(image.size)
        image.draft(None, (ceil(image.width * share), ceil(image.height * share)))
    blocks = b"".join(block.removeprefix(containers.PHOTOSHOP_HEAD) for name, block in image.applist if name == "APP13")
    metadata = _common(image) | {"iptc": containers.iptc_of_resources(blocks), "lossless": False}
    more = containers.more_xmp_of_segments([block for name, block in image.applist if name == "APP1"])
    metadata["xmp"] = xmp.joined(metadata["xmp"], more)
    if image.mode != "CMYK" and image.info.get("adobe_transform") != 0:
        subsampling = max(0, get_sampling(image))  # -1: a rare layout, which the encoder does not offer
        tables = tuple(tuple(image.quantization[layer[3]]) for layer in image.layer)
        metadata["jpeg"] = JpegEncoding(tables, subsampling)
    return _from_pillow(image, metadata)


def png(data: bytes, check: SizeCheck) -> Decoded:
    image = PngImageFile(io.BytesIO(data))
    check(Size(*image.size))
    bare = containers.bare_png(data)
    metadata = _common(image) | {"iptc": None}
    texts = {name: value for name, value in image.info.items() if isinstance(value, str)}
    if iptc := containers.profile_of_png_text(texts.get("Raw profile type iptc", "")):
        metadata["iptc"] = containers.iptc_of_resources(iptc) if iptc.startswith(b"8BIM") else iptc
    if not metadata["exif"] and (blob := containers.profile_of_png_text(texts.get("Raw profile type exif", ""))):
        metadata["exif"] = blob.removeprefix(containers.EXIF_HEAD)
    if data[24] == 16:  # bit depth in the header chunk; Pillow would make 8 bits of it
        pixels, alpha = split(imagecodecs.png_decode(bare))
        return Decoded(pixels, alpha, exif.orientation(metadata["exif"]), metadata)
    return _from_pillow(image, metadata)


def webp(data: bytes, check: SizeCheck) -> Decoded:
    check(_webp_size(data))  # the decoder takes memory as soon as it is made
    try:
        image = WebPImageFile(io.BytesIO(data))
    except Image.DecompressionBombError as error:  # a limit of Pillow's own, without a switch but a global one
        raise NotSupported("a WebP file of more than 178 megapixels") from error
    return _from_pillow(image, _common(image) | {"lossless": b"VP8L" in _riff_chunks(data)})


def _webp_size(data: bytes) -> Size:
    """The canvas size in the first chunk: extended, lossless or lossy (WebP container specification; RFC 6386, 9.1)."""
    if data[12:16] == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        return Size(width + 1, height + 1)
    if data[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width, height = struct.unpack_from("<HH", data, 26)
    return Size(width & 0x3FFF, height & 0x3FFF)


def _riff_chunks(data: bytes) -> set[bytes]:
    names, at = set(), 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        names.add(name)
        if name == b"ANMF":  # a frame of a moving picture: where it lies, then chunks of its own
            names.add(data[at + 24 : at + 28])
        at += 8 + length + length % 2
    return names


def bmp(data: bytes, check: SizeCheck) -> Decoded:
    image = BmpImageFile(io.BytesIO(data))
    check(Size(*image.size))
    return _from_pillow(image, _common(image))


def _common(image: Image.Image) -> dict[str, Any]:
    """Metadata as Pillow hands it over, raw."""
    blob, packet, dpi = image.info.get("exif"), image.info.get("xmp"), image.info.get("dpi")
    return {
        "icc": image.info.get("icc_profile") or None,
        "exif": blob.removeprefix(containers.EXIF_HEAD) or None if blob else None,
        "xmp": packet.encode() if isinstance(packet, str) else packet or None,
        "dpi": sane_dpi(dpi) if dpi else None,
    }


def sane_dpi(dpi: tuple[Any, Any]) -> tuple[float, float] | None:
    x, y = float(dpi[0]), float(dpi[1])
    return (x, y) if 1 <= x <= 1e5 and 1 <= y <= 1e5 else None


def _from_pillow(image: Image.Image, metadata: dict[str, Any]) -> Decoded:
    """Decode an image of at most 8 bits a sample."""
    upright_by = exif.orientation(metadata["exif"])
    image.load()
    if image.mode == "CMYK":
        pixels = colour.rgb_from_cmyk(np.asarray(image), metadata["icc"])
        return Decoded(pixels, None, upright_by, metadata | {"icc": colour.srgb_profile(), "converted_from": "CMYK"})
    transparent = "transparency" in image.info or image.mode in ("LA", "PA", "RGBA")
    grey = image.mode in ("1", "L", "LA")
    mode = ("LA" if transparent else "L") if grey else ("RGBA" if transparent else "RGB")
    if image.mode == mode:
        samples = np.asarray(image)
    elif mode == "LA":  # Pillow converts transparent grey only by way of RGBA
        samples = np.asarray(image.convert("RGBA"))[..., (0, 3)]
    else:
        samples = np.asarray(image.convert(mode))
    pixels, alpha = split(samples)
    return Decoded(pixels, alpha, upright_by, metadata)


def split(samples: Samples) -> tuple[Samples, Samples | None]:
    """(H, W) or (H, W, 1..4) -> colour (H, W, 1 or 3) and alpha (H, W), the last of an even number of channels."""
    if samples.ndim == 2:
        samples = samples[..., None]
    if samples.shape[2] % 2 == 0:
        return samples[..., :-1], samples[..., -1]
    return samples, None


def full_range(samples: NDArray[Any], bits: int) -> Samples:
    """Samples of 1 to 16 bits -> uint8, or uint16 where they have more than 8 bits, that use the whole range."""
    if bits in (8, 16):
        return samples
    levels = np.linspace(0, 1, 2**bits)
    table: Samples = u8_from_01(levels) if bits < 8 else u16_from_01(levels)
    return table[samples.astype(np.intp)]


def divided(pixels: Samples, alpha: Samples) -> Samples:
    """Take a multiplied alpha out of the colours again; where it is 0 they are lost and stay as they are."""
    top = np.iinfo(pixels.dtype).max
    whole = np.maximum(alpha, 1).astype(np.float32)[..., None] / top
    straight = np.minimum(np.rint(pixels / whole), top).astype(pixels.dtype)
    return np.where(alpha[..., None] == 0, pixels, straight)
