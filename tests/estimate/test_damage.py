"""What is missing from an estimate, measured on pictures whose octaves are known."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.estimate.damage import CLEAN_CONTRAST, CLEAN_ENERGY, HEAVY, _octaves, missing_energy
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo


def _checks(side: int, square: int, amplitude: float) -> np.ndarray:
    """A chessboard: all its energy lies in the octave of its squares."""
    y, x = np.mgrid[0:side, 0:side] // square
    return np.asarray(0.5 + amplitude * np.where((x + y) % 2, 1.0, -1.0), np.float32)


def test_a_chessboards_energy_lies_in_its_octave() -> None:
    energies = _octaves(_checks(256, 1, 0.1), 4)
    assert energies[0] == pytest.approx(0.01, rel=1e-4)
    assert energies[1:] == pytest.approx([0, 0, 0], abs=1e-8)
    coarse = _octaves(_checks(256, 4, 0.1), 4)
    assert coarse[2] == pytest.approx(0.01, rel=1e-4)
    assert coarse[3] == pytest.approx(0, abs=1e-8)


def test_everything_is_missing_from_coarse_contrast_alone() -> None:
    # Squares of 32 pixels are the octave of contrast; blurred, they have next to nothing in the finest ones.
    grey = cv2.GaussianBlur(_checks(256, 32, 3 * float(np.sqrt(CLEAN_CONTRAST))), (0, 0), 8)
    missing = missing_energy(np.repeat(grey[..., None], 3, axis=-1))
    assert missing == pytest.approx(sum(CLEAN_ENERGY), rel=0.1)


def test_nothing_is_missing_from_a_picture_full_of_detail() -> None:
    grey = sum(_checks(256, square, 0.1) for square in (1, 2, 4)) / 3
    assert missing_energy(np.repeat(grey[..., None], 3, axis=-1)) == pytest.approx(
        0.25 * sum(max(0.0, clean - 4 * 0.01 / 9) for clean in CLEAN_ENERGY)  # no contrast: a quarter is expected
    )


def test_blur_takes_energy_step_by_step(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "eval_mixed512"
    faces = [srgb_u8(load_photo(p)).astype(np.float32) / 255 for p in sorted(folder.glob("*.jpg"))[::6]]
    means = [
        np.mean([missing_energy(cv2.GaussianBlur(face, (0, 0), sigma) if sigma else face) for face in faces])
        for sigma in (0, 1.5, 3, 6, 12)
    ]
    assert means == sorted(means)
    assert means[0] < HEAVY / 5  # a clean face lacks next to nothing, a quarter of the resolution what HEAVY says
    assert means[-1] > HEAVY / 2
