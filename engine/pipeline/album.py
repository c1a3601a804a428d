"""The imaging worker's jobs on photos and faces as the window shows them: thumbnail, whole picture, differences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.base.context import Context
from engine.base.errors import UsageError
from engine.base.values import u8_from_01
from engine.faces.align import warp_back
from engine.imaging.colour import display_profile, srgb_u8, u8_from_samples
from engine.imaging.encode import Metadata, encode
from engine.imaging.exif import date_taken
from engine.imaging.load import hash_photo, load_photo, load_reduced
from engine.imaging.photo import Photo
from engine.imaging.resize import reduced
from engine.imaging.tone import luma
from engine.pipeline.compose import affine_of, face_in_photo
from engine.pipeline.scratch import png_bytes, png_size, write_scratch
from engine.pipeline.store import read_candidate
from engine.protocol import Event, PatchReady, PhotoRead, PhotoShown, ReadPhoto, ShowPhoto, ShowSpread

Emit = Callable[[Event], None]

_FORMATS = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF", "webp": "WebP", "bmp": "BMP"}
_THUMBNAIL_QUALITY = 85
_MOST_THUMBNAIL_PX = 4096

SPREAD_FROM, SPREAD_TO = 4 / 255, 24 / 255
"""Standard deviations of luma between which the colours of `show_spread` go from nothing to their strongest.

The lower one is about the grain of a good scan, which nobody takes for another face.
"""
_SPREAD_BLUR = 4 / 512  # of the template's side
_AMBER, _RED = np.array((255, 191, 0), np.float32) / 255, np.array((214, 24, 0), np.float32) / 255
_MOST_OPAQUE = 0.75


def read_photo(job_id: str, job: ReadPhoto, emit: Emit, context: Context) -> None:
    """Tell what an album keeps of a photo, and write its thumbnail unless that is there already.

    The thumbnail is `SHA256-PX.jpg` in the job's folder: upright, in sRGB, without metadata, transparent parts white.
    Raises what `load_photo` raises, UsageError for a size of none, DiskFull and OutputForbidden.
    """
    if not 1 <= job.thumbnail_px <= _MOST_THUMBNAIL_PX:
        raise UsageError(detail=f"A thumbnail has 1 to {_MOST_THUMBNAIL_PX} pixels, not {job.thumbnail_px}.")
    photo, size, length = load_reduced(Path(job.photo), job.thumbnail_px)
    context.check()
    path = Path(job.folder) / f"{photo.sha256}-{job.thumbnail_px}.jpg"
    if not path.exists():
        write_scratch(path, _thumbnail(photo, job.thumbnail_px))
    emit(
        PhotoRead(
            job_id,
            sha256=photo.sha256,
            bytes=length,
            width=size.width,
            height=size.height,
            format=_FORMATS[photo.format],
            taken=date_taken(photo.exif),
            thumbnail=str(path),
        )
    )


def _thumbnail(photo: Photo, longest_px: int) -> bytes:
    pixels, alpha = reduced(photo.pixels, photo.alpha, longest_px)
    srgb = srgb_u8(Photo(photo.path, photo.sha256, photo.format, pixels, icc=photo.icc))
    small_alpha = None if alpha is None else u8_from_samples(alpha)
    return bytes(encode("jpeg", srgb, small_alpha, Metadata(), quality=_THUMBNAIL_QUALITY))


def show_photo(job_id: str, job: ShowPhoto, emit: Emit, context: Context) -> None:
    """Write the photo upright as 8-bit RGB or RGBA PNG, unless that is there already: `SHA256.png` in the job's folder.

    The samples are the photo's own, rounded to 8 bits, and its profile goes with them; a grey photo has R = G = B and
    an RGB profile with its tone curve, a CMYK photo is sRGB as everywhere. So patches laid over it are what `export`
    writes. Raises what `load_photo` raises, DiskFull and OutputForbidden.
    """
    path = Path(job.folder) / f"{hash_photo(Path(job.photo))}.png"
    if not path.exists():
        photo = load_photo(Path(job.photo))
        context.check()
        channels = [u8_from_samples(np.broadcast_to(photo.pixels, (*photo.pixels.shape[:2], 3)))]
        if photo.alpha is not None:
            channels.append(u8_from_samples(photo.alpha)[..., None])
        write_scratch(path, png_bytes(np.concatenate(channels, axis=2), display_profile(photo)))
    width, height = png_size(path)
    emit(PhotoShown(job_id, str(path), width, height))


def show_spread(job_id: str, job: ShowSpread, emit: Emit, context: Context) -> None:
    """Write a patch, in the place of `compose`'s, that is amber where a face's candidates differ and red where much.

    Raises UsageError for fewer than two candidates, and what loading the photo and the candidates raises.
    """
    if len(job.candidates) < 2:
        raise UsageError(detail="One candidate alone differs from no other; choose a face with two or more.")
    photo = load_photo(Path(job.photo))
    candidates = [read_candidate(Path(path)) for path in job.candidates]
    context.check()
    affine = affine_of(job.face)
    box, mask = face_in_photo(photo, affine)
    strength = np.clip(warp_back(spread(candidates), affine, box), 0, 1)[..., None]
    colour = _AMBER + strength * (_RED - _AMBER)
    opacity = _MOST_OPAQUE * strength * mask[..., None]
    name = hashlib.sha256(photo.sha256.encode() + msgspec.json.encode((job.face, job.candidates))).hexdigest()[:32]
    path = Path(job.folder) / f"spread-{name}.png"
    write_scratch(path, png_bytes(u8_from_01(np.concatenate([colour, opacity], axis=2)), display_profile(photo)))
    emit(PatchReady(job_id, str(path), int(box.x0), int(box.y0)))


def spread(candidates: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """How much pictures (S, S, 3) of a face differ, in template space: (S, S) in [0, 1].

    The standard deviation of their luma over them, blurred a little, from `SPREAD_FROM` (0) to `SPREAD_TO` (1). The
    scale is fixed, not a face's own, so that a face on which all agree stays clear. Candidates of another size than
    the first are resized to it.
    """
    size_px = len(candidates[0])
    lumas = [cv2.resize(luma(c), (size_px, size_px), interpolation=cv2.INTER_AREA) for c in candidates]
    variance = cv2.GaussianBlur(np.var(lumas, axis=0), (0, 0), _SPREAD_BLUR * size_px)
    deviation = np.sqrt(np.maximum(variance, 0))
    return np.asarray(np.clip((deviation - SPREAD_FROM) / (SPREAD_TO - SPREAD_FROM), 0, 1), np.float32)
