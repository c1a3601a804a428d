"""The queue over a real catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jobs_records import record

from desktop_app.album.records import JobState, QueuedJob
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.jobs.message import QueueJob, decode_job, encode_job
from desktop_app.jobs.queue import JobQueue
from desktop_app.jobs.recovery import recover
from engine.base.errors import BadMessage, DiskFull, PathNotText, PhotoDamaged, WorkerGivenUp
from engine.protocol import Export, FindFaces, Restore, RestoreOptions

FIND = FindFaces("/p.jpg")
RESTORE = Restore("/p.jpg", "/store", faces=(record(100),))
EXPORT = Export("/p.jpg", (), "/out.jpg")


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    photo = tmp_path / "p.jpg"
    photo.touch()
    catalogue = Catalogue.open(tmp_path / "library")
    catalogue.photos.add([photo])
    yield catalogue
    catalogue.close()


@pytest.fixture
def queue(catalogue: Catalogue) -> JobQueue:
    return JobQueue(catalogue.queue)


def add(queue: JobQueue, *jobs: QueueJob) -> list[int]:
    return list(queue.add([(1, job) for job in jobs]).jobs)


def take(queue: JobQueue) -> list[int]:
    change, taken = queue.take_next()
    assert set(change.jobs) >= {job.id for job in taken}
    return [job.id for job in taken]


def states(queue: JobQueue) -> dict[int, str]:
    return {job.id: job.state.value for job in queue.jobs()}


def row(queue: JobQueue, job_id: int) -> QueuedJob:
    return next(job for job in queue.jobs() if job.id == job_id)


def test_a_message_is_kept_as_it_is() -> None:
    for job in (FIND, RESTORE, EXPORT):
        assert decode_job(encode_job(job)) == job
    with pytest.raises(BadMessage):
        decode_job(b'{"type":"FindFaces","photo":"/p","colour":"red"}')
    with pytest.raises(PathNotText):
        encode_job(FindFaces("/caf\udce9.jpg"))


def test_one_of_each_lane_is_in_hand(queue: JobQueue) -> None:
    restore, find, export, other = add(queue, RESTORE, FIND, EXPORT, EXPORT)
    assert take(queue) == [restore, export]
    assert take(queue) == []
    assert states(queue) == {restore: "running", find: "queued", export: "running", other: "queued"}
    assert queue.done(restore, 1.0).jobs == (restore,)
    assert take(queue) == [find]
    assert [job.tries for job in queue.jobs()] == [1, 1, 1, 0]


def test_jobs_at_the_front(queue: JobQueue) -> None:
    (last,) = add(queue, RESTORE)
    first, second = queue.add([(1, RESTORE), (1, FIND)], front=True).jobs
    assert [job.id for job in queue.jobs()] == [first, second, last]


def test_a_photo_that_fails_does_not_stop_the_others(queue: JobQueue) -> None:
    bad, good = add(queue, RESTORE, RESTORE)
    take(queue)
    queue.failed(bad, PhotoDamaged(path="/p.jpg"))
    assert (row(queue, bad).error_kind, row(queue, bad).error_arguments) == ("photo_damaged", {"path": "/p.jpg"})
    assert take(queue) == [good]
    queue.done(good, 1.0)
    assert queue.retry_failed().jobs == (bad,)
    assert take(queue) == [bad]
    assert row(queue, bad).error_kind == ""


def test_what_would_meet_every_photo_holds_its_lane(queue: JobQueue) -> None:
    first, second, export = add(queue, RESTORE, RESTORE, EXPORT)
    take(queue)
    change = queue.failed(first, WorkerGivenUp(role="compute", times=4, detail=""))
    assert set(change.jobs) == {first, second}
    (third,) = add(queue, RESTORE)
    assert take(queue) == []
    assert states(queue) == {first: "paused", second: "paused", export: "running", third: "paused"}
    assert row(queue, first).error_kind == "worker_given_up"
    queue.failed(export, DiskFull(path="/out"))
    assert states(queue)[export] == "paused"
    queue.resume_all()
    assert take(queue) == [first, export]
    (fourth,) = add(queue, RESTORE)
    assert states(queue)[fourth] == "queued"


def test_late_answers_change_nothing(queue: JobQueue) -> None:
    (job,) = add(queue, RESTORE)
    assert not queue.done(job, 1.0)
    take(queue)
    queue.cancel(job)
    assert not queue.done(job, 1.0)
    assert not queue.failed(job, PhotoDamaged(path="/p.jpg"))
    assert not queue.done(99, 1.0)
    assert states(queue) == {job: "cancelled"}


def test_pause_and_resume_of_one(queue: JobQueue) -> None:
    running, waiting = add(queue, RESTORE, RESTORE)
    take(queue)
    queue.pause(running)
    assert take(queue) == [waiting]
    assert not queue.pause(running)
    assert not queue.resume(waiting)
    queue.resume(running)
    queue.done(waiting, 1.0)
    assert take(queue) == [running]


def test_pause_all_lets_the_running_end(queue: JobQueue) -> None:
    running, waiting = add(queue, RESTORE, RESTORE)
    take(queue)
    assert queue.pause_all().jobs == (waiting,)
    assert states(queue)[running] == "running"
    queue.done(running, 1.0)
    assert take(queue) == []
    queue.resume(waiting)
    assert take(queue) == [waiting]


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.PAUSED, JobState.RUNNING])
def test_cancel_and_retry(queue: JobQueue, catalogue: Catalogue, state: JobState) -> None:
    (job,) = add(queue, RESTORE)
    catalogue.queue.set_state(job, state)
    assert not queue.retry(job)
    queue.cancel(job)
    assert not queue.cancel(job)
    assert take(queue) == []
    queue.retry(job)
    assert take(queue) == [job]


def test_order(queue: JobQueue) -> None:
    done, a, b, c = add(queue, RESTORE, RESTORE, EXPORT, RESTORE)
    take(queue)  # the first and b
    queue.done(done, 1.0)

    def order() -> list[int]:
        return [job.id for job in queue.jobs() if job.id != done]

    assert queue.move_up(c)
    assert [job for job in order() if job != b] == [c, a]
    assert not queue.move_up(c)  # before it are only jobs that don't wait
    assert queue.move_down(c)
    assert [job for job in order() if job != b] == [a, c]
    assert not queue.move_down(c)
    assert queue.move(c, a)
    assert [job for job in order() if job != b] == [c, a]
    assert queue.move(c, None)
    assert order()[-1] == c
    assert not queue.move(c, c)
    assert not queue.move(b, a)  # it runs
    assert take(queue) == [a]


def test_after_a_restart_what_ran_waits_at_its_place(queue: JobQueue, catalogue: Catalogue) -> None:
    jobs = add(queue, RESTORE, RESTORE, EXPORT)
    taken = take(queue)
    assert recover(catalogue.queue).jobs == tuple(taken)
    again = JobQueue(catalogue.queue)
    assert [job.id for job in again.jobs()] == jobs
    assert take(again) == taken


def test_a_job_of_another_version_has_failed(queue: JobQueue, catalogue: Catalogue) -> None:
    (old,) = catalogue.queue.put([(1, "restore", b'{"type":"Restore","photo":"/p"}')]).jobs
    (new,) = add(queue, RESTORE)
    assert take(queue) == [new]
    assert (states(queue)[old], row(queue, old).error_kind) == ("failed", "bad_message")


def test_clearing_keeps_what_failed(queue: JobQueue) -> None:
    done, failed, cancelled = add(queue, EXPORT, RESTORE, FIND)
    take(queue)
    queue.done(done, 1.0)
    queue.failed(failed, PhotoDamaged(path="/p.jpg"))
    queue.cancel(cancelled)
    assert set(queue.clear_finished().jobs) == {done, cancelled}
    assert states(queue) == {failed: "failed"}


def test_time_left(queue: JobQueue) -> None:
    """10 s for two candidates of a face: 5 s each; the exports are done meanwhile."""
    two = RestoreOptions(candidates=2)
    first = Restore("/p.jpg", "/store", faces=(record(100),), options=two)
    group = Restore("/p.jpg", "/store", faces=(record(100), record(300), record(500)), options=two)
    assert queue.seconds_left({}) == 0.0
    restore, export, other, paused = add(queue, first, EXPORT, group, group)
    queue.pause(paused)
    take(queue)
    assert queue.seconds_left({}) is None
    queue.done(restore, 10.0)
    queue.done(export, 4.0)
    assert queue.seconds_left({}) == pytest.approx(30.0)
    assert take(queue) == [other]
    assert queue.seconds_left({other: 0.5}) == pytest.approx(15.0)
    add(queue, *[EXPORT] * 5)
    assert queue.seconds_left({other: 0.5}) == pytest.approx(20.0)
    add(queue, Restore("/p.jpg", "/store"))  # a photo whose faces nobody has counted
    assert queue.seconds_left({}) is None
