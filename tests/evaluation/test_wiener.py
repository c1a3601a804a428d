"""The linear yardstick on data for which its error is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.wiener import Wiener, eps_error_images, eps_error_patches, fit_images, fit_patches

SIDE = 24


def _flat(count: int, spread: float, seed: int) -> np.ndarray:
    """Pictures of one grey each, drawn from a normal distribution around 127."""
    values = np.random.default_rng(seed).normal(127.5, spread, count).clip(0, 255)
    return np.repeat(values, SIDE * SIDE * 3).reshape(count, SIDE, SIDE, 3).astype(np.uint8)


@pytest.mark.parametrize("abar_t", [0.9, 0.5, 0.2])
def test_the_error_on_gaussian_data_is_the_closed_form(abar_t: float) -> None:
    # With variance v along one direction and noise s = (1 - abar) / abar the remaining variance is v s / (v + s);
    # a flat picture is one direction of D numbers, so v is D times a pixel's variance, and so is the error's mean.
    train, test = _flat(600, 25, 0), _flat(300, 25, 1)
    w = fit_images(train, components=1)
    x0 = test.astype(np.float32) / 127.5 - 1
    eps = np.random.default_rng(2).standard_normal(x0.shape, dtype=np.float32)
    noise = (1 - abar_t) / abar_t
    v = w.variance[0]
    expected = (v * noise / (v + noise)) / x0[0].size / noise
    assert eps_error_images(w, x0, eps, abar_t) == pytest.approx(expected, rel=0.3)
    assert v == pytest.approx(x0[0].size * (25 / 127.5) ** 2, rel=0.15)


def test_without_noise_nothing_is_changed_and_with_much_only_the_mean_is_left() -> None:
    w = Wiener(np.full(4, 0.3, np.float32), np.eye(4, dtype=np.float32)[:2], np.ones(2, np.float32), 0.5)
    x = np.random.default_rng(0).random((5, 4)).astype(np.float32)
    np.testing.assert_allclose(w.x0(x, 1 - 1e-9), x, atol=1e-5)
    np.testing.assert_allclose(w.x0(x * np.float32(1e-3), 1e-6), 0.3, atol=0.01)


def test_patches_of_flat_pictures_beat_no_denoising() -> None:
    train, test = _flat(100, 25, 0), _flat(8, 25, 1)
    w = fit_patches(train, np.random.default_rng(0), per_picture=5)
    x0 = test.astype(np.float32) / 127.5 - 1
    eps = np.random.default_rng(2).standard_normal(x0.shape, dtype=np.float32)
    # A patch averages 192 noises, overlapping ones more: far below the error 1 of leaving all noise in the picture.
    assert eps_error_patches(w, x0, eps, 0.5) < 1 / 150
