"""The queue's rows: jobs in the order in which they are to be done, kept over restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from desktop_app.album.records import Change, JobState, QueuedJob
from desktop_app.album.store.database import Database
from desktop_app.album.store.text import from_text, to_text

Kind = Literal["find", "restore", "export"]
_COLUMNS = "id, photo_id, kind, message, state, position, tries, error_kind, error_arguments"
_CLOSEST = 1e-9
"""Where two positions lie closer than this, all are numbered anew."""


class Queue:
    """The queue; jobs of photos that were removed are not listed."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[QueuedJob]:
        """All jobs, in their order."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM queue WHERE photo_id NOT IN (SELECT id FROM photos WHERE removed = 1)"
            " ORDER BY position, id"
        )
        return [
            QueuedJob(id, photo_id, kind, message, JobState(state), position, tries, error_kind, from_text(arguments))
            for id, photo_id, kind, message, state, position, tries, error_kind, arguments in rows
        ]

    def put(self, jobs: Sequence[tuple[int, Kind, bytes]], front: bool = False) -> Change:
        """Add jobs (photo, kind, message) at the end, or in their order at the front; `Change.jobs` are their ids."""
        ids: list[int] = []
        with self._db.change():
            (first, last), *_ = self._db.rows("SELECT min(position), max(position) FROM queue")
            start = (first or 0.0) - len(jobs) if front else (last or 0.0) + 1
            for n, (photo_id, kind, message) in enumerate(jobs):
                new = self._db.run(
                    "INSERT INTO queue (photo_id, kind, message, position) VALUES (?, ?, ?, ?)",
                    *(photo_id, kind, message, start + n),
                )
                assert new.lastrowid is not None
                ids.append(new.lastrowid)
        return Change(jobs=tuple(ids))

    def move(self, job_id: int, before: int | None) -> Change:
        """Put a job before another, or at the end."""
        with self._db.change():
            upper, lower = self._gap(job_id, before)
            renumbered: list[int] = []
            if lower - upper < _CLOSEST:
                renumbered = [id for (id,) in self._db.rows("SELECT id FROM queue ORDER BY position, id")]
                self._db.run_each(
                    "UPDATE queue SET position = ? WHERE id = ?", [(float(n), id) for n, id in enumerate(renumbered)]
                )
                upper, lower = self._gap(job_id, before)
            self._db.run("UPDATE queue SET position = ? WHERE id = ?", (upper + lower) / 2, job_id)
        return Change(jobs=(job_id, *renumbered))

    def _gap(self, job_id: int, before: int | None) -> tuple[float, float]:
        """Between which positions the job is to lie."""
        rows = self._db.rows("SELECT id, position FROM queue WHERE id != ? ORDER BY position, id", job_id)
        if before is None:
            last = rows[-1][1] if rows else 0.0
            return last, last + 2
        at = next((n for n, (id, _) in enumerate(rows) if id == before), None)
        if at is None:
            raise LookupError(before)
        lower = rows[at][1]
        return (rows[at - 1][1] if at else lower - 2), lower

    def set_state(
        self, job_id: int, state: JobState, error_kind: str = "", error_arguments: Mapping[str, str] | None = None
    ) -> Change:
        """Say how a job stands; each time it is taken up is counted in `tries`."""
        with self._db.change():
            self._db.run(
                "UPDATE queue SET state = ?, error_kind = ?, error_arguments = ?, tries = tries + ? WHERE id = ?",
                *(state.value, error_kind, to_text(dict(error_arguments or {})), state is JobState.RUNNING, job_id),
            )
        return Change(jobs=(job_id,))

    def requeue_running(self) -> Change:
        """At start: what was running when the program ended waits again."""
        with self._db.change():
            ids = [id for (id,) in self._db.rows("SELECT id FROM queue WHERE state = 'running'")]
            self._db.run_for("UPDATE queue SET state = 'queued' WHERE id IN (?)", ids)
        return Change(jobs=tuple(ids))

    def remove_finished(self, states: Sequence[JobState] = (JobState.DONE, JobState.CANCELLED)) -> Change:
        """Take the jobs out that ended so; failed ones only where asked, as they may be tried again."""
        with self._db.change():
            jobs = [job.id for job in self.all() if job.state in states]
            self._db.run_for("DELETE FROM queue WHERE id IN (?)", jobs)
        return Change(jobs=tuple(jobs))
