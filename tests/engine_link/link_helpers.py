"""Commands of fake workers, and a log of what a supervisor says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app.engine_link.supervisor import Supervisor
from desktop_app.engine_link.watch import LinkPatience
from engine.base.errors import AlbumenError
from engine.protocol import Done, Event, FindFaces, Role

FAKES = Path(__file__).parents[1] / "fakes"
HASTY = LinkPatience(start_s=60, cancel_s=0.2, leave_s=0.3, tick_s=0.02)
NEVER_KILLS = LinkPatience(start_s=60, cancel_s=600, leave_s=20, tick_s=0.02)

WaitUntil = Callable[[Callable[[], object]], None]


def toy_command(*arguments: str) -> list[str]:
    """A compute worker with the real loop and toy jobs."""
    return [sys.executable, str(FAKES / "toy_worker.py"), *arguments]


def scripted_command(role: Role, script: str = "normal") -> list[str]:
    return [sys.executable, "-S", str(FAKES / "scripted_worker.py"), role, script]


@dataclass
class Log:
    """What a supervisor said: signals in their order, as (name, arguments)."""

    said: list[tuple[object, ...]] = field(default_factory=list)

    def of(self, job_id: str) -> list[str]:
        """The signals about a job; an event by its own name."""
        about = [entry for entry in self.said if entry[1:2] == (job_id,)]
        return [type(entry[2]).__name__ if entry[0] == "event" else str(entry[0]) for entry in about]

    def states(self, role: Role) -> list[str]:
        return [str(entry[2]) for entry in self.said if entry[:2] == ("state", role)]

    def losses(self, role: Role) -> list[str]:
        """The kinds of the errors for which the worker was lost."""
        return [entry[2].kind for entry in self.said if entry[:2] == ("lost", role)]  # type: ignore[attr-defined]

    def error(self, job_id: str) -> AlbumenError:
        (error,) = (entry[2] for entry in self.said if entry[:2] == ("failed", job_id))
        assert isinstance(error, AlbumenError)
        return error

    def events(self, job_id: str) -> list[Event]:
        return [entry[2] for entry in self.said if entry[:2] == ("event", job_id)]  # type: ignore[misc]

    def ended(self, job_id: str) -> bool:
        return any(entry[0] in ("done", "failed", "cancelled") and entry[1] == job_id for entry in self.said)

    def done(self, job_id: str) -> Done:
        (done,) = (entry[2] for entry in self.said if entry[:2] == ("done", job_id))
        assert isinstance(done, Done)
        return done


Make = Callable[..., tuple[Supervisor, Log]]


def listen(supervisor: Supervisor) -> Log:
    log = Log()
    supervisor.job_event.connect(lambda job_id, event: log.said.append(("event", job_id, event)))
    supervisor.job_done.connect(lambda job_id, done: log.said.append(("done", job_id, done)))
    supervisor.job_failed.connect(lambda job_id, error: log.said.append(("failed", job_id, error)))
    supervisor.job_cancelled.connect(lambda job_id: log.said.append(("cancelled", job_id)))
    supervisor.job_restarted.connect(lambda job_id: log.said.append(("restarted", job_id)))
    supervisor.job_stalled.connect(lambda job_id, seconds: log.said.append(("stalled", job_id, seconds)))
    supervisor.worker_state_changed.connect(lambda role, state: log.said.append(("state", role, state)))
    supervisor.worker_lost.connect(lambda role, error: log.said.append(("lost", role, error)))
    supervisor.device_known.connect(lambda ready: log.said.append(("device", ready)))
    return log


def find(toy: str) -> FindFaces:
    """A job for a toy worker; `toy` may be an absolute path."""
    return FindFaces(os.path.join("/toy", toy))
