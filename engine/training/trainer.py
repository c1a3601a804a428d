"""The training loop: resumable to the step, EMA weights, one log; `finish` lets the rate fall and writes the result."""

from __future__ import annotations

import csv
import logging
import math
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.base.context import Context
from engine.base.errors import Cancelled
from engine.training.config import TrainConfig
from engine.training.faces import FaceSet
from engine.training.tasks import Batch, Task, make_task

log = logging.getLogger("albumen.training")
CHECKPOINT = "checkpoint.pt"
FINAL = "final.safetensors"
LOG_EVERY = 50


class Trainer:
    """One run in one folder: `checkpoint.pt` (to go on from), `log.csv`, `final.safetensors` (EMA weights)."""

    def __init__(self, config: TrainConfig, faces: FaceSet, held_out: FaceSet | None, out: Path) -> None:
        self.config, self.held_out, self.out = config, held_out, out
        out.mkdir(parents=True, exist_ok=True)
        self.task: Task = make_task(config, faces)
        self.network: nn.Module = self.task.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        self.ema = [p.detach().clone() for p in self.parameters]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self.step = 0
        if (out / CHECKPOINT).is_file():
            self._restore(torch.load(out / CHECKPOINT, weights_only=True))

    def start_from(self, weights: Path) -> None:
        """Begin from shipped EMA weights where no checkpoint is left; the optimizer starts anew."""
        if self.step == 0:
            state = {name: tensor.float() for name, tensor in load_file(weights).items()}
            self.network.load_state_dict(state)
            self.ema = [p.detach().clone() for p in self.parameters]

    def run(self, steps: int | None, finish: int, context: Context) -> None:
        """Train until `steps` (None: until stopped), then `finish` more with a falling rate, then write the result.

        A stop (Cancelled) writes a checkpoint first. The checkpoint never holds the falling part, so that a later
        run goes on at the constant rate.
        """
        try:
            if finish == 0 or (steps is not None and steps > self.step):
                self._train(steps, lambda step: 1.0, context, checkpoints=True)
        except Cancelled:
            self._save_checkpoint()
            raise
        if steps is not None:
            self._save_checkpoint()
        if finish:
            start = self.step
            self._train(
                start + finish,
                lambda step: 0.5 * (1 + math.cos(math.pi * (step - start) / finish)),
                context,
                checkpoints=False,
            )
        self.write_final()

    def write_final(self) -> Path:
        """Write the EMA weights in fp16, whole or not at all."""
        with self._ema_weights():
            state = {n: v.detach().to(torch.float16).contiguous() for n, v in self.network.state_dict().items()}
        path = self.out / FINAL
        save_file(state, path.with_suffix(".tmp"), metadata={"steps": str(self.step), "task": self.config.task})
        os.replace(path.with_suffix(".tmp"), path)
        return path

    def _train(self, until: int | None, rate: Any, context: Context, *, checkpoints: bool) -> None:
        saved = logged = time.monotonic()
        losses: list[float] = []
        for batch in self._batches(until):
            warm = min(1.0, (self.step + 1) / self.config.warmup_steps)
            for group in self.optimizer.param_groups:
                group["lr"] = self.config.learning_rate * warm * rate(self.step)
            losses.append(self._update(batch))
            self.step += 1
            if self.step % LOG_EVERY == 0:
                now = time.monotonic()
                self._log(loss=sum(losses) / len(losses), steps_per_second=len(losses) / (now - logged))
                losses, logged = [], now
            if checkpoints and time.monotonic() - saved > 60 * self.config.checkpoint_minutes:
                self._save_checkpoint()
                self._validate()
                saved = logged = time.monotonic()
                losses = []
            context.report(self.step / until if until else 0.0)
        self._validate()

    def _batches(self, until: int | None) -> Iterator[Batch]:
        """Batches from the current step on, each made while the one before is trained on."""
        with ThreadPoolExecutor(1) as pool:
            step = self.step
            coming = pool.submit(self.task.make_batch, step)
            while until is None or step < until:
                batch = coming.result()
                step += 1
                coming = pool.submit(self.task.make_batch, step)
                yield batch

    def _update(self, batch: Batch) -> float:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.config.precision == "bf16"):
            loss = self.task.loss(batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, self.config.clip_norm)
        self.optimizer.step()
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.ema, [p.detach() for p in self.parameters], 1 - decay)
        return loss.item()

    def _ema_weights(self) -> _Swapped:
        return _Swapped(self.parameters, self.ema)

    def _validate(self) -> None:
        if self.held_out is None:
            return
        precision = torch.autocast("cpu", torch.bfloat16, enabled=self.config.precision == "bf16")
        with self._ema_weights(), torch.no_grad(), precision:
            network: nn.Module = self.network.eval()
            self._log(**self.task.validate(network, self.held_out))
            network.train()

    def _log(self, **values: float) -> None:
        path = self.out / "log.csv"
        fresh = not path.is_file()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", "name", "value"])
            writer.writerows([self.step, name, f"{value:.6g}"] for name, value in values.items())
        log.info("step %d: %s", self.step, ", ".join(f"{n} {v:.5g}" for n, v in values.items()))

    def _save_checkpoint(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "ema": self.ema,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        path = self.out / CHECKPOINT
        torch.save(state, path.with_suffix(".tmp"))
        os.replace(path.with_suffix(".tmp"), path)

    def _restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.ema = state["ema"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = int(state["step"])
        log.info("going on from step %d", self.step)


class _Swapped:
    """For the time of a `with`, parameters hold other values (the EMA's)."""

    def __init__(self, parameters: list[nn.Parameter], values: list[Tensor]) -> None:
        self.parameters, self.values = parameters, values

    def __enter__(self) -> None:
        self.kept = [p.detach().clone() for p in self.parameters]
        self._set(self.values)

    def __exit__(self, *_: object) -> None:
        self._set(self.kept)

    @torch.no_grad()
    def _set(self, values: list[Tensor]) -> None:
        for parameter, value in zip(self.parameters, values, strict=True):
            parameter.copy_(value)
