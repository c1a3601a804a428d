"""Noise follows the recipe alone: not the batch, not the process, not the rounding of the affine."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import UsageError
from engine.diffusion.noise import CandidateNoise, Part, batch_noise, candidate_seed, check_mix

AFFINE = np.array([[1.25, -0.5, 30.0], [0.5, 1.25, -12.75]])
OTHER = AFFINE + np.array([[0, 0, 200.0], [0, 0, 0]])


def test_the_seed_is_the_same_everywhere() -> None:
    """SHA-256 of "7 3 " and the six little-endian doubles, first eight bytes without the lowest bit; by sha256sum."""
    assert candidate_seed(7, AFFINE, 3) == 3_385_951_761_316_300_645


def test_each_part_of_the_recipe_counts() -> None:
    seeds = [
        candidate_seed(seed, affine, index)
        for seed in (0, 1, -1, 12, 2**70)
        for affine in (AFFINE, OTHER)
        for index in (0, 1, 2, 12)
    ]
    assert len(set(seeds)) == len(seeds)


def test_digits_do_not_slide_between_seed_and_index() -> None:
    assert candidate_seed(1, AFFINE, 23) != candidate_seed(12, AFFINE, 3)


@given(st.integers(), st.integers(0, 1000), st.floats(-1e-9, 1e-9))
def test_rounding_of_the_affine_does_not_count(seed: int, index: int, error: float) -> None:
    expected = candidate_seed(seed, AFFINE, index)
    assert candidate_seed(seed, AFFINE + error, index) == expected
    assert candidate_seed(seed, AFFINE.astype(np.float32), index) == expected
    assert 0 <= expected < 2**63


def test_the_sign_of_zero_does_not_count() -> None:
    upright = np.array([[1.0, 0.0, 5.0], [0.0, 1.0, 5.0]])
    negative = np.array([[1.0, -1e-12, 5.0], [-0.0, 1.0, 5.0]])
    assert candidate_seed(0, upright, 0) == candidate_seed(0, negative, 0)


@pytest.mark.parametrize("affine", [np.eye(3), np.zeros(6), np.full((2, 3), np.nan), np.full((2, 3), np.inf)])
def test_what_is_no_affine_is_refused(affine: np.ndarray) -> None:
    with pytest.raises(ValueError, match="2x3"):
        candidate_seed(0, affine, 0)


def test_noise_is_independent_of_the_batch() -> None:
    """Three draws of one candidate, alone and in two batches at different places, are bit-equal."""

    def draws(batch: list[tuple[np.ndarray, int]], place: int) -> list[torch.Tensor]:
        noise = batch_noise([CandidateNoise(5, affine, index) for affine, index in batch])
        return [noise((len(batch), 3, 16, 16))[place] for _ in range(3)]

    alone = draws([(AFFINE, 1)], 0)
    first = draws([(AFFINE, 1), (OTHER, 1), (AFFINE, 0)], 0)
    last = draws([(OTHER, 0), (AFFINE, 1)], 1)
    assert all(torch.equal(a, b) and torch.equal(a, c) for a, b, c in zip(alone, first, last, strict=True))


def test_faces_candidates_and_draws_share_no_noise() -> None:
    """The correlation of n independent normal pairs has deviation 1/sqrt(n); six deviations are allowed."""
    noise = batch_noise([CandidateNoise(5, AFFINE, 0), CandidateNoise(5, AFFINE, 1), CandidateNoise(5, OTHER, 0)])
    rows = torch.cat([noise((3, 3, 64, 64)), noise((3, 3, 64, 64))]).flatten(1)  # (6, n)
    correlation = torch.corrcoef(rows) - torch.eye(6)
    assert correlation.abs().max() < 6 / rows.shape[1] ** 0.5


def test_noise_is_standard_normal() -> None:
    """Mean has deviation 1/sqrt(n), variance sqrt(2/n); six deviations are allowed. Fixed seed: it cannot flicker."""
    z = CandidateNoise(0, AFFINE, 0).draw((3, 256, 256)).double()
    assert abs(z.mean()) < 6 / z.numel() ** 0.5
    assert abs(z.var() - 1) < 6 * (2 / z.numel()) ** 0.5
    assert CandidateNoise(0, AFFINE, 0).draw((3, 8, 8)).dtype == torch.float32


def test_drawing_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    CandidateNoise(0, AFFINE, 0).draw((3, 8, 8))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_batch_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="batch of 2"):
        batch_noise([CandidateNoise(0, AFFINE, 0)])((2, 3, 8, 8))


LIKE = [Part(0, 1, 0.6), Part(3, 1, 0.5)]


def test_a_mix_is_the_weighted_sum_of_what_the_others_draw() -> None:
    """z = 0.6 z_1 + 0.5 z_2 + sqrt(1 - 0.36 - 0.25) z_new, in every draw."""
    mixed, first, second, new = (
        CandidateNoise(0, AFFINE, 7, LIKE),
        CandidateNoise(0, AFFINE, 1),
        CandidateNoise(3, AFFINE, 1),
        CandidateNoise(0, AFFINE, 7),
    )
    for _ in range(3):
        z, z1, z2, z3 = (noise.draw((3, 8, 8)) for noise in (mixed, first, second, new))
        torch.testing.assert_close(z, 0.6 * z1 + 0.5 * z2 + 0.39**0.5 * z3)


def test_a_mix_is_standard_normal_and_as_like_as_its_weight() -> None:
    """Variance and correlation have deviations of at most sqrt(2/n); six are allowed."""
    z, other = (
        CandidateNoise(0, AFFINE, 7, LIKE).draw((3, 256, 256)).double().flatten(),
        CandidateNoise(0, AFFINE, 1).draw((3, 256, 256)).double().flatten(),
    )
    allowed = 6 * (2 / len(z)) ** 0.5
    assert abs(z.mean()) < allowed
    assert abs(z.var() - 1) < allowed
    assert abs(torch.corrcoef(torch.stack([z, other]))[0, 1] - 0.6) < allowed


def test_full_weight_is_the_other_candidate_itself() -> None:
    z = CandidateNoise(0, AFFINE, 7, [Part(0, 1, 1.0)]).draw((3, 8, 8))
    torch.testing.assert_close(z, CandidateNoise(0, AFFINE, 1).draw((3, 8, 8)))


@pytest.mark.parametrize(
    "like",
    [
        [Part(0, 1, -0.5)],
        [Part(0, 1, 0.8), Part(0, 2, 0.7)],
        [Part(0, 1, float("nan"))],
        [Part(0, 1, 0.5), Part(0, 1, 0.5)],
        [Part(0, 8, 0.5)],
        [Part(0, -1, 0.5)],
    ],
    ids=["negative", "too much", "no number", "twice", "itself", "no candidate"],
)
def test_a_mix_that_is_no_unit_noise_is_refused(like: list[Part]) -> None:
    with pytest.raises(UsageError):
        check_mix(0, range(5, 9), like)
