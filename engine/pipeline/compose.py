"""From a photo and the candidate picked for a face to pixels: match, mask, and lay over.

Everything goes on in the face's own square and in strips of it: memory follows the face's size, and little of that.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import UsageError
from engine.base.sizes import TEMPLATE_PX, Box
from engine.base.values import img01_from_int, u8_from_01
from engine.faces.align import Affine, affine_to_template, crop, face_px, template_box, warp_back
from engine.imaging.colour import from_srgb, rows_and_columns, srgb_u8, to_srgb
from engine.imaging.detail import detail_noise, kept_detail, shared_structure
from engine.imaging.grain import TILE_PX, Grain, measure_grain, missing_grain
from engine.imaging.photo import Photo, Samples
from engine.imaging.tone import Tint, luma, match_tone, photo_tint
from engine.pipeline.masks import face_mask, region_opacity
from engine.protocol import BlendSettings, FaceRecord, RegionOpacity

_STRIP_ROWS = 256
_MEASURED_PX = 4_000_000
_LARGEST_ENLARGEMENT = 4
_FADE = 0.2
_MOST_GRAIN = 3.0


@dataclass(frozen=True, eq=False)
class Patch:
    """A restored face as it is laid over its photo.

    `box` has whole edges inside the photo; `colour` (h, w, C) float32 in [0, 1] is in the photo's own space and
    channels, `mask` (h, w) float32 in [0, 1] says how much of it shows at full opacity.
    """

    box: Box
    colour: NDArray[np.float32]
    mask: NDArray[np.float32]


def compose_face(photo: Photo, affine: Affine, candidate_01: NDArray[np.float32], settings: BlendSettings) -> Patch:
    """Bring a candidate (S, S, 3), sRGB in [0, 1], into the photo: its place, tint, tone, detail and grain.

    `affine` takes photo pixels to the 512 template. The settings' regions are in the mask and change nothing else of
    the patch; opacity and brush are left to whoever lays it. The same arguments give the same patch. Raises UsageError
    for a face outside the photo.
    """
    box, mask = face_in_photo(photo, affine)
    match = _measure(photo, affine, candidate_01, settings, template_box(affine, photo.size))
    colour = np.empty((*mask.shape, photo.pixels.shape[2]), np.float32)
    for rows, strip in _strips(box):
        colour[rows] = match.colour(strip, mask[rows])
    if settings.regions != RegionOpacity():
        mask = mask * warp_back(region_opacity(TEMPLATE_PX, settings.regions), affine, box)
    return Patch(box, colour, mask)


def affine_of(face: FaceRecord) -> Affine:
    """The affine that takes photo pixels to the 512 template, from a face as it came over the wire."""
    return affine_to_template(np.array(face.landmarks, np.float64))


def face_in_photo(photo: Photo, affine: Affine) -> tuple[Box, NDArray[np.float32]]:
    """The box of a face's patch and the face's mask in it; raises UsageError for a face outside the photo."""
    region = template_box(affine, photo.size)
    mask = warp_back(face_mask(TEMPLATE_PX), affine, region) if region.area else np.zeros((0, 0), np.float32)
    if not mask.any():
        raise UsageError(detail=f"{photo.path}: the face lies outside the photo.")
    return _trimmed(region, mask)


def lay(pixels: Samples, patch: Patch, opacity: float) -> None:
    """Lay a patch over a photo's samples (H, W, C), in place; samples where the mask is 0 stay as they are.

    out = src + opacity mask (colour - src), rounded: opacity 0 changes nothing.
    """
    top = np.float32(np.iinfo(pixels.dtype).max)
    for rows, strip in _strips(patch.box):
        part = pixels[int(strip.y0) : int(strip.y1), int(strip.x0) : int(strip.x1)]
        src = part.astype(np.float32)
        weight = np.float32(opacity) * patch.mask[rows][..., None]
        part[...] = np.rint(src + weight * (patch.colour[rows] * top - src)).astype(pixels.dtype)


def patch_rgba(patch: Patch) -> NDArray[np.uint8]:
    """A patch as straight RGBA, its alpha the mask at full opacity; (h, w, 4) uint8.

    Laid over the photo with the opacity as a factor of alpha, it differs from `lay` by at most 1/255.
    """
    rgb = np.broadcast_to(patch.colour, (*patch.mask.shape, 3))
    return u8_from_01(np.concatenate([rgb, patch.mask[..., None]], axis=2))


@dataclass(frozen=True, eq=False)
class _Match:
    """All that is found out about a face and its candidate, ready to be applied to any strip of the photo.

    `scale` is the network's pixels a photo pixel. `picture` is the candidate with tint and tone matched, `crop_01` the
    photo as the network saw it, both enlarged where the face is larger. `trust` (S, S) says where the photo's finer
    detail fits the candidate, `noise` how much in it is damage; None and () if no detail is added. `grain` and a
    repeatable `tile` of it are None where none is added.
    """

    photo: Photo
    affine: Affine
    region: Box
    scale: float
    tint: Tint
    picture: NDArray[np.float32]
    crop_01: NDArray[np.float32]
    trust: NDArray[np.float32] | None
    noise: tuple[float, ...]
    grain: Grain | None
    tile: NDArray[np.float32] | None

    def colour(self, strip: Box, mask: NDArray[np.float32]) -> NDArray[np.float32]:
        """The restored photo in a strip, in its own space: (h, w, C) in [0, 1]; `mask` (h, w) is the strip's."""
        halo = 24 + ceil(6 / self.scale)  # as far as the blurs of detail and grain reach
        outer = Box(strip.x0, max(self.region.y0, strip.y0 - halo), strip.x1, min(self.region.y1, strip.y1 + halo))
        inner = slice(int(strip.y0 - outer.y0), int(strip.y1 - outer.y0))
        own_01 = img01_from_int(self.photo.pixels[rows_and_columns(self.photo.size, outer)])
        src_01 = to_srgb(own_01, self.photo)
        out_01 = warp_back(self.picture, self.affine, outer)
        if self.trust is not None:
            residual = src_01 - warp_back(self.crop_01, self.affine, outer)
            trust = warp_back(self.trust, self.affine, outer)[..., None]
            out_01 += trust * kept_detail(residual, self.noise, self.scale)
        added = self._grain(luma(out_01), outer)[inner] * _grain_factor(mask)
        out_01 = np.clip(out_01[inner] + added[..., None], 0, 1)
        change = from_srgb(out_01, self.photo) - from_srgb(src_01[inner], self.photo)
        if self.tint.kind == "grey":  # the photo's own chroma stays, to the last bit
            change = change.mean(axis=2, keepdims=True)
        return np.clip(own_01[inner] + change, 0, 1)

    def _grain(self, luma_01: NDArray[np.float32], box: Box) -> NDArray[np.float32]:
        if self.grain is None or self.tile is None:
            return np.zeros_like(luma_01)
        rows = np.arange(int(box.y0), int(box.y1)) % TILE_PX
        columns = np.arange(int(box.x0), int(box.x1)) % TILE_PX
        return missing_grain(luma_01, self.grain, self.tile[np.ix_(rows, columns)])


