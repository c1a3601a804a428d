"""Names for exported photos, and the export jobs of many photos; pure but for resolving links."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from desktop_app.album.records import Photo, PhotoEdit
from engine.base.naming import COUNTER, filled, fit, same_file_key
from engine.protocol import Export, Pick

FormatChoice = Literal["keep", "jpg", "png", "tif", "webp"]
FIELDS = ("name", "date", "taken", "year", "counter", "album", "faces", "rating")
NO_DATE = "undated"

_ENDINGS = {"jpeg": (".jpg", ".jpeg"), "png": (".png",), "tiff": (".tif", ".tiff"), "webp": (".webp",)}
_KEPT_AS = {"bmp": "png", "heic": "jpeg", "heif": "jpeg"}
_BY_ENDING = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".tif": "tiff", ".tiff": "tiff", ".webp": "webp"}


@dataclass(frozen=True)
class ExportSettings:
    """What one export has in common; `today` is what {date} says, `first` the first photo's {counter}."""

    folder: Path
    template: str = "{name}.restored"
    format: FormatChoice = "keep"
    quality: int | None = None
    longest_px: int | None = None
    location: Literal["keep", "drop"] = "keep"
    overwrite: Literal["never", "skip"] = "never"
    background: Literal["none", "x2", "x4"] = "none"
    album: str = ""
    today: date | None = None
    first: int = 1


def plan(
    photos: Sequence[tuple[Photo, PhotoEdit]], settings: ExportSettings, originals: Collection[Path] = ()
) -> tuple[Export, ...]:
    """One export job for each photo; no two have the same target, and none has an original's.

    Originals are the photos themselves and `originals`, any others that could lie in the folder. Paths are compared
    with their links resolved and, as some file systems do, without regard to case and composed accents; a clash gets a
    number. Raises TemplateUnknownField and TemplateMalformed.
    """
    taken = {same_file_key(path.resolve()) for path in [*(photo.path for photo, _ in photos), *originals]}
    folder = settings.folder.resolve()
    jobs: list[Export] = []
    for n, (photo, edit) in enumerate(photos):
        stem, ending = name_for(photo, edit, settings, settings.first + n), ending_for(photo, settings.format)
        output, number = folder / f"{stem}{ending}", 1
        while same_file_key(output) in taken:
            number += 1
            output = folder / f"{stem}-{number}{ending}"
        taken.add(same_file_key(output))
        jobs.append(
            Export(
                photo=str(photo.path),
                picks=_picks(edit),
                output=str(output),
                overwrite=settings.overwrite,
                background=settings.background,
                quality=settings.quality,
                longest_px=settings.longest_px,
                location=settings.location,
            )
        )
    return tuple(jobs)


def example(settings: ExportSettings, photo: Photo | None = None, edit: PhotoEdit | None = None) -> str:
    """The file name that the first photo (or one made up) gets; raises as `plan` does."""
    photo = photo or Photo(0, Path("IMG_0042.jpg"), "", format="jpeg", taken="1957-06-01T12:00:00", rating=3)
    return name_for(photo, edit or PhotoEdit(), settings, settings.first) + ending_for(photo, settings.format)


def name_for(photo: Photo, edit: PhotoEdit, settings: ExportSettings, counter: int) -> str:
    """The file name without its ending, fit for Windows, macOS and Linux; raises as `plan` does."""
    taken = (photo.taken or "")[:10]
    values = {
        "name": photo.path.stem,
        "date": (settings.today or date.today()).isoformat(),
        "taken": taken or NO_DATE,
        "year": taken[:4] or NO_DATE,
        "album": settings.album,
        "faces": str(sum(not face.ignored for face in edit.faces)),
        "rating": str(photo.rating),
        COUNTER: str(counter),
    }
    return fit(filled(settings.template, {field: values[field] for field in FIELDS}, counter)) or (
        fit(photo.path.stem) or "photo"
    )


def ending_for(photo: Photo, format: FormatChoice) -> str:
    """The ending of the exported file; "keep" keeps the photo's own where its content is what it says.

    A BMP is kept as PNG and a HEIC as JPEG.
    """
    if format != "keep":
        return f".{format}"
    suffix = photo.path.suffix
    content = photo.format.lower() or _BY_ENDING.get(suffix.lower(), "jpeg")
    endings = _ENDINGS.get(_KEPT_AS.get(content, content), (".png",))
    return suffix if suffix.lower() in endings else endings[0]


def _picks(edit: PhotoEdit) -> tuple[Pick, ...]:
    return tuple(
        Pick(face.record, face.picked, face.blend)
        for face in edit.faces
        if face.picked is not None and not face.ignored
    )
