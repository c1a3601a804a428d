"""How damaged a face is, told from its estimate: the basis of the automatic strength.

A mean estimate f(y) holds what the damaged face still tells and nothing else, noise least of all. Where it is soft,
detail was lost; where it is sharp, there is little to imagine. Energies of whole octaves would call a child's smooth
skin damage, so the measure is how fast energy falls from octave to octave, which contrast and skin hardly change.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 256
SHARE_BY_SHARPNESS = ((0.16, 1.0), (0.21, 0.2), (0.30, 0.0))
"""Sharpness and the share of the default strength that serves best there; straight lines between (measured)."""
_OCTAVES = 3
_ROWS, _COLUMNS = (0.25, 0.80), (0.22, 0.78)  # eyes to mouth, without hair and background


def sharpness(picture_01: NDArray[np.float32]) -> float:
    """Share of energy left from one octave to the next finer one, at 256 pixels: (S, S, 3) in [0, 1], template space.

    Geometric mean over the two finest steps of a face's luma. Clean portraits have 0.49; blurred with sigma 1.5, 3 and
    6 pixels of 512 they have 0.28, 0.16 and 0.10; a picture without any structure 0.
    """
    luma = picture_01 @ np.array([0.299, 0.587, 0.114], np.float32)
    finest, _, coarse = octave_energies(cv2.resize(luma, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), _OCTAVES)
    # The geometric mean of finest / fine and fine / coarse: the middle octave cancels.
    return float(np.sqrt(finest / coarse)) if coarse > 0 else 0.0


def share_of_strength(picture_01: NDArray[np.float32]) -> float:
    """Share in [0, 1] of the default strength for a face with this estimate (see `sharpness`)."""
    at, share = zip(*SHARE_BY_SHARPNESS, strict=True)
    return float(np.interp(sharpness(picture_01), at, share))


def octave_energies(luma: NDArray[Any], count: int) -> list[float]:
    """Mean square of each octave, from the finest on, in the middle of a face (S, S) in template space."""
    energies = []
    for _ in range(count):
        side = luma.shape[0]
        smaller = cv2.resize(luma, (side // 2, side // 2), interpolation=cv2.INTER_AREA)
        octave = luma - cv2.resize(smaller, (side, side), interpolation=cv2.INTER_LINEAR)
        (top, bottom), (left, right) = ([round(side * edge) for edge in edges] for edges in (_ROWS, _COLUMNS))
        energies.append(float(np.square(octave[top:bottom, left:right]).mean()))
        luma = smaller
    return energies
