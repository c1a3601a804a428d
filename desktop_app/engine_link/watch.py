"""How patient the window is with a worker, and what it knows about the pace of a job."""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.client.patience import Clock, JobWatch, Patience
from engine.protocol import Alive, Event


@dataclass(frozen=True)
class LinkPatience(Patience):
    """The rules every client has, and those only a window needs."""

    stall_s: float = 120.0
    stall_steps: int = 10
    """A job without any event for `stall_s`, or for this many of its steps where that is longer, seems to hang."""
    idle_s: float = 60.0
    """A worker that is only started on demand leaves after this time without a job."""
    tick_s: float = 0.2
    """How often the jobs in hand are looked at."""


class LinkWatch(JobWatch):
    """Also knows how long a job has been silent while the worker was busy with it."""

    def __init__(self, patience: LinkPatience, clock: Clock = time.monotonic) -> None:
        super().__init__(patience, clock)
        self._stall_s, self._stall_steps = patience.stall_s, patience.stall_steps
        self._heard_at = clock()

    def begin(self) -> None:
        """The worker turns to the job just now."""
        self._heard_at = self._clock()

    def saw(self, event: Event) -> None:
        super().saw(event)
        if not isinstance(event, Alive):  # the process lives, which says nothing about the job
            self._heard_at = self._clock()

    @property
    def silent_s(self) -> float:
        """Seconds since the job was last heard of."""
        return self._clock() - self._heard_at

    @property
    def stalled(self) -> bool:
        """Whether the job has been silent for longer than its pace explains."""
        return self.silent_s > max(self._stall_s, self._stall_steps * self._step_s)
