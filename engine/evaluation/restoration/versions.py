"""The versions of a face that a model makes: its estimate alone, and candidates by each choice of N, eta and steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from engine.base.context import Context
from engine.base.errors import UsageError
from engine.estimate.estimator import estimate
from engine.evaluation.metrics import Picture
from engine.evaluation.restoration.cases import Damaged, to_side
from engine.evaluation.restoration.rows import Choice
from engine.evaluation.restoration.times import Times
from engine.models.load import AtItsSize
from engine.pipeline.restore import Plan, fit_strength, make_plan, sample_candidates
from engine.pipeline.state import ComputeState
from engine.protocol import RestoreOptions


class ModelVersions:
    """One model, loaded, with a plan for each choice; `unavailable` says why it cannot do some of them."""

    def __init__(
        self, model: str, choices: Sequence[Choice], candidates: int, state: ComputeState, times: Times
    ) -> None:
        self.model, self.state, self.times = model, state, times
        self.pair = state.pair(model)
        self.plans: dict[Choice, Plan] = {}
        self.unavailable: dict[Choice, str] = {}
        for choice in choices if self.pair.prior else ():
            try:
                self.plans[choice] = make_plan(_options(model, choice, candidates), state)
            except UsageError as error:
                self.unavailable[choice] = str(error)


class FaceVersions:
    """One damaged face seen by one model; the estimate is made once for all choices.

    Pictures are (S, S, 3) in [0, 1] at the network's own size.
    """

    def __init__(self, by: ModelVersions, damaged: Damaged, number: int, scale: int) -> None:
        self.model = by.model
        self._by, self._damaged = by, damaged
        # The affine only seeds the noise: each face gets its own.
        self._affine = np.array([[1.0, 0.0, number], [0.0, 1.0, scale]])
        estimator = by.pair.estimator
        self._own_px = estimator.size_px if isinstance(estimator, AtItsSize) else by.pair.size_px

    def estimate(self) -> Picture:
        """What the estimator says alone, shown the face at the size it was made for."""
        return np.asarray(self._estimate[0].permute(1, 2, 0).cpu().numpy())

    def candidates(self, choice: Choice) -> list[Picture]:
        """One where the automatic strength finds nothing lost, else as many as the plan wants."""
        by = self._by
        with by.times.of(f"{by.model} candidates"):
            x0_est = self._start
            plan = fit_strength(by.plans[choice], x0_est)
            return [picture for _, picture in sample_candidates(x0_est, self._affine, 0, plan, by.state, Context())]

    @cached_property
    def _estimate(self) -> Tensor:
        return self._estimate_at(self._own_px)

    @cached_property
    def _start(self) -> Tensor:
        """The estimate at the prior's size, where sampling starts, as in the program."""
        size_px = self._by.pair.size_px
        return self._estimate if self._own_px == size_px else self._estimate_at(size_px)

    def _estimate_at(self, side_px: int) -> Tensor:
        by = self._by
        y_01 = torch.from_numpy(to_side(self._damaged.full, side_px)).permute(2, 0, 1)[None].to(by.state.device)
        with by.times.of(f"{by.model} estimate"), by.state.autocast(by.state.precision("auto")):
            return estimate(by.pair.estimator, y_01)


def _options(model: str, choice: Choice, candidates: int) -> RestoreOptions:
    strength = None if choice.start_step is None else choice.start_step / 1000
    return RestoreOptions(model=model, strength=strength, eta=choice.eta, steps=choice.steps, candidates=candidates)
