"""How a finished photo was made: put together for its metadata and its sidecar, and read again."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace

import engine
from engine.base.errors import BrushUnreadable, RecipeUnreadable
from engine.base.naming import numbered
from engine.faces.align import affine_to_template
from engine.pipeline.store import recipe_beside, write_durably
from engine.protocol import Export, Made, MadeFace, Pick

LARGEST_BYTES = 64 * 1024 * 1024
"""Of a sidecar; the brushes are what counts."""
_LARGEST_BRUSH_PX, _FARTHEST_PX = 2e8, 1e7


def made_of(job: Export, photo_sha256: str) -> Made | None:
    """The making of an export, with the recipes that lie beside its candidates.

    None where one is missing, or is of a photo with other content: what is left could not make the same again. Raises
    BrushUnreadable.
    """
    faces: list[MadeFace] = []
    for pick in job.picks:
        face = _made_face(pick, photo_sha256)
        if face is None:
            return None
        faces.append(face)
    return Made(
        albumen=engine.__version__,
        photo=Path(job.photo).name,
        photo_sha256=photo_sha256,
        output=Path(job.output).name,
        faces=tuple(faces),
        background=job.background,
        quality=job.quality,
        longest_px=job.longest_px,
        location=job.location,
    )


def _made_face(pick: Pick, photo_sha256: str) -> MadeFace | None:
    recipe, brush = recipe_beside(Path(pick.candidate)), pick.blend.brush
    if recipe is None or recipe.photo_sha256 != photo_sha256:
        return None
    if brush is None:
        return MadeFace(pick.face, recipe, pick.blend)
    try:
        brush_png = base64.b64encode(Path(brush.path).read_bytes()).decode()
    except OSError as error:
        raise BrushUnreadable(path=brush.path) from error
    return MadeFace(pick.face, recipe, replace(pick.blend, brush=replace(brush, path="")), brush_png)


def decode_made(text: str | bytes, path: Path) -> Made:
    """The making from JSON; RecipeUnreadable, which names `path`, where it is none.

    The file may be anybody's: names with folders, faces that are none and values out of range are refused.
    """
    try:
        made = msgspec.json.decode(text, type=Made)
        _check(made)
    except (ValueError, OverflowError, RecursionError) as error:
        raise RecipeUnreadable(path=path) from error
    return made


def _check(made: Made) -> None:
    """Raise ValueError for what Albumen would not have written."""
    for name in (made.photo, made.output):
        if Path(name).name != name or name in ("", "..") or "\0" in name:
            raise ValueError(f"a file's name without a folder is needed, not {name!r}")
    for face in made.faces:
        laid, made_at = np.array(face.face.landmarks), np.array(face.recipe.landmarks)
        affine_to_template(laid)
        if np.abs(laid - made_at).max() > np.ptp(made_at):  # where the recipe's face is in the photo, `remake` sees to
            raise ValueError("the face was made for another place")
        regions = face.blend.regions
        if not all(0 <= share <= 1 for share in (face.blend.opacity, *msgspec.structs.astuple(regions))):
            raise ValueError("an opacity is a number from 0 to 1")
        if (face.blend.brush is None) != (face.brush_png is None):
            raise ValueError("a brush has a place and a picture")
        if face.blend.brush is not None and max(abs(face.blend.brush.x), abs(face.blend.brush.y)) > _FARTHEST_PX:
            raise ValueError("the brush lies outside of any photo")
        if face.brush_png is not None:
            head = base64.b64decode(face.brush_png, validate=True)[:24]
            if len(head) < 24 or np.frombuffer(head, ">u4")[4:].astype(float).prod() > _LARGEST_BRUSH_PX:
                raise ValueError("this is no picture of a brush, or too large a one")


def write_sidecar(path: Path, made: Made, written: Path) -> Path:
    """Write the making of the file `written` beside it; returns the sidecar's path.

    Its name gets the number which the output has behind the name it was asked for. A sidecar of the same output's name
    is replaced, as the file it spoke of is gone; anything else is left alone, and the next number taken. It is on disk
    when this returns. Raises DiskFull or OutputForbidden.
    """
    number = written.stem.removeprefix(Path(made.output).stem)
    made = replace(made, output=written.name)
    for candidate in numbered(path.with_stem(path.stem + number)):
        if not candidate.exists() or _speaks_of(candidate) == written.name:
            write_durably(candidate, msgspec.json.format(msgspec.json.encode(made)))
            return candidate
    raise AssertionError("numbers never end")


def _speaks_of(path: Path) -> str | None:
    try:
        return decode_made(path.read_bytes(), path).output
    except (OSError, RecipeUnreadable):
        return None
