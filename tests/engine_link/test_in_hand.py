"""Which job a worker is busy with, and which one is to blame; without any process."""

from __future__ import annotations

from desktop_app.engine_link.in_hand import InHand
from desktop_app.engine_link.watch import LinkPatience, LinkWatch
from engine.protocol import (
    Announced,
    CandidateReady,
    Done,
    Event,
    FaceRecord,
    Failed,
    FindFaces,
    Job,
    ModelRecord,
    Progress,
    Recipe,
    Restore,
    RestoreOptions,
)

FACE = FaceRecord((0.0, 0.0, 9.0, 9.0), ((1.0, 1.0), (8.0, 1.0), (5.0, 5.0), (2.0, 8.0), (7.0, 8.0)))
WEIGHTS = ModelRecord("toy", "")
RECIPE = Recipe(
    "", FACE.landmarks, WEIGHTS, None, 0, 0.0, "released", 0, "ddim", 0, 0, 9, "cpu", "fp32", 1, 1, "toy", "0"
)
LONG, SHORT = Restore("/p", "/s"), FindFaces("/p")
ONE = RestoreOptions(candidates=1)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def in_hand(**jobs: Job) -> InHand:
    hand = InHand(LinkPatience(), Clock())
    for job_id, job in jobs.items():
        hand.add(job_id, job)
    hand.send()
    return hand


def busy(hand: InHand, *events: Event) -> str | None:
    for event in events:
        hand.saw(event)
    return None if hand.busy is None else hand.busy.id


def done(job_id: str) -> Done:
    return Done(job_id, 1.0, 1)


def candidate(job_id: str) -> CandidateReady:
    return CandidateReady(job_id, 0, 0, "/s/c.png", RECIPE)


def test_short_jobs_go_first_and_in_their_order() -> None:
    hand = in_hand(a=LONG, b=SHORT, c=SHORT)
    assert busy(hand) == "b"
    assert busy(hand, done("b")) == "c"
    assert busy(hand, done("c")) == "a"
    assert busy(hand, done("a")) is None


def test_a_long_job_gives_way_where_it_hands_over() -> None:
    hand = in_hand(a=LONG, b=LONG)
    assert busy(hand, Announced("a", "x", 1.0)) == "a"
    hand.add("c", SHORT)
    hand.send()
    assert busy(hand) == "a"  # it came while the worker was busy
    assert busy(hand, Progress("a", "x", 0.1)) == "a"
    assert busy(hand, candidate("a")) == "c"
    assert busy(hand, done("c")) == "a"  # which had begun, so before b
    assert busy(hand, done("a")) == "b"


def test_the_worker_says_itself_what_it_is_busy_with() -> None:
    """A short job that was on its way when the long one handed over."""
    hand = in_hand(a=LONG)
    hand.add("b", SHORT)
    hand.send()
    assert busy(hand, candidate("a")) == "b"
    assert busy(hand, Progress("a", "x", 0.5)) == "a"


def test_a_waiting_job_that_was_cancelled_changes_nothing() -> None:
    hand = in_hand(a=LONG, b=LONG)
    assert busy(hand, Announced("a", "x", 1.0), Failed("b", "cancelled")) == "a"


def test_what_was_not_sent_has_no_events() -> None:
    hand = InHand(LinkPatience(), Clock())
    hand.add("a", LONG)
    assert hand.saw(done("a")) is None
    assert len(hand) == 1
    assert hand.saw(done("b")) is None


def test_only_the_job_the_worker_was_busy_with_is_blamed() -> None:
    hand = in_hand(a=LONG, b=LONG)
    busy(hand, Announced("a", "x", 1.0))
    assert hand.worker_is_gone(lost=True) == (None, ["a"])
    assert len(hand.send()) == 2  # to the next worker
    assert hand.worker_is_gone(lost=False) == (None, [])
    hand.send()
    guilty, begun = hand.worker_is_gone(lost=True)
    assert guilty is not None
    assert (guilty.id, begun) == ("a", [])
    assert len(hand) == 1


def test_cancelled_jobs_are_not_sent_again() -> None:
    hand = in_hand(a=LONG, b=LONG)
    entry = hand.get("a")
    assert entry is not None
    entry.cancelled = True
    assert hand.worker_is_gone(lost=True) == (None, [])
    assert hand.get("a") is None


def test_silence_counts_from_when_the_worker_turned_to_the_job() -> None:
    clock = Clock()
    hand = InHand(LinkPatience(), clock)
    hand.add("a", LONG)
    hand.add("b", LONG)
    hand.send()
    clock.now = 100.0
    hand.saw(done("a"))
    clock.now = 219.0
    assert hand.busy is not None
    assert not hand.busy.watch.stalled
    clock.now = 221.0
    assert hand.busy.watch.stalled
    assert hand.busy.watch.silent_s == 121.0


def test_slow_steps_may_be_silent_for_longer() -> None:
    """With 30 s a step, ten of them are 300 s."""
    clock = Clock()
    watch = LinkWatch(LinkPatience(), clock)
    for at in (0.0, 30.0):
        clock.now = at
        watch.saw(Progress("a", "x", at))
    clock.now = 330.0
    assert not watch.stalled
    clock.now = 331.0
    assert watch.stalled
