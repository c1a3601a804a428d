"""From a photo's own colour space to sRGB, for detectors and networks, and back into it for a restored patch.

Both ways go through LittleCMS, with relative colorimetric intent and black point compensation, so that they undo each
other. Floating point stays floating point: 8-bit transforms would cost a restored patch a level or two.
"""

from __future__ import annotations

import functools
import math
import struct
from typing import TypeVar

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import Box, Size
from engine.base.values import img01_from_int, u8_from_01, u16_from_01
from engine.imaging.photo import Photo, Samples

_Scalar = TypeVar("_Scalar", bound=np.generic)
_STRIP_ROWS = 256
_TABLE_NODES, _TABLE_STEPS, _PIXEL_STEPS = 17, 20, 2
_DIFFERENCE, _DAMPING, _LARGEST_STEP = np.float32(1 / 256), np.float32(1e-4), np.float32(0.2)
_CURVE_NODES = 1024
_PROFILE_DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)  # ICC.1, 7.2.1
_D65, _SRGB_PRIMARIES = (0.3127, 0.3290, 1), (0.64, 0.33, 1, 0.30, 0.60, 1, 0.15, 0.06, 1)  # x, y, Y of each
P3_PRIMARIES = (0.680, 0.320, 1, 0.265, 0.690, 1, 0.150, 0.060, 1)
BT2020_PRIMARIES = (0.708, 0.292, 1, 0.170, 0.797, 1, 0.131, 0.046, 1)
_LUMINANCE = (0.2126, 0.7152, 0.0722)  # of linear sRGB, IEC 61966-2-1


def srgb_profile() -> bytes:
    """An ICC profile of sRGB, as LittleCMS builds it."""
    return _undated(imagecodecs.cms_profile("srgb"))


def matrix_profile(primaries: tuple[float, ...]) -> bytes:
    """An RGB profile of three primaries (x, y, Y of each) with white D65 and sRGB's tone curve."""
    linear = _linear(np.linspace(0, 1, _CURVE_NODES, dtype=np.float32))
    return _undated(imagecodecs.cms_profile("rgb", whitepoint=_D65, primaries=primaries, transferfunction=linear))


def _undated(profile: bytes) -> bytes:
    """A profile built now with a date that is always the same, or equal photos would have unequal profiles."""
    return bytes(profile[:24]) + _PROFILE_DATE + bytes(profile[36:])


def srgb_u8(photo: Photo, box: Box | None = None) -> NDArray[np.uint8]:
    """The photo, or the part of it in `box` (rounded outwards, clipped), as sRGB; (H, W, 3) uint8, a new array."""
    own_u8 = u8_from_samples(photo.pixels[rows_and_columns(photo.size, box)])
    profile = _profile(photo)
    if profile is None:
        return np.repeat(own_u8, 3, axis=2) if photo.is_grey else own_u8.copy()
    return _to_srgb(own_u8, profile)


def rows_and_columns(size: Size, box: Box | None) -> tuple[slice, slice]:
    """The whole pixels a box touches, clipped to the picture; everything where it is None."""
    if box is None:
        return slice(0, size.height), slice(0, size.width)
    x0, y0 = max(0, math.floor(box.x0)), max(0, math.floor(box.y0))
    x1, y1 = min(size.width, math.ceil(box.x1)), min(size.height, math.ceil(box.y1))
    return slice(y0, max(y0, y1)), slice(x0, max(x0, x1))


def u8_from_samples(samples: Samples) -> NDArray[np.uint8]:
    """uint8 or uint16 samples -> uint8, rounded; strip by strip, so that big pictures cost little. Any shape."""
    if samples.dtype == np.uint8:
        return samples.astype(np.uint8, copy=False)
    reduced = np.empty(samples.shape, np.uint8)
    for top in range(0, len(samples), _STRIP_ROWS):
        strip = slice(top, top + _STRIP_ROWS)
        reduced[strip] = u8_from_01(img01_from_int(samples[strip]))
    return reduced


def to_srgb(own_01: NDArray[np.float32], photo: Photo) -> NDArray[np.float32]:
    """Samples in the photo's own space -> sRGB; (H, W, 1 or 3) -> (H, W, 3), float32 in [0, 1], clipped."""
    profile = _profile(photo)
    if profile is None:
        return np.repeat(own_01, 3, axis=2) if photo.is_grey else own_01.copy()
    return np.clip(_to_srgb(own_01, profile), 0, 1)


