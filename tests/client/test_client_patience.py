"""When a cancelled job has had its time, and when a worker was lost too often; the test moves the clock."""

from __future__ import annotations

import pytest

from engine.client.patience import JobWatch, Losses, Patience, Silence
from engine.protocol import Announced, Progress


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_job_that_was_not_cancelled_is_never_overdue(clock: Clock) -> None:
    watch = JobWatch(Patience(), clock)
    clock.now += 1e6
    assert not watch.cancelled
    assert not watch.overdue


def overdue_after(watch: JobWatch, clock: Clock) -> int:
    """Whole seconds after which a job cancelled now is overdue."""
    watch.cancel()
    seconds = 0
    while not watch.overdue:
        clock.now += 1
        seconds += 1
        watch.cancel()  # asking again does not give it more time
    return seconds


def test_five_seconds_while_steps_are_short_or_unknown(clock: Clock) -> None:
    assert overdue_after(JobWatch(Patience(), clock), clock) == 6  # more than 5
    watch = JobWatch(Patience(), clock)
    for n in range(5):
        watch.saw(Progress("1", "restore", n / 5))
        clock.now += 1
    assert overdue_after(watch, clock) == 6


def test_three_steps_where_steps_are_long(clock: Clock) -> None:
    watch = JobWatch(Patience(), clock)
    for n in range(3):
        clock.now += 20
        watch.saw(Progress("1", "restore", n / 5))
    assert overdue_after(watch, clock) == 61  # more than 3 * 20


def test_the_time_between_two_stages_is_no_step(clock: Clock) -> None:
    watch = JobWatch(Patience(), clock)
    watch.saw(Progress("1", "load", 0.0))
    clock.now += 60
    watch.saw(Announced("1", "restore", 100.0))
    watch.saw(Progress("1", "restore", 0.1))
    assert overdue_after(watch, clock) == 6


def test_a_worker_is_started_again_three_times_in_ten_minutes(clock: Clock) -> None:
    losses = Losses(Patience(), clock)
    for _ in range(3):
        clock.now += 60
        losses.add()
        assert not losses.too_many
    clock.now += 60
    losses.add()
    assert losses.recent == 4
    assert losses.too_many
    clock.now += 600 - 3 * 60 + 1  # the first was more than ten minutes ago
    assert losses.recent == 3
    assert not losses.too_many


def asked_for(silence: Silence, clock: Clock, seconds: float) -> bool:
    """Ask twice a second for so long; returns the last answer."""
    answer = False
    for _ in range(round(2 * seconds)):
        clock.now += 0.5
        answer = silence.is_too_long()
    return answer


def test_a_worker_is_hung_after_half_a_minute_without_a_sign_of_life(clock: Clock) -> None:
    silence = Silence(Patience(), clock)
    assert not asked_for(silence, clock, 30)
    assert asked_for(silence, clock, 0.5)
    silence.heard()
    assert not asked_for(silence, clock, 30)


def test_time_in_which_nobody_asked_is_no_silence(clock: Clock) -> None:
    """A terminal's Ctrl-Z stops client and worker, a lid closes: both go on hours later."""
    silence = Silence(Patience(), clock)
    assert not asked_for(silence, clock, 28)
    clock.now += 3600
    assert not silence.is_too_long()  # 29 s: an hour counts as one
    assert not asked_for(silence, clock, 1)
    assert asked_for(silence, clock, 0.5)
