"""The closed form of the start's KL divergence against numeric integration and sampling."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import UsageError
from engine.diffusion.contraction import expected_start_kl, kappa, start_kl, start_step_for
from engine.diffusion.schedule import T, abar_at_start


def log_normal(x: np.ndarray, mean: float | np.ndarray, variance: float) -> np.ndarray:
    return -0.5 * (x - mean) ** 2 / variance - 0.5 * math.log(2 * math.pi * variance)


@pytest.mark.parametrize("start_step", [1, 100, 400, 480, 999])
@pytest.mark.parametrize("error", [0.01, -0.2, 0.7])
def test_kl_equals_numeric_integration(start_step: int, error: float) -> None:
    """One value: the integral of p (log p - log q) over 12 deviations; for so smooth a function the sum is exact."""
    abar, x0 = abar_at_start(start_step), 0.3
    mean_p, mean_q, variance = math.sqrt(abar) * (x0 - error), math.sqrt(abar) * x0, 1 - abar
    x = mean_p + np.sqrt(variance) * np.linspace(-12, 12, 4001)
    log_p = log_normal(x, mean_p, variance)
    integral = np.sum(np.exp(log_p) * (log_p - log_normal(x, mean_q, variance))) * (x[1] - x[0])
    assert start_kl(abar, error**2) == pytest.approx(integral, rel=1e-9)


def test_kl_equals_monte_carlo_in_many_dimensions() -> None:
    """Mean of log p - log q over samples of p; its variance is 2 KL, so the estimate's deviation is sqrt(2 KL / n)."""
    rng = np.random.default_rng(0)
    dimension, n, abar = 12, 50_000, abar_at_start(400)
    x0, e = rng.uniform(-1, 1, dimension), rng.normal(0, 0.3, dimension)
    mean_p, mean_q = math.sqrt(abar) * (x0 - e), math.sqrt(abar) * x0
    x = mean_p + math.sqrt(1 - abar) * rng.standard_normal((n, dimension))
    ratio = (log_normal(x, mean_p, 1 - abar) - log_normal(x, mean_q, 1 - abar)).sum(axis=1)
    kl = start_kl(abar, float(e @ e))
    assert abs(ratio.mean() - kl) < 5 * math.sqrt(2 * kl / n)


def test_expected_kl_is_the_mean_over_errors() -> None:
    """With e ~ N(0, mse I), |e|^2 is mse times chi-square: mean d, variance 2 d."""
    rng = np.random.default_rng(1)
    mse, dimension, n, abar = 0.02, 48, 20_000, abar_at_start(250)
    squared = (math.sqrt(mse) * rng.standard_normal((n, dimension))) ** 2
    mean = np.mean([start_kl(abar, s) for s in squared.sum(axis=1)])
    deviation = kappa(abar) / 2 * mse * math.sqrt(2 * dimension / n)
    assert abs(mean - expected_start_kl(abar, mse, dimension)) < 5 * deviation


def test_published_default() -> None:
    """At N = 400 abar is 0.19357 (published table), so kappa is 0.19357 / 0.80643."""
    assert kappa(abar_at_start(400)) == pytest.approx(0.19357 / 0.80643, rel=1e-4)


def test_no_noise_contracts_nothing() -> None:
    assert abar_at_start(0) == 1.0
    assert start_kl(1.0, 1e-9) == math.inf
    assert start_kl(1.0, 0.0) == 0.0


def test_kl_falls_with_the_start_step() -> None:
    kls = [start_kl(abar_at_start(n), 1.0) for n in range(T)]
    assert all(a > b for a, b in pairwise(kls))


@given(st.floats(1e-6, 1.0), st.integers(1, 3 * 512 * 512), st.floats(0.1, 1e6))
def test_start_step_is_the_smallest_that_is_low_enough(mse: float, dimension: int, max_kl: float) -> None:
    try:
        start_step = start_step_for(mse, dimension, max_kl)
    except UsageError:
        assert expected_start_kl(abar_at_start(T - 1), mse, dimension) > max_kl
        return
    assert expected_start_kl(abar_at_start(start_step), mse, dimension) <= max_kl
    assert start_step > 0
    assert expected_start_kl(abar_at_start(start_step - 1), mse, dimension) > max_kl


def test_a_perfect_estimate_needs_no_diffusion() -> None:
    assert start_step_for(0.0, 3 * 512 * 512, 0.0) == 0
