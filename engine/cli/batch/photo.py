"""One photo on its way: from its file to candidates (compute worker), from them to the result (imaging worker)."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from engine.base.errors import NoFaceFound
from engine.cli.batch.choices import Choice, Settings
from engine.cli.workers import OnEvent, Workers
from engine.imaging.save import writing_error
from engine.models.files import sha256_of
from engine.models.packs import catalogue
from engine.protocol import (
    BestChosen,
    CandidateReady,
    Event,
    Export,
    Exported,
    FaceRecord,
    FacesFound,
    Pick,
    Restore,
)


@dataclass
class Restored:
    """What the compute worker made of one photo."""

    photo_sha256: str = ""
    megapixels: float = 0.0
    faces: tuple[FaceRecord, ...] = ()
    candidates: dict[int, list[CandidateReady]] = field(default_factory=dict)
    best: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    finding_seconds: float = 0.0
    peak_mb: int = 0

    def take(self, event: Event, seconds: float) -> None:
        """Note an event that came `seconds` after the job began."""
        if isinstance(event, FacesFound):  # also says that a job began anew
            self.faces, self.candidates, self.best = event.faces, {}, {}
            self.photo_sha256, self.megapixels = event.photo_sha256, event.width * event.height / 1e6
            self.finding_seconds = seconds
        elif isinstance(event, CandidateReady):
            self.candidates.setdefault(event.face, []).append(event)
        elif isinstance(event, BestChosen):
            self.best[event.face] = event.index

    @property
    def versions(self) -> int:
        return sum(map(len, self.candidates.values()))

    def picked(self, pick: int | None) -> dict[int, CandidateReady]:
        """By face the candidate to use: the best, or number `pick` (from 1); a face with one version has only that."""
        chosen = {}
        for face, candidates in self.candidates.items():
            index = self.best[face] if pick is None else pick - 1
            chosen[face] = candidates[min(index, len(candidates) - 1)]
        return chosen


def restore_photo(
    workers: Workers, photo: Path, store: Path, choice: Choice, settings: Settings, on_event: OnEvent
) -> Restored:
    """Candidates of every face. Raises what restoring raises; no face is an error only where nothing is left to do."""
    restored, started = Restored(), time.monotonic()

    def take(event: Event) -> None:
        restored.take(event, time.monotonic() - started)
        on_event(event)

    job = Restore(os.path.abspath(photo), str(store), find=settings.find, options=choice.options)
    try:
        done = workers.compute(job, take)
    except NoFaceFound:
        if settings.background == "none":
            raise
        return restored  # the background can be enlarged all the same
    restored.seconds, restored.peak_mb = done.seconds, done.peak_memory_mb
    return restored


@dataclass(frozen=True)
class Written:
    """What the imaging worker made of it; `path` is None where a file was there and was left alone."""

    path: Path | None
    seconds: float
    peak_mb: int


def export_photo(
    workers: Workers,
    photo: Path,
    restored: Restored,
    output: Path,
    choice: Choice,
    settings: Settings,
    on_event: OnEvent,
) -> Written:
    """Write the restored photo; raises what exporting raises."""
    chosen = restored.picked(choice.pick)
    job = Export(
        photo=os.path.abspath(photo),
        picks=tuple(Pick(restored.faces[n], c.path, choice.blend_settings) for n, c in chosen.items()),
        output=os.path.abspath(output),
        overwrite=settings.overwrite,
        background=settings.background,
        sidecar=os.path.abspath(output.with_suffix(".json")) if settings.sidecar else None,
    )
    written: list[str | None] = []

    def take(event: Event) -> None:
        if isinstance(event, Exported):
            written.append(event.path)
        on_event(event)

    done = workers.imaging(job, take)
    return Written(None if written[-1] is None else Path(written[-1]), done.seconds, done.peak_memory_mb)


def row_of(
    restored: Restored, output: Path, choice: Choice, seconds: float, kept: dict[int, list[str]]
) -> dict[str, Any]:
    """What is printed of a photo that was restored; `kept` are the candidates' files by face, where they are kept."""
    chosen = restored.picked(choice.pick)
    faces = [
        {
            "box": list(face.box),
            "landmarks": [list(p) for p in face.landmarks],
            "score": face.score,
            "candidates": kept.get(n, len(restored.candidates.get(n, []))),
            "picked": chosen[n].index + 1,
        }
        for n, face in enumerate(restored.faces)
    ]
    return {"output": str(output), "faces": faces, "seconds": round(seconds, 2)}


def keep_candidates(output: Path, restored: Restored) -> dict[int, list[str]]:
    """Copy every candidate and its recipe beside the result: NAME.face1.candidate1.png and .json; by face."""
    kept: dict[int, list[str]] = {}
    for n, candidates in restored.candidates.items():
        for c in candidates:
            target = output.with_name(f"{output.stem}.face{n + 1}.candidate{c.index + 1}.png")
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(c.path, target)
                shutil.copyfile(Path(c.path).with_suffix(".json"), target.with_suffix(".json"))
            except OSError as error:
                raise writing_error(error, target) from error
            kept.setdefault(n, []).append(str(target))
    return kept


def make_key(settings: Settings) -> Callable[[str, Choice], str]:
    """A function from a photo's SHA-256 and its choice to the hash of all that decides its result.

    The weights count by their hashes; the machine does not count: another one makes the same photo but for rounding.
    """
    hashes: dict[str, list[str]] = {}
    detector = Path(settings.find.detector)
    common = (
        settings.find,
        sha256_of(detector) if detector.is_file() else "",
        settings.template,
        settings.format,
        settings.background,
        settings.keep_candidates,
        settings.sidecar,
    )

    def key(photo_sha256: str, choice: Choice) -> str:
        model = choice.options.model
        if model not in hashes:
            library = catalogue()
            hashes[model] = [part.checked() for part in library.parts_of(library.find_model(model))]
        decided = (photo_sha256, common, choice.options, hashes[model], choice.pick, choice.blend, choice.output)
        return hashlib.sha256(msgspec.json.encode(decided, order="sorted")).hexdigest()

    return key
