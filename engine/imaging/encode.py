"""From samples and metadata to the bytes of a JPEG, PNG, TIFF or WebP file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Literal

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from engine.imaging import containers, exif, xmp
from engine.imaging.colour import u8_from_samples
from engine.imaging.photo import JpegEncoding, Samples

OutputFormat = Literal["jpeg", "png", "tiff", "webp"]
Quality = int | Literal["keep"]
"""1 to 100 for JPEG and WebP; "keep" is as the source was compressed, or `DEFAULT_QUALITY` where that says nothing."""

DEFAULT_QUALITY = 95
COARSEST_MEAN_STEP = 11.6
"""Mean of the luma table at quality 90; a coarser source would damage the restored face as it was damaged itself."""
LARGEST_SIDE: dict[OutputFormat, int] = {"jpeg": 65_500, "png": 2**31 - 1, "tiff": 2**32 - 1, "webp": 16_383}
LARGEST_TIFF_BYTES = 2**32 - 2**26  # offsets have 32 bits; some room for metadata

_PNG_LEVEL = 3  # of zlib: files 2 % larger than level 6, in half the time
_TIFF_TYPES = {exif.ICC: 7, exif.XMP: 1, exif.IPTC: 7}  # undefined bytes, but for XMP plain ones


@dataclass(frozen=True)
class Metadata:
    """What goes into a file beside its samples; fields as in `Photo`."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None


def fits(format: OutputFormat, pixels: Samples, alpha: Samples | None) -> bool:
    """Whether a file of the format can hold a picture of that size."""
    stored = pixels.nbytes + (0 if alpha is None else alpha.nbytes)
    return max(pixels.shape[:2]) <= LARGEST_SIDE[format] and (format != "tiff" or stored <= LARGEST_TIFF_BYTES)


def encode(
    format: OutputFormat,
    pixels: Samples,
    alpha: Samples | None,
    metadata: Metadata,
    *,
    quality: Quality = "keep",
    jpeg: JpegEncoding | None = None,
    lossless: bool = False,
) -> bytes | bytearray:
    """Encode samples (H, W, 1 or 3) and alpha (H, W), uint8 or uint16, as a file of the format.

    PNG and TIFF keep every sample. JPEG and WebP have 8 bits; JPEG lays transparent parts over white. `jpeg` is how the
    source was compressed and `lossless` whether WebP shall be; both matter only for the quality "keep".
    """
    if format == "jpeg":
        return _jpeg(pixels, alpha, metadata, quality, jpeg)
    if format == "webp":
        return _webp(pixels, alpha, metadata, quality, lossless)
    if format == "png":
        png = bytes(imagecodecs.png_encode(_joined(pixels, alpha), level=_PNG_LEVEL))
        return containers.with_png_chunks(
            png, exif=metadata.exif, xmp=metadata.xmp, icc=metadata.icc, iptc=metadata.iptc, dpi=metadata.dpi
        )
    return _tiff(pixels, alpha, metadata)


def _joined(pixels: Samples, alpha: Samples | None) -> Samples:
    """(H, W, C) and (H, W) -> (H, W, C + 1), or (H, W) for grey alone."""
    if alpha is None:
        return np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return np.concatenate([pixels, alpha[..., None]], axis=2)


def _jpeg(
    pixels: Samples, alpha: Samples | None, metadata: Metadata, quality: Quality, source: JpegEncoding | None
) -> bytes:
    flat_u8 = u8_from_samples(pixels)
    if alpha is not None:
        flat_u8 = _over_white(flat_u8, u8_from_samples(alpha))
    options: dict[str, Any] = {"quality": DEFAULT_QUALITY if quality == "keep" else quality, "subsampling": 0}
    if quality == "keep" and source is not None and len(source.tables) == pixels.shape[2] and _fine(source):
        options = {"qtables": [list(table) for table in source.tables], "subsampling": source.subsampling}
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    buffer = io.BytesIO()
    Image.fromarray(_joined(flat_u8, None)).save(buffer, "JPEG", **options)
    blob = metadata.exif
    if blob and len(blob) > containers.LARGEST_JPEG_EXIF:
        blob = exif.tightened(blob) if exif.is_readable(blob) else None
    packet, second = xmp.split(metadata.xmp, containers.LARGEST_JPEG_XMP) if metadata.xmp else (None, None)
    more = (xmp.digest(second), second) if second else None
    return containers.with_jpeg_segments(
        buffer.getvalue(), exif=blob, xmp=packet, icc=metadata.icc, iptc=metadata.iptc, more_xmp=more
    )


def _fine(source: JpegEncoding) -> bool:
    """Whether a source was compressed gently enough for what is new in the picture: about quality 90 or better."""
    return sum(source.tables[0]) / 64 <= COARSEST_MEAN_STEP


def _over_white(flat_u8: NDArray[np.uint8], alpha_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    weight = alpha_u8.astype(np.uint16)[..., None]
    return ((flat_u8 * weight + 255 * (255 - weight) + 127) // 255).astype(np.uint8)


def _webp(pixels: Samples, alpha: Samples | None, metadata: Metadata, quality: Quality, lossless: bool) -> bytes:
    rgb_u8 = u8_from_samples(np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels)
    options: dict[str, Any] = {"quality": DEFAULT_QUALITY if quality == "keep" else quality}
    if quality == "keep" and lossless:
        options = {"lossless": True, "exact": True}  # exact: colours under transparent pixels stay too
    buffer = io.BytesIO()
    Image.fromarray(_joined(rgb_u8, None if alpha is None else u8_from_samples(alpha))).save(
        buffer,
        "WEBP",
        icc_profile=metadata.icc or b"",
        exif=metadata.exif or b"",
        xmp=metadata.xmp or b"",
        **options,
    )
    return buffer.getvalue()


def _tiff(pixels: Samples, alpha: Samples | None, metadata: Metadata) -> bytearray:
    blob = metadata.exif if metadata.exif and exif.is_readable(metadata.exif) else None
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        _joined(pixels, alpha),
        byteorder=exif.byte_order(blob) if blob else None,
        photometric="rgb" if pixels.shape[2] == 3 else "minisblack",
        planarconfig="contig" if pixels.shape[2] == 3 or alpha is not None else None,
        extrasamples=None if alpha is None else ["unassalpha"],
        compression="zlib",
        predictor=True,
        metadata=None,
        software=False,
        resolution=metadata.dpi,
        resolutionunit="INCH" if metadata.dpi else None,
    )
    file = bytearray(buffer.getbuffer())
    tags = {exif.ICC: metadata.icc, exif.XMP: metadata.xmp, exif.IPTC: metadata.iptc}
    extra = {tag: exif.Entry(_TIFF_TYPES[tag], len(value), value) for tag, value in tags.items() if value}
    exif.into_tiff(file, blob, extra)
    return file
