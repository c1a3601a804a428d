"""The order of jobs and their cancellation."""

from __future__ import annotations

import threading

import pytest

from engine.protocol import (
    AcceptLicence,
    BlendSettings,
    Compose,
    Export,
    FaceRecord,
    FetchModel,
    FindFaces,
    ImportModel,
    Job,
    ListModels,
    Pick,
    ReadPhoto,
    Restore,
    RestoreOptions,
    Run,
    ShowPhoto,
    ShowSpread,
    VerifyModels,
    is_short,
)
from engine.server.jobs import JobQueue

FACE = FaceRecord((0.0, 0.0, 9.0, 9.0), ((1.0, 1.0), (8.0, 1.0), (5.0, 5.0), (2.0, 8.0), (7.0, 8.0)))
ONE = RestoreOptions(candidates=1)
LONG = Restore("/p", "/s")
SHORT = FindFaces("/p")


@pytest.mark.parametrize(
    ("job", "short"),
    [
        (FindFaces("/p"), True),
        (Compose("/p", Pick(FACE, "/c", BlendSettings()), "/f"), True),
        (Restore("/p", "/s", faces=(FACE,), options=ONE), True),
        (Restore("/p", "/s", faces=(FACE, FACE), options=ONE), False),
        (Restore("/p", "/s", faces=(FACE,)), False),
        (Restore("/p", "/s", options=ONE), False),
        (Export("/p", (), "/o"), False),
        (ShowPhoto("/p", "/f"), True),
        (ShowSpread("/p", FACE, ("/c", "/d"), "/f"), True),
        (ReadPhoto("/p", "/f"), False),
        (ListModels(), True),
        (AcceptLicence("starter"), True),
        (VerifyModels(), False),
        (ImportModel("/p"), False),
        (FetchModel("starter"), False),
    ],
)
def test_short_is_what_somebody_waits_for(job: Job, short: bool) -> None:
    assert is_short(job) is short


def filled(*runs: Run) -> JobQueue:
    queue = JobQueue()
    for run in runs:
        assert queue.put(run)
    return queue


def taken(queue: JobQueue, count: int) -> list[str]:
    return [run.id for _ in range(count) if (run := queue.take()) is not None]


def test_short_before_long_and_each_in_its_order() -> None:
    queue = filled(Run("a", LONG), Run("b", SHORT), Run("c", LONG), Run("d", SHORT))
    assert taken(queue, 4) == ["b", "d", "a", "c"]


def test_take_short_leaves_the_long_ones() -> None:
    queue = filled(Run("a", LONG), Run("b", SHORT))
    assert queue.take_short() == Run("b", SHORT)
    assert queue.take_short() is None
    assert taken(queue, 1) == ["a"]


def test_take_waits_for_a_job() -> None:
    queue = JobQueue()
    later = threading.Timer(0.05, queue.put, [Run("a", LONG)])
    later.start()
    assert taken(queue, 1) == ["a"]
    later.join()


def test_an_id_is_free_again_when_its_job_is_finished() -> None:
    run = Run("a", LONG)
    queue = filled(run)
    assert not queue.put(Run("a", SHORT))
    assert not queue.put(Run("", SHORT))
    assert queue.take() == run
    assert not queue.put(Run("a", SHORT))
    queue.finish(run)
    assert queue.put(Run("a", SHORT))


def test_cancel_takes_a_waiting_job_away_and_marks_a_running_one() -> None:
    running, waiting = Run("a", LONG), Run("b", LONG)
    queue = filled(running, waiting)
    assert queue.take() == running
    assert not queue.cancel("no such job")
    assert not queue.cancelled(running)
    assert not queue.cancel("a")
    assert queue.cancelled(running)
    assert queue.cancel("b")
    assert queue.put(Run("b", SHORT))


def test_close_cancels_all_and_gives_nothing_out() -> None:
    running = Run("a", LONG)
    queue = filled(running, Run("b", SHORT), Run("c", LONG))
    queue.take_short()
    queue.close()
    assert queue.cancelled(running)
    assert queue.take() is None
    assert queue.take_short() is None
