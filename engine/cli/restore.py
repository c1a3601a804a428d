"""`albumen restore`: photos in, restored photos out; one that fails is named and the others go on."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from engine.base.errors import UsageError
from engine.cli import FAILED, OK, STOPPED, recipe
from engine.cli.batch import estimate
from engine.cli.batch.choices import choice_of, settings_of
from engine.cli.batch.journal import Journal, read_entries, relative_to
from engine.cli.batch.lock import locked
from engine.cli.batch.plan import Places, plan_all
from engine.cli.batch.report import write_report
from engine.cli.batch.run import Run
from engine.cli.report import ProgressLine
from engine.cli.workers import graphics_cards, open_pool


def check_model(model: str) -> None:
    """Raise UnknownModel, WeightsMissing or LicenceNotAccepted before any photo is touched."""
    from engine.models.load import check_usable

    check_usable(model)


def run(arguments: argparse.Namespace) -> int:
    """Restore every photo named; exit code 0 when all were done, 1 when some were not, 130 when it was stopped."""
    if arguments.recipe is not None:
        return recipe.run(arguments)
    settings, choice = settings_of(arguments), choice_of(arguments)
    if not arguments.photos and arguments.jobs_file is None:
        raise UsageError(detail="Name at least one photo or folder, or a --jobs-file.")
    check_model(choice.options.model)
    places = Places(arguments.photos, arguments.recursive, arguments.include, arguments.exclude, arguments.jobs_file)
    entries = read_entries(settings.output)
    results = {entry.output for entry in entries}
    planned = list(plan_all(places, choice, settings, lambda path: relative_to(settings.output, path) in results))
    if not planned:
        raise UsageError(detail="No photo was found in the places you named; for subfolders add --recursive.")
    for model in {item.choice.options.model for item in planned}:
        check_model(model)
    workers = worker_count(arguments)
    name = estimate.pace_name(arguments.device, arguments.threads, workers, choice)
    pace, line = estimate.read_pace(name), ProgressLine()
    known = set() if settings.again else {entry.photo for entry in entries if entry.state == "done"}
    left = estimate.Remaining(planned, pace, workers, known)
    done = sum(os.path.abspath(item.photo) in known for item in planned)
    line.note(estimate.sentence(len(planned), done, left, pace, workers, settings.output))
    if arguments.estimate:
        return OK
    with stopped_by_signals(), locked(settings.output), open_pool(arguments, workers) as pool:
        journal = Journal(settings.output)
        journal.comes(item.photo for item in planned)
        tally = Run(settings, pool, journal, line, left, len(planned)).go(iter(planned))
        if settings.report:
            write_report(settings.output, tally.rows, tally.sentence())
    line.note(tally.sentence())
    measured = tally.measured.into(pace, tally.peaks_mb.get("compute", 0), tally.peaks_mb.get("imaging", 0))
    if measured != pace:
        estimate.keep_pace(name, measured)
    if tally.stopped:
        line.note("Stopped. What was finished is kept; the same command again goes on with the rest.")
        return STOPPED
    return FAILED if tally.failed else OK


def worker_count(arguments: argparse.Namespace) -> int:
    """How many compute workers: as wanted, or (auto) one for each graphics card, one on a processor."""
    if arguments.in_process:
        return 1
    return arguments.workers or max(1, graphics_cards(arguments.device))


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM stops as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
