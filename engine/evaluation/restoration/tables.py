"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan

import numpy as np

from engine.degrade.celeba_test import SIDE_PX
from engine.evaluation.frechet import frechet_title
from engine.evaluation.restoration.cases import AS_GIVEN
from engine.evaluation.restoration.report import Report
from engine.evaluation.restoration.scoring import FRECHET, SPREAD, Metric
from engine.evaluation.restoration.store import scale_name

SLOPE = 8, 32
"""Between these scales the loss is told."""
APART, SAME_PERSON = 0.02, 0.6
"""Candidates differ visibly above this LPIPS, and show one person above this identity cosine (the requirement)."""
LANDMARKS = "landmarks"


def markdown(report: Report) -> str:
    """Caption, the table of metrics, and where there is something to tell the tables of robustness and of spread."""
    parts = [caption(report), metric_table(report), robustness_table(report), spread_table(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def caption(report: Report) -> str:
    """Which faces, which damage, at what size, by which weights; what is missing and why."""
    faces = len(report.cases.cases) - len(report.skipped)
    chosen = f" with {report.chosen}" if report.chosen else ""
    lines = [f"{_counted(faces, 'face')} of `{report.folder}`{chosen}, {_damage(report)}"]
    for id, said in report.models.items():
        weights = ", ".join(f"{name} (sha256 {sha256[:8]})" for name, sha256 in said["weights"].items())
        recipe = f"default strength {said['strength']:g} or less, as the face needs; {said['steps']} calls at that"
        recipe = f"{recipe} strength, eta {said['eta']:g}" if len(said["weights"]) > 1 else "no prior"
        lines.append(f"Model {id}: {weights}; {recipe}.")
    names = {metric.name for metric in report.metrics}
    if FRECHET in names:
        lines.append("A Fréchet distance of few pictures is too large: compare it within one table only.")
    if LANDMARKS in names:
        lines.append("Landmark distances are in pixels of 512; missed are pictures in which no face was found.")
    lines += [f"Not available: {row}. {why}" for row, why in report.unavailable.items()]
    lines += [f"Left out: {why}" for why in report.skipped.values()]
    return "\n".join(f"- {line}" for line in lines)


def _damage(report: Report) -> str:
    size = f"everything is measured at {report.size_px} pixels"
    if report.scales == (AS_GIVEN,):
        return f"damaged as they came; {size}."
    return (
        f"damaged as CelebA-Test at {SIDE_PX} pixels (those of another size are brought to it), by the scale down and "
        f"up again; {size}, to which damaged and clean faces are brought by area. The input is enlarged linearly; "
        "bicubic, nlm and realesrgan start from the small picture."
    )


def metric_table(report: Report) -> str:
    """One line for each scale and row."""
    missed = any(metric.name == LANDMARKS for metric in report.metrics)
    heads = ["scale", "row", "n", *(_title(m, report.network) for m in report.metrics), *(["missed"] if missed else [])]
    lines = []
    for scale in report.scales:
        for row in report.rows:
            cells = [_number(report.result(scale, row, metric), metric.decimals) for metric in report.metrics]
            if missed:
                cells.append(str(sum(map(isnan, report.values(scale, row, LANDMARKS)))))
            lines.append([scale_name(scale), row.name, str(len(report.keys(scale, row))), *cells])
    return _table(heads, lines)


def robustness_table(report: Report) -> str:
    """How much of LPIPS and identity each row loses from scale 8 to scale 32; empty where those were not measured."""
    mild, heavy = SLOPE
    metrics = [metric for metric in report.metrics if metric.name in ("lpips", "identity")]
    if not metrics or not set(SLOPE) <= set(report.scales):
        return ""
    lines = []
    for row in report.rows:
        changes = (report.result(heavy, row, metric) - report.result(mild, row, metric) for metric in metrics)
        signs = (-1 if metric.higher_is_better else 1 for metric in metrics)
        lines.append([row.name, *(_number(sign * change, 3) for sign, change in zip(signs, changes, strict=True))])
    heads = ["row", *(f"{metric.heading} lost ↓" for metric in metrics)]
    return f"Robustness: what is lost from scale {mild} to scale {heavy}.\n\n" + _table(heads, lines)


def spread_table(report: Report) -> str:
    """How far the candidates of one face are apart; empty where only one was made or it was not measured."""
    lines = []
    for scale in report.scales:
        for row in report.rows:
            values = [report.values(scale, row, column) for column in SPREAD]
            if any(values):
                lines.append([scale_name(scale), row.name, *_spread_cells(values)])
    heads = ["scale", "row", "faces", "with one version only"]
    heads += ["LPIPS, mean", "LPIPS, least", f"faces above {APART}"]
    heads += ["cosine, mean", "cosine, least", f"faces above {SAME_PERSON}"]
    title = "Candidates of one face: LPIPS of each pair, identity cosine of the others to the first."
    return f"{title}\n\n{_table(heads, lines)}" if lines else ""


def _spread_cells(values: Sequence[Sequence[float]]) -> list[str]:
    kept = np.array(values)
    kept = kept[:, ~np.isnan(kept[0])]  # (4, faces); one version only has no spread
    faces, single = kept.shape[1], len(values[0]) - kept.shape[1]
    if not faces:
        return ["0", str(single), *["–"] * 6]
    cells = [str(faces), str(single)]
    for (least, mean), limit in zip((kept[:2], kept[2:]), (APART, SAME_PERSON), strict=True):
        cells += [_number(float(mean.mean()), 3), _number(float(least.min()), 3), str(int((least > limit).sum()))]
    return cells


def _title(metric: Metric, network: str) -> str:
    return f"{frechet_title(network)} ↓" if metric.name == FRECHET else metric.title


def _number(value: float, decimals: int) -> str:
    return "–" if isnan(value) else f"{value:.{decimals}f}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
