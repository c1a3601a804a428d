"""What compose promises for any photo and any candidate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.base.errors import UsageError
from engine.base.sizes import Box
from engine.base.values import img01_from_int, int_from_01
from engine.faces.align import TEMPLATE_512, Affine, affine_to_template, apply, crop, invert
from engine.imaging.colour import srgb_u8
from engine.imaging.photo import Photo, Samples
from engine.imaging.tone import luma
from engine.pipeline.compose import Patch, compose_face, lay, patch_rgba
from engine.pipeline.masks import face_mask
from engine.protocol import BlendSettings

PLAIN = BlendSettings(match_tone=False, match_grain=False, keep_detail=False)


def affine_for(side_px: float, angle_deg: float = 0, centre: tuple[float, float] = (200, 200)) -> Affine:
    """The affine of a face whose template square has that side in the photo, turned about its centre."""
    turn = np.exp(1j * np.radians(angle_deg)) * side_px / 512
    points = (TEMPLATE_512 - 255.5) @ np.array([1, 1j]) * turn
    return affine_to_template(np.column_stack([points.real, points.imag]) + centre)


def photo_of(pixels: Samples, **more: object) -> Photo:
    return replace(Photo(Path("photo.png"), "ab" * 32, "png", pixels), **more)  # type: ignore[arg-type]


def scene(height: int = 400, width: int = 400, channels: int = 3, seed: int = 0) -> NDArray[np.float32]:
    """Soft shapes of many sizes in [0.1, 0.9], the smaller ones in the middle alone; (H, W, channels)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    middle = np.exp(-np.square(np.hypot(x, y) / 0.4))[..., None]
    img = np.zeros((height, width, channels))
    for sigma in (3, 6, 12, 24):
        shapes = cv2.GaussianBlur(rng.standard_normal(img.shape), (0, 0), sigma).reshape(img.shape) * sigma
        img += shapes * (1 if sigma > 10 else middle)
    return np.asarray(0.1 + 0.8 * (img - img.min()) / np.ptp(img), np.float32)


def as_samples(img_01: NDArray[np.float32], dtype: type = np.uint8) -> Samples:
    return int_from_01(img_01, np.dtype(dtype)).astype(dtype)


def crop_01(photo: Photo, affine: Affine, size_px: int) -> NDArray[np.float32]:
    return img01_from_int(crop(srgb_u8(photo), affine, size_px))


def candidate(size_px: int = 256, seed: int = 9) -> NDArray[np.float32]:
    return scene(size_px, size_px, seed=seed)


def laid(photo: Photo, patch: Patch, opacity: float = 1.0) -> Samples:
    pixels = photo.pixels.copy()
    lay(pixels, patch, opacity)
    return pixels


def whole_mask(photo: Photo, patch: Patch) -> NDArray[np.float32]:
    mask = np.zeros(photo.pixels.shape[:2], np.float32)
    mask[inside(patch.box)] = patch.mask
    return mask


def inside(box: Box) -> tuple[slice, slice]:
    return slice(int(box.y0), int(box.y1)), slice(int(box.x0), int(box.x1))


@pytest.mark.parametrize("size_px", [256, 512])
def test_the_mask_covers_the_face_and_ends_inside_the_template(size_px: int) -> None:
    mask = face_mask(size_px)
    at = np.rint((TEMPLATE_512 + 0.5) * size_px / 512 - 0.5).astype(int)
    edge = size_px // 64
    assert mask[at[:, 1], at[:, 0]].min() == 1
    assert mask.min() == 0
    assert mask.max() == 1
    assert max(m.max() for m in (mask[:edge], mask[-edge:], mask[:, :edge], mask[:, -edge:])) == 0
    steepest = 15 / 8 / (0.32 * 200) * 512 / size_px  # of that polynomial, over a feather of 64 px of 512
    assert np.abs(np.diff(mask, axis=1)).max() <= steepest


def test_masks_of_all_sizes_agree() -> None:
    assert cv2.resize(face_mask(512), (256, 256), interpolation=cv2.INTER_AREA) == pytest.approx(
        face_mask(256), abs=2e-3
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("angle_deg", [0, 30, 100])
def test_outside_the_mask_every_sample_is_the_sources(dtype: type, channels: int, angle_deg: float) -> None:
    photo = photo_of(np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (300, 400, channels), dtype, True))
    patch = compose_face(photo, affine_for(180, angle_deg), candidate(), BlendSettings())
    result = laid(photo, patch)
    mask = whole_mask(photo, patch)
    outside = mask == 0
    assert result.dtype == dtype
    assert np.array_equal(result[outside], photo.pixels[outside])
    assert (result != photo.pixels).any(axis=2)[mask == 1].mean() > 0.9


