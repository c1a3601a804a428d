"""The jobs of the queue as they are shown: what runs, what failed, what waits, what ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from desktop_app.album.records import JobState, QueuedJob
from desktop_app.ui.common.sentences import short_error_text
from desktop_app.ui.words import error_text, stage_text, time_text
from engine.base.errors import AlbumenError

Index = QModelIndex | QPersistentModelIndex
MIME = "application/x-albumen-jobs"
WAITING = (JobState.QUEUED, JobState.PAUSED)
_SHOWN_ORDER = {
    JobState.RUNNING: 0,
    JobState.FAILED: 1,
    JobState.QUEUED: 2,
    JobState.PAUSED: 2,
    JobState.DONE: 3,
    JobState.CANCELLED: 3,
}
_MOST_STEPS = 64
"""More pieces than these coming or going at once begin the list anew."""


@dataclass(frozen=True)
class JobPhoto:
    """What the queue shows of a job's photo; `picture` is None while there is none."""

    name: str
    picture: QImage | None = None


@dataclass(frozen=True)
class JobProgress:
    """How far a running job is: `fraction` in [0, 1], the engine's stage, seconds left (None while unknown)."""

    fraction: float
    stage: str = ""
    seconds_left: float | None = None


class JobModel(QAbstractListModel):
    """Jobs by row; their records, photos and progress come from methods, texts through roles as well."""

    def __init__(self, photo_of: Callable[[int], JobPhoto]) -> None:
        """`photo_of` answers for a photo's id at once; it is asked for rows that are in view."""
        super().__init__()
        self._photo_of = photo_of
        self._jobs: list[QueuedJob] = []
        self._progress: dict[int, JobProgress] = {}

    @property
    def jobs(self) -> Sequence[QueuedJob]:
        """The jobs in the order in which they are shown."""
        return self._jobs

    def set_jobs(self, jobs: Sequence[QueuedJob]) -> None:
        """Show these jobs; rows that stay keep their selection."""
        new = sorted(jobs, key=lambda job: (_SHOWN_ORDER[job.state], job.position))
        running = {job.id for job in new if job.state is JobState.RUNNING}
        self._progress = {id: progress for id, progress in self._progress.items() if id in running}
        old_ids, new_ids = {job.id for job in self._jobs}, {job.id for job in new}
        gone = _runs([row for row, job in enumerate(self._jobs) if job.id not in new_ids])
        come = _runs([row for row, job in enumerate(new) if job.id not in old_ids])
        if len(gone) + len(come) > _MOST_STEPS:
            self.beginResetModel()
            self._jobs = new
            self.endResetModel()
            return
        for first, last in reversed(gone):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._jobs[first : last + 1]
            self.endRemoveRows()
        self._rearrange([job for job in new if job.id in old_ids])
        for first, last in come:
            self.beginInsertRows(QModelIndex(), first, last)
            self._jobs[first:first] = new[first : last + 1]
            self.endInsertRows()

    def set_progress(self, job_id: int, progress: JobProgress) -> None:
        """Show how far a running job is."""
        self._progress[job_id] = progress
        row = next((n for n, job in enumerate(self._jobs) if job.id == job_id), None)  # running ones are first
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row))

    def job(self, row: int) -> QueuedJob | None:
        return self._jobs[row] if 0 <= row < len(self._jobs) else None

    def photo(self, job: QueuedJob) -> JobPhoto:
        return self._photo_of(job.photo_id)

    def progress(self, job: QueuedJob) -> JobProgress | None:
        return self._progress.get(job.id)

    def waiting_after(self, job_id: int) -> list[QueuedJob]:
        """The waiting jobs that come after this one."""
        waiting = [job for job in self._jobs if job.state in WAITING]
        row = next((n for n, job in enumerate(waiting) if job.id == job_id), len(waiting))
        return waiting[row + 1 :]

    def waiting_before(self, job_id: int) -> list[QueuedJob]:
        """The waiting jobs that come before this one."""
        waiting = [job for job in self._jobs if job.state in WAITING]
        return waiting[: next((n for n, job in enumerate(waiting) if job.id == job_id), 0)]

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        job = self.job(index.row())
        if job is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.photo(job).name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.photo(job).name}, {self.status_text(job)}"
        if role == Qt.ItemDataRole.ToolTipRole and job.state is JobState.FAILED:
            return error_text(AlbumenError.from_wire(job.error_kind, job.error_arguments))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        job = self.job(index.row())
        movable = job is not None and job.state in WAITING
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if movable else flags

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        rows = sorted(index.row() for index in indexes)
        ids = [job.id for row in rows if (job := self.job(row)) is not None and job.state in WAITING]
        data = QMimeData()
        data.setData(MIME, ",".join(map(str, ids)).encode())
        return data

    def kind_text(self, job: QueuedJob) -> str:
        """What a job is."""
        return {
            "find": self.tr("Find faces"),
            "restore": self.tr("Restore faces"),
            "export": self.tr("Export"),
        }[job.kind]

    def status_text(self, job: QueuedJob) -> str:
        """What a job is and how it stands; for one that failed, why."""
        progress = self._progress.get(job.id)
        match job.state:
            case JobState.RUNNING if progress is not None:
                parts = [stage_text(progress.stage) or self.kind_text(job), f"{round(100 * progress.fraction)} %"]
                if progress.seconds_left is not None:
                    parts.append(self.tr("about {time} left").format(time=time_text(progress.seconds_left)))
                return " · ".join(parts)
            case JobState.FAILED:
                sentence = short_error_text(AlbumenError.from_wire(job.error_kind, job.error_arguments))
                return sentence.removeprefix(f"{self.photo(job).name}: ")  # the name stands above it
        state = {
            JobState.RUNNING: self.tr("beginning"),
            JobState.QUEUED: self.tr("waits its turn"),
            JobState.PAUSED: self.tr("paused"),
            JobState.DONE: self.tr("done"),
            JobState.CANCELLED: self.tr("cancelled"),
        }[job.state]
        return f"{self.kind_text(job)} · {state}"

    def _rearrange(self, new: list[QueuedJob]) -> None:
        """Put jobs that are all there into another order, or other records of them in their place."""
        if [job.id for job in new] != [job.id for job in self._jobs]:
            self.layoutAboutToBeChanged.emit()
            rows = {job.id: row for row, job in enumerate(new)}
            before = self.persistentIndexList()
            after = [self.index(rows[self._jobs[index.row()].id]) for index in before]
            self._jobs = new
            self.changePersistentIndexList(before, after)
            self.layoutChanged.emit()
            return
        changed = [row for row, (old, now) in enumerate(zip(self._jobs, new, strict=True)) if old != now]
        self._jobs = new
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending rows as (first, last) of each unbroken run."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
