"""Where candidates lie: the folder that new ones go to, and others from which older ones have yet to be brought there.

A candidate's name is made from its recipe, so it is found by its name wherever it lies; the paths that edits, histories
and sidecars keep say only where it was made.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from desktop_app.album.durable import sync_folder, writing_error
from desktop_app.album.records import FaceEdit

FOLDER = "Albumen candidates"
"""Made in the folder that the user chooses, so that nobody else's files lie among the candidates."""


def folder_in(chosen: Path) -> Path:
    """The folder for candidates in a chosen one; that itself where it is one already."""
    return chosen if chosen.name == FOLDER else chosen / FOLDER


def file_name(path: str) -> str:
    """The name of a candidate's file, of whichever system its path is."""
    return path.replace("\\", "/").rpartition("/")[2]


class CandidateStore:
    """Knows the folders; `usual` is the one in use where none is chosen, or the chosen one is not there."""

    def __init__(self, usual: Path) -> None:
        self.usual = self.folder = usual
        self.older: tuple[Path, ...] = ()
        """Folders that are there and may hold candidates."""
        self.missing: Path | None = None
        """The chosen folder where it is not there, as when its disk is not plugged in."""

    def follow(self, chosen: str, before: Sequence[str]) -> None:
        """Use the chosen folder (empty: the usual one), and read those used before it as well."""
        wanted = Path(chosen) if chosen else self.usual
        self.missing = wanted if chosen and not wanted.is_dir() else None
        self.folder = self.usual if self.missing else wanted
        others = dict.fromkeys([*map(Path, before), self.usual])
        self.older = tuple(folder for folder in others if folder != self.folder and folder.is_dir())

    def locate(self, path: str) -> str:
        """Where a candidate's file lies now; the path it was made at where it lies nowhere."""
        name = file_name(path)
        found = (folder / name for folder in (self.folder, *self.older))
        return next((str(file) for file in found if file.exists()), path)

    def located(self, face: FaceEdit) -> FaceEdit:
        """A face whose candidates' paths say where they lie now; for what is made of it, not to be kept."""
        candidates = tuple(replace(candidate, path=self.locate(candidate.path)) for candidate in face.candidates)
        picked = None if face.picked is None else self.locate(face.picked)
        return replace(face, candidates=candidates, picked=picked)


def bring(
    source: Path,
    target: Path,
    progressed: Callable[[int, int], object] = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Path, ...]:
    """Copy the candidates and recipes of one folder into another; returns the files that lie in both now.

    What is there already stays as it is: equal names are equal pictures. Where both are on one disk, nothing is copied
    but the names. Every file has its name only once it is whole and on disk, a picture after its recipe. Raises
    OutputForbidden, DiskFull and CatalogueNotWritten.
    """
    files = sorted(path for path in source.iterdir() if path.suffix in (".json", ".png"))
    brought: list[Path] = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for done, path in enumerate(files):
            if cancelled():
                break
            progressed(done, len(files))
            with suppress(FileNotFoundError):  # pruned meanwhile
                if not (target / path.name).exists():
                    _copy(path, target / path.name)
                brought.append(path)
        sync_folder(target)
    except OSError as error:
        raise writing_error(error, target) from error
    progressed(len(files), len(files))
    return tuple(brought)


def clear(folder: Path, files: Sequence[Path]) -> None:
    """Delete files that lie elsewhere too, and their folder once it is empty; what can't be deleted stays."""
    for path in files:
        with suppress(OSError):
            path.unlink()
    with suppress(OSError):
        folder.rmdir()


def _copy(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except FileExistsError:
        return
    except OSError:  # another disk, or one without links
        unfinished = target.with_name(f"{target.name}.part")
        try:
            shutil.copy2(path, unfinished)
            with unfinished.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)
