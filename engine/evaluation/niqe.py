"""NIQE: how far a picture's local statistics are from those of sharp pictures (Mittal, Soundararajan, Bovik 2013).

Luminance less its local mean, over its local deviation (MSCN), follows a generalised Gaussian in undamaged pictures.
Fits to these coefficients and to products of neighbours, at two scales, give each patch 36 numbers; the metric is the
distance between the Gaussian of a picture's patches and that of sharp pictures, the pristine model.

The published pristine model is not free to be shipped. This one was fitted on portraits in the public domain or under
CC0, with smaller patches, so its numbers compare only with numbers of the same file: tables call it "NIQE (portraits)".
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from math import gamma
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import UsageError
from engine.base.values import img01_from_int
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo

Floats = NDArray[np.float64]
Picture = NDArray[np.float32]

PRISTINE = Path(__file__).parent / "data" / "niqe_portraits.npz"
"""Made by `python -m engine.evaluation.niqe DATA OUT` from 354 portraits, 256 pixels a side."""
PATCH_PX = 64
"""Side of a patch. The published 96 fits a face of 256 pixels four times, and clean faces then spread twice as far."""
SHARP_SHARE = 0.75
"""Patches of pristine pictures count if their deviation is above this share of the picture's largest."""
SHARP_FACE_PX = 256.0
NEIGHBOURS = (0, 1), (1, 0), (1, 1), (1, -1)
"""Rows and columns to the neighbours on the right, below, and on both diagonals."""

_WINDOW = cv2.getGaussianKernel(7, 7 / 6)
_SHAPES = np.arange(0.2, 10.0005, 0.001)


class Niqe:
    """NIQE against one pristine model; 0 would be a picture with just the statistics of sharp ones, lower is better."""

    def __init__(self, path: Path = PRISTINE) -> None:
        """Read `mean` (36,), `covariance` (36, 36) and `patch_px` from an .npz."""
        with np.load(path) as file:
            self.mean: Floats = file["mean"]
            self.covariance: Floats = file["covariance"]
            self.patch_px = int(file["patch_px"])

    def __call__(self, picture: Picture) -> float:
        """Distance of one picture (H, W, 3), RGB in [0, 1], from the pristine model.

        The number of patches and the scale of the face change it: compare pictures of one size only. NaN where not two
        patches have a texture; UsageError for a picture of fewer than two patches.
        """
        features, _ = patch_features(picture, self.patch_px)
        features = features[np.isfinite(features).all(axis=1)]
        if len(features) < 2:
            return float("nan")
        difference = features.mean(axis=0) - self.mean
        pooled = (np.cov(features, rowvar=False) + self.covariance) / 2
        return float(np.sqrt(difference @ np.linalg.pinv(pooled, hermitian=True) @ difference))


def fit_pristine(pictures: Iterable[Picture], patch_px: int = PATCH_PX) -> tuple[Floats, Floats]:
    """Mean (36,) and covariance (36, 36) of the sharp patches of undamaged pictures (H, W, 3), RGB in [0, 1]."""
    kept = []
    for picture in pictures:
        features, deviation = patch_features(picture, patch_px)
        kept.append(features[deviation > SHARP_SHARE * deviation.max()])
    features = np.concatenate(kept)
    features = features[np.isfinite(features).all(axis=1)]
    return features.mean(axis=0), np.cov(features, rowvar=False)


