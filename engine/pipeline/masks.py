"""Where in the template the face is, as feathered masks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import TEMPLATE_PX

# Of the 512 template, where the eyes lie at y = 240 and the mouth at y = 371: the hairline to below the chin.
_CENTRE = (256.0, 268.0)
_RADII = (200.0, 232.0)
_CORE = 0.68  # share of the radii inside which the mask is 1


def face_mask(size_px: int) -> NDArray[np.float32]:
    """The face with forehead and chin, 1 inside, falling smoothly to 0 before the template's edge; (S, S) in [0, 1]."""
    at = (np.arange(size_px, dtype=np.float32) + 0.5) * (TEMPLATE_PX / size_px) - 0.5
    x, y = (at - _CENTRE[0]) / _RADII[0], (at - _CENTRE[1]) / _RADII[1]
    radius = np.hypot(x[None, :], y[:, None])  # 1 on the outer ellipse
    t = np.clip((1 - radius) / (1 - _CORE), 0, 1)
    return np.asarray(np.clip(t * t * t * (t * (6 * t - 15) + 10), 0, 1))  # rounding goes a little beyond 1
