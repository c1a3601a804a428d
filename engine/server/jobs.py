"""The jobs a worker has in hand: short ones first, each with a flag that says whether it was cancelled."""

from __future__ import annotations

import threading
from collections import deque

from engine.protocol import Run, is_short


class JobQueue:
    """Filled by the reading thread, emptied by the main thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._short: deque[Run] = deque()
        self._long: deque[Run] = deque()
        self._cancelled: dict[str, bool] = {}
        self._closed = False

    def put(self, run: Run) -> bool:
        """Add a job; False where its id is empty or belongs to a job in hand."""
        with self._changed:
            if not run.id or run.id in self._cancelled:
                return False
            self._cancelled[run.id] = False
            (self._short if is_short(run.job) else self._long).append(run)
            self._changed.notify()
            return True

    def take(self) -> Run | None:
        """The next job, waited for; None once the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._short or self._long)
            if self._closed:
                return None
            return (self._short or self._long).popleft()

    def take_short(self) -> Run | None:
        """The next short job, or None where none waits."""
        with self._changed:
            return self._short.popleft() if self._short and not self._closed else None

    def finish(self, run: Run) -> None:
        """Forget a job that was taken."""
        with self._changed:
            del self._cancelled[run.id]

    def cancel(self, job_id: str) -> bool:
        """Mark a job as cancelled; True where it was still waiting and is now gone from the queue."""
        with self._changed:
            if job_id not in self._cancelled:
                return False
            for waiting in (self._short, self._long):
                for run in waiting:
                    if run.id == job_id:
                        waiting.remove(run)
                        del self._cancelled[job_id]
                        return True
            self._cancelled[job_id] = True
            return False

    def cancelled(self, run: Run) -> bool:
        """Whether a job that was taken is to stop."""
        return self._closed or self._cancelled[run.id]

    def close(self) -> None:
        """Cancel everything; nothing is taken any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