def patch_features(picture: Picture, patch_px: int) -> tuple[Floats, Floats]:
    """The 36 features of each patch (P, 36) and its mean local deviation (P,), row by row from the top left.

    What is left over at the right and below is not seen. A patch without texture has features that are not finite.
    """
    rows, columns = (side // patch_px for side in picture.shape[:2])
    if rows * columns < 2:
        raise UsageError(detail=f"NIQE needs pictures of at least two patches of {patch_px} x {patch_px} pixels.")
    grey = luminance(picture)[: rows * patch_px, : columns * patch_px]
    parts = []
    for side in (patch_px, patch_px // 2):
        normalised, deviation = mscn(grey)
        if side == patch_px:
            sharpness = _patches(deviation, side).mean(axis=(1, 2))
        patches = _patches(normalised, side)
        # A patch's last row has the first one as its neighbour, as in the published code.
        products = (patches * np.roll(patches, shift, (1, 2)) for shift in NEIGHBOURS)
        parts += [_single_features(patches), *map(_pair_features, products)]
        grey = _halved(grey)
    return np.concatenate(parts, axis=1), sharpness


def luminance(picture: Picture) -> Floats:
    """Rec. 601 luminance (H, W), 0..255, of RGB in [0, 1]; in whole numbers, as files hold it."""
    return np.rint(np.clip(picture, 0, 1).astype(np.float64) @ [0.299, 0.587, 0.114] * 255)


def mscn(grey: Floats) -> tuple[Floats, Floats]:
    """Mean-subtracted, contrast-normalised coefficients of a grey picture (0..255), and the local deviation."""
    mean = _smoothed(grey)
    deviation = np.sqrt(np.maximum(_smoothed(grey * grey) - mean * mean, 0))
    return (grey - mean) / (deviation + 1), deviation


def fit_aggd(samples: Floats) -> tuple[Floats, Floats, Floats]:
    """Shape, left and right scale of asymmetric generalised Gaussians by moment matching, one for each x of (x, ...).

    The density is proportional to exp(-(|x| / scale)^shape) with the scale of its side (Lasmar, Stitou, Berthoumieu
    2009). Shapes lie within 0.2 .. 10 in steps of 0.001. The scales are not finite where a sign does not occur.
    """
    x = samples.reshape(len(samples), -1)
    left_x, right_x = np.minimum(x, 0), np.maximum(x, 0)
    left_sum, right_sum = (np.einsum("ij,ij->i", side, side) for side in (left_x, right_x))
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.sqrt(left_sum / np.count_nonzero(left_x, axis=1))
        right = np.sqrt(right_sum / np.count_nonzero(right_x, axis=1))
        ratio = left / right
        moments = (right_x - left_x).mean(axis=1) ** 2 / ((left_sum + right_sum) / x.shape[1])
        wanted = moments * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    table, scale = _shape_tables()
    nearest = np.clip(np.searchsorted(table, np.nan_to_num(wanted)), 1, len(table) - 1)
    nearest -= wanted - table[nearest - 1] < table[nearest] - wanted
    return _SHAPES[nearest], left * scale[nearest], right * scale[nearest]


@cache
def _shape_tables() -> tuple[Floats, Floats]:
    """By shape: E|x|^2 / E x^2 of the symmetric density, which rises with it, and scale over deviation."""
    one, two, three = (np.array([gamma(n / shape) for shape in _SHAPES]) for n in (1, 2, 3))
    return two**2 / (one * three), np.sqrt(one / three)


def _single_features(samples: Floats) -> Floats:
    """Shape and mean scale of each patch: (P, S, S) -> (P, 2)."""
    shape, left, right = fit_aggd(samples)
    return np.stack([shape, (left + right) / 2], axis=1)


def _pair_features(samples: Floats) -> Floats:
    """Shape, mean, left and right scale of each patch: (P, S, S) -> (P, 4)."""
    shape, left, right = fit_aggd(samples)
    mean = (right - left) * [gamma(2 / a) / gamma(1 / a) for a in shape]
    return np.stack([shape, mean, left, right], axis=1)


def _patches(plane: Floats, side: int) -> Floats:
    """(H, W), whole multiples of the side -> (P, side, side)."""
    columns = plane.shape[1] // side
    return plane.reshape(-1, side, columns, side).swapaxes(1, 2).reshape(-1, side, side)


def _smoothed(plane: Floats) -> Floats:
    return np.asarray(cv2.sepFilter2D(plane, -1, _WINDOW, _WINDOW, borderType=cv2.BORDER_REPLICATE))


def _halved(plane: Floats) -> Floats:
    """Half the size as the published code halves: by Keys' cubic (a = -0.5) stretched to twice its width."""
    d = np.abs(np.arange(-3.5, 4) / 2)  # from a new pixel's centre to the eight old ones around it
    weights = np.where(d <= 1, 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2)
    weights /= weights.sum()
    smooth = cv2.sepFilter2D(plane, -1, weights, weights, anchor=(3, 3), borderType=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(smooth[::2, ::2])


def _sharp_portraits(folder: Path) -> Iterator[Picture]:
    """Training faces in the public domain or under CC0, sharp by their size in the source, with whole corners."""
    with (folder / "index.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            free = row["licence"].startswith(("public domain", "CC0"))
            sharp = float(row["face_px"] or 0) >= SHARP_FACE_PX
            if row["split"] == "train" and row["corners"] != "round" and free and sharp:
                yield img01_from_int(srgb_u8(load_photo(folder / row["file"])))


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit the pristine model on a folder of faces with an `index.csv` and write it as an .npz."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.niqe", description=main.__doc__)
    parser.add_argument("data", type=Path, help="folder with index.csv: file, licence, face_px, corners, split")
    parser.add_argument("out", type=Path, help="the .npz to write")
    options = parser.parse_args(arguments)
    mean, covariance = fit_pristine(_sharp_portraits(options.data))
    np.savez(options.out, mean=mean, covariance=covariance, patch_px=PATCH_PX)


if __name__ == "__main__":
    main()
