"""`albumen demo`: damage a sample picture, restore it with the real workers, write a before/after sheet."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.folders import resources_dir
from engine.base.values import img01_from_int, u8_from_01
from engine.cli import OK
from engine.cli.batch.choices import Choice, Settings, restore_options
from engine.cli.batch.photo import Restored, export_photo, keep_candidates, restore_photo
from engine.cli.batch.run import free_name
from engine.cli.batch.tally import Tally
from engine.cli.report import ProgressLine
from engine.cli.restore import check_model
from engine.cli.workers import open_workers, scratch_folder
from engine.degrade.model import Degradation, degrade
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo
from engine.imaging.save import writing_error
from engine.protocol import Event, Progress

DAMAGE = Degradation(sigma_x=2.0, sigma_y=1.5, theta=0.6, scale=2.5, noise=9.0, jpeg_quality=55)
"""A soft, noisy, much compressed scan; the face of the sample is some 200 pixels high."""
GAP_PX = 12
Picture = NDArray[np.uint8]


def run(arguments: argparse.Namespace) -> int:
    """Write damaged.png, damaged.restored.png, original.png and sheet.png; raises what restoring raises."""
    choice, settings = Choice(restore_options(arguments)), Settings(arguments.output)
    check_model(choice.options.model)
    out: Path = arguments.output
    original = srgb_u8(load_photo(resources_dir() / "demo" / "portrait.png"))
    damaged = u8_from_01(degrade(img01_from_int(original), DAMAGE, np.random.default_rng(0)))
    _write(out / "original.png", original)
    _write(out / "damaged.png", damaged)
    tally, line = Tally(), ProgressLine()

    def on_event(event: Event) -> None:
        if isinstance(event, Progress):
            line.show("demo", event)

    with scratch_folder() as scratch, open_workers(arguments) as workers:
        photo, output = out / "damaged.png", free_name(out / "damaged.restored.png").absolute()
        restored = restore_photo(workers, photo, scratch / "store", choice, settings, on_event)
        keep_candidates(output, restored)
        written = export_photo(workers, photo, restored, output, choice, settings, on_event)
    assert written.path is not None
    tally.take(restored)
    tally.peak("imaging", written.peak_mb)
    tally.done = 1
    after = srgb_u8(load_photo(written.path))
    _write(out / "sheet.png", _sheet(damaged, after, original, restored))
    line.note(tally.sentence())
    print(f"Before, after and the undamaged picture side by side: {out / 'sheet.png'}")
    return OK


def _sheet(before: Picture, after: Picture, original: Picture, restored: Restored) -> Picture:
    """The three pictures in a row, and below each its face twice as large."""
    x0, y0, x1, y1 = restored.faces[0].box
    side = round(1.5 * max(x1 - x0, y1 - y0))
    left, top = (max(0, round((a + b - side) / 2)) for a, b in ((x0, x1), (y0, y1)))
    width = before.shape[1]
    columns = []
    for picture in (before, after, original):
        face = cv2.resize(picture[top : top + side, left : left + side], (width, width), interpolation=cv2.INTER_CUBIC)
        columns.append(np.vstack([picture, np.full((GAP_PX, width, 3), 255, np.uint8), face]).astype(np.uint8))
    gap = np.full((columns[0].shape[0], GAP_PX, 3), 255, np.uint8)
    return np.hstack([columns[0], gap, columns[1], gap, columns[2]])


def _write(path: Path, img_u8: Picture) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", img_u8[..., ::-1])[1].tobytes())
    except OSError as error:
        raise writing_error(error, path) from error
