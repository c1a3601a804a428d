"""A face found in a photo, or drawn by hand: box, five landmarks, score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import Box

Points = NDArray[np.float64]
"""Points in a picture, (n, 2) x and y, with the centre of the first pixel at (0, 0) (OpenCV's convention)."""


@dataclass(frozen=True, eq=False)
class Face:
    """Where a face is: its box, its landmarks (5, 2) and how sure the detector is, in [0, 1].

    The landmarks are left eye, right eye (as the viewer sees an upright face), nose, left and right mouth corner.
    The box counts from the edge of the first pixel, the landmarks from its centre: half a pixel apart.
    """

    box: Box
    landmarks: Points
    score: float

    @property
    def eye_distance_px(self) -> float:
        return float(np.hypot(*(self.landmarks[1] - self.landmarks[0])))

    @property
    def side_px(self) -> float:
        """The shorter side of the box, which a minimum size is compared with."""
        return min(self.box.width, self.box.height)

    @property
    def tilt_deg(self) -> float:
        """Angle of the line from eye to eye in [-180, 180]: 0 is upright, 90 is a quarter turn clockwise."""
        dx, dy = self.landmarks[1] - self.landmarks[0]
        return float(np.degrees(np.arctan2(dy, dx)))
