"""The imaging worker's two jobs: a patch for the window, and the finished photo as a file."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from engine.base.context import Context
from engine.faces.align import Affine, affine_to_template
from engine.imaging.colour import to_srgb
from engine.imaging.load import load_photo
from engine.imaging.save import save_photo, writing_error
from engine.pipeline.background import Faces, enlarge
from engine.pipeline.compose import compose_face, lay, patch_rgba
from engine.pipeline.store import read_candidate
from engine.protocol import Announced, Compose, Event, Export, Exported, PatchReady, Pick

Emit = Callable[[Event], None]
_FACTORS = {"none": 1, "x2": 2, "x4": 4}


def compose(job_id: str, job: Compose, emit: Emit, context: Context) -> None:
    """Write one face's patch as RGBA PNG with straight alpha, and tell where it lies.

    Its samples are in the photo's own colour space, whose profile goes with them: laid over the photo's samples they
    are what `export` writes. A grey photo's patch is in sRGB, as RGBA has no grey profile.

    Raises what loading the photo and the candidate raises, DiskFull and OutputForbidden.
    """
    photo = load_photo(Path(job.photo))
    context.check()
    patch = compose_face(photo, _affine(job.pick), read_candidate(Path(job.pick.candidate)), job.pick.blend)
    context.check()
    rgba = patch_rgba(replace(patch, colour=to_srgb(patch.colour, photo)) if photo.is_grey else patch)
    name = hashlib.sha256(photo.sha256.encode() + msgspec.json.encode(job.pick)).hexdigest()[:32]
    path = Path(job.folder) / f"patch-{name}.png"
    data = io.BytesIO()
    Image.fromarray(rgba).save(data, "PNG", compress_level=1, icc_profile=None if photo.is_grey else photo.icc)
    _write(path, data.getvalue())
    emit(PatchReady(job_id, str(path), int(patch.box.x0), int(patch.box.y0)))


def export(job_id: str, job: Export, emit: Emit, context: Context) -> None:
    """Lay the picks over the photo, enlarged first where wanted, and write the result.

    Raises what loading and saving raise, and ExtraMissing where the background cannot be enlarged.
    """
    photo = load_photo(Path(job.photo))
    faces: Faces = [(_affine(pick), read_candidate(Path(pick.candidate))) for pick in job.picks]
    base, factor = photo, _FACTORS[job.background]
    if factor > 1:

        def announce(seconds: float) -> None:
            emit(Announced(job_id, "background", seconds))

        base, faces = enlarge(photo, faces, factor, announce, context.share(0.0, 0.9, "background"))
    pixels = base.pixels.copy()
    share = context.share(0.9 if factor > 1 else 0.0, 0.95, "compose")
    for n, (pick, (affine, candidate)) in enumerate(zip(job.picks, faces, strict=True)):
        share.report(n / len(faces))
        lay(pixels, compose_face(base, affine, candidate, pick.blend), pick.blend.opacity)
    share.report(1.0)
    path = save_photo(
        photo,
        pixels,
        base.alpha,
        Path(job.output),
        overwrite=job.overwrite,
        restored=bool(job.picks) or factor > 1,
        recipes_json=msgspec.json.encode(job.recipes).decode() if job.recipes else None,
    )
    emit(Exported(job_id, None if path is None else str(path)))


def _affine(pick: Pick) -> Affine:
    return affine_to_template(np.array(pick.face.landmarks, np.float64))


def _write(path: Path, data: bytes) -> None:
    """Write a scratch file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise writing_error(error, path) from error
