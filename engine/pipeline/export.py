"""The imaging worker's jobs on picks: a patch for the window, and the finished photo as a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace as replace_fields

from engine.base.context import Context
from engine.base.errors import UsageError
from engine.imaging.colour import display_profile
from engine.imaging.load import load_photo
from engine.imaging.resize import reduced
from engine.imaging.save import save_photo
from engine.pipeline.background import Faces, enlarge
from engine.pipeline.brush import brushed
from engine.pipeline.compose import affine_of, compose_face, lay, patch_rgba
from engine.pipeline.making import made_of, write_sidecar
from engine.pipeline.scratch import png_bytes, write_scratch
from engine.pipeline.store import read_candidate
from engine.protocol import Announced, Compose, Event, Export, Exported, PatchReady, Pick

Emit = Callable[[Event], None]
_FACTORS = {"none": 1, "x2": 2, "x4": 4}


def compose(job_id: str, job: Compose, emit: Emit, context: Context) -> None:
    """Write one face's patch as RGBA PNG with straight alpha, and tell where it lies.

    Its samples are in the photo's own colour space (see `album.show_photo`), whose profile goes with them: laid over
    the samples that `show_photo` writes they are what `export` writes, within 1/255.

    Raises what loading the photo and the candidate raises, DiskFull and OutputForbidden.
    """
    photo = load_photo(Path(job.photo))
    context.check()
    patch = compose_face(photo, affine_of(job.pick.face), read_candidate(Path(job.pick.candidate)), job.pick.blend)
    context.check()
    name = hashlib.sha256(photo.sha256.encode() + msgspec.json.encode(_seen(job.pick))).hexdigest()[:32]
    path = Path(job.folder) / f"patch-{name}.png"
    write_scratch(path, png_bytes(patch_rgba(patch), display_profile(photo)))
    emit(PatchReady(job_id, str(path), int(patch.box.x0), int(patch.box.y0)))


def _seen(pick: Pick) -> Pick:
    """The pick without what its patch does not depend on."""
    return replace_fields(pick, blend=replace_fields(pick.blend, opacity=1.0, brush=None))


def export(job_id: str, job: Export, emit: Emit, context: Context) -> None:
    """Lay the picks over the photo, enlarged first where wanted, and write the result and how it was made.

    A candidate without its recipe (see `made_of`) leaves the file without that, and no sidecar is written. Raises what
    loading and saving raise, UsageError for a quality or size there is not, BrushUnreadable, and ExtraMissing where the
    background cannot be enlarged.
    """
    if job.quality is not None and not 1 <= job.quality <= 100:
        raise UsageError(detail=f"The quality must be a number from 1 to 100, not {job.quality}.")
    if job.longest_px is not None and job.longest_px < 1:
        raise UsageError(detail=f"The longer side must have at least 1 pixel, not {job.longest_px}.")
    photo = load_photo(Path(job.photo))
    faces: Faces = [(affine_of(pick.face), read_candidate(Path(pick.candidate))) for pick in job.picks]
    base, factor = photo, _FACTORS[job.background]
    if factor > 1:

        def announce(seconds: float) -> None:
            emit(Announced(job_id, "background", seconds))

        base, faces = enlarge(photo, faces, factor, announce, context.share(0.0, 0.9, "background"))
    pixels = base.pixels.copy()
    share = context.share(0.9 if factor > 1 else 0.0, 0.95, "compose")
    for n, (pick, (affine, candidate)) in enumerate(zip(job.picks, faces, strict=True)):
        share.report(n / len(faces))
        patch = compose_face(base, affine, candidate, pick.blend)
        if pick.blend.brush is not None:
            patch = brushed(patch, pick.blend.brush, factor)
        lay(pixels, patch, pick.blend.opacity)
    share.report(1.0)
    pixels, alpha = reduced(pixels, base.alpha, job.longest_px or max(base.pixels.shape))
    made = made_of(job, photo.sha256)

    def tell(path: Path) -> None:
        if made is not None and job.sidecar is not None:
            write_sidecar(Path(job.sidecar), made, path)
        emit(Exported(job_id, str(path)))

    path = save_photo(
        photo,
        pixels,
        alpha,
        Path(job.output),
        quality="keep" if job.quality is None else job.quality,
        overwrite=job.overwrite,
        restored=bool(job.picks) or factor > 1,
        recipes_json=None if made is None else msgspec.json.encode(made).decode(),
        place=job.location == "keep",
        on_written=tell,
    )
    if path is None:
        emit(Exported(job_id, None))
