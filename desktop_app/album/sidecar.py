"""The safety copy of the work on each photo: a JSON file named by the photo's content.

It is on disk before the catalogue says that something was done, so that at recovery it knows at least as much: it wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from desktop_app.album.durable import sync_folder, write_durably, writing_error
from desktop_app.album.records import PhotoEdit
from engine.base.errors import AlbumenError, FolderForbidden, NameTaken, SidecarDamaged, SidecarTooNew

SCHEMA = 1
FOLDER = "edits"
SHELF = "removed"
"""Folder below the sidecars' for those of photos that were removed from the album."""


class Sidecar(msgspec.Struct, frozen=True):
    """A photo's edit, and the step of its history that made it; `path` says where the photo lay then."""

    schema: int
    sha256: str
    path: str
    history_id: int
    at: str
    action: str
    arguments: dict[str, str]
    edit: PhotoEdit


@dataclass(frozen=True)
class Found:
    """What a sidecar file turned out to be."""

    path: Path
    sidecar: Sidecar | None = None
    error: AlbumenError | None = None


def path_of(folder: Path, sha256: str) -> Path:
    """Where a photo's sidecar lies in the library folder."""
    return folder / FOLDER / f"{sha256}.json"


def write(folder: Path, sidecar: Sidecar) -> None:
    """Write a sidecar; on disk when this returns. Raises DiskFull, OutputForbidden, CatalogueNotWritten."""
    write_durably(path_of(folder, sidecar.sha256), msgspec.json.format(msgspec.json.encode(sidecar), indent=1))


def write_beside(sidecar: Sidecar) -> Path:
    """Write a copy beside the original, as NAME.albumen.json; raises NameTaken rather than write over another's file.

    Raises as `write` does too.
    """
    photo = Path(sidecar.path)
    path = photo.with_name(f"{photo.name}.albumen.json")
    if path.exists() or path.is_symlink():
        try:
            ours = msgspec.json.decode(path.read_bytes(), type=Sidecar).sha256 == sidecar.sha256
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            ours = False
        if not ours:
            raise NameTaken(name=path)
    write_durably(path, msgspec.json.format(msgspec.json.encode(sidecar), indent=1))
    return path


def read(folder: Path, sha256: str) -> Found | None:
    """The sidecar of a photo, taken off the shelf where it was removed; None where there is none."""
    path, shelved = path_of(folder, sha256), folder / FOLDER / SHELF / f"{sha256}.json"
    if not path.exists() and shelved.exists():
        _move(shelved, path)
    return read_file(path) if path.exists() else None


def read_file(path: Path) -> Found:
    """What lies in a sidecar file; a damaged one is renamed to end in `.damaged`, and the error names it."""
    try:
        content = path.read_bytes()
        schema = msgspec.json.decode(content, type=_Version).schema
        if schema > SCHEMA:
            return Found(path, error=SidecarTooNew(path=path))
        sidecar = msgspec.json.decode(content, type=Sidecar)
        if sidecar.sha256 != path.stem:
            raise msgspec.ValidationError("the content of another photo")
    except OSError:
        return Found(path, error=FolderForbidden(path=path.parent))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        aside = path.with_suffix(".damaged")
        number = 1
        while aside.exists():
            number += 1
            aside = path.with_suffix(f".{number}.damaged")
        _move(path, aside)
        return Found(path, error=SidecarDamaged(aside=aside))
    return Found(path, sidecar)


def shelve(folder: Path, sha256: str) -> None:
    """Put the sidecar of a removed photo on the shelf, where recovery does not look but a new import does."""
    path = path_of(folder, sha256)
    if path.exists():
        _move(path, folder / FOLDER / SHELF / path.name)


def files(folder: Path, shelved: bool = False) -> list[Path]:
    """All sidecar files, of removed photos too where `shelved`."""
    found = sorted((folder / FOLDER).glob("*.json"))
    return found + sorted((folder / FOLDER / SHELF).glob("*.json")) if shelved else found


class _Version(msgspec.Struct):
    schema: int


def _move(path: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise writing_error(error, path) from error
