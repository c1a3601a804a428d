"""The results as plots: every metric over the scale, and distortion against perception over N, eta and steps."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from math import ceil, isfinite
from typing import TYPE_CHECKING

from engine.evaluation.frechet import frechet_title
from engine.evaluation.restoration.cases import AS_GIVEN
from engine.evaluation.restoration.report import Report
from engine.evaluation.restoration.rows import Choice, Row
from engine.evaluation.restoration.scoring import BY_NAME, FRECHET, Metric
from engine.evaluation.restoration.store import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#000000", "#E69F00", "#0072B2", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#8C6D1F")
"""Distinct for colour-blind readers too (Okabe and Ito; their yellow, too light on white, made brown)."""
STYLES = ("-", "--", ":", "-.")
_LABEL_GAP = 0.062  # of the panel's height
_PANEL_IN = 6.4, 3.7


def write_plots(report: Report) -> None:
    """Write metrics.png and .svg and, where several choices or models were compared, tradeoff.png and .svg."""
    figure = _metric_panels(report) if report.scales != (AS_GIVEN,) else None
    if figure is not None:
        _save(report, figure, "metrics")
    distortion, perception = BY_NAME["psnr"], BY_NAME["lpips"]
    if len(_chosen_rows(report)) > 1 and {distortion, perception} <= set(report.metrics):
        _save(report, _tradeoff_panels(report, distortion, perception), "tradeoff")


def _save(report: Report, figure: Figure, name: str) -> None:
    for kind, metadata in ("png", {"Software": None}), ("svg", {"Date": None}):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, dpi=110, metadata=metadata)
        write_whole(report.store.out / f"{name}.{kind}", buffer.getvalue())


def _figure(panels: int) -> tuple[Figure, list[Axes]]:
    """An empty figure with its panels, in two columns; without pyplot, which keeps every figure it makes."""
    from matplotlib.figure import Figure

    columns = min(2, panels)
    rows = ceil(panels / columns)
    figure = Figure(figsize=(_PANEL_IN[0] * columns, _PANEL_IN[1] * rows), layout="tight")
    axes = [figure.add_subplot(rows, columns, n + 1) for n in range(panels)]
    for panel in axes:
        panel.grid(alpha=0.25, linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _metric_panels(report: Report) -> Figure | None:
    """One panel for each metric that has a value, one line for each row."""
    lines = {metric: _lines(report, metric) for metric in report.metrics}
    lines = {metric: found for metric, found in lines.items() if found}
    if not lines:
        return None
    figure, axes = _figure(len(lines))
    scales = sorted(report.scales)
    for panel, (metric, found) in zip(axes, lines.items(), strict=True):
        for points, n, _ in found:
            panel.plot(*zip(*points, strict=True), _style(n), color=_colour(n), marker="o", markersize=3.5)
        panel.set_xlabel("scale")
        panel.set_xticks(scales)
        room = 0.06 * ((scales[-1] - scales[0]) or scales[-1])
        panel.set_xlim(scales[0] - room, scales[-1] + room)
        title = frechet_title(report.network) if metric.name == FRECHET else metric.heading
        panel.set_title(f"{title} ({'higher' if metric.higher_is_better else 'lower'} is better)", fontsize=10)
        _label(panel, [(*points[-1], name, _colour(n)) for points, n, name in found])
    return figure


def _lines(report: Report, metric: Metric) -> list[tuple[list[tuple[int, float]], int, str]]:
    """The rows that have values: points (scale, value), place of the row, and its name."""
    found = []
    for n, row in enumerate(report.rows):
        points = [(scale, report.result(scale, row, metric)) for scale in sorted(report.scales)]
        points = [point for point in points if isfinite(point[1])]
        if points:
            found.append((points, n, row.name))
    return found


def _colour(n: int) -> str:
    return COLOURS[n % len(COLOURS)]


def _style(n: int) -> str:
    return STYLES[n // len(COLOURS) % len(STYLES)]


def _label(panel: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Name each line on the right, with a hair line to its last point, pushed apart where names would overlap."""
    low, high = panel.get_ylim()
    right = panel.get_xlim()[1]
    ends = sorted(ends, key=lambda end: end[1])
    for place, (x, y, name, colour) in zip(
        _apart([(y - low) / (high - low) for _, y, _, _ in ends]), ends, strict=True
    ):
        at = low + place * (high - low)
        panel.plot([x, right], [y, at], color=colour, linewidth=0.5, alpha=0.7, clip_on=False)
        panel.text(right, at, f" {name}", color=colour, fontsize=7.5, va="center")
    panel.set_ylim(low, high)


def _apart(places: Sequence[float]) -> list[float]:
    """Ascending places in a panel of height 1, moved up to be a label apart, and down again from the top."""
    gap = min(_LABEL_GAP, 1 / len(places))
    at: list[float] = []
    for place in places:
        at.append(max(place, at[-1] + gap) if at else place)
    for n in range(len(at) - 1, -1, -1):
        at[n] = min(at[n], 1.0 - gap * (len(at) - 1 - n))
    return at


def _chosen_rows(report: Report) -> list[Row]:
    return [row for row in report.rows if row.kind == "candidate"]


def _tradeoff_panels(report: Report, distortion: Metric, perception: Metric) -> Figure:
    """One panel a scale; one line for each model, eta and number of steps, from N to N, from the estimate on."""
    figure, axes = _figure(len(report.scales))
    for panel, scale in zip(axes, report.scales, strict=True):
        lines = groupby(sorted(_chosen_rows(report), key=_line_of), key=_line_of)
        for line, (_, group) in enumerate(lines):
            rows = list(group)
            colour = _colour(line)
            start = next(r for r in report.rows if r.kind == "estimate" and r.model == rows[0].model)
            named = [(start, "N 0"), *((row, _start_title(row.choice)) for row in rows)]
            places = [(report.result(scale, r, distortion), report.result(scale, r, perception), n) for r, n in named]
            places = [place for place in places if isfinite(place[0]) and isfinite(place[1])]
            if not places:
                continue
            x, y, names = zip(*places, strict=True)
            panel.plot(x, y, marker="o", markersize=3.5, linewidth=1.4, color=colour, label=_line_title(rows[0]))
            for place in zip(x, y, names, strict=True):
                panel.annotate(place[2], place[:2], (3, 3), textcoords="offset points", fontsize=6.5, color=colour)
        panel.set_title(f"scale {scale}" if scale != AS_GIVEN else "as given", fontsize=10)
        panel.set_xlabel(f"{distortion.heading} (less distorted to the right)")
        panel.set_ylabel(f"{perception.heading} (better below)")
        panel.legend(fontsize=7, frameon=False)
    return figure


def _line_of(row: Row) -> tuple[str, float, int]:
    """Model, eta and steps, of which a line has one each; -1 stands for the model's own."""
    choice = row.choice or Choice()
    return row.model or "", -1 if choice.eta is None else choice.eta, -1 if choice.steps is None else choice.steps


def _line_title(row: Row) -> str:
    choice = row.choice or Choice()
    return f"{row.model}{Choice(None, choice.eta, choice.steps).title}"


def _start_title(choice: Choice | None) -> str:
    return "default N" if choice is None or choice.start_step is None else f"N {choice.start_step}"
