"""`albumen evaluate restoration`: how near restored faces come to the true ones, per scale, as one table.

Every clean 512-pixel face is damaged as CelebA-Test does at each scale, both are brought to the model's size by
area, and the damaged input, the estimate alone and the first candidate are measured against the clean face.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engine.base.context import Context
from engine.base.errors import UsageError
from engine.base.values import img01_from_int, u8_from_01
from engine.degrade.celeba_test import SIDE_PX, degrade_at_scale
from engine.estimate.estimator import estimate
from engine.evaluation.metrics import IDENTITY_FILE, LPIPS_FILE, Identity, Lpips, psnr, ssim
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo
from engine.pipeline.restore import fit_strength, make_plan, sample_candidates
from engine.pipeline.state import ComputeState
from engine.protocol import RestoreOptions

Picture = NDArray[np.float32]
Metric = Callable[[Picture, Picture], float]
SHEET_ROWS = 12


@dataclass(frozen=True)
class Score:
    """One picture's measures: what it is (input, estimate, candidate ...), of which image, at which scale."""

    what: str
    scale: int
    image: str
    values: dict[str, float]


def load_metrics(weights: Path | None) -> dict[str, Metric]:
    """PSNR and SSIM always; LPIPS and identity cosine where a folder with their weights is given."""
    metrics: dict[str, Metric] = {"psnr": psnr, "ssim": ssim}
    if weights is not None:
        metrics |= {"lpips": Lpips(weights / LPIPS_FILE), "identity": Identity(weights / IDENTITY_FILE)}
    return metrics


def evaluate_restoration(
    hq: Path,
    options: Sequence[RestoreOptions],
    scales: Sequence[int],
    limit: int | None,
    metrics: dict[str, Metric],
    state: ComputeState,
    out: Path,
    context: Context,
) -> list[Score]:
    """Measure input, estimate and the first candidate of each recipe; writes scores.csv, table.md and sheets."""
    paths = sorted(p for p in hq.glob("*") if p.suffix.lower() in {".jpg", ".png"})[:limit]
    if not paths:
        raise UsageError(detail=f"{hq}: there is no picture (.jpg or .png) in this folder to measure on.")
    out.mkdir(parents=True, exist_ok=True)
    scores: list[Score] = []
    sheets: dict[int, list[NDArray[np.uint8]]] = {scale: [] for scale in scales}
    jobs = [(scale, n, path) for scale in scales for n, path in enumerate(paths)]
    for done, (scale, n, path) in enumerate(jobs):
        context.report(done / len(jobs))
        clean, versions = _versions(path, scale, n, options, state)
        scores += [
            Score(what, scale, path.name, {name: metric(picture, clean) for name, metric in metrics.items()})
            for what, picture in versions
        ]
        if len(sheets[scale]) < SHEET_ROWS:
            sheets[scale].append(np.hstack([u8_from_01(p) for p in (*(v for _, v in versions), clean)]))
    _write_scores(out / "scores.csv", scores)
    (out / "table.md").write_text(table(scores), encoding="utf-8")
    for scale, rows in sheets.items():
        (out / f"sheet_{scale}.png").write_bytes(cv2.imencode(".png", np.vstack(rows)[..., ::-1])[1].tobytes())
    return scores


def _versions(
    path: Path, scale: int, n: int, options: Sequence[RestoreOptions], state: ComputeState
) -> tuple[Picture, list[tuple[str, Picture]]]:
    """The clean face at the model's size and the pictures measured against it."""
    img = srgb_u8(load_photo(path))
    if img.shape[:2] != (SIDE_PX, SIDE_PX):
        raise UsageError(detail=f"{path}: this is not a {SIDE_PX} x {SIDE_PX} picture.")
    size_px = state.pair(options[0].model).size_px
    clean, damaged = (_to_size(p, size_px) for p in (img, degrade_at_scale(img, scale, n)))
    versions = [("input", damaged)]
    for recipe in options:
        plan = make_plan(recipe, state)
        with state.autocast(plan.precision):
            x0_est = estimate(plan.pair.estimator, torch.from_numpy(damaged).permute(2, 0, 1)[None])
        if len(versions) == 1:
            versions.append(("estimate", x0_est[0].permute(1, 2, 0).numpy()))
        # The affine only seeds the noise: each image gets its own.
        affine = np.array([[1.0, 0.0, n], [0.0, 1.0, scale]])
        title = f"N {plan.start_step}, {plan.grid.steps} steps, eta {plan.eta:g}"
        if recipe.strength is None:
            title = f"default (N up to {plan.start_step}, {plan.grid.steps} steps, eta {plan.eta:g})"
        for _, picture in sample_candidates(x0_est, affine, 0, fit_strength(plan, x0_est), state, Context()):
            versions.append((title, picture))
    return clean, versions


def _to_size(img_u8: NDArray[np.uint8], size_px: int) -> Picture:
    return np.asarray(cv2.resize(img01_from_int(img_u8), (size_px, size_px), interpolation=cv2.INTER_AREA))


def means(scores: Sequence[Score]) -> Iterator[tuple[int, str, dict[str, float]]]:
    """Mean over images, by scale and version, in the order they were made."""
    for scale, what in dict.fromkeys((s.scale, s.what) for s in scores):
        rows = [s.values for s in scores if (s.scale, s.what) == (scale, what)]
        yield scale, what, {name: float(np.mean([r[name] for r in rows])) for name in rows[0]}


def table(scores: Sequence[Score]) -> str:
    """The means as a Markdown table."""
    names = list(scores[0].values)
    lines = [f"| scale | | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for scale, what, values in means(scores):
        lines.append(f"| {scale} | {what} | " + " | ".join(f"{values[n]:.3f}" for n in names) + " |")
    return "\n".join(lines) + "\n"


def _write_scores(path: Path, scores: Sequence[Score]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["scale", "what", "image", *scores[0].values])
        writer.writerows([s.scale, s.what, s.image, *(f"{v:.6g}" for v in s.values.values())] for s in scores)
