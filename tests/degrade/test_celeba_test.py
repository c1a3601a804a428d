"""The fixed test degradation: order of the combinations and of the draws, as published."""

from __future__ import annotations

import random

import numpy as np
import pytest

from engine.degrade.celeba_test import (
    SEED,
    SIGMAS,
    combinations,
    degrade_at_scale,
    degrade_bgr,
    enlarge,
    make_test_set,
    shrink_at_scale,
)


def test_there_are_4000_combinations_in_the_published_order() -> None:
    c = combinations()
    assert len(c) == 4000
    assert (c[0].jpeg_quality, c[0].scale, c[0].noise, c[0].sigma_x, c[0].theta) == (30, 4, 1, 4, 0.0)
    # Each scale has 400 images, 80 in a row in each block of 800.
    scales = [x.scale for x in c]
    assert all(scales.count(s) == 400 for s in range(4, 41, 4))
    assert set(scales[:80]) == {4}
    assert set(scales[80:160]) == {8}
    assert c[800].jpeg_quality == 40


def test_the_first_draws_of_sigma_y_are_the_published_ones() -> None:
    choose = random.Random(SEED)
    assert [choose.choice(SIGMAS) for _ in range(8)] == [12, 4, 4, 4, 4, 12, 12, 8]


def test_an_image_of_the_set_is_the_same_whether_the_others_are_made_or_not() -> None:
    grey = np.full((512, 512, 3), 128, np.uint8)
    every = {n: img for n, _, img in make_test_set(lambda n: grey, only=lambda n: 70 <= n < 72)}  # at noise level 20
    ((n, c, alone),) = make_test_set(lambda n: grey, only=lambda n: n == 71)
    assert n == 71
    assert c == combinations()[71]
    np.testing.assert_array_equal(alone, every[71])
    assert np.abs(every[70].astype(int) - every[71]).max() > 0


def test_without_noise_a_flat_picture_stays_flat() -> None:
    grey = np.full((512, 512, 3), 128, np.uint8)
    out = degrade_bgr(grey, combinations()[0], 4.0, np.zeros((128, 128, 3)))
    assert np.abs(out.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("scale", [4, 40])
def test_degrading_at_a_scale_is_decided_by_the_number(scale: int) -> None:
    rng = np.random.default_rng(0)
    img = rng.integers(0, 256, (512, 512, 3)).astype(np.uint8)
    np.testing.assert_array_equal(degrade_at_scale(img, scale, 3), degrade_at_scale(img, scale, 3))
    assert np.abs(degrade_at_scale(img, scale, 3).astype(int) - degrade_at_scale(img, scale, 4)).max() > 0


@pytest.mark.parametrize(("scale", "side"), [(4, 128), (12, 42), (40, 12)])
def test_the_damaged_image_is_the_small_one_enlarged(scale: int, side: int) -> None:
    img = np.random.default_rng(0).integers(0, 256, (512, 512, 3)).astype(np.uint8)
    small = shrink_at_scale(img, scale, 7)
    assert small.shape == (side, side, 3)  # 512 // scale
    np.testing.assert_array_equal(enlarge(small), degrade_at_scale(img, scale, 7))
    np.testing.assert_array_equal(enlarge(np.full((side, side, 3), 77, np.uint8)), 77)
