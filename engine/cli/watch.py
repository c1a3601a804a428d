"""`albumen watch`: the photos of a folder and those that come into it, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from engine.base.errors import FolderForbidden, UsageError
from engine.cli import FAILED, OK
from engine.cli.batch.arrivals import Arrivals
from engine.cli.batch.choices import choice_of, settings_of
from engine.cli.batch.journal import Journal
from engine.cli.batch.lock import locked
from engine.cli.batch.plan import Places, Planned, Planner
from engine.cli.batch.report import write_report
from engine.cli.batch.run import Run
from engine.cli.report import ProgressLine
from engine.cli.restore import check_model, stopped_by_signals, worker_count
from engine.cli.workers import open_pool, scratch_folder


def run(arguments: argparse.Namespace) -> int:
    """Restore what is there and what comes; ends with Ctrl-C or SIGTERM, exit code 0 when all of it was done."""
    settings, choice, line = settings_of(arguments), choice_of(arguments), ProgressLine()
    folder: Path = arguments.folder
    if not folder.is_dir():
        raise UsageError(detail=f"{folder}: there is no such folder to watch.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise FolderForbidden(path=folder)
    check_model(choice.options.model)
    places = Places([folder], arguments.recursive, arguments.include, arguments.exclude)
    planner = Planner(settings)
    planner.check()
    with (
        stopped_by_signals(),
        locked(settings.output),
        scratch_folder() as scratch,
        open_pool(arguments, worker_count(arguments)) as pool,
    ):
        journal = Journal(settings.output)
        batch = Run(settings, pool, journal, line)
        arrivals = Arrivals(places, settings.output, partial(batch.look, scratch), journal.is_result, batch.stopping)

        def planned() -> Iterator[Planned]:
            for found in arrivals:
                yield planner.plan(found, choice)

        line.note(f"Watching {folder}; Ctrl-C ends it.")
        tally = batch.go(planned())
        if settings.report:
            write_report(settings.output, tally.rows, tally.sentence())
    line.note(tally.sentence())
    return FAILED if tally.failed else OK
