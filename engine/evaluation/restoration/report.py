"""What is told of an evaluation: means of what the store holds for the faces, scales and rows that were asked for."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.evaluation.frechet import frechet_distance
from engine.evaluation.restoration.cases import CaseSet
from engine.evaluation.restoration.rows import Row
from engine.evaluation.restoration.scoring import FRECHET, Metric
from engine.evaluation.restoration.store import Key, Store, scale_name, writing_to
from engine.evaluation.restoration.times import Times

CLEAN = "clean"
"""Under this name the features of clean faces are kept."""


@dataclass(frozen=True)
class Report:
    """The results, and what was asked for.

    `folder` is the name of the folder of faces, `chosen` by what its index chose among them. `models` has for each
    model its weights with their SHA-256 and its defaults. `unavailable` says why rows are missing, `skipped` why faces
    are.
    """

    store: Store
    cases: CaseSet
    folder: str
    chosen: str
    scales: tuple[int, ...]
    rows: tuple[Row, ...]
    metrics: tuple[Metric, ...]
    network: str
    size_px: int
    models: Mapping[str, Mapping[str, Any]]
    times: Times
    unavailable: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def keys(self, scale: int, row: Row) -> list[Key]:
        """The pictures of a row that were measured, in the order of the faces."""
        keys = (Key(scale, row.name, case.name) for case in self.cases.cases if case.name not in self.skipped)
        return [key for key in keys if key in self.store.scores]

    def values(self, scale: int, row: Row, column: str) -> list[float]:
        """One value for each picture measured, those that are not a number among them."""
        scores = self.store.scores
        return [scores[key][column] for key in self.keys(scale, row) if column in scores[key]]

    def mean(self, scale: int, row: Row, column: str) -> float:
        """Mean over the faces, without those that have no value; NaN where none has. Not for the Fréchet distance."""
        values = [value for value in self.values(scale, row, column) if not np.isnan(value)]
        return float(np.mean(values)) if values else float("nan")

    def result(self, scale: int, row: Row, metric: Metric) -> float:
        """What stands in the table; NaN where there is nothing."""
        return self._frechet(scale, row) if metric.name == FRECHET else self.mean(scale, row, metric.name)

    def _frechet(self, scale: int, row: Row) -> float:
        images = [key.image for key in self.keys(scale, row)]
        clean = [path.name for path in self.cases.references] or images
        mine = [self.store.features_path(self.network, scale_name(scale), row.name, image) for image in images]
        theirs = [self.store.features_path(self.network, CLEAN, image) for image in clean]
        sets = [[np.load(path) for path in paths if path.is_file()] for paths in (mine, theirs)]
        if min(map(len, sets)) < 2:
            return float("nan")
        return frechet_distance(np.stack(sets[0]), np.stack(sets[1]))

    def find(self, kind: str) -> Row | None:
        """The row of a baseline, or the first model's first row of a kind."""
        return next((r for r in self.rows if r.kind == kind and r.model in (None, next(iter(self.models)))), None)


def chosen_by(where: Mapping[str, Sequence[str]]) -> str:
    """In words which values of index.csv were wanted."""
    return " and ".join(f"{column} {' or '.join(values)}" for column, values in where.items())


def write_report(report: Report) -> str:
    """Write table.md, scores.csv in order, times.csv, the plots and the sheets; returns the tables."""
    from engine.evaluation.restoration.plots import write_plots
    from engine.evaluation.restoration.sheets import write_sheets
    from engine.evaluation.restoration.tables import markdown

    report.store.rewrite([key for scale in report.scales for row in report.rows for key in report.keys(scale, row)])
    text = markdown(report)
    path = report.store.out / "table.md"
    with writing_to(path):
        path.write_text(text, encoding="utf-8")
    with report.times.of("plots and sheets"):
        write_plots(report)
        write_sheets(report)
    _write_times(report)
    return text


def _write_times(report: Report) -> None:
    path, times = report.store.out / "times.csv", report.times
    with writing_to(path), path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["part", "calls", "seconds"])
        writer.writerows([part, times.calls[part], f"{times.seconds[part]:.3f}"] for part in times.seconds)
