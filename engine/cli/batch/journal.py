"""What was done in an output folder: so that no photo is done twice, whatever its name, and whatever ended a run.

A line is written before a result gets its name (`begun`) and one after (`done`), each on disk before the next step. A
`begun` without `done` whose file is there belongs to a run that was killed between the two.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
import psutil

from engine.base.errors import AlbumenError
from engine.imaging.load import hash_photo
from engine.imaging.save import writing_error

JOURNAL_NAME = ".albumen-done.jsonl"
_PART = ".*.albumen-part"
_FRESH_S = 2.0
_LEAVE_S = 20.0
"""How long a worker of a run that was killed may still write; it leaves by itself when its client is gone."""


class Entry(msgspec.Struct, frozen=True):
    """One line: `photo` is absolute, `output` relative to the folder, `row` what is printed of the photo."""

    state: Literal["begun", "done"]
    key: str
    photo: str
    photo_sha256: str
    output: str
    row: dict[str, Any]
    worker: tuple[int, float] | None = None
    """Process id and start of the worker that writes the result."""
    bytes: int = 0
    sha256: str = ""


_decoder = msgspec.json.Decoder(Entry)


class Journal:
    """The journal of a folder whose lock is held; all but opening may be used from several threads."""

    def __init__(self, folder: Path) -> None:
        """Read what is there; raises OutputForbidden where that is not allowed."""
        self._folder = folder
        self._path = folder / JOURNAL_NAME
        self._lock = threading.Lock()
        self._photos: set[str] = set()
        self._claimed: set[str] = set()
        self._done: dict[str, list[Entry]] = {}
        self._begun: dict[str, list[Entry]] = {}
        entries = read_entries(folder)
        for entry in entries:
            begun = [e for e in self._begun.get(entry.key, []) if entry.state == "begun" or e.photo != entry.photo]
            self._begun[entry.key] = [*begun, entry] if entry.state == "begun" else begun
            if entry.state == "done":
                self._done.setdefault(entry.key, []).append(entry)
        self._outputs = {e.output for e in entries}
        self._clear_up([entry for begun in self._begun.values() for entry in begun])

    def is_result(self, path: Path) -> bool:
        """Whether an earlier run, or this one, wrote (or was about to write) a result there."""
        with self._lock:
            return self._relative(path) in self._outputs

    def comes(self, photos: Iterable[Path]) -> None:
        """Photos that this run does; a copy of one of them is a photo of its own, one that was renamed is not."""
        with self._lock:
            self._photos.update(os.path.abspath(photo) for photo in photos)

    def finished(self, key: str, photo: Path) -> Entry | None:
        """The entry of a photo that is done and whose result is still as it was written; each is given out once."""
        name = os.path.abspath(photo)
        with self._lock:
            self._photos.add(name)
            known = self._done.get(key, []) + self._begun.get(key, [])
            for entry in sorted(known, key=lambda e: e.photo != name):
                if entry.output in self._claimed or (entry.photo != name and entry.photo in self._photos):
                    continue
                if entry.state == "begun":
                    entry = self._ended(entry) or entry
                elif not self._as_written(entry):
                    continue
                if entry.state == "done":
                    self._claimed.add(entry.output)
                    return entry
        return None

    def begin(
        self, key: str, photo: Path, photo_sha256: str, output: Path, row: dict[str, Any], worker: int | None
    ) -> Entry:
        """Note what is about to be written; raises DiskFull and OutputForbidden."""
        started = None
        with suppress(psutil.Error):
            started = None if worker is None else (worker, psutil.Process(worker).create_time())
        entry = Entry("begun", key, os.path.abspath(photo), photo_sha256, self._relative(output), row, started)
        with self._lock:
            self._append(entry)
        return entry

    def end(self, begun: Entry, output: Path, row: dict[str, Any]) -> None:
        """Note that a result is there; raises DiskFull and OutputForbidden."""
        with self._lock:
            done = self._done_entry(msgspec.structs.replace(begun, output=self._relative(output), row=row), output)
            self._append(done)
            self._claimed.add(done.output)

    def _relative(self, path: Path) -> str:
        return relative_to(self._folder, path)

    def _ended(self, begun: Entry) -> Entry | None:
        """A result that was written but not noted: noted now."""
        path = self._folder / begun.output
        if not _made_from(path, begun.photo_sha256):
            return None
        done = self._done_entry(begun, path)
        self._append(done)
        return done

    def _done_entry(self, begun: Entry, path: Path) -> Entry:
        try:
            return msgspec.structs.replace(
                begun, state="done", worker=None, bytes=path.stat().st_size, sha256=hash_photo(path)
            )
        except OSError as error:
            raise writing_error(error, path) from error

    def _as_written(self, entry: Entry) -> bool:
        path = self._folder / entry.output
        with suppress(OSError, AlbumenError):
            return path.stat().st_size == entry.bytes and hash_photo(path) == entry.sha256
        return False

    def _append(self, entry: Entry) -> None:
        try:
            with self._path.open("a+b") as file:
                if file.tell():  # a line that was half written when the disk was full or the power went stays alone
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        file.write(b"\n")
                file.write(msgspec.json.encode(entry) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise writing_error(error, self._path) from error
        self._outputs.add(entry.output)

    def _clear_up(self, begun: list[Entry]) -> None:
        """Wait for workers of a killed run to be gone, then remove names they reserved and files they left half."""
        workers = []
        for entry in begun:
            with suppress(psutil.Error):
                if entry.worker is not None:
                    process = psutil.Process(entry.worker[0])
                    if process.create_time() == entry.worker[1]:
                        workers.append(process)
        psutil.wait_procs(workers, timeout=_LEAVE_S)
        for entry in begun:
            path = self._folder / entry.output
            with suppress(OSError):
                if path.stat().st_size == 0:
                    path.unlink()
                for part in path.parent.glob(_PART):
                    if time.time() - part.stat().st_mtime > _FRESH_S:
                        part.unlink()


def relative_to(folder: Path, path: Path) -> str:
    """A path as it stands in the journal of a folder; links on the way to either are followed."""
    place, start = Path(os.path.realpath(path.parent)) / path.name, os.path.realpath(folder)
    if place.drive != Path(start).drive:  # Windows has no relative path between two drives
        return place.as_posix()
    return Path(os.path.relpath(place, start)).as_posix()


def read_entries(folder: Path) -> list[Entry]:
    """The lines of a folder's journal without those that are none; empty where there is no journal."""
    try:
        lines = (folder / JOURNAL_NAME).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise writing_error(error, folder / JOURNAL_NAME) from error
    entries = []
    for line in lines:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            entries.append(_decoder.decode(line))
    return entries


def _made_from(path: Path, photo_sha256: str) -> bool:
    """Whether a whole file that Albumen wrote is there; its recipes, where they have room, name the photo."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return photo_sha256.encode() in content or (b"Albumen " in content and b"photo_sha256" not in content)