def test_opacity_0_returns_the_source_and_half_goes_half_way() -> None:
    photo = photo_of(as_samples(scene()))
    patch = compose_face(photo, affine_for(180), candidate(), BlendSettings())
    assert np.array_equal(laid(photo, patch, 0.0), photo.pixels)
    half = (laid(photo, patch, 1.0).astype(int) + photo.pixels) / 2
    assert np.abs(laid(photo, patch, 0.5) - half).max() <= 1


@pytest.mark.parametrize("size_px", [128, 256, 512])
@pytest.mark.parametrize(("side_px", "angle_deg"), [(300, 0), (300, 30), (128, -75), (77, 180)])
def test_a_candidate_that_changes_nothing_leaves_the_photo(size_px: int, side_px: float, angle_deg: float) -> None:
    photo = photo_of(as_samples(scene()))
    affine = affine_for(side_px, angle_deg)
    result = laid(photo, compose_face(photo, affine, crop_01(photo, affine, size_px), BlendSettings()))
    interpolated = size_px >= side_px  # nothing is finer than the candidate; there and back costs a level
    assert np.abs(result.astype(int) - photo.pixels).max() <= 1 + interpolated


def test_detail_above_the_networks_nyquist_is_kept() -> None:
    """Stripes of 3 px in a face of 384 px: at 128 px they would have 1 px and can't exist."""
    stripes = 0.05 * np.cos(2 * np.pi * np.arange(400) / 3, dtype=np.float32)
    stripes[:120] = 0  # a smooth place, where the noise is measured
    smooth = scene(seed=1)
    photo = photo_of(as_samples(np.clip(smooth + stripes[None, :, None], 0, 1)))
    affine = affine_for(384)
    sharper = np.clip(1.1 * crop_01(photo_of(as_samples(smooth)), affine, 128) - 0.05, 0, 1)
    for keep, share in ((True, 1.0), (False, 0.0)):
        settings = replace_settings(PLAIN, keep_detail=keep)
        patch = compose_face(photo, affine, sharper, settings)
        result = img01_from_int(laid(photo, patch))[200, :, 1]
        core = np.flatnonzero(whole_mask(photo, patch)[200] == 1)
        core = core[core > 130]
        found = 2 * np.mean(result[core] * np.cos(2 * np.pi * core / 3)) / 0.05
        assert found == pytest.approx(share, abs=0.1)


def replace_settings(settings: BlendSettings, **changes: bool) -> BlendSettings:
    names = ("opacity", "match_tone", "match_grain", "keep_detail")
    return BlendSettings(**({name: getattr(settings, name) for name in names} | changes))


def test_noise_is_not_kept_as_detail() -> None:
    clean = scene(seed=1)
    noise = np.random.default_rng(4).normal(0, 12 / 255, clean.shape[:2])[..., None]
    photo, affine = photo_of(as_samples(np.clip(clean + noise, 0, 1))), affine_for(384)
    restored = crop_01(photo_of(as_samples(clean)), affine, 256)
    patch = compose_face(photo, affine, restored, replace_settings(PLAIN, keep_detail=True))
    core = whole_mask(photo, patch) == 1
    left = (img01_from_int(laid(photo, patch)) - clean)[core]
    assert left.std() < 0.35 * 12 / 255


def test_grain_comes_back_as_far_as_it_should() -> None:
    clean = np.full((400, 400, 3), 0.5, np.float32)
    noise = np.random.default_rng(4).normal(0, 4 / 255, (400, 400, 1))
    photo, affine = photo_of(as_samples(clean + noise)), affine_for(384)
    flat = np.full((256, 256, 3), 0.5, np.float32)
    with_grain, without = (
        img01_from_int(laid(photo, compose_face(photo, affine, flat, replace_settings(PLAIN, match_grain=match))))
        for match in (True, False)
    )
    core = np.s_[150:250, 150:250]
    assert with_grain[core].std() == pytest.approx(4 / 255, rel=0.3)
    assert without[core].std() < 0.5 / 255
    assert np.ptp((with_grain - without)[core], axis=2).max() <= 1.01 / 255  # grain has no colour


