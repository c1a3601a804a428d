"""Colour management, with Pillow's ImageCms and the definitions of the colour spaces as judges."""

from __future__ import annotations

import io

import icc_profiles as icc
import numpy as np
import pictures
import pytest
from PIL import Image, ImageCms

from engine.base.sizes import Box, Size
from engine.base.values import img01_from_int
from engine.imaging.colour import from_srgb, rgb_from_cmyk, rows_and_columns, srgb_u8, to_srgb, u8_from_samples

LEVEL = 1 / 255

PROFILES = {
    "Display P3": icc.matrix_profile(icc.DISPLAY_P3, 2.2),
    "Adobe RGB": icc.matrix_profile(icc.ADOBE_RGB, 2.2),
    "linear": icc.matrix_profile(icc.DISPLAY_P3, 1.0),
    "scanner": icc.scanner_profile(),
}


def through_pillow(img: Image.Image, profile: bytes) -> np.ndarray:
    return np.asarray(
        ImageCms.profileToProfile(
            img,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            outputMode="RGB",
        )
    )


def encoded(linear: np.ndarray) -> np.ndarray:
    """The transfer function of sRGB, IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("name", PROFILES)
def test_rgb_to_srgb_is_what_imagecms_makes(name: str) -> None:
    pixels = pictures.samples(8, 3)
    ours = srgb_u8(pictures.photo(pixels, icc=PROFILES[name]))
    theirs = through_pillow(Image.fromarray(pixels), PROFILES[name])
    assert np.abs(ours.astype(int) - theirs).max() <= 1  # two builds of LittleCMS may round apart


def test_wide_gamut_to_srgb_follows_the_definition() -> None:
    """Linear P3 -> XYZ -> linear sRGB -> sRGB, with colours that sRGB holds."""
    own = 0.3 + 0.4 * img01_from_int(pictures.samples(8, 3))
    matrix = np.linalg.inv(icc.rgb_to_xyz_d50(((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))))
    matrix = matrix @ icc.rgb_to_xyz_d50(icc.DISPLAY_P3)
    expected = encoded(own.astype(np.float64) ** 2.2 @ matrix.T)
    found = to_srgb(own, pictures.photo(pictures.samples(8, 3), icc=PROFILES["Display P3"]))
    inside = (expected > 0) & (expected < 1)
    # s15Fixed16 numbers in the profile, sixteenths of a thousandth, leave a few thousandths of a level
    assert np.abs(found - expected)[inside].max() < 0.25 * LEVEL


@pytest.mark.parametrize("name", PROFILES)
def test_from_srgb_is_undone_by_to_srgb(name: str) -> None:
    srgb_01 = np.random.default_rng(1).random((40, 50, 3), dtype=np.float32)
    photo = pictures.photo(pictures.samples(8, 3), icc=PROFILES[name])
    own = from_srgb(srgb_01, photo)
    assert own.shape == srgb_01.shape
    assert own.dtype == np.float32
    # the four spaces hold (nearly) all of sRGB; the scanner's way back is solved for, not looked up
    assert np.abs(to_srgb(own, photo) - srgb_01).max() < 0.5 * LEVEL


@pytest.mark.parametrize("name", ["Display P3", "Adobe RGB", "scanner"])
def test_to_srgb_is_undone_by_from_srgb_inside_the_gamut(name: str) -> None:
    # (0.45, 0.65, 0.65)^2.2 is the least red of these; in sRGB its red is 1.398 * 0.173 - 0.398 * 0.388 > 0
    own = (0.45 + 0.2 * np.random.default_rng(2).random((40, 50, 3))).astype(np.float32)
    photo = pictures.photo(pictures.samples(8, 3), icc=PROFILES[name])
    assert np.abs(from_srgb(to_srgb(own, photo), photo) - own).max() < 0.5 * LEVEL


@pytest.mark.parametrize(
    "profile",
    [None, b"", b"not a profile" * 20, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()],
    ids=["none", "empty", "broken", "sRGB"],
)
def test_without_a_profile_that_says_otherwise_samples_are_srgb(profile: bytes | None) -> None:
    pixels = pictures.samples(8, 3)
    photo = pictures.photo(pixels, icc=profile)
    assert np.array_equal(srgb_u8(photo), pixels)
    patch = np.random.default_rng(3).random((5, 6, 3), dtype=np.float32)
    assert np.array_equal(from_srgb(patch, photo), patch)


def test_a_profile_for_another_kind_of_samples_is_not_used() -> None:
    pixels = pictures.samples(8, 3)
    assert np.array_equal(srgb_u8(pictures.photo(pixels, icc=icc.grey_profile(1.8))), pixels)
    assert np.array_equal(srgb_u8(pictures.photo(pixels, icc=icc.press_profile())), pixels)


def test_grey_is_replicated() -> None:
    pixels = pictures.samples(8, 1)
    seen = srgb_u8(pictures.photo(pixels))
    assert seen.shape == (*pixels.shape[:2], 3)
    assert np.array_equal(seen, np.repeat(pixels, 3, axis=2))


def test_grey_profile_follows_its_gamma() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    photo = pictures.photo(ramp, icc=icc.grey_profile(1.8))
    expected = encoded((ramp / 255) ** (461 / 256))  # u8Fixed8Number nearest to 1.8
    assert np.abs(to_srgb(img01_from_int(ramp), photo) - expected).max() < 0.05 * LEVEL
    seen = srgb_u8(photo)
    assert np.abs(seen - 255 * expected).max() < 2  # LittleCMS takes two tables of 16 bits, steep near black
    assert np.ptp(seen.astype(int), axis=2).max() == 0


@pytest.mark.parametrize("profile", [None, icc.grey_profile(1.8), PROFILES["Display P3"]], ids=["none", "grey", "RGB"])
def test_grey_comes_back_from_srgb(profile: bytes | None) -> None:
    photo = pictures.photo(pictures.samples(16, 1), icc=profile)
    own = img01_from_int(photo.pixels)
    back = from_srgb(to_srgb(own, photo), photo)
    assert back.shape == own.shape
    assert np.abs(back - own).max() < 0.05 * LEVEL


def test_a_grey_photo_gets_the_luminance() -> None:
    """Y of the three primaries of sRGB, IEC 61966-2-1: .2126, .7152, .0722."""
    primaries = np.eye(3, dtype=np.float32)[None]
    grey = from_srgb(primaries, pictures.photo(pictures.samples(8, 1)))
    assert grey.shape == (1, 3, 1)
    assert np.allclose(grey[0, :, 0], encoded(np.array([0.2126, 0.7152, 0.0722])), atol=1e-4)


def test_sixteen_bits_are_rounded_to_eight() -> None:
    levels = np.arange(0, 65536, 17, dtype=np.uint16)[:, None]
    assert np.array_equal(u8_from_samples(levels), np.rint(levels / 257).astype(np.uint8))
    pixels = pictures.samples(16, 3)
    assert np.array_equal(srgb_u8(pictures.photo(pixels)), np.rint(pixels / 257).astype(np.uint8))


def test_a_box_is_a_cut_of_the_whole() -> None:
    photo = pictures.photo(pictures.samples(16, 3), icc=PROFILES["Adobe RGB"])
    whole = srgb_u8(photo)
    assert np.array_equal(srgb_u8(photo, Box(3.2, 4.9, 10.1, 12.0)), whole[4:12, 3:11])
    assert np.array_equal(srgb_u8(photo, Box(-5, -5, 900, 900)), whole)
    assert srgb_u8(photo, Box(50, 50, 60, 60)).size == 0


def test_rows_and_columns_of_nothing_is_everything() -> None:
    assert rows_and_columns(Size(7, 5), None) == (slice(0, 5), slice(0, 7))


def test_results_may_be_written_to() -> None:
    pixels = pictures.samples(8, 3)
    pixels.flags.writeable = False  # as in a photo that was loaded
    seen = srgb_u8(pictures.photo(pixels))
    seen[:] = 0
    assert pixels.any()


@pytest.mark.parametrize("depth", [8, 16])
def test_cmyk_goes_through_its_profile(depth: int) -> None:
    inks = pictures.samples(depth, 4)
    found = rgb_from_cmyk(inks, icc.press_profile())
    assert found.dtype == inks.dtype
    assert found.shape == (*inks.shape[:2], 3)
    expected = through_pillow(Image.fromarray(u8_from_samples(inks), "CMYK"), icc.press_profile())
    assert np.abs(u8_from_samples(found).astype(int) - expected).max() <= 2  # of 8-bit rounding before and after


def test_cmyk_without_a_profile_is_what_pillow_makes() -> None:
    inks = pictures.samples(8, 4)
    assert np.array_equal(rgb_from_cmyk(inks, None), np.asarray(Image.fromarray(inks, "CMYK").convert("RGB")))
