"""Sharpness and the strength that follows from it, on pictures whose octaves are known."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.estimate.damage import octave_energies, share_of_strength, sharpness
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo


def _checks(square: int, amplitude: float) -> np.ndarray:
    """A chessboard of 256 pixels: all its energy lies in the octave of its squares."""
    y, x = np.mgrid[0:256, 0:256] // square
    return np.asarray(amplitude * np.where((x + y) % 2, 1.0, -1.0), np.float32)


def _picture(amplitudes: dict[int, float]) -> np.ndarray:
    grey = 0.5 + sum(_checks(square, amplitude) for square, amplitude in amplitudes.items())
    return np.repeat(np.asarray(grey, np.float32)[..., None], 3, axis=-1)


def test_a_chessboards_energy_lies_in_its_octave() -> None:
    assert octave_energies(_checks(1, 0.1), 3) == pytest.approx([0.01, 0, 0], abs=1e-6)
    assert octave_energies(_checks(4, 0.1), 3)[2] == pytest.approx(0.01, rel=1e-4)


def test_sharpness_is_the_root_of_the_energies_share_two_octaves_apart() -> None:
    # Fields of 4 pixels are flat to both finer octaves but at their edges, so the finest is taken beside grey there.
    falls = [np.sqrt(octave_energies(_picture({1: a, 4: 0.1})[..., 0] - 0.5, 3)[0] / 0.01) for a in (0.02, 0.05)]
    for amplitude, expected in zip((0.02, 0.05), falls, strict=True):
        assert sharpness(_picture({1: amplitude, 4: 0.1})) == pytest.approx(expected, rel=0.01)
    assert falls[0] < falls[1]


def test_contrast_and_brightness_do_not_change_it() -> None:
    faded = _picture({1: 0.01, 2: 0.02, 4: 0.04}) * 0.5 + 0.3
    assert sharpness(faded) == pytest.approx(sharpness(_picture({1: 0.02, 2: 0.04, 4: 0.08})), rel=0.01)


def test_a_flat_picture_gets_the_whole_strength_and_a_sharp_one_none() -> None:
    assert share_of_strength(np.full((256, 256, 3), 0.5, np.float32)) == 1.0
    assert share_of_strength(_picture({1: 0.1, 2: 0.1, 4: 0.1})) == 0.0


def test_blur_raises_the_strength_step_by_step(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "eval_mixed512"
    faces = [srgb_u8(load_photo(p)).astype(np.float32) / 255 for p in sorted(folder.glob("*.jpg"))[::6]]
    blurred = {s: [cv2.GaussianBlur(f, (0, 0), s) if s else f for f in faces] for s in (0, 1.5, 3, 6)}
    means = [np.mean([sharpness(f) for f in faces_]) for faces_ in blurred.values()]
    assert means == pytest.approx([0.49, 0.28, 0.16, 0.10], rel=0.2)  # the figures the docstring gives
    shares = [np.mean([share_of_strength(f) for f in faces_]) for faces_ in blurred.values()]
    assert shares == sorted(shares)
    assert shares[0] < 0.15
    assert shares[-1] == 1.0
