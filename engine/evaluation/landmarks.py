"""Landmark distance (5 points): how far eyes, nose and mouth of a restored face moved from where they were.

The paper's LMD does the same with 68 points; its numbers and these are not to be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from math import nan

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import TEMPLATE_PX
from engine.base.values import u8_from_01
from engine.faces.align import TEMPLATE_512
from engine.faces.face import Face, Points

Picture = NDArray[np.float32]
Detect = Callable[[NDArray[np.uint8]], list[Face]]

MIN_SCORE = 0.8
"""Less sure faces are none: what the application takes for a face in a photo."""
SEEN_PX = 256
"""Larger pictures are brought to this side: so both sides give one distance, and the detector, which strays half as far
again at 512, takes a quarter of the time."""


class LandmarkDistance:
    """Mean distance of the five landmarks found in two pictures of one face aligned to the template."""

    def __init__(self, detect: Detect) -> None:
        """`detect` finds the faces of a picture (S, S, 3) uint8 RGB: a detector's method `detect`."""
        self._detect = detect
        self._clean: dict[bytes, Points | None] = {}

    def __call__(self, restored: Picture, clean: Picture) -> float:
        """Pixels of the 512 template, whatever the pictures' sides; NaN where either shows no face.

        Leave NaN out of means, and tell how many there were. The landmarks of a clean picture are kept.
        """
        key = sha256(clean.tobytes()).digest()
        if key not in self._clean:
            self._clean[key] = self.landmarks(clean)
        expected, found = self._clean[key], self.landmarks(restored)
        if expected is None or found is None:
            return nan
        return float(np.linalg.norm(found - expected, axis=1).mean())

    def landmarks(self, picture: Picture) -> Points | None:
        """The landmarks (5, 2) in pixels of the 512 template of the face nearest to it; None where there is no face."""
        if picture.shape[0] > SEEN_PX:
            picture = np.asarray(cv2.resize(picture, (SEEN_PX, SEEN_PX), interpolation=cv2.INTER_AREA))
        scale = TEMPLATE_PX / picture.shape[0]
        faces = [face for face in self._detect(u8_from_01(picture)) if face.score >= MIN_SCORE]
        found = [(face.landmarks + 0.5) * scale - 0.5 for face in faces]
        return min(found, key=_from_template, default=None)


def _from_template(landmarks: Points) -> float:
    return float(np.linalg.norm(landmarks - TEMPLATE_512, axis=1).mean())
