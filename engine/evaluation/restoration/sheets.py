"""The pictures of an evaluation side by side, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.values import u8_from_01
from engine.evaluation.restoration.cases import Case, load_face, to_side
from engine.evaluation.restoration.report import Report
from engine.evaluation.restoration.rows import Row
from engine.evaluation.restoration.scoring import BY_NAME
from engine.evaluation.restoration.store import Key, scale_name, write_png

SHEET_ROWS = 12
EXTREMES = 10
_STRIP_PX = 18
_TEXT_PX = 22  # height of OpenCV's font at scale 1

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Gain:
    """How much better one face at one scale is than its damaged input, by a metric that is better when lower."""

    key: Key
    case: Case
    before: float
    after: float

    @property
    def gain(self) -> float:
        return self.before - self.after


def write_sheets(report: Report) -> None:
    """Write sheet_SCALE.png with the first faces in every row, and best_worst.png where inputs were measured."""
    cases = [case for case in report.cases.cases if case.name not in report.skipped]
    for scale in report.scales:
        rows = [row for row in report.rows if row.name not in report.unavailable]
        sheet = [_names(report, [row.name for row in rows])]
        sheet += [_pictures(report, scale, rows, case) for case in cases[:SHEET_ROWS]]
        name = scale_name(scale).replace(" ", "_")
        write_png(report.store.out / f"sheet_{name}.png", np.vstack(sheet))
    metric = next((name for name in ("lpips", "niqe") if BY_NAME[name] in report.metrics), None)
    ranked = gains(report, metric) if metric else []
    if ranked:
        write_png(report.store.out / "best_worst.png", _best_and_worst(report, ranked, BY_NAME[metric or ""].heading))


def gains(report: Report, metric: str) -> list[Gain]:
    """Every face at every scale, best first: what the default candidate, or lacking a prior the estimate, gained."""
    before, after = report.find("input"), restored_row(report)
    if before is None or after is None:
        return []
    found = []
    for case in report.cases.cases:
        for scale in report.scales:
            key = Key(scale, after.name, case.name)
            values = [report.store.scores.get(key._replace(row=row.name), {}).get(metric) for row in (before, after)]
            if case.name not in report.skipped and None not in values:
                gain = Gain(key, case, *(float(value or 0) for value in values))
                if not isnan(gain.gain):
                    found.append(gain)
    return sorted(found, key=lambda gain: -gain.gain)


def restored_row(report: Report) -> Row | None:
    """What stands for the first model: its first candidate by the first choice, else its estimate."""
    row = report.find("candidate")
    return row if row and row.name not in report.unavailable else report.find("estimate")


def extremes(ranked: Sequence[Gain]) -> tuple[list[Gain], list[Gain]]:
    """The ten best, and the ten worst beginning with the very worst; of fewer than twenty no face is in both."""
    half = min(EXTREMES, (len(ranked) + 1) // 2)
    return list(ranked[:half]), list(reversed(ranked[half:][-half:]))


def _best_and_worst(report: Report, ranked: Sequence[Gain], heading: str) -> Image:
    best, worst = extremes(ranked)
    halves = [_column(report, "best", best, heading)]
    if worst:
        halves.append(_column(report, "worst", worst, heading))
    height = max(half.shape[0] for half in halves)
    padded = [np.pad(h, ((0, height - h.shape[0]), (0, 0), (0, 0)), constant_values=255) for h in halves]
    gap = np.full((height, _STRIP_PX, 3), 255, np.uint8)
    return np.hstack([padded[0], *(part for half in padded[1:] for part in (gap, half))])


def _column(report: Report, title: str, found: Sequence[Gain], heading: str) -> Image:
    rows = [row for row in (report.find("input"), report.find("estimate"), report.find("candidate")) if row]
    rows = [row for row in rows if row.name not in report.unavailable]
    names = _names(report, [row.kind for row in rows])
    width = names.shape[1]
    parts = [_strip(f"The {len(found)} {title} by {heading} gained over the input", width), names]
    for gain in found:
        scale = f"scale {gain.key.scale}" if gain.key.scale else "as given"
        parts.append(_strip(f"{gain.case.name}, {scale}: {heading} {gain.before:.3f} to {gain.after:.3f}", width))
        parts.append(_pictures(report, gain.key.scale, rows, gain.case))
    return np.vstack(parts)


def _pictures(report: Report, scale: int, rows: Sequence[Row], case: Case) -> Image:
    """A face in the given rows, and the clean one where there is one; grey where a row has no picture of it."""
    keys = [Key(scale, row.name, case.name) for row in rows]
    grey = np.full((report.size_px, report.size_px, 3), 200, np.uint8)
    made = [u8_from_01(report.store.picture(key)) if report.store.has_picture(key) else grey for key in keys]
    clean = [] if case.clean is None else [u8_from_01(to_side(load_face(case.clean), report.size_px))]
    return np.hstack([*made, *clean])


def _names(report: Report, names: Sequence[str]) -> Image:
    clean = [] if report.cases.cases[0].clean is None else ["clean"]
    return np.hstack([_strip(name, report.size_px) for name in [*names, *clean]])


def _strip(text: str, width: int) -> Image:
    """A line of text on white, made smaller where it would be too long; OpenCV's font has ASCII only."""
    strip = np.full((_STRIP_PX, width, 3), 255, np.uint8)
    ascii_text = text.encode("ascii", "replace").decode()
    (full, _), _ = cv2.getTextSize(ascii_text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1)
    scale = min(12 / _TEXT_PX, (width - 6) / max(1, full))
    cv2.putText(strip, ascii_text, (3, _STRIP_PX - 5), cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 1, cv2.LINE_AA)
    return strip
