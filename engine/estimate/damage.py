"""How much of a face is missing from its estimate: the basis of the automatic strength.

A mean estimate f(y) holds what the damaged face still tells and nothing else, so that the energy it lacks beside a
clean face is the expected squared error of the estimate: E|x0|^2 = E|f(y)|^2 + E|x0 - f(y)|^2 for a conditional mean.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 256
CLEAN_ENERGY = (9.1e-4, 1.84e-3, 3.76e-3)
"""Mean square of the luma in [0, 1] in octaves from the finest (256 to 128 pixels) on, of clean, sharp portraits."""
CLEAN_CONTRAST = 1.16e-2
"""The same for the octave from 8 to 4 pixels, which hardly any damage takes: a face's own contrast."""
CONTRAST_OCTAVE = 5
HEAVY = 3.5e-3
"""Lower quartile of faces damaged as CelebA-Test does, scale 4 to 16 (measured): the default strength is for these."""
_ROWS, _COLUMNS = (0.25, 0.80), (0.22, 0.78)  # eyes to mouth, without hair and background


def missing_energy(picture_01: NDArray[np.float32]) -> float:
    """Energy (mean square, >= 0) that an estimate lacks beside a clean face: (S, S, 3) RGB in [0, 1], template space."""
    luma = picture_01 @ np.array([0.299, 0.587, 0.114], np.float32)
    luma = cv2.resize(luma, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    energies = _octaves(luma, CONTRAST_OCTAVE + 1)
    # A faded photo has less of everything; that is no damage that imagination could mend.
    scale = float(np.clip(energies[CONTRAST_OCTAVE] / CLEAN_CONTRAST, 0.25, 1.0))
    return sum(max(0.0, scale * clean - found) for clean, found in zip(CLEAN_ENERGY, energies, strict=False))


def _octaves(luma: NDArray[np.floating], count: int) -> list[float]:
    """Mean square of each octave, from the finest on, in the middle of the face."""
    energies = []
    for _ in range(count):
        side = luma.shape[0]
        smaller = cv2.resize(luma, (side // 2, side // 2), interpolation=cv2.INTER_AREA)
        octave = luma - cv2.resize(smaller, (side, side), interpolation=cv2.INTER_LINEAR)
        (top, bottom), (left, right) = ([round(side * edge) for edge in edges] for edges in (_ROWS, _COLUMNS))
        energies.append(float(np.square(octave[top:bottom, left:right]).mean()))
        luma = smaller
    return energies
