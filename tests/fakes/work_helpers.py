"""A supervisor that does what the test says, and records for the tests of the window's work."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop_app.album.records import Candidate, FaceEdit, PhotoEdit
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.engine_link.latest import Latest
from desktop_app.paths import Paths
from desktop_app.work.library import Library
from engine.base.errors import AlbumenError
from engine.protocol import (
    CandidateReady,
    Done,
    Event,
    FaceRecord,
    Job,
    ModelRecord,
    PhotoRead,
    Recipe,
)

WaitUntil = Callable[[Callable[[], object]], None]


class ScriptedSupervisor(QObject):
    """The supervisor's signals and methods without any worker: the test says what the workers would."""

    job_event = Signal(str, object)
    job_done = Signal(str, object)
    job_failed = Signal(str, object)
    job_cancelled = Signal(str)
    job_stalled = Signal(str, float)

    def __init__(self) -> None:
        super().__init__()
        self._ids = itertools.count(1)
        self._latest = Latest()
        self.jobs: dict[str, Job] = {}
        """Those in hand, by id."""
        self.cancelled: list[str] = []

    def submit(self, job: Job) -> str:
        job_id = str(next(self._ids))
        self.jobs[job_id] = job
        return job_id

    def submit_latest(self, key: Hashable, job: Job) -> str:
        job_id = str(next(self._ids))
        if self._latest.put(key, job_id, job):
            self.jobs[job_id] = job
        return job_id

    def cancel(self, job_id: str) -> None:
        if self._latest.drop(job_id) or job_id in self.jobs:
            self.cancelled.append(job_id)
            self.job_cancelled.emit(job_id)
            self._end(job_id)

    # What the test says.

    @property
    def ids(self) -> list[str]:
        """The jobs in hand, oldest first."""
        return list(self.jobs)

    def say(self, event: Event) -> None:
        """An event of a job."""
        self.job_event.emit(event.id, event)  # type: ignore[union-attr]

    def finish(self, job_id: str, seconds: float = 1.0) -> None:
        self.job_done.emit(job_id, Done(job_id, seconds, 0))
        self._end(job_id)

    def fail(self, job_id: str, error: AlbumenError) -> None:
        self.job_failed.emit(job_id, error)
        self._end(job_id)

    def _end(self, job_id: str) -> None:
        self.jobs.pop(job_id, None)
        waiting = self._latest.ended(job_id)
        if waiting is not None:
            self.jobs[waiting[0]] = waiting[1]


@dataclass
class Bench:
    """A library in a fresh folder with a scripted supervisor."""

    paths: Paths
    library: Library
    supervisor: ScriptedSupervisor
    wait_until: WaitUntil
    opened: list[Library] = field(default_factory=list)

    def stored(self) -> None:
        """Wait until all edits are on disk."""
        done: list[bool] = []
        self.library.edits.after(lambda: done.append(True))
        self.wait_until(lambda: done)

    def reopened(self) -> Library:
        """The library as another start finds it, over a catalogue of its own."""
        self.opened.append(Library(Catalogue(self.paths.library)))
        return self.opened[-1]


def record(x: float = 0.0) -> FaceRecord:
    """A face whose eyes are 40 px apart; faces 200 px apart are different ones."""
    landmarks = ((x, 0.0), (x + 40, 0.0), (x + 20, 20.0), (x, 40.0), (x + 40, 40.0))
    return FaceRecord((x - 40, -40.0, x + 80, 80.0), landmarks)


def recipe(index: int, of: FaceRecord | None = None, seed: int = 0) -> Recipe:
    model = ModelRecord("starter", "")
    return Recipe(
        photo_sha256="",
        landmarks=(of or record()).landmarks,
        estimator=model,
        prior=model,
        start_step=200,
        eta=0.5,
        eta_meaning="released",
        steps=4,
        sampler="ddim",
        seed=seed,
        index=index,
        size_px=256,
        device="cpu",
        precision="fp32",
        batch_width=4,
        threads=1,
        runtime="torch",
        albumen="0",
    )


def candidate(face_id: int, index: int, of: FaceRecord | None = None) -> Candidate:
    return Candidate(f"/store/{face_id}-{index}.png", recipe(index, of))


def ready(job_id: str, face: int, index: int, of: FaceRecord) -> CandidateReady:
    """A worker's word that a candidate of the job's face number `face` is there."""
    return CandidateReady(job_id, face, index, f"/store/{of.box[0]}-{index}.png", recipe(index, of))


def restored(faces: int = 1, candidates: int = 3, picked: int | None = 0) -> PhotoEdit:
    """An edit with faces, ids from 1, that have candidates."""
    made = []
    for n in range(1, faces + 1):
        versions = tuple(candidate(n, index, record(200.0 * n)) for index in range(candidates))
        path = None if picked is None else versions[picked].path
        made.append(FaceEdit(n, record(200.0 * n), candidates=versions, picked=path))
    return PhotoEdit(faces=tuple(made), faces_known=True)


def add_photo(library: Library, path: Path, content: str = "") -> int:
    """A photo in the catalogue, read."""
    photos = library.catalogue.photos
    (photo_id,) = photos.add([path]).added
    sha256 = (content or path.name).encode().hex().ljust(64, "0")[:64]
    photos.set_read(photo_id, PhotoRead("1", sha256, 10, 400, 300, "jpeg", None, f"{sha256}.jpg"), 1)
    return photo_id
