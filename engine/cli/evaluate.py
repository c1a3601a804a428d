"""`albumen evaluate golden|damage|restoration|prior`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.base.context import Context
from engine.base.errors import UsageError
from engine.base.sizes import TEMPLATE_PX
from engine.cli import FAILED, OK
from engine.cli.report import ProgressLine
from engine.protocol import Progress

if TYPE_CHECKING:
    from engine.evaluation.restoration.run import Request

SOURCES_DATA = Path(__file__).parents[2] / "tests" / "data"


def _context(title: str) -> Context:
    line = ProgressLine()
    return Context(lambda stage, fraction: line.show(title, Progress("", stage, fraction)))


def _timed(line: ProgressLine, title: str) -> Context:
    """Shows progress with the time left, from the pace since the first report."""
    start: float | None = None

    def show(stage: str, fraction: float) -> None:
        nonlocal start
        start = time.monotonic() if start is None else start
        left = (time.monotonic() - start) / fraction * (1 - fraction) if fraction else None
        line.show(title, Progress("", stage or "measuring", fraction, left))

    return Context(show)


def run_golden(arguments: argparse.Namespace) -> int:
    """One line for each golden number: its error, its limit; exit code 1 if one is above."""
    from engine.evaluation.golden import run_golden

    directory = arguments.dir or SOURCES_DATA
    if not directory.is_dir():
        raise UsageError(detail=f"{directory}: there is no such folder; name the one with the golden numbers by --dir.")
    code = OK
    for result in run_golden(directory, arguments.names or None):
        print(result, flush=True)
        if not result.ok:
            code = FAILED
    return code


def run_damage(arguments: argparse.Namespace) -> int:
    """Two sheets of damaged faces: the ways to damage side by side, and each kind of old-photo damage alone."""
    from engine.degrade.model import DegradationRanges
    from engine.degrade.old_photo import OldPhotoRanges
    from engine.evaluation.damage_sheet import write_damage_sheets

    ranges, old, size_px = DegradationRanges(), OldPhotoRanges(), 256
    if arguments.config is not None:
        from engine.training.config import read_config

        config = read_config(arguments.config, "estimator")
        ranges, old, size_px = config.degradation, config.old_photo, config.size_px
    sheets = write_damage_sheets(arguments.data, ranges, old, size_px, arguments.rows, arguments.seed, arguments.out)
    print(f"Wrote {sheets[0]} and {sheets[1]}.")
    return OK


def run_restoration(arguments: argparse.Namespace) -> int:
    """The table of a restoration beside its baselines; also writes it, with scores, plots and pictures, into --out."""
    import cv2

    from engine.evaluation.restoration.run import evaluate_restoration
    from engine.evaluation.restoration.tables import markdown
    from engine.pipeline.state import ComputeState

    if arguments.threads:
        cv2.setNumThreads(arguments.threads)
    line = ProgressLine()
    report = evaluate_restoration(
        _request(arguments), ComputeState(arguments.device, arguments.threads or 0), _timed(line, "evaluate"), line.note
    )
    line.clear()
    print(markdown(report), end="")
    for text in report.times.lines():
        line.note(text)
    return OK


def _request(arguments: argparse.Namespace) -> Request:
    from engine.evaluation.restoration.rows import BASELINES, choices_of
    from engine.evaluation.restoration.run import Request

    wanted = set(arguments.baselines)
    where: dict[str, list[str]] = {"split": [arguments.split]} if arguments.split else {}
    for column, value in arguments.where:
        where.setdefault(column, []).append(value)
    return Request(
        hq=arguments.hq,
        lq=arguments.lq,
        out=arguments.out,
        where=where,
        limit=arguments.limit,
        scales=arguments.scales,
        models=list(dict.fromkeys(arguments.model or ["starter"])),
        choices=choices_of(arguments.start_steps, arguments.eta, arguments.steps),
        candidates=arguments.candidates,
        baselines=BASELINES if "all" in wanted else [name for name in BASELINES if name in wanted],
        metrics=arguments.metrics,
        metric_weights=arguments.metric_weights,
        network=arguments.features,
    )


def run_prior(arguments: argparse.Namespace) -> int:
    """The prior's eps error beside linear denoisers'; exit code 1 where it is not ahead of both."""
    from engine.evaluation.prior import evaluate_prior
    from engine.models.packs import catalogue
    from engine.training.faces import load_faces

    size_px = catalogue().parts(arguments.model)[-1].weights.size_px or TEMPLATE_PX
    train, held_out = (load_faces(arguments.data, size_px, split).pictures for split in ("train", "val"))
    chosen = held_out[np.linspace(0, len(held_out) - 1, min(arguments.limit, len(held_out))).astype(int)]
    rows = evaluate_prior(arguments.model, train, chosen, _context("evaluate"))
    print("| t | prior | patch Wiener | image Wiener |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row.t} | {row.prior:.4f} | {row.patch_wiener:.4f} | {row.image_wiener:.4f} |")
    return OK if all(row.ahead for row in rows) else FAILED