def from_srgb(srgb_01: NDArray[np.float32], photo: Photo) -> NDArray[np.float32]:
    """sRGB -> the photo's own space; (H, W, 3) -> (H, W, 1 or 3), float32 in [0, 1], clipped.

    A grey photo gets the luminance. Undoes `to_srgb` but for colours that sRGB does not hold.
    """
    profile = _profile(photo)
    if photo.is_grey:
        grey = _luminance_01(srgb_01)
        if profile is None:
            return grey
        srgb_01 = np.repeat(grey, 3, axis=2)
    elif profile is None:
        return srgb_01.copy()
    own = _from_srgb(srgb_01, profile)
    return np.clip(own[..., 1:2] if photo.is_grey and own.shape[2] == 3 else own, 0, 1)


def display_profile(photo: Photo) -> bytes | None:
    """The profile of the photo's samples shown as RGB; None means sRGB.

    A grey photo's one becomes an RGB profile with the same tone curve, so that a picture with R = G = B can have it.
    """
    profile = _profile(photo)
    if profile is None or _space(profile) == b"RGB ":
        return profile
    encoded = _to_srgb(np.linspace(0, 1, _CURVE_NODES, dtype=np.float32).reshape(1, -1, 1), profile)[0, :, 1]
    curve = np.clip(_linear(encoded), 0, 1).astype(np.float32)
    return _undated(imagecodecs.cms_profile("rgb", whitepoint=_D65, primaries=_SRGB_PRIMARIES, transferfunction=curve))


def rgb_from_lab(lab: NDArray[np.float32]) -> tuple[Samples, bytes]:
    """CIE L*a*b* under D50 -> RGB of 16 bits in BT.2020's wide space, and its profile; (H, W, 3) -> (H, W, 3)."""
    profile = matrix_profile(BT2020_PRIMARIES)
    rgb_u16 = np.empty(lab.shape, np.uint16)
    for top in range(0, len(lab), _STRIP_ROWS):
        strip = slice(top, top + _STRIP_ROWS)
        wide = _cms(lab[strip], bytes(imagecodecs.cms_profile("lab4")), profile, "lab", "rgb")
        rgb_u16[strip] = u16_from_01(wide)
    return rgb_u16, profile


def rgb_from_cmyk(cmyk: Samples, icc: bytes | None) -> Samples:
    """CMYK samples (full ink is the largest value) -> sRGB of the same depth; (H, W, 4) -> (H, W, 3).

    Through the profile if there is one that fits; else by r = (1 - c)(1 - k) and so on, the inks being unknown.
    """
    top = np.iinfo(cmyk.dtype).max
    if _space(icc) == b"CMYK" and icc is not None:
        try:
            return _cms(cmyk, icc, srgb_profile(), "cmyk", "rgb")
        except imagecodecs.CmsError:
            pass
    rgb = np.empty((*cmyk.shape[:2], 3), cmyk.dtype)
    for top_row in range(0, len(cmyk), _STRIP_ROWS):
        strip = slice(top_row, top_row + _STRIP_ROWS)
        paper = (top - cmyk[strip]).astype(np.float32)
        rgb[strip] = np.rint(paper[..., :3] * paper[..., 3:] / top).astype(cmyk.dtype)
    return rgb


def _space(icc: bytes | None) -> bytes:
    """The colour space a profile is for, from its header (ICC.1, 7.2.8): b"RGB ", b"GRAY", b"CMYK" or another."""
    return b"" if icc is None else icc[16:20]


def _profile(photo: Photo) -> bytes | None:
    """The photo's profile if it works and is not sRGB itself; None means that its samples are sRGB as they are."""
    icc = photo.icc
    if icc is None or _space(icc) not in ((b"GRAY", b"RGB ") if photo.is_grey else (b"RGB ",)):
        return None
    axis = np.linspace(0, 1, 5, dtype=np.float32)
    probe = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 1, 3)
    if photo.is_grey:
        probe = probe[..., :1]
    try:
        seen = _to_srgb(probe, icc)
    except imagecodecs.CmsError:
        return None
    return None if np.abs(seen - probe).max() < 0.25 / 255 else icc


def _to_srgb(own: NDArray[_Scalar], profile: bytes) -> NDArray[_Scalar]:
    """(H, W, 1 or 3) in the profile's space -> (H, W, 3) sRGB of the same type; grey may have an RGB profile."""
    if _space(profile) == b"GRAY":
        return _cms(own[..., 0], profile, srgb_profile(), "gray", "rgb")
    return _cms(np.broadcast_to(own, (*own.shape[:2], 3)), profile, srgb_profile(), "rgb", "rgb")


