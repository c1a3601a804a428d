"""`albumen models list|import|fetch|verify|licence`."""

from __future__ import annotations

import argparse
import dataclasses
import sys

from engine.base.context import Context
from engine.cli import FAILED, OK
from engine.cli.report import ProgressLine, print_json
from engine.models.fetch import fetch_model
from engine.models.listing import list_models, verify
from engine.protocol import Progress


def run_list(arguments: argparse.Namespace) -> int:
    """Print every model and every weights file: installed or not, use, size, where."""
    for row in list_models():
        if arguments.json:
            print_json(dataclasses.asdict(row) | {"installed": row.installed})
            continue
        state = "installed" if row.installed else "not installed"
        if row.installed and not row.accepted:
            state = "licence not accepted"
        size = "" if row.bytes is None else f", {row.bytes / 2**20:.0f} MiB"
        print(f"{row.id}  [{state}]  {row.name}")
        print(f"    {' + '.join(row.stages)}{size}; use: {row.use} ({row.licence})")
        for where in row.where:
            print(f"    {where}")
    return OK


def run_import(arguments: argparse.Namespace) -> int:
    """Take weights from a file into the user's models folder."""
    from engine.models.imports import import_model

    for row in import_model(arguments.file, arguments.as_id):
        print(f"Imported {row.name} as {row.id}.")
        if not row.accepted:
            print(f"Its licence ({row.licence}) is shown by: albumen models licence {row.id}", file=sys.stderr)
    return OK


def run_fetch(arguments: argparse.Namespace) -> int:
    """Load published weights over the network and install them; what was cut off goes on."""
    line = ProgressLine()

    def show(stage: str, fraction: float) -> None:
        line.show(arguments.model, Progress("", stage, fraction))

    try:
        fetch_model(arguments.model, Context(show))
    finally:
        line.clear()
    print(f"{arguments.model} is installed.")
    return OK


def run_verify(arguments: argparse.Namespace) -> int:
    """Check every file that should be there; exit code 1 if one is damaged or missing."""
    code = OK
    for check in verify():
        print(f"{check.state:8} {check.id}  {check.path}")
        if check.state != "ok":
            code = FAILED
    return code


def run_licence(arguments: argparse.Namespace) -> int:
    """Show the licences a model needs accepted, and note the acceptance."""
    from engine.models.licences import accept_licence, licences_of

    licences = licences_of(arguments.model)
    if not licences:
        print(f"{arguments.model} may be used for anything; there is nothing to accept.")
        return OK
    for licence in licences:
        print(f"{licence.weights}: {licence.name}\n\n{licence.text}\n")
    if arguments.accept:
        accept_licence(arguments.model)
        print(f"Noted: you accept the licence of {arguments.model}.")
    elif not all(licence.accepted for licence in licences):
        print(f"To accept it: albumen models licence {arguments.model} --accept")
    return OK
