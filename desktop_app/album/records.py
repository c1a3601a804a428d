"""What the catalogue keeps, as frozen records; ids and records travel, never rows.

Times are ISO 8601 in UTC with seconds, paths are absolute. A photo's file is never written to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Literal

import msgspec

from engine.protocol import BlendSettings, FaceRecord, Recipe, RestoreOptions


class PhotoState(StrEnum):
    """How far a photo has come; the later ones stand in for the earlier ones."""

    NEW = "new"
    FACES_FOUND = "faces_found"
    RESTORED = "restored"
    EXPORTED = "exported"
    FAILED = "failed"


Flag = Literal["none", "picked", "rejected"]


@dataclass(frozen=True)
class Photo:
    """A photo in the catalogue; `sha256` and what follows it are empty until the file was read."""

    id: int
    path: Path
    added: str
    sha256: str = ""
    bytes: int = 0
    mtime_ns: int = 0
    width: int = 0
    height: int = 0
    format: str = ""
    taken: str | None = None
    thumbnail: str = ""
    state: PhotoState = PhotoState.NEW
    rating: int = 0
    flag: Flag = "none"
    missing: bool = False
    error_kind: str = ""
    error_arguments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Album:
    """A named set of photos; a photo may be in several."""

    id: int
    name: str
    count: int = 0


class Candidate(msgspec.Struct, frozen=True):
    """A restored version of a face: its picture and the recipe that made it.

    `path` says where it was made, and is what picks name it by; `CandidateStore` knows where it lies now.
    """

    path: str
    recipe: Recipe
    best: bool = False


class FaceEdit(msgspec.Struct, frozen=True):
    """A face and everything the user decided about it; `picked` is a candidate's path, None: the original.

    `options` override the photo's. `id` stays the same through all edits of one photo.
    """

    id: int
    record: FaceRecord
    origin: Literal["found", "drawn", "moved"] = "found"
    ignored: bool = False
    candidates: tuple[Candidate, ...] = ()
    picked: str | None = None
    blend: BlendSettings = BlendSettings()
    options: RestoreOptions | None = None


class PhotoEdit(msgspec.Struct, frozen=True):
    """The whole work on one photo: what undo, history, sidecar and recovery keep and bring back."""

    faces: tuple[FaceEdit, ...] = ()
    options: RestoreOptions = RestoreOptions()
    faces_known: bool = False
    """Whether faces were looked for; an empty list may then be the answer."""


@dataclass(frozen=True)
class HistoryStep:
    """A step in the history of a photo: what was done, a key the window has words for."""

    id: int
    photo_id: int
    at: str
    action: str
    arguments: dict[str, str]
    current: bool = False
    parent: int | None = None
    """The entry it was made from: the one before, unless the user had gone back."""


@dataclass(frozen=True)
class HistoryEntry(HistoryStep):
    """A step with the edit after it."""

    edit: PhotoEdit = field(default_factory=PhotoEdit)


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class QueuedJob:
    """A line of the queue; `message` is the job as protocol JSON, `tries` how often a worker took it up."""

    id: int
    photo_id: int
    kind: Literal["find", "restore", "export"]
    message: bytes
    state: JobState
    position: float
    tries: int = 0
    error_kind: str = ""
    error_arguments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Preset:
    """Named options for restoring."""

    name: str
    options: RestoreOptions


@dataclass(frozen=True)
class Query:
    """Which photos are shown and in which order; None and empty mean all.

    Every word of `text` must be in the path or in the name of an album of the photo, in any case and in any spelling of
    its accents. Photos without a date come last under "taken", whichever way round.
    """

    album: int | None = None
    text: str = ""
    states: frozenset[PhotoState] = frozenset()
    min_rating: int = 0
    flag: Flag | None = None
    missing: bool | None = None
    sort: Literal["added", "taken", "name", "rating"] = "added"
    reverse: bool = False


@dataclass(frozen=True)
class Change:
    """What a change touched, by id (a preset by its name), so that the window refreshes just that.

    `added` and `removed` are photos that came and went, `photos` those whose record is another now, `edits` those whose
    edit or history is; `albums` those whose name or photos are. `a | b` is both.
    """

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    photos: tuple[int, ...] = ()
    edits: tuple[int, ...] = ()
    albums: tuple[int, ...] = ()
    jobs: tuple[int, ...] = ()
    presets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self))

    def __or__(self, other: Change) -> Change:
        return Change.of((self, other))

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Change:
        """All of these changes as one."""
        every = list(changes)
        names = [f.name for f in fields(cls)]
        return cls(**{name: tuple(dict.fromkeys(id for c in every for id in getattr(c, name))) for name in names})
