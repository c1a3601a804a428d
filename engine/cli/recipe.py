"""`albumen restore --recipe`: a finished photo made again from its original and the recipe that it carries."""

from __future__ import annotations

import argparse
import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from engine.base.errors import AlbumenError, NotThePhotoOfRecipe, RecipePhotoMissing, RecipeUnreadable, UsageError
from engine.cli import OK
from engine.cli.report import ProgressLine, counted, print_json
from engine.cli.workers import OnEvent, Workers, open_workers, scratch_folder
from engine.protocol import (
    BlendSettings,
    CandidateReady,
    Event,
    Export,
    Exported,
    Made,
    MadeFace,
    Pick,
    Progress,
    Remake,
)

_USED = {"recipe", "photos", "output", "overwrite", "json", "sidecar", "in_process", "run"}
"""Options that go together with --recipe; all others are said by the recipe."""


@dataclass(frozen=True)
class Again:
    """What became of a recipe; `output` is None where a file was there and was left alone.

    `exact` says whether device, runtime and version are those of the first time, so that the pixels are equal.
    """

    photo: Path
    output: Path | None
    made: Made
    exact: bool
    seconds: float


def run(arguments: argparse.Namespace) -> int:
    """Make the photo of `--recipe` again and say so; raises what `make_again` raises."""
    refuse_other_options(arguments)
    line = ProgressLine()

    def on_event(event: Event) -> None:
        if isinstance(event, Progress):
            line.show(arguments.recipe.name, event)

    with scratch_folder() as scratch, open_workers(arguments) as workers:
        told = run_recipe(arguments, workers, scratch, on_event)
    line.clear()
    if arguments.json:
        print_json(told)
    elif told.get("skipped"):
        line.note(f"{told['path']}: left out, {told['output']} is there already.")
    else:
        print(f"{told['path']} -> {told['output']} ({counted(len(told['faces']))}, {told['seconds']} s)")
    if not told.get("exact", True):
        line.note("The first one was made on another device or version, so this one may differ by a little.")
    return OK


def run_recipe(arguments: argparse.Namespace, workers: Workers, scratch: Path, on_event: OnEvent) -> dict[str, Any]:
    """Make the photo of `arguments.recipe` again with these workers; returns what is printed as JSON.

    Raises what `read_recipe`, `find_original` and the jobs raise.
    """
    made = read_recipe(arguments.recipe)
    photo = find_original(made, arguments.recipe, arguments.photos)
    output = arguments.output / made.output
    again = make_again(made, photo, output, workers, scratch, on_event, arguments.overwrite, arguments.sidecar)
    if again.output is None:
        return {"path": str(photo), "output": str(output), "skipped": True}
    return {
        "path": str(photo),
        "output": str(again.output),
        "faces": [_face_told(face) for face in made.faces],
        "seconds": round(again.seconds, 2),
        "exact": again.exact,
    }


def refuse_other_options(arguments: argparse.Namespace) -> None:
    """Raise UsageError for options that would decide what the recipe decides."""
    from engine.cli.parser import build_parser

    defaults = vars(build_parser().parse_args(["restore", "-o", "."]))
    given = {name for name, value in vars(arguments).items() if name not in _USED and value != defaults.get(name)}
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(given))
        raise UsageError(detail=f"The recipe says everything about the result; leave out {options}.")


def read_recipe(path: Path) -> Made:
    """How a finished photo was made, from the photo or from its sidecar.

    Raises RecipeUnreadable where there is nothing about it, and as loading a photo does.
    """
    from engine.imaging.load import hash_photo
    from engine.imaging.made import stored_recipe
    from engine.pipeline.making import LARGEST_BYTES, decode_made

    if path.suffix.lower() != ".json":
        text = stored_recipe(path)
        if text is None:
            raise RecipeUnreadable(path=path)
        return decode_made(text, path)
    hash_photo(path)  # raises the sentences of a file that is not there or may not be read
    if path.stat().st_size > LARGEST_BYTES:
        raise RecipeUnreadable(path=path)
    return decode_made(path.read_bytes(), path)


def find_original(made: Made, beside: Path, places: Sequence[Path]) -> Path:
    """The photo of a recipe: by its content, among the files and folders named or else in the folder of `beside`.

    Raises NotThePhotoOfRecipe, RecipePhotoMissing, and PhotoMissing for a place that is not there.
    """
    from engine.imaging.load import hash_photo

    files = [place for place in places if not place.is_dir()]
    for file in files:
        if hash_photo(file) == made.photo_sha256:
            return file
    folders = [place for place in places if place.is_dir()] if places else [beside.parent]
    for folder in folders:
        for file in _likely_first(folder, made.photo):
            if _hash(file) == made.photo_sha256:
                return file
        if (folder / made.photo).is_file():
            files.append(folder / made.photo)
    if files:
        raise NotThePhotoOfRecipe(path=files[0])
    raise RecipePhotoMissing(path=beside, photo=made.photo)


def _likely_first(folder: Path, name: str) -> list[Path]:
    from engine.imaging.load import looks_like_photo

    return sorted(filter(looks_like_photo, folder.iterdir()), key=lambda file: (file.name != name, file.name))


def _hash(path: Path) -> str | None:
    from engine.imaging.load import hash_photo

    try:
        return hash_photo(path)
    except AlbumenError:
        return None


def make_again(
    made: Made,
    photo: Path,
    output: Path,
    workers: Workers,
    scratch: Path,
    on_event: OnEvent,
    overwrite: Literal["never", "skip"] = "never",
    sidecar: bool = False,
) -> Again:
    """Make the candidates of a recipe again and lay them over its photo; raises as the jobs Remake and Export do."""
    ready: dict[int, CandidateReady] = {}
    written: list[str | None] = []

    def take(event: Event) -> None:
        if isinstance(event, CandidateReady):
            ready[event.face] = event
        elif isinstance(event, Exported):
            written.append(event.path)
        on_event(event)

    source = os.path.abspath(photo)
    recipes = tuple(face.recipe for face in made.faces)
    seconds = workers.compute(Remake(source, str(scratch / "store"), recipes), take).seconds if recipes else 0.0
    job = Export(
        photo=source,
        picks=tuple(
            Pick(face.face, ready[n].path, _blend(face, scratch / f"brush-{n}.png"))
            for n, face in enumerate(made.faces)
        ),
        output=os.path.abspath(output),
        overwrite=overwrite,
        background=made.background,
        quality=made.quality,
        longest_px=made.longest_px,
        location=made.location,
        sidecar=os.path.abspath(output.with_suffix(".json")) if sidecar else None,
    )
    seconds += workers.imaging(job, take).seconds
    path = written[-1]
    exact = all(ready[n].recipe == recipe for n, recipe in enumerate(recipes))
    return Again(photo, None if path is None else Path(path), made, exact, seconds)


def _blend(face: MadeFace, file: Path) -> BlendSettings:
    """The blend of a face, its brush's picture written to `file` first."""
    if face.blend.brush is None or face.brush_png is None:
        return face.blend
    file.write_bytes(base64.b64decode(face.brush_png))
    return replace(face.blend, brush=replace(face.blend.brush, path=str(file)))


def _face_told(face: MadeFace) -> dict[str, Any]:
    return {
        "box": list(face.face.box),
        "landmarks": [list(point) for point in face.face.landmarks],
        "score": face.face.score,
        "picked": face.recipe.index + 1,
    }
