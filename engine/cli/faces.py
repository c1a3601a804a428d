"""`albumen faces`: the faces found in photos, without restoring any."""

from __future__ import annotations

import argparse
import os
from typing import Any

from engine.base.errors import AlbumenError
from engine.cli import FAILED, OK
from engine.cli.batch.choices import find_options
from engine.cli.photos import find_photos
from engine.cli.report import ProgressLine, counted, error_json, print_json
from engine.cli.workers import open_workers
from engine.protocol import Event, FacesFound, FindFaces


def run(arguments: argparse.Namespace) -> int:
    """List the faces of every photo named; a photo without one is no failure here."""
    code, line = OK, ProgressLine()
    with open_workers(arguments) as workers:
        for photo in find_photos(arguments.photos, arguments.recursive):
            found: list[FacesFound] = []

            def on_event(event: Event, found: list[FacesFound] = found) -> None:
                if isinstance(event, FacesFound):
                    found.append(event)

            try:
                if photo.error is not None:
                    raise photo.error
                workers.compute(FindFaces(os.path.abspath(photo.path), find_options(arguments)), on_event)
            except AlbumenError as error:
                code = FAILED
                if arguments.json:
                    print_json({"path": str(photo.path), **error_json(error)})
                line.note(str(error))
                continue
            _tell(str(photo.path), found[-1], arguments.json)
    return code


def _tell(path: str, found: FacesFound, as_json: bool) -> None:
    if as_json:
        faces: list[dict[str, Any]] = [
            {"box": list(f.box), "landmarks": [list(p) for p in f.landmarks], "score": f.score} for f in found.faces
        ]
        print_json({"path": path, "width": found.width, "height": found.height, "faces": faces})
        return
    print(f"{path}: {counted(len(found.faces))}")
    for n, face in enumerate(found.faces, 1):
        x0, y0, x1, y1 = face.box
        print(f"  {n}: {x1 - x0:.0f} x {y1 - y0:.0f} pixels at ({x0:.0f}, {y0:.0f}), sure to {face.score:.0%}")
