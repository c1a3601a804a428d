"""The metrics of the table by name, and measuring one picture with those that are wanted and can be had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.base.errors import UsageError
from engine.evaluation.frechet import FEATURE_NETWORKS
from engine.evaluation.landmarks import LandmarkDistance
from engine.evaluation.metrics import IDENTITY_FILE, LPIPS_FILE, Identity, Lpips, Picture, angle_degrees, psnr, ssim
from engine.evaluation.niqe import PATCH_PX, Niqe
from engine.evaluation.restoration.times import Times
from engine.pipeline.state import ComputeState


@dataclass(frozen=True)
class Metric:
    """A column: its heading, which direction is better, what it needs, and the decimals it is shown with."""

    name: str
    heading: str
    higher_is_better: bool
    needs_clean: bool = True
    needs_weights: bool = False
    decimals: int = 3

    @property
    def title(self) -> str:
        """The heading with an arrow towards the better."""
        return f"{self.heading} {'↑' if self.higher_is_better else '↓'}"


FRECHET = "frechet"
METRICS = (
    Metric("psnr", "PSNR", True, decimals=2),
    Metric("ssim", "SSIM", True),
    Metric("lpips", "LPIPS", False, needs_weights=True),
    Metric("identity", "identity cosine", True, needs_weights=True),
    Metric("ids", "IDS (degrees)", False, needs_weights=True, decimals=1),
    Metric("landmarks", "5-landmark distance (px)", False, decimals=2),
    Metric(FRECHET, "Fréchet distance", False, needs_weights=True),
    Metric("niqe", "NIQE (portraits)", False, needs_clean=False, decimals=2),
)
BY_NAME = {metric.name: metric for metric in METRICS}
SPREAD = ("spread_lpips_least", "spread_lpips_mean", "spread_cosine_least", "spread_cosine_mean")
"""How far the candidates of a face are apart: LPIPS over all pairs, identity cosine of the others to the first."""


def choose_metrics(
    names: Sequence[str] | None, weights: Path | None, clean: bool, references: bool, size_px: int
) -> tuple[Metric, ...]:
    """The metrics asked for, or all that can be had; UsageError for one that is asked for and cannot.

    `clean`: each face has its clean partner; `references`: there is a set of other clean faces.
    """
    chosen = []
    for metric in METRICS:
        lack = _lack(metric, weights, clean, references, size_px)
        if names is not None and metric.name in names and lack:
            raise UsageError(detail=f"The metric {metric.name} {lack}.")
        if not lack and (names is None or metric.name in names):
            chosen.append(metric)
    return tuple(chosen)


def _lack(metric: Metric, weights: Path | None, clean: bool, references: bool, size_px: int) -> str:
    if metric.needs_weights and weights is None:
        return "needs weights; name their folder with --metric-weights"
    if metric.needs_clean and not (clean or (references and metric.name == FRECHET)):
        return "needs clean faces to compare with; name their folder with --hq"
    if metric.name == "niqe" and size_px < 2 * PATCH_PX:
        return f"needs pictures of at least {2 * PATCH_PX} pixels"
    return ""


@dataclass(frozen=True)
class Reference:
    """A clean face and, where it is needed, its identity embedding."""

    picture: Picture
    embedding: NDArray[np.float32] | None


class Scorer:
    """Measures pictures (S, S, 3) in [0, 1]; what the metrics need is loaded once."""

    def __init__(
        self, metrics: Sequence[Metric], weights: Path | None, network: str, state: ComputeState, times: Times
    ) -> None:
        """`network` is the one of the Fréchet distance. Raises WeightsMissing where a file is not there."""
        self.names = {metric.name for metric in metrics}
        self._times = times
        folder = weights or Path()
        self._lpips = Lpips(folder / LPIPS_FILE) if "lpips" in self.names else None
        self._identity = Identity(folder / IDENTITY_FILE) if self.names & {"identity", "ids"} else None
        self._network = FEATURE_NETWORKS[network](folder) if FRECHET in self.names else None
        landmarks = "landmarks" in self.names
        self._landmarks = LandmarkDistance(state.detector("auto").detect) if landmarks else None
        self._niqe = Niqe() if "niqe" in self.names else None
        self.measures_spread = self._lpips is not None and self._identity is not None

    def reference(self, picture: Picture) -> Reference:
        if self._identity is None:
            return Reference(picture, None)
        with self._times.of("identity"):
            return Reference(picture, self._identity.embedding(picture))

    def values(self, picture: Picture, clean: Reference | None) -> dict[str, float]:
        """Every metric of one picture but the Fréchet distance; those that compare only where a clean face is given."""
        values = {}
        if clean is not None:
            compared = {"psnr": psnr, "ssim": ssim, "lpips": self._lpips, "landmarks": self._landmarks}
            for name in [name for name in compared if name in self.names]:
                with self._times.of(name):
                    values[name] = compared[name](picture, clean.picture)  # type: ignore[misc]
            if clean.embedding is not None and self._identity is not None:
                with self._times.of("identity"):
                    cosine = float(self._identity.embedding(picture) @ clean.embedding)
                both = {"identity": cosine, "ids": angle_degrees(cosine)}
                values |= {name: value for name, value in both.items() if name in self.names}
        if self._niqe is not None:
            with self._times.of("niqe"):
                values["niqe"] = self._niqe(picture)
        return values

    def features(self, picture: Picture) -> NDArray[np.float32]:
        """Features (D,) for the Fréchet distance."""
        assert self._network is not None
        with self._times.of("Fréchet features"):
            return self._network(picture)

    def spread(self, pictures: Sequence[Picture]) -> dict[str, float]:
        """How far two or more candidates of one face are apart; NaN for a single one."""
        if len(pictures) < 2:
            return dict.fromkeys(SPREAD, float("nan"))
        assert self._lpips is not None
        assert self._identity is not None
        with self._times.of("spread"):
            distances = [self._lpips(a, b) for a, b in combinations(pictures, 2)]
            first, *others = map(self._identity.embedding, pictures)
            cosines = [float(first @ other) for other in others]
        values = min(distances), float(np.mean(distances)), min(cosines), float(np.mean(cosines))
        return dict(zip(SPREAD, values, strict=True))
