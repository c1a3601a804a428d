"""Old-photo damage: each kind changes what it should and nothing else, at every size, decided by its draw alone."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import msgspec
import numpy as np
import pytest

from engine.degrade import printing, tone
from engine.degrade.fields import speckle
from engine.degrade.model import to_grey
from engine.degrade.old_photo import KINDS, PAPERS, TONINGS, OldPhoto, OldPhotoRanges, age, undamaged

LUMA = np.array([0.299, 0.587, 0.114])
LOCAL = ("scratches", "dust", "creases", "stains")


def _picture(side: int) -> np.ndarray:
    """Smooth and coloured, in [0.1, 0.9]: reduced by area it is next to the same picture at the smaller side."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    return np.stack([0.1 + 0.8 * x, 0.1 + 0.8 * y, 0.5 + 0.3 * np.sin(9 * x * y)], axis=-1).astype(np.float32)


def _half(img: np.ndarray) -> np.ndarray:
    return cv2.resize(img, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _draw(kind: str, seed: int = 0, ranges: OldPhotoRanges | None = None) -> OldPhoto:
    drawn = (ranges or OldPhotoRanges()).only(kind).draw(np.random.default_rng(seed))
    assert drawn is not None
    return drawn


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_alone_changes_the_picture_and_the_same_draw_changes_it_alike(kind: str) -> None:
    img = _picture(256)
    before = img.copy()
    d = _draw(kind)
    one, two = age(img, d), age(img, _draw(kind))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(img, before)  # the clean picture is needed again
    assert one.shape == img.shape
    assert one.dtype == np.float32
    assert one.min() >= 0
    assert one.max() <= 1
    assert np.abs(one - img).max() > 0.01


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_everything_at_once_stays_in_range_on_black_and_on_white(level: float) -> None:
    img = np.full((128, 128, 3), level, np.float32)
    ranges = replace(OldPhotoRanges().only("fading"), **dict.fromkeys(KINDS, 1.0) | dict.fromkeys(TONINGS, 0.25))
    for seed in range(8):
        d = ranges.draw(np.random.default_rng(seed))
        assert d is not None
        out = age(img, d)
        assert out.dtype == np.float32
        assert 0 <= out.min() <= out.max() <= 1


def test_no_damage_is_the_picture_itself() -> None:
    np.testing.assert_array_equal(age(_picture(64), OldPhoto(seed=1)), _picture(64))


def test_another_seed_puts_the_marks_elsewhere() -> None:
    d = _draw("creases")
    assert np.abs(age(_picture(128), d) - age(_picture(128), replace(d, seed=d.seed + 1))).max() > 0.05


def test_leaving_out_one_kind_moves_no_mark_of_another() -> None:
    img = _picture(256)
    scratched = OldPhoto(seed=3, scratches=12, scratches_px=1.5)
    dusty = replace(scratched, specks=60, dust_px=1.5)
    untouched = age(img, replace(dusty, scratches=0)) == img  # by dust
    assert 0.8 < untouched.mean() < 1
    np.testing.assert_array_equal(age(img, dusty)[untouched], age(img, scratched)[untouched])


@pytest.mark.parametrize("toning", TONINGS)
def test_toning_keeps_the_luma(toning: tone.Toning) -> None:
    img = np.random.default_rng(0).random((32, 32, 3)).astype(np.float32)
    toned = tone.tone(img, toning, 1.0)
    np.testing.assert_allclose(toned @ LUMA, img @ LUMA, atol=1e-3)  # tints are given to four digits
    assert toned.min() >= -1e-6  # nothing is clipped away
    assert toned.max() <= 1 + 1e-6


def test_tonings_have_their_colours() -> None:
    middle = np.full((1, 1, 3), 0.5, np.float32)
    red, green, blue = (float(v) for v in tone.tone(middle, "sepia", 1.0)[0, 0])
    assert red > green > blue
    red, green, blue = (float(v) for v in tone.tone(middle, "cyanotype", 1.0)[0, 0])
    assert red < green < blue
    np.testing.assert_allclose(tone.tone(_picture(16), "grey", 1.0), to_grey(_picture(16)))


def test_even_fading_is_a_straight_line_from_lifted_blacks() -> None:
    img = _picture(64)
    faded = tone.fade(img, contrast=0.4, blacks=0.75, edges=0.0, rng=np.random.default_rng(0))
    np.testing.assert_allclose(faded, 0.6 * img + 0.4 * 0.75, atol=1e-6)


def test_uneven_fading_lowers_contrast_more_in_some_places() -> None:
    stripes = np.tile(np.array([0.2, 0.8], np.float32), (256, 128))[..., None].repeat(3, axis=2)
    faded = tone.fade(stripes, contrast=0.4, blacks=0.5, edges=0.8, rng=np.random.default_rng(0))
    contrast = (faded[:, 1::2] - faded[:, 0::2])[..., 0] / 0.6
    assert contrast.max() < 1
    # 0.4 (1 + 0.8 (u - 0.5)) is lost, u in about [0, 1].
    assert 0.6 - 0.18 < contrast.min() < 0.6 < contrast.max() < 0.6 + 0.18


@pytest.mark.parametrize("kind", ["fading", "cast", *TONINGS])
def test_tones_are_the_same_at_every_side(kind: str) -> None:
    d = _draw(kind, seed=4)
    # Averaging and a smooth curve differ only by the picture's variance within a pixel.
    np.testing.assert_allclose(_half(age(_picture(512), d)), age(_picture(256), d), atol=2e-3)


@pytest.mark.parametrize("kind", LOCAL)
def test_marks_lie_in_the_same_places_at_every_side(kind: str) -> None:
    d = _draw(kind, seed=2)
    large = _half(age(_picture(512), d) - _picture(512)).ravel()
    small = (age(_picture(256), d) - _picture(256)).ravel()
    assert np.corrcoef(large, small)[0, 1] > 0.85  # thin ones are drawn with other pixels, so not all of it


@pytest.mark.parametrize("kind", ["scratches", "dust", "creases"])
def test_marks_cover_a_small_share_of_the_picture(kind: str) -> None:
    img = _picture(256)
    shares = [(np.abs(age(img, _draw(kind, seed)) - img).max(axis=-1) > 0.1).mean() for seed in range(10)]
    assert max(shares) < 0.08
    assert np.mean(shares) > 1e-4


def test_scratches_follow_the_film() -> None:
    flat = np.full((256, 256, 3), 0.5, np.float32)
    d = OldPhoto(seed=0, scratches=30, scratches_px=1.5, scratches_angle=math.pi / 2)
    changed = np.abs(age(flat, d) - flat)[..., 0]
    # Along a line the picture hardly changes: steps down the columns are smaller than across them.
    assert np.abs(np.diff(changed, axis=0)).mean() < 0.6 * np.abs(np.diff(changed, axis=1)).mean()


def test_stains_only_darken_and_blue_most() -> None:
    white = np.ones((256, 256, 3), np.float32)
    lost = 1 - age(white, OldPhoto(seed=0, spots=40, tides=1))
    assert lost.min() >= 0
    red, green, blue = lost.mean(axis=(0, 1))
    assert red < green < blue


@pytest.mark.parametrize("angle", [0.2, math.pi / 4])
def test_a_halftone_has_its_energy_at_the_screens_frequency(angle: float) -> None:
    period = 8.0
    flat = np.full((512, 512, 3), 0.5, np.float32)
    out = printing.halftone(flat, 1.0, period, angle, colour=False)[..., 0]
    spectrum = np.abs(np.fft.fft2(out - out.mean()))
    row, column = np.unravel_index(spectrum.argmax(), spectrum.shape)
    frequency = np.array([np.fft.fftfreq(512)[column], np.fft.fftfreq(512)[row]])  # x, y
    assert np.hypot(*frequency) == pytest.approx(1 / period, abs=1 / 512)
    turned = math.degrees(math.atan2(frequency[1], frequency[0]) - angle) % 90
    assert min(turned, 90 - turned) < 1.5


@pytest.mark.parametrize("level", [0.0, 0.25, 0.5, 0.8, 1.0])
def test_a_halftone_keeps_the_mean_tone(level: float) -> None:
    flat = np.full((512, 512, 3), level, np.float32)
    out = printing.halftone(flat, 1.0, 8.0, math.pi / 4, colour=True)
    # Hardness 4 stretches tones by 1 + 1/4 about the middle; near black and white the dots close again.
    assert out.mean() == pytest.approx(np.clip(0.5 + 1.25 * (level - 0.5), 0, 1), abs=0.03)


def test_a_screen_finer_than_the_pixels_is_not_seen() -> None:
    flat = np.full((128, 128, 3), 0.5, np.float32)
    np.testing.assert_array_equal(printing.halftone(flat, 1.0, 7.9, 0.3, colour=False), flat)  # 1.98 pixels


def test_grain_has_its_amount_in_the_middle_tones_and_less_in_the_dark() -> None:
    def level(grey: float) -> float:
        flat = np.full((512, 512, 3), grey, np.float32)
        return float(printing.grain(flat, 0.05, 1.0, False, np.random.default_rng(0)).std())

    assert level(0.5) == pytest.approx(0.05, rel=0.02)
    assert level(0.02) == pytest.approx(0.05 * (0.3 + 0.7 * math.sqrt(4 * 0.02 * 0.98)), rel=0.02)


@pytest.mark.parametrize("sigma_px", [0.0, 1.5])
def test_grain_at_half_the_side_is_grain_averaged(sigma_px: float) -> None:
    large = speckle(np.random.default_rng(0), 512, sigma_px)[..., 0]
    small = speckle(np.random.default_rng(1), 256, sigma_px)[..., 0]
    assert large.std() == pytest.approx(1, rel=0.01)
    assert small.std() == pytest.approx(_half(large).std(), rel=0.05)
    if not sigma_px:
        assert small.std() == pytest.approx(0.5, rel=0.01)  # the mean of four independent values


def test_grain_is_correlated_over_its_size() -> None:
    field = speckle(np.random.default_rng(0), 512, 2.0)[..., 0]
    # White noise under a Gaussian of sigma s has the autocorrelation exp(-r^2 / (4 s^2)).
    assert np.corrcoef(field[:, 2:].ravel(), field[:, :-2].ravel())[0, 1] == pytest.approx(math.exp(-0.25), abs=0.02)


@pytest.mark.parametrize("paper", PAPERS)
def test_paper_modulates_the_brightness_about_the_mean(paper: printing.Paper) -> None:
    flat = np.full((512, 512, 3), 0.5, np.float32)
    lit = printing.texture(flat, paper, 0.04, 8.0, 0.7, np.random.default_rng(0))
    depth = 0.04 * (0.5 + 0.35) * (0.6 if paper == "fibre" else 1)
    assert lit.std() == pytest.approx(depth, rel=0.15)  # two slow unevennesses of 0.4 widen it a little
    assert lit.mean() == pytest.approx(0.5, abs=0.1 * depth)
    assert np.ptp(lit, axis=-1).max() < 1e-6


def test_the_share_of_damaged_draws_is_the_one_asked_for() -> None:
    rng = np.random.default_rng(0)
    drawn = [OldPhotoRanges(share=0.3).draw(rng) for _ in range(3000)]
    assert np.mean([d is not None for d in drawn]) == pytest.approx(0.3, abs=0.03)  # 3.6 standard errors


def test_a_share_of_nothing_draws_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert OldPhotoRanges().draw(rng) is None
    assert rng.bit_generator.state == before


def test_kinds_come_as_often_as_asked_and_inside_their_ranges() -> None:
    ranges = OldPhotoRanges(share=1.0, grey=0.2, sepia=0.3, selenium=0.1, cyanotype=0.05)
    rng = np.random.default_rng(0)
    draws = [d for d in (ranges.draw(rng) for _ in range(3000)) if d is not None]
    for name in TONINGS:
        assert np.mean([d.toning == name for d in draws]) == pytest.approx(getattr(ranges, name), abs=0.03)
    for kind, field, (low, high) in (
        ("fading", "fading", ranges.fading_contrast),
        ("grain", "grain", ranges.grain_amount),
        ("halftone", "halftone", ranges.halftone_amount),
        ("paper", "paper_depth", ranges.paper_depth),
        ("scratches", "scratches", ranges.scratches_count),
        ("dust", "specks", ranges.dust_specks),
        ("creases", "creases", ranges.creases_count),
        ("stains", "spots", ranges.stains_spots),
    ):
        values = [v for v in (getattr(d, field) for d in draws) if v]
        assert len(values) / len(draws) == pytest.approx(getattr(ranges, kind), abs=0.03)
        assert low <= min(values) < low + 0.05 * (high - low) + 1
        assert high - 0.1 * (high - low) < max(values) <= high
    assert all(d.gamma == (1.0, 1.0, 1.0) for d in draws if d.toning != "none")  # silver has no dyes
    assert all(d.paper in ("none", "fibre") for d in draws if d.halftone)


def test_the_clean_print_keeps_tone_and_has_no_marks() -> None:
    ranges = replace(OldPhotoRanges(), share=1.0, **dict.fromkeys(KINDS, 1.0) | dict.fromkeys(TONINGS, 0.0))
    d = replace(ranges.draw(np.random.default_rng(0)) or OldPhoto(0), toning="sepia", toning_strength=0.8)
    img = _picture(128)
    sepia = tone.tone(img, "sepia", 0.8)
    np.testing.assert_array_equal(undamaged(img, d, restore_tone=True), sepia)
    tones_only = OldPhoto(
        d.seed, d.fading, d.fading_blacks, d.fading_edges, d.gain, d.gamma, d.toning, d.toning_strength
    )
    np.testing.assert_array_equal(undamaged(img, d), age(img, tones_only))
    assert np.abs(undamaged(img, d) - sepia).max() > 0.05


def test_ranges_are_read_from_a_configuration() -> None:
    ranges = msgspec.toml.decode("share = 0.5\ngrain_amount = [0.0, 0.1]\ndust_specks = [1, 9]", type=OldPhotoRanges)
    assert (ranges.share, ranges.grain_amount, ranges.dust_specks) == (0.5, (0.0, 0.1), (1, 9))


@pytest.mark.parametrize("text", ["share = 1.5", "dust = -0.1", "grey = 0.6\nsepia = 0.6"])
def test_impossible_probabilities_are_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"at most 1|between 0 and 1"):
        msgspec.toml.decode(text, type=OldPhotoRanges)