def test_the_feather_is_as_grainy_as_the_rest() -> None:
    noise = np.random.default_rng(4).normal(0, 4 / 255, (400, 400, 1))
    photo, affine = photo_of(as_samples(np.full((400, 400, 3), 0.5, np.float32) + noise)), affine_for(384)
    patch = compose_face(
        photo, affine, np.full((256, 256, 3), 0.5, np.float32), replace_settings(PLAIN, match_grain=True)
    )
    result, mask = img01_from_int(laid(photo, patch)), whole_mask(photo, patch)
    levels = [result[(mask > low) & (mask <= low + 0.2)].std() for low in (0.0, 0.2, 0.4, 0.6, 0.8)]
    assert min(levels) > 0.8 * 4 / 255  # without its own factor, half way the feather had 0.7 of it
    assert max(levels) < 1.2 * 4 / 255


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("icc", [None, "p3"])
def test_a_grey_photo_stays_grey(dtype: type, icc: str | None) -> None:
    """The candidate is in full colour, the photo has three equal channels."""
    photo = photo_of(np.repeat(as_samples(scene(channels=1), dtype), 3, axis=2), icc=icc and wide_profile())
    for settings in (BlendSettings(), PLAIN):
        result = laid(photo, compose_face(photo, affine_for(300, 30), candidate(), settings))
        assert not np.array_equal(result, photo.pixels)
        assert np.array_equal(result[..., 0], result[..., 1])
        assert np.array_equal(result[..., 0], result[..., 2])


def test_a_photo_of_one_channel_gets_the_same_luminance_as_one_of_three() -> None:
    one = photo_of(as_samples(scene(channels=1)))
    three = photo_of(np.repeat(one.pixels, 3, axis=2))
    results = [laid(p, compose_face(p, affine_for(300), candidate(), BlendSettings())) for p in (one, three)]
    assert results[0].shape == (400, 400, 1)
    assert np.abs(results[0].astype(int) - results[1]).max() <= 1


