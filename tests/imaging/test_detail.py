"""Detail is told from damage by its energy against the noise, and by what the candidate shows."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.imaging.detail import detail_noise, kept_detail, shared_structure

GREY = np.full((256, 256), 0.5, np.float32)


def _three(img: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.repeat(img[..., None], 3, axis=2)


def _noise(sigma: float, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, sigma, (256, 256)).astype(np.float32)


@pytest.mark.parametrize("scale", [0.9, 0.5, 0.1])
def test_without_noise_everything_is_kept(scale: float) -> None:
    residual = _noise(0.1)
    residual[:128] = 0  # half of the picture is smooth: what is in the other half is detail
    noise = detail_noise(GREY, residual, scale)
    assert set(noise) == {0.0}
    assert kept_detail(_three(residual), noise, scale) == pytest.approx(_three(residual), abs=1e-5)


@pytest.mark.parametrize("scale", [0.9, 0.25])
def test_noise_is_taken_out_and_an_edge_in_it_stays(scale: float) -> None:
    residual, edge = _noise(8 / 255), np.zeros_like(GREY)
    edge[:, 128:130], edge[:, 130:132] = 0.2, -0.2
    kept = kept_detail(_three(residual + edge), detail_noise(GREY, residual + edge, scale), scale)[..., 0]
    assert np.square(kept[:, :100]).mean() < 0.15 * np.square(residual[:, :100]).mean()
    assert (kept * edge).sum() / np.square(edge).sum() > 0.9


def test_invisible_noise_is_no_damage() -> None:
    assert set(detail_noise(GREY, _noise(0.9 / 255), 0.5)) == {0.0}


def test_clipped_areas_have_no_say() -> None:
    residual = _noise(10 / 255)
    luma_01 = GREY.copy()
    luma_01[:128], residual[:128] = 1.0, 0.0
    assert max(detail_noise(luma_01, residual, 0.9)) > (8 / 255) ** 2
    assert set(detail_noise(np.zeros_like(GREY), residual, 0.25)) == {0.0}


def test_structure_is_shared_with_itself_and_not_with_another() -> None:
    a, b = (0.5 + 0.1 * cv2.GaussianBlur(_noise(8, seed), (0, 0), 1.5) for seed in (1, 2))
    assert shared_structure(a, a).min() == 1
    assert shared_structure(a, b).mean() < 0.1  # unlike in the mean; chance makes some places alike


def test_where_the_candidate_lost_a_scratch_the_photo_is_not_trusted() -> None:
    clean = 0.5 + 0.02 * cv2.GaussianBlur(_noise(8, 1), (0, 0), 1.5)
    scratched = clean.copy()
    scratched[:, 100:102] = 1.0
    trust = shared_structure(clean, scratched)
    assert trust[:, 99:103].mean() < 0.02  # chance makes a few places alike
    assert trust[:, 140:].min() == 1
