"""The noise schedule of the prior and the grids of timesteps on which it is called.

Glossary, used in all of `engine.diffusion` (images in [-1, 1], "pm1"):

==============  ======================================================================================
T               1000 timesteps of training, numbered 0 .. 999 ("original timesteps")
beta_t          variance added at timestep t; linear from 1e-4 to 0.02
abar_t          prod_{i<=t} (1 - beta_i): the share of the clean picture's variance left at t
abar_prev       abar of the timestep the state moves to; 1 (the clean picture) after the last call
kappa_t         abar_t / (1 - abar_t): signal-to-noise ratio
x_t             the state at t: sqrt(abar_t) x0 + sqrt(1 - abar_t) z with z ~ N(0, 1)
eps_hat         the network's guess of z from (x_t, t)
x0_hat          the guess of the clean picture that goes with it
x0_est          the estimator's picture f(y), where sampling starts
y               the damaged picture; in inpainting its known pixels
m               inpainting mask: 1 = hole, 0 = known
sigma           standard deviation of the fresh noise of one DDIM step
eta             how random DDIM is, in [0, 1]: 0 = deterministic, 1 = as random as ancestral sampling
N               start step: the timestep at which the estimate is diffused; strength = N / T
==============  ======================================================================================

Sources: Ho et al. 2020 (schedule), Nichol and Dhariwal 2021 (subsets), Song et al. 2021 (DDIM),
Yue and Loy 2024 (DifFace: sampling from the diffused estimate).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.base.errors import UsageError

T = 1000
"""Timesteps of the schedule every prior is trained with."""

_RELEASED = {(400, 100), (480, 120)}
"""(N, steps) of the published defaults: restoration and inpainting, both on "ddim250"."""


@cache
def abar_table() -> NDArray[np.float64]:
    """abar_t for t = 0 .. T-1 in float64, read-only."""
    abar = np.cumprod(1.0 - np.linspace(1e-4, 0.02, T), dtype=np.float64)
    abar.setflags(write=False)
    return abar


def abar_at_start(start_step: int) -> float:
    """abar_N for a start step N in 0 .. T: 1 at 0 (no noise), and T is the last timestep there is, T - 1."""
    _check_start_step(start_step)
    return float(abar_table()[min(start_step, T - 1)]) if start_step else 1.0


@dataclass(frozen=True)
class Grid:
    """The prior calls of one sampling run, in the order they are made.

    `timesteps` are the original timesteps given to the network, strictly descending; `abar` belongs to each call,
    `abar_prev` to the state after it. The estimate is diffused with `start_abar`, that of timestep
    `start_timestep`; both are those of the first call except on the released grids, which begin one call later.
    An empty grid (start_timestep 0, start_abar 1) means the estimate alone.
    """

    timesteps: tuple[int, ...]
    abar: tuple[float, ...]
    abar_prev: tuple[float, ...]
    start_timestep: int
    start_abar: float

    @property
    def steps(self) -> int:
        """How often the prior is called."""
        return len(self.timesteps)


def grid_of(timesteps: Sequence[int], start_timestep: int | None = None) -> Grid:
    """The grid that calls the prior at these original timesteps and ends at the clean picture.

    `timesteps` are strictly descending within 0 .. T-1. The estimate is diffused to `start_timestep`, by default
    the first of them. Raises ValueError for timesteps out of order or range.
    """
    timesteps = tuple(int(t) for t in timesteps)
    if not timesteps:
        return Grid((), (), (), 0, 1.0)
    start = timesteps[0] if start_timestep is None else start_timestep
    descending = all(t > t_prev for t, t_prev in pairwise(timesteps))
    if not descending or timesteps[-1] < 0 or not timesteps[0] <= start < T:
        raise ValueError(f"timesteps {timesteps} from {start} do not descend within 0 .. {T - 1}")
    abar = tuple(float(abar_table()[t]) for t in timesteps)
    return Grid(timesteps, abar, (*abar[1:], 1.0), start, float(abar_table()[start]))


def make_grid(start_step: int, steps: int) -> Grid:
    """The grid of `steps` prior calls, evenly spaced from N = `start_step` in 0 .. T down to the clean picture.

    The first call is at N (at T - 1 for N = T), which is also where the estimate is diffused to; call i is at
    N (steps - i) / steps, rounded down. N = 400 with 100 steps and N = 480 with 120 are the released grids instead
    (`released_grid`), whose calls are four timesteps lower. N = 0 means the estimate alone, whatever `steps`.
    Raises UsageError unless 1 <= steps <= N.
    """
    _check_start_step(start_step)
    if start_step == 0:
        return grid_of(())
    if not 1 <= steps <= start_step:
        raise UsageError(detail=f"The number of steps must be between 1 and {start_step} here, not {steps}.")
    if (start_step, steps) in _RELEASED:
        return released_grid(steps)
    first = min(start_step, T - 1)
    return grid_of([first * left // steps for left in range(steps, 0, -1)])


def released_grid(index_start: int = 100, subset: str = "ddim250") -> Grid:
    """The grid of the released code, which starts at an index of a subset of timesteps.

    The estimate is diffused to the timestep at `index_start`, but the first call is already at the one below, so
    that there are exactly `index_start` calls: with the defaults 400, then 396, 392, ..., 0. Raises UsageError for
    an unknown subset or an index outside 1 .. its length - 1.
    """
    kept = ddim_subset(subset)
    if not 1 <= index_start < len(kept):
        raise UsageError(detail=f"The start index must be between 1 and {len(kept) - 1} here, not {index_start}.")
    return grid_of(kept[index_start - 1 :: -1], start_timestep=kept[index_start])


def ddim_subset(name: str) -> tuple[int, ...]:
    """The original timesteps kept by "ddimK", ascending from 0: the whole-number stride that keeps exactly K of T.

    Raises UsageError for another name and where no stride keeps K.
    """
    match = re.fullmatch(r"ddim(\d+)", name)
    if match is None:
        raise UsageError(detail=f"There is no timestep subset {name!r}; use ddim and a number, as in ddim250.")
    for stride in range(1, T + 1):
        kept = range(0, T, stride)
        if len(kept) == int(match[1]):
            return tuple(kept)
    raise UsageError(detail=f"No even spacing keeps exactly {match[1]} of {T} timesteps; try ddim250 or ddim100.")


def start_step_from_strength(strength: float) -> int:
    """N = round(T * strength) for a strength in [0, 1]; raises UsageError outside."""
    if not 0.0 <= strength <= 1.0:  # refuses NaN too
        raise UsageError(detail=f"The strength must be between 0 and 1, not {strength}.")
    return round(T * strength)


def strength_from_start_step(start_step: int) -> float:
    """The strength N / T in [0, 1] of a start step N in 0 .. T; raises UsageError outside."""
    _check_start_step(start_step)
    return start_step / T


def _check_start_step(start_step: int) -> None:
    if not 0 <= start_step <= T:
        raise UsageError(detail=f"The start step must be between 0 and {T}, not {start_step}.")
