"""Runs the queue: gives its jobs to the workers and keeps what they make, whichever photo is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.album.records import Change, FaceEdit, JobState, Photo, PhotoEdit, PhotoState, QueuedJob
from desktop_app.engine_link.supervisor import Supervisor
from desktop_app.jobs import plan, recovery, results
from desktop_app.jobs.message import QueueJob, decode_job, told_of
from desktop_app.jobs.queue import JobQueue
from desktop_app.paths import Paths
from desktop_app.work.library import Library
from engine.base.errors import AlbumenError
from engine.protocol import (
    BestChosen,
    CandidateReady,
    Done,
    Event,
    Export,
    Exported,
    FacesFound,
    Preview,
    Progress,
    Restore,
    RestoreOptions,
)

_RETRY_MS = 5000
"""When what the disk refused is tried again."""


@dataclass
class _InHand:
    """A job that a worker has: its line of the queue, its message, and the ids of the faces it is about."""

    queued: QueuedJob
    message: QueueJob
    faces: tuple[int | None, ...] = ()
    fraction: float = 0.0


class Runner(QObject):
    """Owns the queue. All changes of the catalogue go through the library's signal."""

    progressed = Signal(int, str, float, object)
    """Id of the queue's job, stage, fraction in [0, 1], seconds left or None."""
    previewed = Signal(int, int, str)
    """Photo id, face id, path of the picture that is forming."""
    job_ended = Signal(object, object)
    """QueuedJob as it was, AlbumenError or None."""
    exported = Signal(int, str)
    """Photo id, path of the new file; empty where one was there already."""
    stalled = Signal(object, float)
    """QueuedJob of which nothing was heard for so many seconds."""
    failed = Signal(object)
    """AlbumenError that concerns no job."""

    def __init__(self, library: Library, supervisor: Supervisor, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library, self._supervisor, self._paths = library, supervisor, paths
        self._edits = library.edits
        self.queue = JobQueue(library.catalogue.queue)
        self._in_hand: dict[str, _InHand] = {}
        self._closing = False
        self._retrying = QTimer(self, singleShot=True, interval=_RETRY_MS)
        self._retrying.timeout.connect(self._write_rest)
        self._refused = False
        self.defaults = RestoreOptions()
        """What a photo is restored with as long as nothing was set for it; its precision is that of all jobs."""
        supervisor.job_event.connect(self._on_event)
        supervisor.job_done.connect(self._on_done)
        supervisor.job_failed.connect(self._on_failed)
        supervisor.job_stalled.connect(self._on_stalled)
        library.changed.connect(self._on_changed)

    def start(self) -> None:
        """At start: what was running when the program ended waits again, and the first jobs are given out."""
        self._do(lambda: recovery.recover(self._library.catalogue.queue))

    @property
    def busy(self) -> bool:
        """Whether anything is running or waiting to."""
        return any(job.state in (JobState.QUEUED, JobState.RUNNING) for job in self.queue.jobs())

    @property
    def seconds_left(self) -> float | None:
        """Until the whole queue is done; None while that is unknown."""
        return self.queue.seconds_left({job.queued.id: job.fraction for job in self._in_hand.values()})

    def options_of(self, edit: PhotoEdit, face: FaceEdit | None = None) -> RestoreOptions:
        """What a photo, or one of its faces, is restored with."""
        own = face.options if face is not None and face.options is not None else edit.options
        options = self.defaults if own == RestoreOptions() else own
        return msgspec.structs.replace(options, precision=self.defaults.precision)

    def of_photo(self, photo_id: int) -> list[QueuedJob]:
        """The jobs of a photo that run or wait."""
        waiting = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
        return [job for job in self.queue.jobs() if job.photo_id == photo_id and job.state in waiting]

    # What the user asks for.

    def find(self, ids: Sequence[int], *, front: bool = False) -> None:
        """Look for the faces of photos."""
        self._add([(photo.id, plan.find(photo)) for photo in self._library.photos(ids)], front=front)

    def restore(self, ids: Sequence[int]) -> None:
        """Restore all faces of photos; those that were restored already, or are in the queue for it, are left out."""
        jobs: list[tuple[int, QueueJob]] = []
        waiting = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
        in_queue = {job.photo_id for job in self.queue.jobs() if job.kind == "restore" and job.state in waiting}
        for photo in self._library.photos([photo_id for photo_id in ids if photo_id not in in_queue]):
            edit = self._edits.edit(photo.id)
            left = None if not edit.faces_known else [f.id for f in edit.faces if not f.ignored and not f.candidates]
            jobs += [(photo.id, job) for job in self._plan(photo, edit, left)]
        self._add(jobs)

    def restore_faces(self, photo_id: int, faces: Sequence[int] | None, options: RestoreOptions | None = None) -> None:
        """Restore some faces of the photo that is open (None: all), before what waits in the queue."""
        photo = self._library.photo(photo_id)
        if photo is not None:
            jobs = self._plan(photo, self._edits.edit(photo_id), faces, options)
            self._add([(photo_id, job) for job in jobs], front=True)

    def more_like(self, photo_id: int, face_id: int) -> None:
        """More versions that resemble the chosen one."""
        self._further(photo_id, face_id, alike=True)

    def try_others(self, photo_id: int, face_id: int) -> None:
        """More versions, other than those there are."""
        self._further(photo_id, face_id, alike=False)

    def export(self, jobs: Sequence[tuple[int, Export]]) -> None:
        """Write photos to new files."""
        self._add(list(jobs))

    def cancel(self, job_id: int) -> None:
        self._take_back(job_id)
        self._do(lambda: self.queue.cancel(job_id))

    def cancel_photo(self, photo_id: int) -> None:
        """Give up all jobs of a photo."""
        for job in self.of_photo(photo_id):
            self.cancel(job.id)

    def set_paused(self, job_id: int, paused: bool) -> None:
        """Let one job wait, or go on."""
        if paused:
            self._take_back(job_id)
        self._do(lambda: self.queue.pause(job_id) if paused else self.queue.resume(job_id))

    def set_all_paused(self, paused: bool) -> None:
        """Begin nothing more, or go on with everything."""
        self._do(lambda: self.queue.pause_all() if paused else self.queue.resume_all())

    def retry(self, job_id: int) -> None:
        self._do(lambda: self.queue.retry(job_id))

    def retry_failed(self) -> None:
        self._do(lambda: self.queue.retry_failed())

    def move(self, job_id: int, before: int | None) -> None:
        self._do(lambda: self.queue.move(job_id, before))

    def clear_finished(self) -> None:
        self._do(lambda: self.queue.clear_finished())

    def close(self) -> None:
        """Give out nothing more; what runs is queued again at the next start."""
        self._closing = True
        self._retrying.stop()
        if self.queue.has_unwritten:
            self._try_rest()

    # Giving jobs out.

    def _plan(
        self, photo: Photo, edit: PhotoEdit, faces: Sequence[int] | None, options: RestoreOptions | None = None
    ) -> tuple[Restore, ...]:
        store, scratch = self._paths.store, self._paths.scratch
        faces_with_options = tuple(
            msgspec.structs.replace(face, options=self.options_of(edit, face)) for face in edit.faces
        )
        edit = msgspec.structs.replace(edit, faces=faces_with_options, options=self.options_of(edit))
        return plan.restore(photo, edit, store=store, scratch=scratch, faces=faces, options=options)

    def _further(self, photo_id: int, face_id: int, *, alike: bool) -> None:
        edit = self._edits.edit(photo_id)
        face = next((f for f in edit.faces if f.id == face_id), None)
        if face is None:
            return
        options = self.options_of(edit, face)
        if alike:
            chosen = next((c for c in face.candidates if c.path == face.picked), None)
            if chosen is None:
                return
            options = plan.more_like(face, chosen, options)
        else:
            options = plan.try_others(face, options)
        self.restore_faces(photo_id, [face_id], options)

    def _add(self, jobs: Sequence[tuple[int, QueueJob]], *, front: bool = False) -> None:
        if jobs:
            self._do(lambda: self.queue.add(jobs, front=front))

    def _do(self, change: Callable[[], Change]) -> None:
        self._try(change)
        self._give_out()

    def _try(self, change: Callable[[], Change]) -> None:
        try:
            self._library.tell(change())
        except AlbumenError as error:
            self.failed.emit(error)
        except LookupError:
            pass  # what it was about is gone since it was shown
        self._heed_refusal()

    def _heed_refusal(self) -> None:
        refusal = self.queue.take_refusal()
        if refusal is None:
            return
        if not self._refused:  # said once, and tried in silence until the disk takes it
            self.failed.emit(refusal)
        self._refused = True
        self._retrying.start()

    def _write_rest(self) -> None:
        """Bring the states to the disk that it refused, and go on."""
        if not self._try_rest():
            self._retrying.start()
            return
        self._give_out()
        self._refused = self._retrying.isActive()

    def _try_rest(self) -> bool:
        try:
            self.queue.write_rest()
        except AlbumenError:
            return False
        return True

    def _give_out(self) -> None:
        if self._closing:
            return
        try:
            change, taken = self.queue.take_next()
        except AlbumenError as error:
            self.failed.emit(error)
            return
        for job in taken:
            message = self._here(decode_job(job.message))
            faces: tuple[int | None, ...] = ()
            if isinstance(message, Restore) and message.faces is not None:
                faces = results.face_ids(self._edits.edit(job.photo_id), message.faces)
            self._in_hand[self._supervisor.submit(message)] = _InHand(job, message, faces)
        self._library.tell(change)
        self._heed_refusal()

    def _here(self, message: QueueJob) -> QueueJob:
        """A job that may have waited long, with the places where candidates are by now."""
        if isinstance(message, Restore):
            return msgspec.structs.replace(message, store=str(self._paths.store))
        if isinstance(message, Export):
            locate = self._paths.candidates.locate
            picks = (msgspec.structs.replace(pick, candidate=locate(pick.candidate)) for pick in message.picks)
            return msgspec.structs.replace(message, picks=tuple(picks))
        return message

    def _take_back(self, job_id: int) -> None:
        for link_id, in_hand in list(self._in_hand.items()):
            if in_hand.queued.id == job_id:
                del self._in_hand[link_id]
                self._supervisor.cancel(link_id)

    # What the workers say.

    def _on_event(self, link_id: str, event: Event) -> None:
        in_hand = self._in_hand.get(link_id)
        if in_hand is None:
            return
        match event:
            case Progress():
                in_hand.fraction = event.fraction
                self.progressed.emit(in_hand.queued.id, event.stage, event.fraction, event.seconds_left)
            case Preview():
                face_id = self._face(in_hand, event.face)
                if face_id is not None:
                    self.previewed.emit(in_hand.queued.photo_id, face_id, event.path)
            case Exported():
                photos, photo_id = self._library.catalogue.photos, in_hand.queued.photo_id
                self._try(lambda: photos.set_state([photo_id], PhotoState.EXPORTED))
                self.exported.emit(photo_id, event.path or "")
            case FacesFound() | CandidateReady() | BestChosen():
                self._keep(in_hand, event)

    def _keep(self, in_hand: _InHand, event: FacesFound | CandidateReady | BestChosen) -> None:
        """Put what a job made into the photo's edit, as it stands by then."""
        photo_id, message = in_hand.queued.photo_id, in_hand.message
        if isinstance(event, FacesFound):
            if not isinstance(message, Restore) or message.faces is None:
                _, in_hand.faces = results.with_faces(self._edits.edit(photo_id), event)
                about = {"count": str(len(event.faces))}
                self._edits.change(photo_id, lambda edit: results.with_faces(edit, event)[0], "find", about)
            return
        face_id = self._face(in_hand, event.face)
        if face_id is None or not isinstance(message, Restore):
            return
        options = message.options

        def alter(edit: PhotoEdit) -> PhotoEdit:
            if isinstance(event, CandidateReady):
                return results.with_candidate(edit, face_id, event)
            return results.with_best(edit, face_id, event, options)

        about = {"face": str(face_id), "job": str(in_hand.queued.id)}
        self._edits.change(photo_id, alter, "restore", about, sliding=True)

    @staticmethod
    def _face(in_hand: _InHand, index: int) -> int | None:
        return in_hand.faces[index] if 0 <= index < len(in_hand.faces) else None

    def _on_done(self, link_id: str, done: Done) -> None:
        in_hand = self._in_hand.pop(link_id, None)
        if in_hand is not None:
            self._edits.after(lambda: self._end(in_hand, None, done.seconds))

    def _on_failed(self, link_id: str, error: AlbumenError) -> None:
        in_hand = self._in_hand.pop(link_id, None)
        if in_hand is not None:
            told = told_of(error, in_hand.message)
            self._edits.after(lambda: self._end(in_hand, told))

    def _end(self, in_hand: _InHand, error: AlbumenError | None, seconds: float = 0.0) -> None:
        """What the job made is on disk: only now may the queue count it as ended."""
        job = in_hand.queued
        if error is None:
            self._try(lambda: self.queue.done(job.id, seconds))
        else:
            self._try(lambda: self.queue.failed(job.id, error))
            if error.kind.startswith("photo_"):
                photos = self._library.catalogue.photos
                self._try(lambda: photos.set_state([job.photo_id], PhotoState.FAILED, error.kind, error.arguments))
        self.job_ended.emit(job, error)
        self._give_out()

    def _on_stalled(self, link_id: str, seconds: float) -> None:
        in_hand = self._in_hand.get(link_id)
        if in_hand is not None:
            self.stalled.emit(in_hand.queued, seconds)

    def _on_changed(self, change: Change) -> None:
        for photo_id in change.removed:  # its waiting jobs are cancelled in the catalogue
            for in_hand in list(self._in_hand.values()):
                if in_hand.queued.photo_id == photo_id:
                    self.cancel(in_hand.queued.id)
