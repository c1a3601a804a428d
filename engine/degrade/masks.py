"""The published inpainting test's masks, to the bit: 2,000 of 256 pixels, four kinds, one seed.

Written from the released preparation's facts: a mask depends on the draws of all masks before it. Integers are drawn
both ends included.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
MaskKind = Literal["box", "irregular", "expand", "half"]
SEED = 12_345
SIDE_PX = 256
MASKS_PER_KIND = 500
_TWO_PI = 2 * 3.1415926  # as published: the digits decide pixels


def inpainting_masks() -> Iterator[tuple[MaskKind, Mask]]:
    """All masks in the published order with their kind; (256, 256), True is the hole."""
    source, coin = np.random.RandomState(SEED), random.Random(SEED)
    makers: dict[MaskKind, Callable[[], Mask]] = {
        "box": lambda: box_mask(source),
        "irregular": lambda: irregular_mask(source),
        "expand": expand_mask,
        "half": lambda: half_mask(rows=coin.random() > 0.5),
    }
    for kind, make in makers.items():
        for _ in range(MASKS_PER_KIND):
            source.random_sample()  # drawn and not used by the published preparation
            yield kind, make()


def box_mask(source: np.random.RandomState) -> Mask:
    """One to four boxes with sides of 30 to 150 pixels, at least 10 from the borders."""
    mask = np.zeros((SIDE_PX, SIDE_PX), bool)
    for _ in range(source.randint(1, 5)):
        width, height = source.randint(30, 151), source.randint(30, 151)
        x = source.randint(10, SIDE_PX - 10 - width + 1)
        y = source.randint(10, SIDE_PX - 10 - height + 1)
        mask[y : y + height, x : x + width] = True
    return mask


def irregular_mask(source: np.random.RandomState) -> Mask:
    """One to six brush strokes of one to five straight pieces, 10 to 209 pixels long and 5 to 104 wide."""
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    for stroke in range(source.randint(1, 7)):
        place = np.array([source.randint(0, SIDE_PX), source.randint(0, SIDE_PX)])
        for _ in range(source.randint(1, 6)):
            angle = 0.01 + source.randint(0, 4)
            if stroke % 2 == 0:
                angle = _TWO_PI - angle
            length, width = source.randint(10, 210), source.randint(5, 105)
            ahead = place + length * np.array([np.sin(angle), np.cos(angle)])
            end = np.clip(ahead.astype(np.int32), 0, SIDE_PX)
            cv2.line(mask, place.tolist(), end.tolist(), 1, width)
            place = end
    return mask > 0


def expand_mask() -> Mask:
    """Everything but the middle, rows and columns 64 to 191."""
    mask = np.ones((SIDE_PX, SIDE_PX), bool)
    mask[64:192, 64:192] = False
    return mask


def half_mask(rows: bool) -> Mask:
    """The lower half, or the right one."""
    mask = np.zeros((SIDE_PX, SIDE_PX), bool)
    mask[SIDE_PX // 2 :] = rows
    mask[:, SIDE_PX // 2 :] |= not rows
    return mask