def _from_srgb(srgb_01: NDArray[np.float32], profile: bytes) -> NDArray[np.float32]:
    """(H, W, 3) sRGB -> the profile's space, (H, W, 1 or 3)."""
    grey = _space(profile) == b"GRAY"
    try:
        own = _cms(srgb_01, srgb_profile(), profile, "rgb", "gray" if grey else "rgb")
    except imagecodecs.CmsError:  # profiles of scanners may have tables for one way only
        return _solved(srgb_01, profile)
    return own[..., None] if grey else own


def _cms(samples: NDArray[_Scalar], profile: bytes, out_profile: bytes, space: str, out_space: str) -> NDArray[_Scalar]:
    result: NDArray[_Scalar] = imagecodecs.cms_transform(
        np.ascontiguousarray(samples),
        profile,
        out_profile,
        colorspace=space,
        outcolorspace=out_space,
        intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        flags=imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION,
    )
    return result


def _luminance_01(srgb_01: NDArray[np.float32]) -> NDArray[np.float32]:
    """Relative luminance of sRGB, encoded like sRGB (IEC 61966-2-1); (H, W, 3) -> (H, W, 1)."""
    luminance = _linear(np.clip(srgb_01, 0, 1)) @ np.asarray(_LUMINANCE, np.float32)
    grey = np.where(luminance <= 0.0031308, luminance * 12.92, 1.055 * luminance ** (1 / 2.4) - 0.055)
    return grey[..., None].astype(np.float32)


def _linear(encoded: NDArray[np.float32]) -> NDArray[np.float32]:
    """sRGB's values in [0, 1] -> linear light (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _solved(srgb_01: NDArray[np.float32], profile: bytes) -> NDArray[np.float32]:
    """sRGB -> own space for an RGB profile that only leads out of it; (H, W, 3) -> (H, W, 3).

    Solved at the nodes of a coarse table first, from which every pixel gets a start near its own solution.
    """
    table = _node_table(profile)
    wanted, own = np.clip(srgb_01, 0, 1), np.empty_like(srgb_01)
    for top in range(0, len(wanted), _STRIP_ROWS):
        strip = wanted[top : top + _STRIP_ROWS]
        own[top : top + _STRIP_ROWS] = _towards(strip, _looked_up(strip, table), profile, _PIXEL_STEPS)
    return own


@functools.lru_cache(maxsize=2)  # a second's work, the same for all faces of a photo and all photos of a scanner
def _node_table(profile: bytes) -> NDArray[np.float32]:
    """The way back at the nodes of a grid over sRGB; (N, N, N, 3), indexed by R, G, B."""
    axis = np.linspace(0, 1, _TABLE_NODES, dtype=np.float32)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    flat = nodes.reshape(1, -1, 3)
    return _towards(flat, flat, profile, _TABLE_STEPS).reshape(nodes.shape)


def _towards(wanted: NDArray[np.float32], own: NDArray[np.float32], profile: bytes, steps: int) -> NDArray[np.float32]:
    """Bring `own` towards to_srgb(own) = wanted by Gauss-Newton steps with Levenberg's damping; both (H, W, 3).

    Colours that the profile cannot reach end at one it can.
    """
    for _ in range(steps):
        inward = np.where(own > 0.5, -_DIFFERENCE, _DIFFERENCE)  # the profile is defined inside the cube only
        seen = _to_srgb(own, profile)
        columns = []
        for channel in range(3):
            moved = own.copy()
            moved[..., channel] += inward[..., channel]
            columns.append((_to_srgb(moved, profile) - seen) / inward[..., channel, None])
        jacobian = np.stack(columns, axis=-1)  # (H, W, 3 of sRGB, 3 of own)
        transposed = jacobian.swapaxes(-1, -2)
        damped = transposed @ jacobian + _DAMPING * np.eye(3, dtype=np.float32)
        update = np.linalg.solve(damped, transposed @ (wanted - seen)[..., None])[..., 0]
        own = np.clip(own + np.clip(update, -_LARGEST_STEP, _LARGEST_STEP), 0, 1)
    return own


def _looked_up(srgb_01: NDArray[np.float32], table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Trilinear interpolation in a table (N, N, N, 3); (H, W, 3) -> (H, W, 3)."""
    place = np.clip(srgb_01, 0, 1) * (len(table) - 1)
    low = np.minimum(place.astype(np.intp), len(table) - 2)
    part = place - low
    result = np.zeros_like(srgb_01)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, part, 1 - part), axis=-1, keepdims=True)
        r, g, b = np.moveaxis(low + corner, -1, 0)
        result += weight * table[r, g, b]
    return result
