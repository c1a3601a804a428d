"""`albumen restore`: photos in, restored photos out; one that fails is named and the others go on."""

from __future__ import annotations

import argparse
import os
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.base.errors import AlbumenError, NoFaceFound, UsageError
from engine.cli import FAILED, OK
from engine.cli.photos import RESTORED, Found, find_photos
from engine.cli.report import ProgressLine, counted, duration, error_json, print_json
from engine.cli.workers import Workers, open_workers, scratch_folder
from engine.protocol import (
    Announced,
    BestChosen,
    BlendSettings,
    CandidateReady,
    Done,
    Event,
    Export,
    Exported,
    FaceRecord,
    FacesFound,
    FindOptions,
    Pick,
    Progress,
    Recipe,
    Restore,
    RestoreOptions,
)


@dataclass
class Restored:
    """What the compute worker made of one photo."""

    faces: tuple[FaceRecord, ...] = ()
    candidates: dict[int, list[CandidateReady]] = field(default_factory=dict)
    best: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    def take(self, event: Event) -> None:
        if isinstance(event, FacesFound):  # also says that a job began anew
            self.faces, self.candidates, self.best = event.faces, {}, {}
        elif isinstance(event, CandidateReady):
            self.candidates.setdefault(event.face, []).append(event)
        elif isinstance(event, BestChosen):
            self.best[event.face] = event.index

    def picked(self, face: int, wanted: int | None) -> CandidateReady:
        """The candidate to use: the best, or number `wanted` (from 1); a face with one version has only that."""
        candidates = self.candidates[face]
        index = self.best[face] if wanted is None else wanted - 1
        return candidates[min(index, len(candidates) - 1)]


@dataclass
class Tally:
    """Figures of a whole run, for its last line."""

    done: int = 0
    failed: int = 0
    faces: int = 0
    face_seconds: float = 0.0
    peaks_mb: dict[str, int] = field(default_factory=dict)

    def peak(self, role: str, done: Done) -> None:
        self.peaks_mb[role] = max(self.peaks_mb.get(role, 0), done.peak_memory_mb)

    def sentence(self) -> str:
        text = f"{self.done} done, {self.failed} failed"
        if self.faces:
            text += f"; {counted(self.faces)}, {self.face_seconds / self.faces:.1f} s a face"
        if self.peaks_mb:
            text += "; peak memory " + ", ".join(f"{role} {mb} MiB" for role, mb in self.peaks_mb.items())
        return text + "."


def find_options(arguments: argparse.Namespace) -> FindOptions:
    return FindOptions(arguments.detector, arguments.min_face, arguments.min_score, arguments.rotations)


def restore_options(arguments: argparse.Namespace) -> RestoreOptions:
    return RestoreOptions(
        model=arguments.model,
        strength=arguments.strength,
        eta=arguments.eta,
        eta_meaning=arguments.eta_meaning,
        steps=arguments.steps,
        sampler=arguments.sampler,
        candidates=arguments.candidates,
        seed=arguments.seed,
        precision=arguments.precision,
    )


def check_model(model: str) -> None:
    """Raise UnknownModel, WeightsMissing or LicenceNotAccepted before any photo is touched."""
    from engine.models.load import check_usable

    check_usable(model)


def run(arguments: argparse.Namespace) -> int:
    """Restore every photo named; exit code 0 when all were done, 1 when some were not."""
    if arguments.pick is not None and arguments.pick > arguments.candidates:
        raise UsageError(detail=f"--pick {arguments.pick}: there are only {arguments.candidates} candidates.")
    check_model(arguments.model)
    tally, line = Tally(), ProgressLine()
    with scratch_folder() as scratch, open_workers(arguments) as workers, ExitStack() as stack:
        batch = Batch(arguments, workers, scratch, tally, line)
        exporting = stack.enter_context(ThreadPoolExecutor(1))
        pending: list[tuple[Found, Future[dict[str, Any]]]] = []
        for number, photo in enumerate(find_photos(arguments.photos, arguments.recursive, arguments.output), 1):
            try:
                job = batch.restore(photo, f"photo {number}, {photo.path.name}")
            except AlbumenError as error:
                batch.tell(photo, error_json(error))
                continue
            if isinstance(job, dict):
                batch.tell(photo, job)
                continue
            # The imaging worker writes this photo while the compute worker is busy with the next.
            pending.append((photo, exporting.submit(batch.export, photo, job)))
            pending = batch.tell_finished(pending, wait=arguments.in_process)
        batch.tell_finished(pending, wait=True)
        if not tally.done + tally.failed:
            raise UsageError(detail="No photo was found in the places you named; for subfolders add --recursive.")
        line.note(tally.sentence())
    return FAILED if tally.failed else OK


