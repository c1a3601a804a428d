"""What a restoration has to be better than: plain enlarging, classical denoising, a general enlarging network."""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import AlbumenError
from engine.base.values import img01_from_int
from engine.degrade.celeba_test import SIDE_PX
from engine.evaluation.metrics import Picture
from engine.evaluation.restoration.cases import Damaged, to_side

if TYPE_CHECKING:
    from engine.pipeline.background import Enlarger

_LAPLACIANS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float64)


class Unavailable(Exception):
    """Why a row cannot be had, in one sentence."""


class Baselines:
    """Makes the versions that need no model of Albumen's; Real-ESRGAN is loaded when it is first asked for."""

    def __init__(self) -> None:
        self._enlarger: Enlarger | None = None

    def picture(self, kind: str, damaged: Damaged, side_px: int) -> Picture:
        """The version `kind` at side_px; Unavailable where it needs a small image, or a package, that is not there."""
        if kind == "input":
            return to_side(damaged.full, side_px)
        if kind == "nlm" and damaged.small is None:
            return to_side(denoise(damaged.full), side_px)
        if damaged.small is None:
            raise Unavailable(
                "A damaged picture is not smaller than the faces to compare, so that it cannot be enlarged."
            )
        if kind in ("bicubic", "nlm"):  # by way of 512 pixels, as the damaged picture itself
            return to_side(to_side(damaged.small if kind == "bicubic" else denoise(damaged.small), SIDE_PX), side_px)
        return to_side(self._real_esrgan()(img01_from_int(damaged.small)), side_px)

    def _real_esrgan(self) -> Enlarger:
        from engine.pipeline.background import Enlarger

        if self._enlarger is None:
            try:
                self._enlarger = Enlarger()
            except AlbumenError as error:
                raise Unavailable(str(error)) from error
        return self._enlarger


def denoise(img_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """OpenCV's non-local means in the strength of the picture's own noise (measured: 1.0 sigma serves best)."""
    sigma = noise_sigma(img_u8)
    return np.asarray(cv2.fastNlMeansDenoisingColored(img_u8, None, sigma, sigma), np.uint8)


def noise_sigma(img_u8: NDArray[np.uint8]) -> float:
    """Standard deviation of the luma's noise, of 255, from its response to a Laplacian pair (Immerkaer 1996)."""
    luma = cv2.cvtColor(img_u8, cv2.COLOR_RGB2GRAY).astype(np.float64)
    response = cv2.filter2D(luma, -1, _LAPLACIANS)[1:-1, 1:-1]
    return float(sqrt(pi / 2) / 6 * np.abs(response).mean())
