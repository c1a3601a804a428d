"""Schedule tables and the invariants of every grid."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import UsageError
from engine.diffusion.schedule import (
    Grid,
    T,
    abar_at_start,
    abar_table,
    ddim_subset,
    grid_of,
    make_grid,
    released_grid,
    start_step_from_strength,
    strength_from_start_step,
)


@st.composite
def starts_and_steps(draw: st.DrawFn) -> tuple[int, int]:
    start_step = draw(st.integers(1, T))
    return start_step, draw(st.integers(1, start_step))


def assert_well_formed(grid: Grid) -> None:
    assert all(t > t_prev for t, t_prev in pairwise(grid.timesteps))
    assert grid.abar == tuple(abar_table()[list(grid.timesteps)])
    assert grid.abar_prev == (*grid.abar[1:], 1.0)
    assert grid.start_abar == abar_table()[grid.start_timestep]


def test_table_is_float64_and_read_only() -> None:
    abar = abar_table()
    assert abar.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        abar[0] = 1.0


def test_published_values() -> None:
    """The three values printed with the published method."""
    for t, published in ((396, 0.19992), (400, 0.19357), (480, 0.09487)):
        assert abar_table()[t] == pytest.approx(published, abs=5e-6)
        assert abar_at_start(t) == abar_table()[t]


@pytest.mark.parametrize(("start_step", "steps"), [(400, 100), (480, 120)])
def test_released_grids(start_step: int, steps: int) -> None:
    """The estimate is diffused at N, the first call is four timesteps later in the run, the last is at 0."""
    grid = make_grid(start_step, steps)
    assert grid == released_grid(steps)
    assert grid.timesteps == tuple(range(start_step - 4, -1, -4))
    assert grid.steps == steps
    assert grid.start_timestep == start_step
    assert grid.start_abar == abar_table()[start_step] != grid.abar[0]
    assert_well_formed(grid)


def test_released_grid_is_the_default() -> None:
    assert released_grid() == released_grid(100, "ddim250") == make_grid(400, 100)


@pytest.mark.parametrize("name", ["ddim1000", "ddim500", "ddim250", "ddim100", "ddim50", "ddim10"])
def test_any_subset_makes_a_grid(name: str) -> None:
    kept = ddim_subset(name)
    count = int(name.removeprefix("ddim"))
    assert len(kept) == count
    assert len({after - before for before, after in pairwise(kept)}) == 1
    grid = released_grid(count - 1, name)
    assert grid.steps == count - 1
    assert grid.timesteps == kept[-2::-1]
    assert grid.start_timestep == kept[-1]
    assert_well_formed(grid)


@pytest.mark.parametrize("name", ["ddim", "ddim0", "ddim300", "ddim1001", "250", "ddim250 ", "DDIM250"])
def test_subsets_that_are_none(name: str) -> None:
    with pytest.raises(UsageError):
        ddim_subset(name)


@pytest.mark.parametrize("index", [0, -1, 250])
def test_start_index_outside_the_subset(index: int) -> None:
    with pytest.raises(UsageError, match="between 1 and 249"):
        released_grid(index)


@given(starts_and_steps())
def test_invariants_of_every_grid(start_and_steps: tuple[int, int]) -> None:
    start_step, steps = start_and_steps
    grid = make_grid(start_step, steps)
    assert grid.steps == steps
    assert_well_formed(grid)
    if start_and_steps not in {(400, 100), (480, 120)}:
        assert grid.timesteps[0] == grid.start_timestep == min(start_step, T - 1)
    # Evenly spaced: rounding to whole timesteps makes two gaps differ by one at most, the one to the end included.
    gaps = [t - t_prev for t, t_prev in pairwise((grid.start_timestep, *grid.timesteps, 0)) if t != t_prev]
    assert max(gaps) - min(gaps) <= 1


def test_every_step_of_the_longest_chain() -> None:
    assert make_grid(T, T).timesteps == tuple(range(T - 1, -1, -1))
    assert make_grid(7, 7).timesteps == (7, 6, 5, 4, 3, 2, 1)
    assert make_grid(400, 4).timesteps == (400, 300, 200, 100)
    assert make_grid(400, 1).timesteps == (400,)


@pytest.mark.parametrize("steps", [0, 1, 100])
def test_start_step_0_is_the_estimate_alone(steps: int) -> None:
    grid = make_grid(0, steps)
    assert grid == Grid((), (), (), 0, 1.0)
    assert grid.steps == 0
    assert abar_at_start(0) == grid.start_abar


@pytest.mark.parametrize(("start_step", "steps"), [(400, 0), (400, 401), (1, 2), (400, -1), (-1, 1), (1001, 10)])
def test_steps_and_start_outside_their_range(start_step: int, steps: int) -> None:
    with pytest.raises(UsageError):
        make_grid(start_step, steps)


@pytest.mark.parametrize(
    ("timesteps", "start"), [((4, 8), None), ((4, 4), None), ((4, -1), None), ((1000, 4), None), ((8, 4), 7), ((8,), T)]
)
def test_timesteps_out_of_order_or_range(timesteps: tuple[int, ...], start: int | None) -> None:
    with pytest.raises(ValueError, match="do not descend"):
        grid_of(timesteps, start)


@given(st.integers(0, T))
def test_strength_and_start_step_are_inverse(start_step: int) -> None:
    assert start_step_from_strength(strength_from_start_step(start_step)) == start_step


@given(st.floats(0, 1))
def test_start_step_is_the_nearest(strength: float) -> None:
    assert abs(start_step_from_strength(strength) - T * strength) <= 0.5


@given(st.floats().filter(lambda strength: not 0 <= strength <= 1))
def test_strength_outside_its_range(strength: float) -> None:
    with pytest.raises(UsageError, match="between 0 and 1") as refusal:
        start_step_from_strength(strength)
    assert str(refusal.value).endswith(f"not {strength}.")


def test_nan_is_no_strength() -> None:
    with pytest.raises(UsageError):
        start_step_from_strength(math.nan)
