"""The jobs of one worker and which of them it is busy with, told from its events alone; no Qt, no process.

A worker does short jobs first, and gives way to them where a long one hands over a candidate; nothing on the wire says
which job it turns to. Knowing it, a crash is blamed on one job only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from desktop_app.engine_link.watch import LinkPatience, LinkWatch
from engine.client.patience import Clock
from engine.client.session import encode_request
from engine.protocol import Alive, CandidateReady, Event, Hello, Job, Ready, Run, is_short


@dataclass(eq=False)
class Entry:
    """A job in hand: `line` asks for it, `tries` counts the workers it may have cost."""

    id: str
    job: Job
    line: bytes
    watch: LinkWatch
    tries: int = 0
    sent: bool = False
    begun: bool = False
    cancelled: bool = False
    stall_told: bool = False


class InHand:
    """Jobs in the order in which they came."""

    def __init__(self, patience: LinkPatience, clock: Clock = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self.busy: Entry | None = None
        """The job the worker is taken to be busy with."""

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, job_id: str, job: Job) -> None:
        """Take a job in; PathNotText or BadMessage where no message can carry it."""
        line = encode_request(Run(job_id, job))
        self._entries[job_id] = Entry(job_id, job, line, LinkWatch(self._patience, self._clock))

    def get(self, job_id: str) -> Entry | None:
        return self._entries.get(job_id)

    def remove(self, entry: Entry) -> None:
        """Forget a job."""
        del self._entries[entry.id]
        if entry is self.busy or entry.begun:
            self._turn_to(self._next())

    def clear(self) -> list[Entry]:
        """Forget all jobs; returns those that were not cancelled."""
        entries = [entry for entry in self._entries.values() if not entry.cancelled]
        self._entries.clear()
        self.busy = None
        return entries

    def send(self) -> list[bytes]:
        """The lines of all jobs that the worker has not got yet; they count as sent."""
        waiting = [entry for entry in self._entries.values() if not entry.sent]
        for entry in waiting:
            entry.sent = True
        if self.busy is None:
            self._turn_to(self._next())
        return [entry.line for entry in waiting]

    def saw(self, event: Event) -> Entry | None:
        """Take note of an event; returns its job, None where it belongs to none that was sent."""
        entry = None if isinstance(event, Hello | Ready) else self._entries.get(event.id)
        if entry is None or not entry.sent:
            return None
        entry.watch.saw(event)
        if not isinstance(event, Alive):
            entry.stall_told = False
        if entry.watch.answered:
            self.remove(entry)
        else:
            entry.begun = True
            self._turn_to(self._next() if isinstance(event, CandidateReady) else entry)
        return entry

    def worker_is_gone(self, *, lost: bool) -> tuple[Entry | None, list[str]]:
        """Prepare all jobs for the next worker, without those that were cancelled.

        Where the worker was lost, the job it was busy with is to blame. Returns that job where it may not be tried
        again, which forgets it, and the ids of those that had begun and will begin anew.
        """
        guilty = self.busy if lost and self.busy is not None and not self.busy.cancelled else None
        if guilty is not None:
            guilty.tries += 1
            if guilty.tries < 2:
                guilty = None
        kept = [entry for entry in self._entries.values() if not entry.cancelled and entry is not guilty]
        begun = [entry.id for entry in kept if entry.begun]
        for entry in kept:
            entry.sent = entry.begun = entry.stall_told = False
            entry.watch = LinkWatch(self._patience, self._clock)
        self._entries = {entry.id: entry for entry in kept}
        self.busy = None
        return guilty, begun

    def _next(self) -> Entry | None:
        """The job the worker turns to when it has just finished one, or gives way: short ones first, then the begun."""
        sent = (entry for entry in self._entries.values() if entry.sent)
        return min(sent, key=lambda entry: (not is_short(entry.job), not entry.begun), default=None)

    def _turn_to(self, entry: Entry | None) -> None:
        if entry is not self.busy and entry is not None:
            entry.watch.begin()
        self.busy = entry
