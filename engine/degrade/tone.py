"""What the darkroom and the years do to a print's tones: toning, fading and colour casts.

Pictures are RGB, float32, [0, 1], (S, S, 3). Nothing here is local, and all of it is the same at every side.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from engine.base.sizes import TEMPLATE_PX
from engine.degrade.fields import axes, smooth, spread
from engine.degrade.model import Picture, to_grey

Toning = Literal["none", "grey", "sepia", "selenium", "cyanotype"]
Channels = tuple[float, float, float]

# Directions without luma (Rec. 601): 0.299 r + 0.587 g + 0.114 b = 0.
_TINTS: dict[Toning, Channels] = {
    "grey": (0.0, 0.0, 0.0),
    "sepia": (0.38, -0.0634, -0.67),  # silver turned to brown silver sulphide
    "selenium": (0.1, -0.06, 0.0467),  # purple brown
    "cyanotype": (-0.8, 0.2677, 0.72),  # Prussian blue
}
_FULL_TINT = 0.25
"""With the weight 4 l (1 - l) the largest at which no channel leaves [0, 1], so that the luma is kept exactly."""


def tone(img_01: Picture, toning: Toning, strength: float) -> Picture:
    """A black-and-white print, toned: its luma with a tint strongest in the middle tones; strength in [0, 1]."""
    if toning == "none":
        return img_01
    grey = to_grey(img_01)
    tint = np.array(_TINTS[toning], np.float32) * np.float32(_FULL_TINT * strength)
    return np.asarray(grey + 4 * grey * (1 - grey) * tint)


def fade(img_01: Picture, contrast: float, blacks: float, edges: float, rng: np.random.Generator) -> Picture:
    """Lose `contrast` of the range, the share `blacks` of it at the dark end, and more towards some of the edges.

    `edges` in [0, 1] is how far the loss differs over the picture: by that share between its least and most faded
    parts, which lie around a random place and in soft blotches.
    """
    x, y = (a / TEMPLATE_PX for a in axes(img_01.shape[0]))
    cx, cy = rng.uniform(0.15, 0.85, 2).astype(np.float32)
    distance = np.clip(((x - cx) ** 2 + (y - cy) ** 2) * np.float32(2.0), 0, 1)
    uneven = 0.75 * distance + 0.25 * (0.5 + 0.5 * smooth(rng, img_01.shape[0], 4))
    lost = contrast * (1 + edges * (uneven - 0.5))
    return np.asarray(img_01 * spread(1 - lost) + spread(lost * blacks), dtype=np.float32)


def cast(img_01: Picture, gain: Channels, gamma: Channels) -> Picture:
    """Each channel to its power and times its gain: yellowed whites, and dyes that went before the others."""
    channels = [cv2.pow(np.ascontiguousarray(img_01[..., c]), gamma[c]) * np.float32(gain[c]) for c in range(3)]
    return np.asarray(cv2.merge(channels))
