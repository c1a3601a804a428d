"""What learns: the network with its optimizer, rate and averaged (EMA) weights, one step at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from engine.base.errors import TrainingDiverged
from engine.training.batches import Batch
from engine.training.config import TrainConfig
from engine.training.faces import Faces
from engine.training.parallel import Processes, without_sync
from engine.training.tasks import Task, make_task


class Learner:
    """The state of a run; equal in all its processes after each step."""

    def __init__(self, config: TrainConfig, faces: Faces, processes: Processes) -> None:
        self.config, self.processes = config, processes
        self.task: Task = make_task(config, faces)
        self.task.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.task.to(processes.device)
        self.network: nn.Module = self.task.network
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        self.ema = [p.detach().clone() for p in self.parameters]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self.called = processes.wrap(self.task)
        self.step = 0

    def rate(self, step: int) -> float:
        """The learning rate of a step: a linear warm-up, then constant or half a cosine down to `final_rate`."""
        c = self.config
        if step < c.warmup_steps:
            return c.learning_rate * (step + 1) / c.warmup_steps
        if c.schedule == "constant":
            return c.learning_rate
        done = min(1.0, (step - c.warmup_steps) / (c.total_steps - c.warmup_steps))
        return c.final_rate + (c.learning_rate - c.final_rate) * 0.5 * (1 + math.cos(math.pi * done))

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.processes.device.type, torch.bfloat16, enabled=self.config.precision == "bf16")

    def update(self, batches: Sequence[Batch], factor: float = 1.0) -> float:
        """One step on this process's batches at the step's rate times `factor`; returns their mean loss.

        Raises TrainingDiverged, before any weight has changed, where the gradient is not finite.
        """
        torch.manual_seed(hash((self.config.seed, self.step, self.processes.rank)) % 2**63)  # for networks with dropout
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(self.step) * factor
        self.optimizer.zero_grad(set_to_none=True)
        losses = []
        for n, batch in enumerate(batches, start=1):
            with nullcontext() if n == len(batches) else without_sync(self.called):
                losses.append(self.backward(batch, len(batches)))
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.config.clip_norm or math.inf)
        if not math.isfinite(norm.item()):
            raise TrainingDiverged(step=self.step)
        self.optimizer.step()
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.ema, [p.detach() for p in self.parameters], 1 - decay)
        self.step += 1
        return sum(losses) / len(losses)

    def backward(self, batch: Batch, of: int = 1) -> float:
        """Add the gradient of one of `of` batches; returns its loss."""
        on_device = {name: tensor.to(self.processes.device, non_blocking=True) for name, tensor in batch.items()}
        with self.autocast():
            loss: Tensor = self.called(on_device)
        (loss / of).backward()  # type: ignore[no-untyped-call]
        return loss.item()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """For the time of a `with`, the network holds the EMA weights and is in eval mode, without gradients."""
        kept = [p.detach().clone() for p in self.parameters]
        with torch.no_grad(), self.autocast():
            _set(self.parameters, self.ema)
            self.network.eval()
            try:
                yield
            finally:
                _set(self.parameters, kept)
                self.network.train()

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds; plain containers and tensors only."""
        return {
            "network": self.network.state_dict(),
            "ema": self.ema,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint of the same network; rate and decay are those of the configuration, not its own."""
        self.network.load_state_dict(state["network"])
        self.ema = [tensor.to(self.processes.device) for tensor in state["ema"]]
        self.optimizer.load_state_dict(state["optimizer"])
        for group in self.optimizer.param_groups:
            group["weight_decay"] = self.config.weight_decay
        self.step = int(state["step"])

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin from weights of the same network; the optimizer starts anew."""
        self.network.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        self.ema = [p.detach().clone() for p in self.parameters]


def _set(parameters: list[nn.Parameter], values: list[Tensor]) -> None:
    for parameter, value in zip(parameters, values, strict=True):
        parameter.copy_(value)
