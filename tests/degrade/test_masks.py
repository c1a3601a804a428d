"""The published inpainting test's masks: their kinds, order and mean holes."""

from __future__ import annotations

import numpy as np
import pytest

from engine.degrade.masks import MASKS_PER_KIND, Mask, MaskKind, inpainting_masks

Masks = list[tuple[MaskKind, Mask]]


@pytest.fixture(scope="module")
def masks() -> Masks:
    return list(inpainting_masks())


def test_there_are_500_of_each_kind_in_the_published_order(masks: Masks) -> None:
    assert [kind for kind, _ in masks[::MASKS_PER_KIND]] == ["box", "irregular", "expand", "half"]
    assert len(masks) == 2000
    assert all(m.shape == (256, 256) and m.dtype == bool for _, m in masks)


@pytest.mark.parametrize(("kind", "hole"), [("box", 0.257), ("irregular", 0.461), ("expand", 0.75), ("half", 0.5)])
def test_the_mean_hole_is_the_published_one(masks: Masks, kind: str, hole: float) -> None:
    assert np.mean([m.mean() for k, m in masks if k == kind]) == pytest.approx(hole, abs=0.0005)


def test_boxes_keep_clear_of_the_borders_and_both_halves_occur(masks: Masks) -> None:
    assert not any(m[:10].any() or m[246:].any() or m[:, :10].any() or m[:, 246:].any() for _, m in masks[:500])
    halves = [m for kind, m in masks if kind == "half"]
    lower = [bool(m[-1, 0]) for m in halves]
    assert 0.4 < np.mean(lower) < 0.6
    assert all(m[-1, -1] and not m[0, 0] for m in halves)


def test_a_run_again_gives_the_same_masks(masks: Masks) -> None:
    for (_, one), (_, two) in zip(inpainting_masks(), masks[:700], strict=False):
        np.testing.assert_array_equal(one, two)