class Batch:
    """The photos of one run on their way through both workers."""

    def __init__(
        self, arguments: argparse.Namespace, workers: Workers, scratch: Path, tally: Tally, line: ProgressLine
    ) -> None:
        self.arguments, self.workers, self.scratch, self.tally, self.line = arguments, workers, scratch, tally, line

    def restore(self, photo: Found, title: str) -> Restored | dict[str, Any]:
        """Candidates of a photo, or at once what to say of it (`--overwrite skip` and the result is there)."""
        if photo.error is not None:
            raise photo.error
        output = self.output_for(photo)
        if self.arguments.overwrite == "skip" and output.exists():
            return {"output": str(output), "skipped": True}
        restored = Restored()

        def on_event(event: Event) -> None:
            restored.take(event)
            if isinstance(event, Progress):
                self.line.show(title, event)

        job = Restore(
            photo=os.path.abspath(photo.path),
            store=str(self.scratch / "store"),
            find=find_options(self.arguments),
            options=restore_options(self.arguments),
        )
        try:
            done = self.workers.compute(job, on_event)
        except NoFaceFound:
            if self.arguments.background == "none":
                raise
            return restored  # the background can be enlarged all the same
        self.tally.peak("compute", done)
        self.tally.faces += len(restored.faces)
        self.tally.face_seconds += done.seconds
        restored.seconds = done.seconds
        return restored

    def export(self, photo: Found, restored: Restored) -> dict[str, Any]:
        """Write the restored photo and, where wanted, the candidates; returns what to say of it."""
        output = self.output_for(photo)
        chosen = {n: restored.picked(n, self.arguments.pick) for n in restored.candidates}
        blend = BlendSettings(opacity=self.arguments.blend)
        recipes: tuple[Recipe, ...] = tuple(c.recipe for c in chosen.values())
        job = Export(
            photo=os.path.abspath(photo.path),
            picks=tuple(Pick(restored.faces[n], c.path, blend) for n, c in chosen.items()),
            output=os.path.abspath(output),
            overwrite=self.arguments.overwrite,
            background=self.arguments.background,
            recipes=recipes,
        )
        written: list[str | None] = []

        def on_event(event: Event) -> None:
            if isinstance(event, Exported):
                written.append(event.path)
            elif isinstance(event, Announced):
                self.line.note(f"{photo.path.name}: enlarging the background takes about {duration(event.seconds)}.")
            elif isinstance(event, Progress) and event.stage == "background":
                self.line.show(photo.path.name, event)

        done = self.workers.imaging(job, on_event)
        self.tally.peak("imaging", done)
        if written[0] is None:
            return {"output": str(output), "skipped": True}
        kept = self._keep_candidates(Path(written[0]), restored) if self.arguments.keep_candidates else {}
        return {
            "output": written[0],
            "faces": [
                {
                    "box": list(face.box),
                    "landmarks": [list(p) for p in face.landmarks],
                    "score": face.score,
                    "candidates": kept.get(n, len(restored.candidates.get(n, []))),
                    "picked": chosen[n].index + 1,
                }
                for n, face in enumerate(restored.faces)
            ],
            "seconds": round(restored.seconds + done.seconds, 2),
        }

    def output_for(self, photo: Found) -> Path:
        """Where the result goes: NAME.restored.EXT in the output folder, a subfolder's below the same subfolder."""
        from engine.imaging.save import output_ending

        ending = output_ending(photo.path, self.arguments.format)
        folder: Path = self.arguments.output / photo.folder
        return folder / f"{photo.path.stem}{RESTORED}{ending}"

    def tell_finished(self, pending: list[tuple[Found, Future[dict[str, Any]]]], *, wait: bool) -> list[Any]:
        """Report the exports that are finished (all, if told to wait), in order; returns those that are not."""
        while pending and (wait or pending[0][1].done()):
            photo, export = pending.pop(0)
            try:
                self.tell(photo, export.result())
            except AlbumenError as error:
                self.tell(photo, error_json(error))
        return pending

    def tell(self, photo: Found, result: dict[str, Any]) -> None:
        """One photo's line: a JSON object on stdout or a sentence on stderr."""
        failed = "error" in result
        self.tally.failed += failed
        self.tally.done += not failed
        self.line.clear()
        if self.arguments.json:
            print_json({"path": str(photo.path), **result})
        if failed:
            self.line.note(result["error"]["sentence"])
        elif result.get("skipped"):
            self.line.note(f"{photo.path}: left out, {result['output']} is there already.")
        elif not self.arguments.json:
            faces = counted(len(result["faces"]))
            print(f"{photo.path} -> {result['output']} ({faces}, {result['seconds']} s)")

    def _keep_candidates(self, output: Path, restored: Restored) -> dict[int, list[str]]:
        """Copy every candidate and its recipe beside the result: NAME.face1.candidate1.png and .json."""
        kept: dict[int, list[str]] = {}
        for n, candidates in restored.candidates.items():
            for c in candidates:
                target = output.with_name(f"{output.stem}.face{n + 1}.candidate{c.index + 1}.png")
                try:
                    shutil.copyfile(c.path, target)
                    shutil.copyfile(Path(c.path).with_suffix(".json"), target.with_suffix(".json"))
                except OSError as error:
                    from engine.imaging.save import writing_error

                    raise writing_error(error, target) from error
                kept.setdefault(n, []).append(str(target))
        return kept
