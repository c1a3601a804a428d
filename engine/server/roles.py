"""What each role loads and which jobs it does; everything heavy is imported on the call."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import psutil

from engine.protocol import Compose, Export, FindFaces, Ready, Restore, Role
from engine.server.execute import Handlers

if TYPE_CHECKING:
    import torch


def prepare(role: Role, device: str = "auto", threads: int | None = None) -> tuple[Ready, Handlers]:
    """Load what a role needs: what `ready` says, and the handlers for `execute`.

    `threads` None leaves the libraries' own choice. Raises NoSuchDevice, UsageError for the device.
    """
    return _imaging(threads) if role == "imaging" else _compute(device, threads)


def _imaging(threads: int | None) -> tuple[Ready, Handlers]:
    import cv2

    from engine.pipeline import export

    if threads is not None:
        cv2.setNumThreads(threads)
    ready = Ready("cpu", _processor_name(), _main_memory_mb(), cv2.getNumThreads(), models=())
    return ready, {Compose: export.compose, Export: export.export}


def _compute(device: str, threads: int | None) -> tuple[Ready, Handlers]:
    from engine.models.listing import list_models
    from engine.pipeline import restore
    from engine.pipeline.state import ComputeState

    state = ComputeState(device, threads or 0)
    models = tuple(row.id for row in list_models() if row.kind == "model" and row.installed)
    ready = Ready(state.device.type, *_describe(state.device), state.threads, models)
    return ready, {
        FindFaces: lambda job_id, job, emit, context: restore.find(job_id, job, state, emit, context),
        Restore: lambda job_id, job, emit, context: restore.restore(job_id, job, state, emit, context),
    }


def _describe(device: torch.device) -> tuple[str, int]:
    """Name and memory in MiB of a device."""
    import torch

    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return properties.name, properties.total_memory // 2**20
    if device.type == "mps":
        return f"{_processor_name()} GPU", torch.mps.recommended_max_memory() // 2**20
    return _processor_name(), _main_memory_mb()


def _processor_name() -> str:
    return platform.processor() or platform.machine()


def _main_memory_mb() -> int:
    return int(psutil.virtual_memory().total) // 2**20
