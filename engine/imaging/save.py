"""Write restored photos: beside nothing, over nothing, whole or not at all, with the metadata of their source."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import engine
from engine.base.errors import (
    AlbumenError,
    DiskFull,
    OutOfMemory,
    OutputForbidden,
    OutputTooLarge,
    UsageError,
    WouldOverwriteOriginal,
)
from engine.base.naming import numbered
from engine.base.sizes import Size
from engine.imaging import exif, iptc, xmp
from engine.imaging.encode import Metadata, OutputFormat, Quality, encode, fits
from engine.imaging.load import photo_format
from engine.imaging.photo import Format, Photo, Samples

Overwrite = Literal["never", "skip"]
FormatChoice = Literal["keep", "jpg", "png", "tif", "webp"]

_SUFFIXES: dict[OutputFormat, tuple[str, ...]] = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png",),
    "tiff": (".tif", ".tiff"),
    "webp": (".webp",),
}
_KEPT: dict[Format, OutputFormat] = {
    "jpeg": "jpeg",
    "png": "png",
    "tiff": "tiff",
    "webp": "webp",
    "bmp": "png",
    "heif": "jpeg",
}
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def output_ending(source: Path, format: FormatChoice = "keep") -> str:
    """The ending of a result's name; "keep" keeps the source's, unless its content is of another format than it says.

    Raises as `load_photo` does where the source has to be looked into and cannot be.
    """
    if format != "keep":
        return f".{format}"
    suffixes = _SUFFIXES[_KEPT[photo_format(source)]]
    return source.suffix if source.suffix.lower() in suffixes else suffixes[0]


def save_photo(
    photo: Photo,
    pixels: Samples,
    alpha: Samples | None,
    path: Path,
    *,
    quality: Quality = "keep",
    overwrite: Overwrite = "never",
    restored: bool = True,
    recipes_json: str | None = None,
    place: bool = True,
    on_written: Callable[[Path], None] | None = None,
) -> Path | None:
    """Write samples made from `photo` to `path`, whose ending names the format; returns the path that was written.

    `pixels` is (H, W, 1 or 3) in the photo's colour space, uint8 or uint16, of any size; `alpha` (H, W) of the same
    depth. Where a file is already there, a number is put behind the name ("never") or nothing is written and None
    returned ("skip"). `restored` says in the metadata that a model made parts of the picture, and `recipes_json` how.
    Without `place`, EXIF, XMP and IPTC go without what tells where the photo was taken; a maker note is kept as it is.

    `on_written` is called once the file has its name. If the process is killed before that has returned, the same call
    in another process finds this file again and writes no second one (where the disk has hard links).

    Raises `UsageError` for an unknown ending, `WouldOverwriteOriginal`, `OutputForbidden`, `OutputTooLarge`,
    `DiskFull` and `OutOfMemory`; in none of these cases is a file left behind.
    """
    format, size = _format_of(path), Size(pixels.shape[1], pixels.shape[0])
    if not fits(format, pixels, alpha):
        raise OutputTooLarge(path=path, width=size.width, height=size.height)
    with _writing(path):
        if path.exists() and photo.path.exists() and path.samefile(photo.path):
            raise WouldOverwriteOriginal(path=path)
        if overwrite == "skip" and path.exists():
            return None
    try:
        metadata = _metadata(photo, size, restored, recipes_json, place)
        data = encode(format, pixels, alpha, metadata, quality=quality, jpeg=photo.jpeg, lossless=photo.lossless)
    except MemoryError as error:
        raise OutOfMemory(path=path) from error
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        return _write_new(path, data, overwrite, on_written)


def _format_of(path: Path) -> OutputFormat:
    for format, suffixes in _SUFFIXES.items():
        if path.suffix.lower() in suffixes:
            return format
    raise UsageError(detail=f"{path}: Albumen writes .jpg, .png, .tif and .webp files.")


def _metadata(photo: Photo, size: Size, restored: bool, recipes_json: str | None, place: bool) -> Metadata:
    software = f"Albumen {engine.__version__}"
    packed = xmp.updated_packet(photo.xmp, size, software, restored=restored, recipes_json=recipes_json, place=place)
    blob, record = photo.exif, photo.iptc
    if not place:
        blob = blob and exif.without_place(blob)
        record = record and iptc.without_place(record)
    return Metadata(icc=photo.icc, exif=blob and exif.upright(blob, size), xmp=packed, iptc=record, dpi=photo.dpi)


def _write_new(
    path: Path, data: bytes | bytearray, overwrite: Overwrite, on_written: Callable[[Path], None] | None
) -> Path | None:
    """Write to a temporary file of the same folder, then give that a name which nobody else can have taken.

    The temporary name goes last: a file that still has both belongs to a process that was killed in between.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.albumen-part")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        for candidate in numbered(path):
            try:
                _take_name(temporary, candidate)
            except FileExistsError:
                if overwrite == "skip":
                    return None
                if not _left_behind(candidate, data):
                    continue
            if on_written is not None:
                on_written(candidate)
            return candidate
        raise AssertionError("numbers never end")
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _left_behind(path: Path, data: bytes | bytearray) -> bool:
    """Whether a file was written by a process that was killed before it could tell of it; its temporary name goes."""
    for temporary in path.parent.glob(".*.albumen-part"):
        with suppress(OSError):
            if temporary.samefile(path) and path.read_bytes() == data:
                temporary.unlink()
                return True
    return False


def _take_name(temporary: Path, name: Path) -> None:
    """Give a whole file its name; FileExistsError where that is taken, so that two never meet.

    In one step, since a process killed between two would leave an empty file that has the name.
    """
    if sys.platform == "win32":
        temporary.rename(name)  # never onto another file there
        return
    try:
        os.link(temporary, name)
    except FileExistsError:
        raise
    except OSError:  # no hard links on this disk, as on FAT
        name.open("xb").close()
        try:
            temporary.replace(name)
        except BaseException:
            name.unlink()
            raise


def writing_error(error: OSError, path: Path) -> AlbumenError:
    """The error to show for one that the system raised while `path` was written."""
    return DiskFull(path=path) if error.errno in _FULL else OutputForbidden(path=path)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise writing_error(error, path) from error
