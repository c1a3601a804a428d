"""The queue of long jobs: which come next, how they stand, how long they will take; nothing but a store behind it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, Protocol

from desktop_app.album.records import Change, JobState, QueuedJob
from desktop_app.jobs.message import Kind, QueueJob, decode_job, encode_job, kind_of
from engine.base.errors import AlbumenError, BadMessage
from engine.protocol import Restore

Lane = Literal["compute", "imaging"]

NOT_THE_PHOTOS_FAULT = frozenset(
    {
        "worker_given_up",
        "worker_wont_start",
        "worker_stopped",
        "protocol_mismatch",
        "no_such_device",
        "disk_full",
        "unknown_model",
        "weights_missing",
        "weights_damaged",
        "licence_not_accepted",
        "model_list_damaged",
    }
)
"""Kinds of errors that would meet every following job as well."""

_WAITING = (JobState.QUEUED, JobState.PAUSED)
_LANES: dict[Kind, Lane] = {"find": "compute", "restore": "compute", "export": "imaging"}
_MEASURED = 20
"""How many of the latest jobs of a kind tell its pace."""


class QueueStore(Protocol):
    """What the queue needs of the catalogue; each change is on disk when it returns."""

    def all(self) -> list[QueuedJob]: ...

    def put(self, jobs: Sequence[tuple[int, Kind, bytes]], front: bool = False) -> Change: ...

    def move(self, job_id: int, before: int | None) -> Change: ...

    def set_state(
        self, job_id: int, state: JobState, error_kind: str = "", error_arguments: Mapping[str, str] | None = None
    ) -> Change: ...

    def requeue_running(self) -> Change: ...

    def remove_finished(self, states: Sequence[JobState] = ...) -> Change: ...


class JobQueue:
    """States and order of the jobs; keeps none of them itself but states that the disk refused, until it takes them.

    At most one job of each lane is RUNNING, so that the order of the others can still be changed. Whoever runs them
    stops a job in hand when `cancel` or `pause` is called for it.
    """

    def __init__(self, store: QueueStore) -> None:
        self._store = store
        self._held: set[Lane] = set()
        self._unwritten: dict[int, tuple[JobState, str, Mapping[str, str]]] = {}
        self._refusal: AlbumenError | None = None
        self._measured: dict[str, deque[tuple[float, int]]] = defaultdict(lambda: deque(maxlen=_MEASURED))

    def jobs(self) -> list[QueuedJob]:
        """All jobs, in their order, as they stand; what the disk refused to take counts as well."""
        jobs = self._store.all()
        if not self._unwritten:
            return jobs
        return [self._as_it_stands(job) for job in jobs]

    @property
    def has_unwritten(self) -> bool:
        """Whether the disk refused a state that `write_rest` has to bring there."""
        return bool(self._unwritten)

    def take_refusal(self) -> AlbumenError | None:
        """Why the disk refused a state since this was last asked; the job stands so nevertheless."""
        refusal, self._refusal = self._refusal, None
        return refusal

    def write_rest(self) -> None:
        """Write the states that the disk refused; raises what it does when it still refuses one."""
        for job_id, (state, kind, arguments) in list(self._unwritten.items()):
            self._store.set_state(job_id, state, kind, arguments)
            self._unwritten.pop(job_id, None)

    @property
    def is_held(self) -> bool:
        """Whether jobs wait until `resume_all`, new ones too: after `pause_all`, or an error that would meet all."""
        return bool(self._held)

    def add(self, jobs: Sequence[tuple[int, QueueJob]], *, front: bool = False) -> Change:
        """Add jobs (photo's id, message); they wait paused while their lane is. PathNotText as `encode_job` raises."""
        change = self._store.put([(photo_id, kind_of(job), encode_job(job)) for photo_id, job in jobs], front)
        paused = [id for id, (_, job) in zip(change.jobs, jobs, strict=True) if _LANES[kind_of(job)] in self._held]
        return Change.of([change, *(self._set(id, JobState.PAUSED) for id in paused)])

    def take_next(self) -> tuple[Change, list[QueuedJob]]:
        """The jobs to be run now, at most one for each lane that has none in hand; they count as RUNNING.

        A job that this version cannot read has failed.
        """
        changes: list[Change] = []
        taken: list[QueuedJob] = []
        jobs = self.jobs()
        busy = {_LANES[job.kind] for job in jobs if job.state is JobState.RUNNING}
        for job in jobs:
            if job.state is not JobState.QUEUED or _LANES[job.kind] in busy:
                continue
            try:
                decode_job(job.message)
            except BadMessage as error:
                changes.append(self._set(job.id, JobState.FAILED, error.kind, error.arguments))
                continue
            try:
                changes.append(self._store.set_state(job.id, JobState.RUNNING))
            except AlbumenError as error:  # none begins whose result could not be kept either
                self._refusal = error
                break
            self._unwritten.pop(job.id, None)
            busy.add(_LANES[job.kind])
            taken.append(job)
        return Change.of(changes), taken

    # How a job in hand ended

    def done(self, job_id: int, seconds: float) -> Change:
        """A job is finished; `seconds` tell how long later ones will take."""
        job = self._in_hand(job_id)
        if job is None:
            return Change()
        self._measure(job, seconds)
        return self._set(job_id, JobState.DONE)

    def failed(self, job_id: int, error: AlbumenError) -> Change:
        """A job failed. Where that is not its photo's fault, it and all others of its lane wait until resumed."""
        job = self._in_hand(job_id)
        if job is None:
            return Change()
        if error.kind not in NOT_THE_PHOTOS_FAULT:
            return self._set(job_id, JobState.FAILED, error.kind, error.arguments)
        change = self._set(job_id, JobState.PAUSED, error.kind, error.arguments)
        return change | self._hold(_LANES[job.kind])

    # What the user wants

    def cancel(self, job_id: int) -> Change:
        """Give a job up, whether it waits or runs."""
        return self._turn(job_id, (*_WAITING, JobState.RUNNING), JobState.CANCELLED)

    def pause(self, job_id: int) -> Change:
        """Let a job wait; one that runs begins anew when it is resumed."""
        return self._turn(job_id, (JobState.QUEUED, JobState.RUNNING), JobState.PAUSED)

    def resume(self, job_id: int) -> Change:
        return self._turn(job_id, (JobState.PAUSED,), JobState.QUEUED)

    def retry(self, job_id: int) -> Change:
        """Do a job again that failed or was cancelled, at its old place in the order."""
        return self._turn(job_id, (JobState.FAILED, JobState.CANCELLED), JobState.QUEUED)

    def pause_all(self) -> Change:
        """Begin nothing more, nor what is added later; jobs in hand go on to their end."""
        return self._hold("compute") | self._hold("imaging")

    def resume_all(self) -> Change:
        self._held.clear()
        return self._turn_all(JobState.PAUSED, JobState.QUEUED)

    def retry_failed(self) -> Change:
        return self._turn_all(JobState.FAILED, JobState.QUEUED)

    def move_up(self, job_id: int) -> Change:
        """Put a waiting job before the one that is before it."""
        waiting = self._waiting()
        at = waiting.index(job_id) if job_id in waiting else 0
        return self._store.move(job_id, waiting[at - 1]) if at else Change()

    def move_down(self, job_id: int) -> Change:
        """Put a waiting job behind the one that is behind it."""
        waiting = self._waiting()
        if job_id not in waiting[:-1]:
            return Change()
        return self._store.move(waiting[waiting.index(job_id) + 1], job_id)

    def move(self, job_id: int, before: int | None) -> Change:
        """Put a waiting job before another job, or at the end."""
        return self._store.move(job_id, before) if job_id in self._waiting() and job_id != before else Change()

    def clear_finished(self) -> Change:
        """Take out what is done or was cancelled."""
        return self._store.remove_finished()

    def seconds_left(self, fractions: Mapping[int, float]) -> float | None:
        """Until everything that is not paused is done, from the pace of the jobs so far; None while that is unknown.

        `fractions` say how far each job in hand has come, in [0, 1]. The lanes work side by side.
        """
        totals: dict[Lane, float] = {"compute": 0.0, "imaging": 0.0}
        for job in self.jobs():
            if job.state in (JobState.QUEUED, JobState.RUNNING):
                seconds = self._expected_seconds(job)
                if seconds is None:
                    return None
                totals[_LANES[job.kind]] += seconds * (1.0 - fractions.get(job.id, 0.0))
        return max(totals.values())

    # Steps

    def _as_it_stands(self, job: QueuedJob) -> QueuedJob:
        if job.id not in self._unwritten:
            return job
        state, error_kind, arguments = self._unwritten[job.id]
        return replace(job, state=state, error_kind=error_kind, error_arguments=dict(arguments))

    def _set(
        self, job_id: int, state: JobState, error_kind: str = "", error_arguments: Mapping[str, str] | None = None
    ) -> Change:
        """Write how a job stands, or remember it where the disk refuses: a job that ended must not seem to run on."""
        try:
            self._store.set_state(job_id, state, error_kind, error_arguments)
        except AlbumenError as error:
            self._refusal = error
            self._unwritten[job_id] = (state, error_kind, error_arguments or {})
        else:
            self._unwritten.pop(job_id, None)
        return Change(jobs=(job_id,))

    def _in_hand(self, job_id: int) -> QueuedJob | None:
        job = next((job for job in self.jobs() if job.id == job_id), None)
        return job if job is not None and job.state is JobState.RUNNING else None

    def _waiting(self) -> list[int]:
        return [job.id for job in self.jobs() if job.state in _WAITING]

    def _turn(self, job_id: int, states: Sequence[JobState], state: JobState) -> Change:
        turned = [job for job in self.jobs() if job.id == job_id and job.state in states]
        return self._set(job_id, state) if turned else Change()

    def _turn_all(self, before: JobState, state: JobState) -> Change:
        jobs = [job.id for job in self.jobs() if job.state is before]
        return Change.of(self._set(job_id, state) for job_id in jobs)

    def _hold(self, lane: Lane) -> Change:
        self._held.add(lane)
        waiting = [job.id for job in self.jobs() if job.state is JobState.QUEUED and _LANES[job.kind] == lane]
        return Change.of(self._set(job_id, JobState.PAUSED) for job_id in waiting)

    def _measure(self, job: QueuedJob, seconds: float) -> None:
        size = _size(job)
        if size is not None:
            self._measured[size[0]].append((seconds, size[1]))

    def _expected_seconds(self, job: QueuedJob) -> float | None:
        size = _size(job)
        if size is None:
            return 0.0  # it will fail at once
        measured = self._measured[size[0]]
        if not measured:
            return None
        return size[1] * sum(seconds for seconds, _ in measured) / sum(units for _, units in measured)


def _size(job: QueuedJob) -> tuple[str, int] | None:
    """What a job's time is measured in, and how much of it there is; None where it cannot be read."""
    try:
        message = decode_job(job.message)
    except BadMessage:
        return None
    if not isinstance(message, Restore):
        return job.kind, 1
    if message.faces is None:
        return "photo's candidates", max(1, message.options.candidates)
    return "candidates", max(1, len(message.faces) * message.options.candidates)
