"""Who does the work of a command: the two workers as processes, or (for debugging) this process itself."""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from platformdirs import user_log_path

from engine.base.errors import AlbumenError, Cancelled
from engine.client.blocking import BlockingClient
from engine.client.command import Priority
from engine.protocol import Done, Event, Failed, Job, Role, Run

OnEvent = Callable[[Event], None]


class Workers(Protocol):
    """Does jobs: calls `on_event` for each event, returns the `Done`; raises the AlbumenError of a failed job."""

    def compute(self, job: Job, on_event: OnEvent) -> Done: ...

    def imaging(self, job: Job, on_event: OnEvent) -> Done: ...

    def imaging_pid(self) -> int | None:
        """Process id of the imaging worker, started where it was not; None where it is no process."""

    def cancel(self) -> None:
        """Ask the compute job in hand to stop, from any thread; it raises Cancelled then."""


@contextmanager
def open_workers(arguments: argparse.Namespace) -> Iterator[Workers]:
    """The workers as the options want them; they end with the context."""
    with open_pool(arguments, 1) as (workers,):
        yield workers


@contextmanager
def open_pool(arguments: argparse.Namespace, count: int) -> Iterator[list[Workers]]:
    """So many compute workers, each on a graphics card of its own where there are several; threads are shared out.

    Only the first does imaging jobs.
    """
    if arguments.in_process:
        yield [InProcess(arguments.device, arguments.threads)]
        return
    devices, threads = devices_for(arguments.device, count), arguments.threads
    if count > 1:
        threads = max(1, (threads or os.cpu_count() or 1) // count)
    with ExitStack() as stack:
        yield [Processes(stack, device, threads, arguments.priority) for device in devices]


def devices_for(device: str, count: int) -> list[str]:
    """The devices of so many compute workers."""
    cards = graphics_cards(device)
    return [f"cuda:{n % cards}" for n in range(count)] if cards > 1 else [device] * count


def graphics_cards(device: str) -> int:
    """How many graphics cards (CUDA) a device option leaves to choose from."""
    if device not in ("auto", "cuda"):
        return 0
    import torch

    return torch.cuda.device_count()


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for the time of a command."""
    with tempfile.TemporaryDirectory(prefix="albumen-") as folder:
        yield Path(folder)


class Processes:
    """Both workers as processes, each started when its first job comes."""

    def __init__(self, stack: ExitStack, device: str, threads: int | None, priority: Priority) -> None:
        self._stack, self._device, self._threads, self._priority = stack, device, threads, priority
        self._clients: dict[Role, BlockingClient] = {}
        self._lock = threading.Lock()

    def compute(self, job: Job, on_event: OnEvent) -> Done:
        return self._run("compute", job, on_event)

    def imaging(self, job: Job, on_event: OnEvent) -> Done:
        return self._run("imaging", job, on_event)

    def imaging_pid(self) -> int | None:
        return self._client("imaging").pid

    def cancel(self) -> None:
        client = self._clients.get("compute")
        if client is not None:
            client.cancel()

    def _run(self, role: Role, job: Job, on_event: OnEvent) -> Done:
        for event in self._client(role).run(job):
            if isinstance(event, Done):
                return event
            on_event(event)
        raise Cancelled

    def _client(self, role: Role) -> BlockingClient:
        with self._lock:
            if role not in self._clients:
                log_path = user_log_path("albumen", ensure_exists=True) / f"{role}.log"
                client = BlockingClient(
                    role,
                    log_path=log_path,
                    device=self._device if role == "compute" else "auto",
                    threads=self._threads,
                    priority=self._priority,
                )
                self._clients[role] = self._stack.enter_context(client)
            return self._clients[role]


@dataclass
class InProcess:
    """The same handlers without processes: slower to use, easier to step through."""

    device: str
    threads: int | None

    def __post_init__(self) -> None:
        from engine.server.roles import prepare

        self._handlers = dict(prepare("compute", self.device, self.threads)[1])
        self._handlers.update(prepare("imaging", threads=self.threads)[1])
        self._one_at_a_time = threading.Lock()
        self._stopped = threading.Event()

    def imaging_pid(self) -> int | None:
        return None

    def cancel(self) -> None:
        self._stopped.set()

    def compute(self, job: Job, on_event: OnEvent) -> Done:
        from engine.server.execute import execute

        answer: list[Done | Failed] = []

        def emit(event: Event) -> None:
            if isinstance(event, Done | Failed):
                answer.append(event)
            else:
                on_event(event)

        with self._one_at_a_time:
            execute(Run("1", job), self._handlers, emit, self._stopped.is_set)
        if isinstance(answer[0], Failed):
            if answer[0].kind == "cancelled":
                raise Cancelled
            raise AlbumenError.from_wire(answer[0].kind, answer[0].arguments)
        return answer[0]

    imaging = compute