def test_sepia_stays_sepia() -> None:
    tint = np.array((0.08, 0.0, -0.14), np.float32)
    tint -= luma(tint[None])[0]

    def sepia(y: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.clip(y[..., None] + 4 * (y * (1 - y))[..., None] * tint, 0, 1)

    photo = photo_of(as_samples(sepia(scene(channels=1)[..., 0])))
    patch = compose_face(photo, affine_for(300), candidate(), BlendSettings())
    result = img01_from_int(laid(photo, patch))
    change = np.abs(luma(result) - luma(img01_from_int(photo.pixels)))
    assert change[whole_mask(photo, patch) == 1].mean() > 0.05  # another luma,
    assert np.abs(result - sepia(luma(result)))[inside(patch.box)].mean() < 2 / 255  # in the same tint


def wide_profile() -> bytes:
    """A matrix profile with wider primaries than sRGB and another gamma."""
    primaries = (0.680, 0.320, 1, 0.265, 0.690, 1, 0.150, 0.060, 1)
    return bytes(imagecodecs.cms_profile("rgb", whitepoint=(0.3127, 0.329, 1), primaries=primaries, gamma=1.8))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colours_are_matched_in_srgb_and_laid_in_the_photos_own_space(dtype: type) -> None:
    """A candidate made from the photo as sRGB changes nothing; a wide colour beyond sRGB is not clipped."""
    wide = scene()
    wide[..., 0] = np.maximum(wide[..., 0], 0.9)
    wide[..., 1] *= 0.2
    photo = photo_of(as_samples(wide, dtype), icc=wide_profile())
    affine = affine_for(300, 30)
    result = laid(photo, compose_face(photo, affine, crop_01(photo, affine, 256), BlendSettings()))
    assert np.abs(result.astype(int) - photo.pixels).max() <= np.iinfo(dtype).max / 255


def test_a_16_bit_photo_keeps_its_steps() -> None:
    """The candidate was made from 8 bits; the result doesn't fall back to their 256 steps."""
    photo = photo_of(as_samples(scene(), np.uint16))
    affine = affine_for(300)
    result = laid(photo, compose_face(photo, affine, crop_01(photo, affine, 256), BlendSettings()))
    assert np.abs(result.astype(int) - photo.pixels).max() < 65535 / 255 / 4


def test_a_cast_of_the_candidate_makes_no_seam() -> None:
    photo, affine = photo_of(as_samples(scene(seed=2))), affine_for(300)
    cast = np.clip(crop_01(photo, affine, 256) * 0.8 + np.array((0.1, 0.0, 0.15), np.float32), 0, 1)
    changes = []
    for settings in (BlendSettings(), PLAIN):
        result = laid(photo, compose_face(photo, affine, cast, settings)).astype(int)
        changes.append(np.abs(result - photo.pixels)[inside(Box(150, 150, 250, 250))].mean())
    matched, plain = changes
    assert plain > 15
    assert matched < 2.5


@pytest.mark.parametrize("centre", [(10, 200), (390, 5), (200, 395)])
def test_a_face_over_the_photos_edge(centre: tuple[float, float]) -> None:
    photo = photo_of(as_samples(scene()))
    affine = affine_for(300, 20, centre)
    patch = compose_face(photo, affine, crop_01(photo, affine, 256), BlendSettings())
    assert 0 <= patch.box.x0 < patch.box.x1 <= 400
    assert 0 <= patch.box.y0 < patch.box.y1 <= 400
    assert np.abs(laid(photo, patch).astype(int) - photo.pixels).max() <= 1


@pytest.mark.parametrize("centre", [(-400, 200), (200, 900), (-145, -145)])  # of the last, a corner is inside
def test_a_face_outside_the_photo_is_refused(centre: tuple[float, float]) -> None:
    with pytest.raises(UsageError, match="outside the photo"):
        compose_face(photo_of(as_samples(scene())), affine_for(300, 0, centre), candidate(), BlendSettings())


def test_a_face_of_a_few_pixels() -> None:
    photo = photo_of(as_samples(scene()))
    patch = compose_face(photo, affine_for(9), candidate(), BlendSettings())
    assert patch.box.width <= 10
    assert not np.array_equal(laid(photo, patch), photo.pixels)


def test_strips_leave_no_trace() -> None:
    """The mask of a large face spans several strips; where two meet, the picture is as smooth as elsewhere."""
    photo = photo_of(as_samples(scene(900, 900)))
    affine = affine_for(880, 0, (450, 450))
    patch = compose_face(photo, affine, candidate(256), replace_settings(PLAIN, keep_detail=True))
    assert patch.box.height > 600
    steps = np.abs(np.diff(patch.colour, axis=0)).mean(axis=(1, 2))
    for boundary in range(255, len(steps), 256):
        assert steps[boundary] < 1.5 * np.median(steps[boundary - 8 : boundary + 9])


def test_the_same_arguments_give_the_same_patch_and_another_face_other_grain() -> None:
    noise = np.random.default_rng(4).normal(0, 5 / 255, (400, 400, 1))
    photo = photo_of(as_samples(np.full((400, 400, 3), 0.5, np.float32) + noise))
    flat = np.full((256, 256, 3), 0.5, np.float32)
    first, again, moved = (
        compose_face(photo, affine_for(side_px), flat, BlendSettings()) for side_px in (300, 300, 300.001)
    )
    assert np.array_equal(first.colour, again.colour)
    assert np.abs(first.colour - moved.colour).max() > 5 / 255


@pytest.mark.parametrize("opacity", [1.0, 0.6, 0.1])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_windows_patch_agrees_with_the_export(opacity: float, channels: int) -> None:
    photo = photo_of(as_samples(scene(channels=channels)))
    patch = compose_face(photo, affine_for(300, 30), candidate(), BlendSettings())
    rgba = patch_rgba(patch).astype(np.float64)
    assert rgba.shape == (*patch.mask.shape, 4)
    shown = np.repeat(photo.pixels, 3 // channels, axis=2).astype(np.float64)
    under = shown[inside(patch.box)]
    under += opacity * rgba[..., 3:] / 255 * (rgba[..., :3] - under)
    assert np.abs(np.rint(shown) - laid(photo, patch, opacity)).max() <= 1


def test_lay_follows_its_equation() -> None:
    pixels = np.array([[[10], [10], [200]]], np.uint8)
    patch = Patch(
        Box(1, 0, 3, 1), colour=np.array([[[1.0], [0.0]]], np.float32), mask=np.array([[0.5, 1.0]], np.float32)
    )
    lay(pixels, patch, 0.5)
    assert pixels.ravel().tolist() == [10, round(10 + 0.25 * 245), 100]


def test_the_patch_lies_where_the_affine_says() -> None:
    """A bright dot at the template's left eye lands on the photo's left eye."""
    photo = photo_of(np.full((400, 400, 3), 60, np.uint8))
    affine = affine_for(256, 30)
    dot = np.full((512, 512, 3), 60 / 255, np.float32)
    eye = TEMPLATE_512[0]
    dot[round(eye[1]) - 6 : round(eye[1]) + 7, round(eye[0]) - 6 : round(eye[0]) + 7] = 1
    bright = laid(photo, compose_face(photo, affine, dot, PLAIN))[..., 0] > 150
    found = np.argwhere(bright).mean(axis=0)[::-1]
    assert found == pytest.approx(apply(invert(affine), np.rint(eye)[None])[0], abs=0.5)
