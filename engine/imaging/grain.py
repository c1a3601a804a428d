"""Film grain and noise: how much of it a photo has and of what size, and more of the same.

Grain is measured where the photo is smoothest, so that texture isn't taken for it. It is described by a level for
each luma and one spectrum, and made as Gaussian noise of that spectrum (Galerne, Gousseau and Morel, "Random Phase
Textures: Theory and Synthesis", 2011).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

BLOCK_PX = 16
TILE_PX = 512
_FINE_SIGMA_PX = 2.0  # grain is what is left above this blur
_FEWEST_BLOCKS = 24
_TONES = 3
_SMOOTHEST = 0.1
_SELECTION = 1.12  # in variance, by how much the smoothest tenth of blocks of equal grain falls short of all
_LARGEST_RATIO = 4.0  # in variance, between tones; beyond, what was measured is texture
_DARKEST, _BRIGHTEST = 0.04, 0.96  # clipped areas have no grain to measure
_INVISIBLE = 0.8 / 255
_CLIPPED = 5 / 255  # this near to white or black a scan shows no grain; twice as far away it shows all of it
_STRONGEST = 6 / 255  # beyond, grain would hide what was restored


def fine_structure(luma_01: NDArray[np.float32]) -> NDArray[np.float32]:
    """What of a luma picture is as fine as grain; (H, W) -> (H, W)."""
    return luma_01 - np.asarray(cv2.GaussianBlur(luma_01, (0, 0), _FINE_SIGMA_PX))


def block_means(img: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of the whole 16 x 16 blocks of a picture; (H, W) -> (H // 16, W // 16)."""
    rows, columns = img.shape[0] // BLOCK_PX, img.shape[1] // BLOCK_PX
    whole = img[: rows * BLOCK_PX, : columns * BLOCK_PX]
    return np.asarray(whole.reshape(rows, BLOCK_PX, columns, BLOCK_PX).mean(axis=(1, 3), dtype=np.float64), np.float32)


@dataclass(frozen=True, eq=False)
class Grain:
    """A photo's grain: variance of its fine structure at some lumas (K,), (K,), and its shape.

    `kernel` (16, 16) turns white noise into the grain's spectrum; what it makes has fine structure of variance 1.
    """

    lumas: NDArray[np.float32]
    variances: NDArray[np.float32]
    kernel: NDArray[np.float32]

    def variance(self, luma_01: NDArray[np.float32]) -> NDArray[np.float32]:
        """Variance of the grain wanted at each luma, weak below what can be seen and limited above; any shape."""
        own = np.interp(luma_01, self.lumas, self.variances).astype(np.float32)
        own = np.maximum(own - np.float32(_INVISIBLE**2), 0)
        return np.asarray(own / (1 + own / np.float32(_STRONGEST**2)))

    def tile(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Grain of the photo's spectrum whose fine structure has variance 1, seamless when repeated; (512, 512)."""
        transfer = np.zeros((TILE_PX, TILE_PX))
        transfer[:BLOCK_PX, :BLOCK_PX] = self.kernel
        white = rng.standard_normal((TILE_PX, TILE_PX))
        tile = np.fft.irfft2(np.fft.rfft2(white) * np.fft.rfft2(transfer), s=white.shape)
        return tile.astype(np.float32)


def measure_grain(luma_01: NDArray[np.float32]) -> Grain | None:
    """The grain of a picture (H, W), from the smoothest blocks of each of three tones; None if it is too small."""
    fine = fine_structure(luma_01)
    energy, mean = block_means(fine * fine), block_means(luma_01)
    usable = np.argwhere((mean > _DARKEST) & (mean < _BRIGHTEST))
    if len(usable) < _FEWEST_BLOCKS:
        return None
    by_luma = usable[np.argsort(mean[tuple(usable.T)], kind="stable")]
    tones = []
    for blocks in np.array_split(by_luma, _TONES):
        order = np.argsort(energy[tuple(blocks.T)], kind="stable")
        tones.append(blocks[order[: ceil(len(blocks) * _SMOOTHEST)]])
    variances = np.array([energy[tuple(blocks.T)].mean() for blocks in tones]) * _SELECTION
    limit = _LARGEST_RATIO * variances.min()
    spectrum = sum(_spectrum(luma_01, blocks) for blocks, v in zip(tones, variances, strict=True) if v <= limit)
    return Grain(
        lumas=np.array([mean[tuple(blocks.T)].mean() for blocks in tones], np.float32),
        variances=np.minimum(variances, limit).astype(np.float32),
        kernel=_kernel(np.asarray(spectrum)),
    )


def missing_grain(luma_01: NDArray[np.float32], grain: Grain, field: NDArray[np.float32]) -> NDArray[np.float32]:
    """What to add to a luma picture so that it is as grainy as the photo, where it is smoother; all (H, W).

    Paper white and the deepest black are clipped in a scan and have no grain; none is added there.
    """
    fine = fine_structure(luma_01)
    present = np.asarray(cv2.GaussianBlur(fine * fine, (0, 0), BLOCK_PX / 4))
    headroom = np.clip((np.minimum(luma_01, 1 - luma_01) - _CLIPPED) / _CLIPPED, 0, 1)
    return np.asarray(np.sqrt(np.maximum(grain.variance(luma_01) - present, 0)) * headroom * field)


def _spectrum(luma_01: NDArray[np.float32], blocks: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean power spectrum of blocks (N, 2), each freed of its plane and windowed, of unit sum; (16, 16)."""
    window = np.outer(np.hanning(BLOCK_PX + 2)[1:-1], np.hanning(BLOCK_PX + 2)[1:-1])
    ramp = np.linspace(-1, 1, BLOCK_PX)
    power = np.zeros((BLOCK_PX, BLOCK_PX))
    for row, column in blocks * BLOCK_PX:
        block = luma_01[row : row + BLOCK_PX, column : column + BLOCK_PX].astype(np.float64)
        block -= block.mean()
        for direction in (ramp[:, None], ramp[None, :]):
            along = np.broadcast_to(direction, block.shape)
            block -= along * ((block * along).sum() / np.square(along).sum())
        power += np.square(np.abs(np.fft.fft2(block * window)))
    return np.asarray(power / max(power.sum(), 1e-12))


def _kernel(power: NDArray[np.float64]) -> NDArray[np.float32]:
    """The zero-phase filter with that power spectrum, scaled so that the fine structure of its noise has variance 1."""
    kernel = np.fft.fftshift(np.fft.ifft2(np.sqrt(power)).real).astype(np.float32)
    padded = np.pad(kernel, BLOCK_PX)
    return np.asarray(kernel / max(float(np.linalg.norm(fine_structure(padded))), 1e-12))
