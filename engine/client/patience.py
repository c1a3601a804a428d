"""How long a client waits for a worker and how often it starts one again; the same rules for every client."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.protocol import Done, Event, Failed, Progress

Clock = Callable[[], float]
_LONGEST_LOOK_S = 1.0


@dataclass(frozen=True)
class Patience:
    """Seconds and counts after which a client stops waiting."""

    start_s: float = 180.0
    """From the start of a worker to its `ready`; loading torch from a cold disk takes long."""
    cancel_s: float = 5.0
    cancel_steps: int = 3
    """A cancelled job may take `cancel_s`, or as long as this many of its steps where that is longer."""
    hang_s: float = 30.0
    """A busy worker of which nothing at all was heard for so long is taken for hung; it says every 5 s that it runs."""
    leave_s: float = 8.0
    """From the end of a worker's stdin to its exit; longer than the worker itself gives the job in hand."""
    restarts: int = 3
    restart_window_s: float = 600.0
    """A worker lost more often than `restarts` within this window is not started again."""


class JobWatch:
    """Knows the pace of the job in hand, and when it has had its time to stop after it was cancelled."""

    def __init__(self, patience: Patience, clock: Clock = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._last: tuple[str, float] | None = None
        self._step_s = 0.0
        self._cancelled_at: float | None = None
        self.answered = False
        """Whether the job has ended, one way or the other."""

    def saw(self, event: Event) -> None:
        """Take note of an event of the job; two reports of one stage are a step apart, or more of short ones."""
        if isinstance(event, Progress):
            now = self._clock()
            if self._last is not None and self._last[0] == event.stage:
                self._step_s = now - self._last[1]
            self._last = (event.stage, now)
        self.answered = isinstance(event, Done | Failed)

    def cancel(self) -> None:
        """The job was asked to stop; only the first time counts."""
        if self._cancelled_at is None:
            self._cancelled_at = self._clock()

    @property
    def cancelled(self) -> bool:
        return self._cancelled_at is not None

    @property
    def overdue(self) -> bool:
        """Whether a cancelled job has had its time, so that its worker is to be killed."""
        if self._cancelled_at is None:
            return False
        allowed_s = max(self._patience.cancel_s, self._patience.cancel_steps * self._step_s)
        return self._clock() - self._cancelled_at > allowed_s


class Silence:
    """How long nothing at all was heard of a busy worker: one that is stopped, or waits for memory on a disk."""

    def __init__(self, patience: Patience, clock: Clock = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._silent_s = 0.0
        self._asked_at = clock()

    def heard(self) -> None:
        """The worker said something."""
        self._silent_s = 0.0

    def is_too_long(self) -> bool:
        """Whether the worker is to be taken for hung; to be asked a few times a second while it is busy.

        Time in which nobody asked does not count: the client was busy itself, or stopped, or the computer slept.
        """
        now = self._clock()
        self._silent_s += min(now - self._asked_at, _LONGEST_LOOK_S)
        self._asked_at = now
        return self._silent_s > self._patience.hang_s


class Losses:
    """Counts how often a worker was lost lately; one that was killed on purpose is not lost."""

    def __init__(self, patience: Patience, clock: Clock = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._times: list[float] = []

    def add(self) -> None:
        """A worker was lost just now."""
        self._times.append(self._clock())

    @property
    def recent(self) -> int:
        """How many were lost within the window."""
        earliest = self._clock() - self._patience.restart_window_s
        self._times = [at for at in self._times if at >= earliest]
        return len(self._times)

    @property
    def too_many(self) -> bool:
        """Whether another start is one too many."""
        return self.recent > self._patience.restarts
