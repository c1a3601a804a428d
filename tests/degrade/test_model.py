"""The degradation model: what it may do to a picture, and that a seed decides all of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.degrade.model import Degradation, DegradationRanges, degrade, gaussian_kernel, to_grey


@pytest.fixture
def picture() -> np.ndarray:
    y, x = np.mgrid[0:256, 0:256] / 255
    return np.stack([x, y, 0.5 + 0.4 * np.sin(40 * x * y)], axis=-1).astype(np.float32)


def test_the_kernel_has_the_variances_it_is_asked_for() -> None:
    kernel = gaussian_kernel(4.0, 2.0, 0.0, 41)
    axis = np.arange(41) - 20
    assert kernel.sum() == pytest.approx(1)
    assert (kernel.sum(0) * axis**2).sum() == pytest.approx(16, rel=1e-3)  # x is the column
    assert (kernel.sum(1) * axis**2).sum() == pytest.approx(4, rel=1e-3)


def test_a_quarter_turn_swaps_the_kernels_axes() -> None:
    turned = gaussian_kernel(5.0, 1.5, math.pi / 2, 41)
    np.testing.assert_allclose(turned, gaussian_kernel(1.5, 5.0, 0.0, 41), atol=1e-12)


def test_next_to_no_damage_changes_next_to_nothing(picture: np.ndarray) -> None:
    gentle = Degradation(0.1, 0.1, 0.0, scale=1.0, noise=0.0, jpeg_quality=100)
    out = degrade(picture, gentle, np.random.default_rng(0))
    assert np.abs(out - picture).mean() < 0.01  # JPEG at 100 with halved chroma


def test_the_same_seed_gives_the_same_picture(picture: np.ndarray) -> None:
    draw = DegradationRanges().draw(np.random.default_rng(5))
    one, two, other = (degrade(picture, draw, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0


def test_the_noise_has_the_level_it_is_asked_for() -> None:
    flat = np.full((512, 512, 3), 0.5, np.float32)
    d = Degradation(0.1, 0.1, 0.0, scale=1.0, noise=10.0, jpeg_quality=100)
    # JPEG halves the chroma's resolution, so the level is seen in the luma: a weighted sum of three channels' noise.
    luma_level = 10 * math.sqrt(0.299**2 + 0.587**2 + 0.114**2)
    assert to_grey(degrade(flat, d, np.random.default_rng(0))).std() * 255 == pytest.approx(luma_level, rel=0.02)


def test_grey_is_grey(picture: np.ndarray) -> None:
    d = Degradation(2.0, 2.0, 0.0, scale=4.0, noise=10.0, jpeg_quality=60, grey=True)
    out = degrade(picture, d, np.random.default_rng(0))
    np.testing.assert_allclose(out, to_grey(out), atol=1 / 255)


def test_draws_stay_in_their_ranges_and_use_all_of_them() -> None:
    rng = np.random.default_rng(0)
    draws = [DegradationRanges().draw(rng) for _ in range(2000)]
    for name, low, high in (("sigma_x", 0.1, 15), ("scale", 0.8, 32), ("noise", 0, 20), ("jpeg_quality", 30, 100)):
        values = [getattr(d, name) for d in draws]
        assert low <= min(values) < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < max(values) <= high
    isotropic = np.mean([d.sigma_x == d.sigma_y for d in draws])
    assert isotropic == pytest.approx(0.5, abs=0.05)  # both kinds equally likely


def test_mild_draws_are_as_frequent_as_asked_and_gentle() -> None:
    rng = np.random.default_rng(0)
    draws = [DegradationRanges(mild=0.5).draw(rng) for _ in range(2000)]
    gentle = [d for d in draws if d.sigma_x <= 3.1 and d.scale <= 6 and d.noise <= 10 and d.jpeg_quality >= 65]
    # Of the other half some lie there by chance: about a fifth, a sixth, a half and a half of the ranges multiplied.
    assert len(gentle) / len(draws) == pytest.approx(0.5, abs=0.04)
    assert all(d.scale <= 6 for d in (DegradationRanges(mild=1.0).draw(rng) for _ in range(200)))
