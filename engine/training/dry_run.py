"""What a run will take, before it starts: parameters, memory, pictures a second and the time of its whole schedule."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.training.batches import Batch, is_whole
from engine.training.config import TrainConfig
from engine.training.faces import Faces, FaceSet
from engine.training.learner import Learner
from engine.training.parallel import Processes

PATIENCE_S = 20.0
"""Where a batch would take longer than this, one face is timed and counted as often."""
MIB = 1 << 20


@dataclass(frozen=True)
class Cost:
    """Of one batch: faces, seconds to learn from it and to make it, bytes kept for its gradient."""

    faces: int
    seconds: float
    making_seconds: float
    activation_bytes: int
    timed_faces: int


def dry_run(config: TrainConfig, faces: Faces | None, device: torch.device, world: int) -> str:
    """Take a few steps and tell in some lines what the run will take; nothing is written.

    Without faces random pictures are learnt from. `world` is the number of processes the run will have; one of them is
    measured.
    """
    learner = Learner(config, faces or _random_faces(config.size_px), Processes(device))
    costs = [_cost(learner, step) for step in _kinds(config)]
    shares = [1.0] if len(costs) == 1 else [1 / config.whole_every, 1 - 1 / config.whole_every]
    step_s = config.accumulate * sum(
        s * max(c.seconds, c.making_seconds / config.workers) for s, c in zip(shares, costs, strict=True)
    )
    step_faces = world * config.accumulate * sum(s * c.faces for s, c in zip(shares, costs, strict=True))
    making = max(c.making_seconds for c in costs)
    timed = ", ".join(f"{c.timed_faces} of {c.faces}" for c in costs)
    lines = {
        "network": f"{config.network_name}, {sum(p.numel() for p in learner.parameters) / 1e6:.1f} million parameters",
        "device": f"{device}, {config.precision}" + (f", threads: {torch.get_num_threads()}" * (device.type == "cpu")),
        "effective batch": f"{world * config.accumulate * config.batch} faces = {world} x {config.accumulate} x "
        f"{config.batch} (processes, accumulate, batch)" + f", cut to {config.crop_px} px" * (config.crop_px > 0),
        **_memory(learner, max(costs, key=lambda c: c.activation_bytes)),
        "making a batch": f"{making:.2f} s on another thread, workers: {config.workers}",
        "speed": f"{step_faces / step_s:.3g} images/s, {step_s:.3g} s a step (timed: {timed} faces of a batch)",
        "schedule": _schedule(config, step_s),
    }
    return "\n".join(f"{name:<16} {text}" for name, text in lines.items())


def _kinds(config: TrainConfig) -> list[int]:
    """Steps that stand for the others: a whole one, a cropped one, or both."""
    whole, cropped = is_whole(config, 0), config.crop_px > 0 and config.whole_every != 1
    return [0] * whole + [1] * cropped


def _cost(learner: Learner, step: int) -> Cost:
    start = time.perf_counter()
    batch = learner.task.make_batch(step, 0)
    making = time.perf_counter() - start
    faces = len(next(iter(batch.values())))
    one = {name: tensor[:1] for name, tensor in batch.items()}
    activations = _activation_bytes(learner, one) * faces
    seconds = _timed(learner, one)
    if seconds * faces > PATIENCE_S:
        return Cost(faces, seconds * faces, making, activations, 1)
    _timed(learner, batch)
    seconds = min(_timed(learner, batch) for _ in range(2))
    return Cost(faces, seconds, making, activations, faces)


def _timed(learner: Learner, batch: Batch) -> float:
    start = time.perf_counter()
    learner.update([batch])  # it reads the loss, which waits for the device
    return time.perf_counter() - start


def _activation_bytes(learner: Learner, batch: Batch) -> int:
    """Bytes that the forward pass keeps for the backward pass, without the weights themselves."""
    kept: dict[int, int] = {}
    weights = {p.untyped_storage().data_ptr() for p in learner.parameters}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        learner.backward(batch)
    return sum(kept.values())


def _memory(learner: Learner, largest: Cost) -> dict[str, str]:
    weights = sum(p.numel() * p.element_size() for p in learner.parameters)
    moments = sum(v.numel() * v.element_size() for s in learner.optimizer.state.values() for v in s.values())
    parts = {"weights": weights, "gradients": weights, "optimizer": moments, "EMA": weights}
    told = ", ".join(f"{name} {size / MIB:.0f}" for name, size in parts.items())
    total = sum(parts.values()) + largest.activation_bytes
    each = largest.activation_bytes / largest.faces
    return {
        "memory, MiB": f"{told}, activations {largest.faces} x {each / MIB:.0f}; together {total / MIB:.0f}",
        "peak measured": f"{_peak_bytes(learner.processes.device) / MIB:.0f} MiB"
        + (" with one face" * (largest.timed_faces < largest.faces)),
    }


def _peak_bytes(device: torch.device) -> int:
    """Most memory taken so far: of the GPU's, or of the whole process's."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _schedule(config: TrainConfig, step_s: float) -> str:
    if config.total_steps:
        return f"{config.total_steps} steps take {_duration(config.total_steps * step_s)}"
    return f"goes on until stopped; 10000 steps take {_duration(10_000 * step_s)}"


def _duration(seconds: float) -> str:
    hours = seconds / 3600
    return (
        f"{hours / 24:.1f} days"
        if hours >= 48
        else f"{hours:.1f} hours"
        if hours >= 1
        else f"{seconds / 60:.1f} minutes"
    )


def _random_faces(size_px: int) -> FaceSet:
    pictures = np.random.default_rng(0).integers(0, 256, (4, size_px, size_px, 3)).astype(np.uint8)
    return FaceSet(tuple("1234"), pictures, np.full(4, 1 / 4))
