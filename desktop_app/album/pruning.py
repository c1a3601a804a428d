"""Keeping thumbnails and candidates below a size: the oldest files go first, picks never; for a background thread."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from desktop_app.album import sidecar
from desktop_app.album.candidate_store import file_name
from desktop_app.album.store.catalogue import Catalogue

YOUNG_S = 3600.0
"""Candidates younger than this may not be in the catalogue yet."""


@dataclass(frozen=True)
class Pruned:
    """The files that were deleted, the bytes that freed, and the bytes that are left."""

    deleted: tuple[Path, ...]
    freed_bytes: int
    left_bytes: int


@dataclass(frozen=True)
class _Kept:
    """Files that come and go together, when they were last used, and how large they are."""

    paths: tuple[Path, ...]
    used_s: float
    bytes: int


def usage(folder: Path) -> int:
    """Bytes of the files right in a folder; 0 where it is not there."""
    return sum(status.st_size for _, status in _files(folder))


def prune_thumbnails(folder: Path, limit_bytes: int, shown: Collection[Path] = ()) -> Pruned:
    """Delete the pictures least recently read or written until the folder holds at most so much; not those `shown`."""
    files = [
        _Kept((path,), max(status.st_atime, status.st_mtime), status.st_size)
        for path, status in _files(folder)
        if path.suffix in (".jpg", ".png") and path not in shown
    ]
    return _prune(folder, files, limit_bytes)


def prune_candidates(
    catalogue: Catalogue, store: Path, limit_bytes: int, now: Callable[[], float] = time.time
) -> Pruned:
    """Delete the oldest candidates, each with its recipe, until the store holds at most so much.

    Those picked anywhere in a history or in a sidecar stay, even above the limit, and those of the last hour. The
    catalogue's edits go on naming what is gone: the recipe there makes the same picture again.
    """
    left = usage(store)
    if left <= limit_bytes:
        return Pruned((), 0, left)
    kept = {file_name(path) for path in catalogue.edits.picked_candidates() | _picked_in_sidecars(catalogue)}
    files: list[_Kept] = []
    for path, status in _files(store):
        young = status.st_mtime > now() - YOUNG_S
        if path.suffix != ".png" or young or path.name in kept:
            continue
        recipe = path.with_suffix(".json")
        size = status.st_size + (recipe.stat().st_size if recipe.exists() else 0)
        files.append(_Kept((path, recipe), status.st_mtime, size))
    return _prune(store, files, limit_bytes)


def _picked_in_sidecars(catalogue: Catalogue) -> set[str]:
    found = [sidecar.read_file(path).sidecar for path in sidecar.files(catalogue.folder, shelved=True)]
    return {face.picked for each in found if each is not None for face in each.edit.faces if face.picked is not None}


def _prune(folder: Path, files: Sequence[_Kept], limit_bytes: int) -> Pruned:
    left, freed = usage(folder), 0
    deleted: list[Path] = []
    for file in sorted(files, key=lambda file: file.used_s):
        if left <= limit_bytes:
            break
        try:
            for path in file.paths:
                path.unlink(missing_ok=True)
        except OSError:  # open elsewhere, on Windows: next time
            continue
        deleted += file.paths[:1]
        left -= file.bytes
        freed += file.bytes
    return Pruned(tuple(deleted), freed, left)


def _files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    if not folder.is_dir():
        return []
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # a worker's unfinished file that has its name by now
                if entry.is_file(follow_symlinks=False):
                    found.append((Path(entry.path), entry.stat(follow_symlinks=False)))
    return found