def _measure(
    photo: Photo, affine: Affine, candidate_01: NDArray[np.float32], settings: BlendSettings, region: Box
) -> _Match:
    size_px = len(candidate_01)
    scale = size_px / face_px(affine)
    in_region = affine + np.column_stack([np.zeros((2, 2)), affine[:, :2] @ (region.x0, region.y0)])
    crop_01 = img01_from_int(crop(srgb_u8(photo, region), in_region, size_px))
    tint = photo_tint(photo, region)
    picture = tint.applied(candidate_01)
    if settings.match_tone:
        picture = match_tone(picture, crop_01)
    finer = settings.keep_detail and scale < 1
    trust = shared_structure(luma(picture), luma(crop_01)) if finer else None
    picture, crop_01 = _enlarged(picture, scale), _enlarged(crop_01, scale)
    luma_01, residual = _sample(photo, affine, luma(crop_01), region)
    noise = detail_noise(luma_01, residual, scale) if finer else ()
    grain = measure_grain(luma_01) if settings.match_grain else None
    seed = zlib.crc32(photo.sha256.encode() + affine.tobytes())
    tile = None if grain is None else grain.tile(np.random.default_rng(seed))
    return _Match(photo, affine, region, scale, tint, picture, crop_01, trust, noise, grain, tile)


def _sample(
    photo: Photo, affine: Affine, crop_luma_01: NDArray[np.float32], region: Box
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Luma of the photo and of what the network's size cannot hold of it; every n-th strip of a large region."""
    every = ceil(region.area / _MEASURED_PX)
    lumas, residuals = [], []
    for _, strip in list(_strips(region))[::every]:
        y = luma(to_srgb(img01_from_int(photo.pixels[rows_and_columns(photo.size, strip)]), photo))
        lumas.append(y)
        residuals.append(y - warp_back(crop_luma_01, affine, strip))
    return np.concatenate(lumas), np.concatenate(residuals)


def _enlarged(picture: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """A template picture (S, S, 3) at a size that `warp_back`, which is bilinear, need not enlarge by much.

    By its cosine transform: nothing appears above the old Nyquist frequency, where the photo's own detail belongs. The
    highest frequencies fade out, so that sharp edges don't ring.
    """
    factor = min(_LARGEST_ENLARGEMENT, ceil(1 / scale))
    if factor == 1:
        return picture
    size_px = len(picture)
    fade = np.clip((1 - np.arange(size_px, dtype=np.float32) / size_px) / _FADE, 0, 1)
    fade = fade * fade * (3 - 2 * fade)
    enlarged = np.empty((size_px * factor, size_px * factor, 3), np.float32)
    for channel in range(3):
        spectrum = np.zeros(enlarged.shape[:2], np.float32)
        spectrum[:size_px, :size_px] = cv2.dct(picture[..., channel]) * np.outer(fade, fade * factor)
        enlarged[..., channel] = cv2.idct(spectrum)
    return enlarged


def _grain_factor(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much more grain the feather needs: (1 - m)^2 + m^2 g^2 = 1, as the photo's grain fades while this comes."""
    return np.minimum(np.sqrt((2 - mask) / np.maximum(mask, np.float32(1e-3))), np.float32(_MOST_GRAIN))


def _trimmed(box: Box, mask: NDArray[np.float32]) -> tuple[Box, NDArray[np.float32]]:
    """A mask in a box, without the empty rows and columns around it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    trimmed = Box(box.x0 + left, box.y0 + top, box.x0 + right, box.y0 + bottom)
    return trimmed, np.ascontiguousarray(mask[top:bottom, left:right])


def _strips(box: Box) -> Iterator[tuple[slice, Box]]:
    """A box of whole edges in strips of rows: which of its rows, and where they lie in the photo."""
    height = int(box.height)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        yield slice(top, bottom), Box(box.x0, box.y0 + top, box.x1, box.y0 + bottom)
