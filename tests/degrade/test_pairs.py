"""Pairs: without old-photo damage the published model to the bit, with it what should be kept is in both pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.degrade.model import DegradationRanges, blur, degrade, to_grey
from engine.degrade.old_photo import OldPhotoRanges
from engine.degrade.pairs import draw_pair
from engine.degrade.tone import Toning, tone

NEXT_TO_NOTHING = DegradationRanges(
    sigma=(0.01, 0.01), scale=(1.0, 1.0), noise=(0.0, 0.0), jpeg_quality=(100, 100), grey_probability=0.0
)


@pytest.fixture
def picture() -> np.ndarray:
    y, x = np.mgrid[0:128, 0:128] / 127
    return np.stack([x, y, 0.5 + 0.4 * np.sin(40 * x * y)], axis=-1).astype(np.float32)


@pytest.mark.parametrize("grey", [0.0, 1.0])
def test_without_old_photos_it_is_the_published_model_to_the_bit(picture: np.ndarray, grey: float) -> None:
    ranges = DegradationRanges(grey_probability=grey, mild=0.4)
    one, two = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(3):
        target, damaged = draw_pair(picture, ranges, OldPhotoRanges(), one)
        d = ranges.draw(two)
        np.testing.assert_array_equal(damaged, degrade(picture, d, two))
        np.testing.assert_array_equal(target, to_grey(picture) if grey else picture)
    assert one.bit_generator.state == two.bit_generator.state


def test_the_seed_decides_a_pair(picture: np.ndarray) -> None:
    old = OldPhotoRanges(share=1.0)
    pairs = [draw_pair(picture, DegradationRanges(), old, np.random.default_rng(s)) for s in (1, 1, 2)]
    np.testing.assert_array_equal(pairs[0], pairs[1])
    assert np.abs(pairs[0][1] - pairs[2][1]).max() > 0.01
    assert all(p.dtype == np.float32 and p.shape == picture.shape for pair in pairs for p in pair)


@pytest.mark.parametrize("kind", ["grain", "halftone", "paper", "scratches", "dust", "creases", "stains"])
def test_local_damage_is_never_in_the_target(picture: np.ndarray, kind: str) -> None:
    target, damaged = draw_pair(picture, NEXT_TO_NOTHING, OldPhotoRanges().only(kind), np.random.default_rng(1))
    np.testing.assert_array_equal(target, picture)
    assert np.abs(damaged - target).max() > 0.05


@pytest.mark.parametrize("kind", ["grey", "sepia", "selenium", "cyanotype"])
@pytest.mark.parametrize("restore_tone", [False, True])
def test_toning_is_always_in_the_target(picture: np.ndarray, kind: Toning, restore_tone: bool) -> None:
    old = replace(OldPhotoRanges(restore_tone=restore_tone).only(kind), toning_strength=(0.7, 0.7))
    target, damaged = draw_pair(picture, NEXT_TO_NOTHING, old, np.random.default_rng(0))
    np.testing.assert_allclose(target, tone(picture, kind, 0.7), atol=1e-6)
    assert np.abs(damaged - target).mean() < 0.02  # JPEG and the way through the small picture


@pytest.mark.parametrize("kind", ["fading", "cast"])
def test_fading_and_casts_stay_unless_the_tone_is_restored(picture: np.ndarray, kind: str) -> None:
    old = OldPhotoRanges().only(kind)
    kept, damaged = draw_pair(picture, NEXT_TO_NOTHING, old, np.random.default_rng(0))
    assert np.abs(damaged - kept).mean() < 0.02
    assert np.abs(kept - picture).mean() > 0.02
    restored, same = draw_pair(picture, NEXT_TO_NOTHING, replace(old, restore_tone=True), np.random.default_rng(0))
    np.testing.assert_array_equal(restored, picture)
    np.testing.assert_array_equal(same, damaged)


def test_a_grey_scan_of_a_toned_print_is_grey_in_both(picture: np.ndarray) -> None:
    ranges = replace(NEXT_TO_NOTHING, grey_probability=1.0)
    pair = draw_pair(picture, ranges, OldPhotoRanges().only("sepia"), np.random.default_rng(0))
    for img in pair:
        assert np.ptp(img, axis=-1).max() < 2 / 255


def test_the_lens_blurs_the_scene_and_not_the_scratches_on_its_print() -> None:
    flat = np.full((256, 256, 3), 0.5, np.float32)
    soft = replace(NEXT_TO_NOTHING, sigma=(15.0, 15.0))
    _, damaged = draw_pair(flat, soft, OldPhotoRanges().only("creases"), np.random.default_rng(0))
    d = soft.draw(np.random.default_rng(0))
    steepest = np.abs(np.diff(damaged[..., 1], axis=1)).max()
    assert steepest > 5 * np.abs(np.diff(blur(damaged, d)[..., 1], axis=1)).max()
