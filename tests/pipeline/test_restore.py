"""From options and an estimate to candidates, with toy networks: defaults, limits, noise, the best one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.base.context import Context
from engine.base.errors import Cancelled, NotFinite, UsageError
from engine.models.load import Defaults, LoadedPair, Record
from engine.pipeline.restore import fit_strength, make_plan, nearest_to_mean, sample_candidates
from engine.pipeline.state import ComputeState
from engine.protocol import NoisePart, RestoreOptions

AFFINE = np.array([[1.5, 0.1, -30.0], [-0.1, 1.5, 12.0]])


class ToyPrior(nn.Module):
    """Says that all of x_t is noise, and counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.timesteps: list[int] = []

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        self.timesteps.append(int(t[0]))
        return torch.cat([0.3 * x_t, torch.zeros_like(x_t)], dim=1)


def _pair(**changes: Any) -> LoadedPair:
    record = Record("toy", "0" * 64)
    values = {
        "id": "toy",
        "estimator": nn.Identity(),
        "prior": ToyPrior(),
        "size_px": 16,
        "inpainting": False,
        "defaults": Defaults(0.2, 0.5, 20),
        "max_start_step": 500,
        "records": (record, record),
    }
    return LoadedPair(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def state_with(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ComputeState]:
    def make(**changes: Any) -> ComputeState:
        state = ComputeState("cpu")
        pair = _pair(**changes)
        monkeypatch.setattr(state, "pair", lambda model: pair)
        return state

    return make


ESTIMATE = torch.full((1, 3, 16, 16), 0.6)


def _candidates(state: ComputeState, context: Context | None = None, **options: Any) -> list[np.ndarray]:
    plan = make_plan(RestoreOptions(model="toy", precision="fp32", **options), state)
    return [picture for _, picture in sample_candidates(ESTIMATE, AFFINE, 0, plan, state, context or Context())]


def test_the_models_defaults_are_used(state_with: Callable[..., ComputeState]) -> None:
    plan = make_plan(RestoreOptions(), state_with())
    assert (plan.start_step, plan.grid.steps, plan.eta) == (200, 20, 0.5)


def test_another_strength_keeps_the_spacing_of_the_calls(state_with: Callable[..., ComputeState]) -> None:
    assert make_plan(RestoreOptions(strength=0.4), state_with()).grid.steps == 40
    assert make_plan(RestoreOptions(strength=0.001), state_with()).grid.steps == 1
    assert make_plan(RestoreOptions(strength=0.4), state_with(defaults=Defaults(0.0, 0.5, 1))).grid.steps == 400


@pytest.mark.parametrize(
    ("options", "pair", "sentence"),
    [
        ({"strength": 7.0}, {}, "between 0 and 1"),
        ({"strength": 0.6}, {}, "at most 0.5"),
        ({"strength": 0.2, "steps": 300}, {}, "between 1 and 200"),
        ({"sampler": "magic"}, {}, "no sampler 'magic'"),
        ({"candidates": 0}, {}, "at least 1"),
        ({"seed": -1}, {}, "seed"),
        ({"first_index": -1}, {}, "numbered from 0"),
        ({"like": (NoisePart(0, 9, 1.1),)}, {}, "at most 1"),
        ({"like": (NoisePart(0, 3, 0.5),)}, {}, "other candidates only"),
        ({"strength": 0.1}, {"prior": None, "max_start_step": 0}, "without a prior"),
        ({}, {"inpainting": True}, "fills holes"),
    ],
)
def test_what_the_model_cannot_do_is_one_sentence(
    state_with: Callable[..., ComputeState], options: dict[str, Any], pair: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        make_plan(RestoreOptions(**options), state_with(**pair))


def test_strength_0_is_the_estimate_alone(state_with: Callable[..., ComputeState]) -> None:
    prior = ToyPrior()
    (picture,) = _candidates(state_with(prior=prior), strength=0.0)
    assert prior.timesteps == []
    np.testing.assert_allclose(picture, 0.6, atol=1e-6)


def test_the_published_default_calls_the_published_timesteps(state_with: Callable[..., ComputeState]) -> None:
    prior = ToyPrior()
    _candidates(state_with(prior=prior), strength=0.4, steps=100, candidates=1)
    assert prior.timesteps == list(range(396, -1, -4))


def test_a_candidate_does_not_depend_on_how_many_there_are(state_with: Callable[..., ComputeState]) -> None:
    few, many = (_candidates(state_with(), candidates=n) for n in (2, 5))
    for a, b in zip(few, many, strict=False):
        np.testing.assert_array_equal(a, b)
    assert len(many) == 5
    assert all(np.abs(a - b).max() > 0.01 for n, a in enumerate(many) for b in many[:n])


@pytest.mark.parametrize("width", [1, 4])
def test_later_candidates_are_those_of_one_long_job(
    state_with: Callable[..., ComputeState], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(ComputeState, "batch_width", width)

    def made(first: int, count: int) -> dict[int, np.ndarray]:
        options = RestoreOptions(model="toy", precision="fp32", first_index=first, candidates=count)
        plan = make_plan(options, state_with())
        return dict(sample_candidates(ESTIMATE, AFFINE, 0, plan, state_with(), Context()))

    at_once = made(0, 7)
    assert list(at_once) == list(range(7))
    for first, count in ((0, 2), (2, 1), (3, 4), (6, 1)):
        later = made(first, count)
        assert list(later) == list(range(first, first + count))
        for index, picture in later.items():
            np.testing.assert_array_equal(picture, at_once[index])


def test_a_candidate_that_shall_resemble_another_lies_nearer_to_it(state_with: Callable[..., ComputeState]) -> None:
    (liked,) = _candidates(state_with(), candidates=1)
    distances = []
    for weight in (0.0, 0.5, 0.9, 1.0):
        like = (NoisePart(0, 0, weight),)
        (picture,) = _candidates(state_with(), candidates=1, first_index=5, like=like)
        distances.append(float(np.abs(picture - liked).mean()))
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 1e-6
    (plain,) = _candidates(state_with(), candidates=1, first_index=5)
    (without,) = _candidates(state_with(), candidates=1, first_index=5, like=(NoisePart(0, 0, 0.0),))
    np.testing.assert_array_equal(plain, without)


def test_at_strength_0_number_and_resemblance_change_nothing(state_with: Callable[..., ComputeState]) -> None:
    options = RestoreOptions(strength=0.0, precision="fp32", first_index=5, like=(NoisePart(0, 0, 0.5),))
    plan = make_plan(options, state_with())
    ((index, picture),) = sample_candidates(ESTIMATE, AFFINE, 0, plan, state_with(), Context())
    assert index == 0
    np.testing.assert_allclose(picture, 0.6, atol=1e-6)


def test_seed_and_face_change_the_noise(state_with: Callable[..., ComputeState]) -> None:
    base = _candidates(state_with(), candidates=1)[0]
    np.testing.assert_array_equal(base, _candidates(state_with(), candidates=1)[0])
    assert np.abs(base - _candidates(state_with(), candidates=1, seed=1)[0]).max() > 0.01
    plan = make_plan(RestoreOptions(model="toy", precision="fp32", candidates=1), state_with())
    ((_, elsewhere),) = sample_candidates(ESTIMATE, AFFINE + 1, 0, plan, state_with(), Context())
    assert np.abs(base - elsewhere).max() > 0.01


def test_progress_rises_to_1_and_previews_name_their_candidate(state_with: Callable[..., ComputeState]) -> None:
    fractions: list[float] = []
    previews: list[tuple[int, int, np.ndarray]] = []
    context = Context(lambda stage, fraction: fractions.append(fraction), previews.append)
    _candidates(state_with(), context, candidates=2)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {(face, index) for face, index, _ in previews} == {(0, 0), (0, 1)}
    assert previews[0][2].shape == (16, 16, 3)
    assert previews[0][2].dtype == np.uint8


def test_cancelling_stops_between_two_calls(state_with: Callable[..., ComputeState]) -> None:
    prior = ToyPrior()
    with pytest.raises(Cancelled):
        _candidates(state_with(prior=prior), Context(cancelled=lambda: len(prior.timesteps) >= 3))
    assert len(prior.timesteps) == 3


def test_the_best_is_nearest_to_the_mean_and_the_first_of_equals() -> None:
    flat = [np.full((2, 2, 3), v, np.float32) for v in (0.0, 0.4, 1.0)]  # mean 0.467
    assert nearest_to_mean(flat) == 1
    assert nearest_to_mean([flat[0], flat[2]]) == 0


def _face(sigma: float) -> Tensor:
    """A picture with a portrait's fall of energy from octave to octave, blurred."""
    rng = np.random.default_rng(0)
    picture = np.full((256, 256, 3), 0.5, np.float32)
    for side, amount in ((256, 0.018), (128, 0.035), (64, 0.07), (32, 0.1)):
        noise = rng.standard_normal((side, side, 1)).astype(np.float32).repeat(3, axis=2)
        picture += amount * cv2.resize(noise, (256, 256), interpolation=cv2.INTER_NEAREST)
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma) if sigma else picture
    return torch.from_numpy(blurred).permute(2, 0, 1)[None]


def test_automatic_strength_rises_with_what_was_lost(state_with: Callable[..., ComputeState]) -> None:
    plan = make_plan(RestoreOptions(), state_with())
    fitted = [fit_strength(plan, _face(sigma)) for sigma in (0, 0.5, 0.8, 1.2, 5)]
    starts = [f.start_step for f in fitted]
    assert starts == sorted(starts)
    assert starts[0] < 20
    assert starts[-1] == 200
    for f in fitted:  # ten timesteps a call, as the defaults say
        assert f.grid.steps == pytest.approx(f.start_step / 10, abs=1)


def test_a_strength_that_was_asked_for_is_used(state_with: Callable[..., ComputeState]) -> None:
    plan = make_plan(RestoreOptions(strength=0.2), state_with())
    assert fit_strength(plan, _face(0)).start_step == 200


class _Overflown(nn.Module):
    """A prior whose numbers have run over, as half precision on some devices lets them."""

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        return torch.full_like(x_t, torch.nan)


def test_a_picture_that_is_not_finite_is_no_candidate(state_with: Callable[..., ComputeState]) -> None:
    """It would be a black face in the photo."""
    with pytest.raises(NotFinite):
        _candidates(state_with(prior=_Overflown()), strength=0.1, candidates=1)
