"""How long a batch will take and what it needs, told before it runs and while it does; the pace of this machine."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil
from PIL import Image

from engine.base.errors import AlbumenError
from engine.base.folders import data_dir
from engine.cli.batch.choices import Choice
from engine.cli.batch.plan import Planned
from engine.cli.report import duration
from engine.models.files import write_file

PACE_NAME = "pace.json"
_OLD_PHOTOS = 30
"""A new run counts beside at most so many earlier photos, so that the pace follows a machine that changed."""


class Pace(msgspec.Struct, frozen=True):
    """What photos took on a machine. The defaults are of two processor cores with the starter model.

    A photo takes `megapixel_s` for each megapixel (opening it and finding faces) and `version_s` for each version of
    each face; the imaging worker meanwhile writes the one before.
    """

    version_s: float = 1.0
    megapixel_s: float = 0.4
    faces: float = 1.5
    compute_mb: int = 1200
    imaging_mb: int = 400
    photos: int = 0

    def seconds(self, megapixels: float, choice: Choice) -> float:
        """What a photo is expected to take."""
        return self.faces * choice.options.candidates * self.version_s + megapixels * self.megapixel_s


@dataclass
class Measured:
    """Sums over the photos that a run restored."""

    photos: int = 0
    faces: int = 0
    versions: int = 0
    megapixels: float = 0.0
    finding_s: float = 0.0
    restoring_s: float = 0.0

    def into(self, pace: Pace, compute_mb: int, imaging_mb: int) -> Pace:
        """The pace with this run taken in."""
        if not (self.photos and self.versions and self.megapixels):
            return pace
        old = min(pace.photos, _OLD_PHOTOS)

        def mixed(before: float, now: float) -> float:
            return (before * old + now * self.photos) / (old + self.photos)

        return Pace(
            version_s=mixed(pace.version_s, self.restoring_s / self.versions),
            megapixel_s=mixed(pace.megapixel_s, self.finding_s / self.megapixels),
            faces=mixed(pace.faces, self.faces / self.photos),
            compute_mb=round(mixed(pace.compute_mb, compute_mb)),
            imaging_mb=round(mixed(pace.imaging_mb, imaging_mb)),
            photos=pace.photos + self.photos,
        )


def pace_name(device: str, threads: int | None, workers: int, choice: Choice) -> str:
    """Under which name a pace is kept: what makes a photo faster or slower on one machine."""
    options = choice.options
    strength = "auto" if options.strength is None else f"{options.strength:g}"
    return f"{options.model} {device} threads={threads or 'all'} workers={workers} {strength} steps={options.steps}"


def read_pace(name: str) -> Pace:
    """The pace of earlier runs, the default where there were none (or their file cannot be read)."""
    return _read().get(name, Pace())


def keep_pace(name: str, pace: Pace) -> None:
    """Keep a pace for later runs; a run does not fail because this cannot be written."""
    with suppress(AlbumenError):
        write_file(data_dir() / PACE_NAME, msgspec.json.format(msgspec.json.encode(_read() | {name: pace})))


def _read() -> dict[str, Pace]:
    with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode((data_dir() / PACE_NAME).read_bytes(), type=dict[str, Pace])
    return {}


def megapixels(photo: Path) -> float:
    """Width times height from the header of a file; 0 for one that cannot be opened (which is named later)."""
    with suppress(Exception), warnings.catch_warnings():  # Pillow raises nearly anything on what is no picture
        warnings.simplefilter("ignore")
        with Image.open(photo) as image:
            return image.width * image.height / 1e6
    return 0.0


class Remaining:
    """The seconds left of a batch: what its open photos are expected to take, at the pace of those that are done."""

    def __init__(self, planned: Sequence[Planned], pace: Pace, workers: int, known: Collection[str] = ()) -> None:
        """`known` are absolute paths of photos that seem to be done already."""
        self.sizes = [megapixels(item.photo) if item.error is None else 0.0 for item in planned]
        self._expected = [
            pace.seconds(size, item.choice) if size and os.path.abspath(item.photo) not in known else 0.0
            for size, item in zip(self.sizes, planned, strict=True)
        ]
        self._open = sum(self._expected)
        self._done = 0.0
        self._taken_s = 0.0
        self._workers = workers

    def leave_out(self, number: int) -> None:
        """Photo `number` is done already, or failed at once."""
        self._open -= self._expected[number]

    def done(self, number: int, seconds: float) -> None:
        """Photo `number` took a worker so many seconds."""
        self._open -= self._expected[number]
        self._done += self._expected[number]
        self._taken_s += seconds

    def seconds(self) -> float:
        factor = self._taken_s / self._done if self._done else 1.0
        return max(0.0, self._open) * factor / self._workers


def sentence(count: int, done: int, left: Remaining, pace: Pace, workers: int, output: Path) -> str:
    """What a run is up to, beside what there is."""
    photos = f"{count} photos" if count != 1 else "1 photo"
    known = f", {done} of them done already" if done else ""
    measured = f"measured on {pace.photos} photos" if pace.photos else "not measured yet on this computer"
    needed = workers * pace.compute_mb + pace.imaging_mb + round(max(left.sizes, default=0.0) * 40)
    free = psutil.virtual_memory().available // 2**20
    text = (
        f"{photos}{known}, {sum(left.sizes):.1f} megapixels: about {duration(left.seconds())} "
        f"({pace.faces:.1f} faces a photo, {pace.version_s:.1f} s a version; {measured}), "
        f"memory about {needed} MiB of {free} MiB free"
    )
    with suppress(OSError):
        there = next(folder for folder in (output.absolute(), *output.absolute().parents) if folder.is_dir())
        text += f", disk {shutil.disk_usage(there).free / 2**30:.1f} GiB free"
    if needed > free:
        text += ". That is more than is free: close other programs, or use fewer --workers"
    return text + "."
