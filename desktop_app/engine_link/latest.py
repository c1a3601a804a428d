"""Jobs of which only the latest matters: while a slider moves, every picture but the last is out of date."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from engine.protocol import Job


@dataclass
class _Lane:
    """One key: the id of the job in hand, and the job that waits for its end."""

    in_hand: str
    waiting: tuple[str, Job] | None = None


class Latest:
    """Keeps, for each key, at most one job in hand and one that waits."""

    def __init__(self) -> None:
        self._lanes: dict[Hashable, _Lane] = {}

    def put(self, key: Hashable, job_id: str, job: Job) -> bool:
        """Take a job in: True where it is to be sent now; else it waits, in place of the one that waited."""
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes[key] = _Lane(job_id)
            return True
        lane.waiting = job_id, job
        return False

    def drop(self, job_id: str) -> bool:
        """Forget a job that waits; False where this one does not."""
        for lane in self._lanes.values():
            if lane.waiting is not None and lane.waiting[0] == job_id:
                lane.waiting = None
                return True
        return False

    def ended(self, job_id: str) -> tuple[str, Job] | None:
        """A job has ended: the one to be sent now, if it was the one in hand of a key with one that waits."""
        for key, lane in self._lanes.items():
            if lane.in_hand == job_id:
                if lane.waiting is None:
                    del self._lanes[key]
                    return None
                waiting, lane.waiting = lane.waiting, None
                lane.in_hand = waiting[0]
                return waiting
        return None
