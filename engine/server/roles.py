"""What each role loads and which jobs it does; everything heavy is imported on the call."""

from __future__ import annotations

import platform
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from engine.protocol import (
    AcceptLicence,
    Compose,
    Export,
    FetchModel,
    FindFaces,
    ImportModel,
    ListModels,
    ReadPhoto,
    Ready,
    Remake,
    Restore,
    Role,
    ShowPhoto,
    ShowSpread,
    VerifyModels,
)
from engine.server.execute import Handlers

if TYPE_CHECKING:
    import torch


def prepare(role: Role, device: str = "auto", threads: int | None = None) -> tuple[Ready, Handlers]:
    """Load what a role needs: what `ready` says, and the handlers for `execute`.

    `threads` None leaves the libraries' own choice. Raises NoSuchDevice, UsageError for the device.
    """
    match role:
        case "imaging":
            return _imaging(threads)
        case "compute":
            return _compute(device, threads)
        case "models":
            return _models()


def _imaging(threads: int | None) -> tuple[Ready, Handlers]:
    import cv2

    from engine.pipeline import album, export

    if threads is not None:
        cv2.setNumThreads(threads)
    ready = Ready("cpu", _processor_name(), _main_memory_mb(), cv2.getNumThreads(), models=())
    return ready, {
        Compose: export.compose,
        Export: export.export,
        ReadPhoto: album.read_photo,
        ShowPhoto: album.show_photo,
        ShowSpread: album.show_spread,
    }


def _models() -> tuple[Ready, Handlers]:
    from engine.server.model_jobs import accept, fetch_missing, import_file, list_all, verify_all

    ready = Ready("cpu", _processor_name(), _main_memory_mb(), threads=1, models=())
    return ready, {
        ListModels: list_all,
        VerifyModels: verify_all,
        ImportModel: import_file,
        AcceptLicence: accept,
        FetchModel: fetch_missing,
    }


def _compute(device: str, threads: int | None) -> tuple[Ready, Handlers]:
    from engine.models.listing import list_models
    from engine.pipeline import remake, restore
    from engine.pipeline.state import ComputeState

    state = ComputeState(device, threads or 0)
    models = tuple(row.id for row in list_models() if row.kind == "model" and row.installed)
    ready = Ready(state.device.type, *_describe(state.device), state.threads, models)
    return ready, {
        FindFaces: lambda job_id, job, emit, context: restore.find(job_id, job, state, emit, context),
        Restore: lambda job_id, job, emit, context: restore.restore(job_id, job, state, emit, context),
        Remake: lambda job_id, job, emit, context: remake.remake(job_id, job, state, emit, context),
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
    """As the maker calls it; on Linux `platform` knows the architecture only."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _main_memory_mb() -> int:
    return int(psutil.virtual_memory().total) // 2**20
