"""The training loop: resumable to the step, one log; `finish` lets the rate fall and writes the result."""

from __future__ import annotations

import logging
import math
import os
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count, islice
from pathlib import Path

import cv2
import torch
from safetensors.torch import save_file

from engine.base.errors import AlbumenError, Cancelled, TrainingDiverged
from engine.models.checkpoints import read_checkpoint
from engine.models.files import writing
from engine.models.load import read_safetensors
from engine.training.batches import Batch
from engine.training.checkpoint import check_fits, load_checkpoint, save_checkpoint
from engine.training.config import TrainConfig
from engine.training.faces import Faces
from engine.training.learner import Learner
from engine.training.parallel import Processes
from engine.training.record import Record
from engine.training.samples import sheet_of, write_sheet

log = logging.getLogger("albumen.training")
FINAL = "final.safetensors"
LOG, FINISH_LOG = "log.csv", "finish.csv"


def constant(step: int) -> float:
    """The factor on the rate outside `finish`."""
    return 1.0


class Trainer:
    """One run in one folder.

    `checkpoint.pt` (to go on from), `log.csv`, sample sheets and `final.safetensors` (EMA weights); `finish.csv` is
    the log of the last `finish`. Of several processes the first one writes.
    """

    def __init__(
        self, config: TrainConfig, faces: Faces, held_out: Faces | None, out: Path, processes: Processes | None = None
    ) -> None:
        self.config, self.held_out, self.out = config, held_out, out
        self.processes = processes or Processes()
        self.learner = Learner(config, faces, self.processes)
        self.losses: list[float] = []
        """Since the last row of the log."""
        self.saved_step = -1
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
        found = load_checkpoint(out, self.processes.device)
        if found is not None:
            path, state = found
            check_fits(self.learner.network, state["network"], path)
            self.learner.restore(state)
            self.losses = state.get("losses", [])
            self.saved_step = self.step
            log.info("going on from step %d", self.step)

    @property
    def step(self) -> int:
        return self.learner.step

    def start_from(self, weights: Path) -> None:
        """Begin from shipped EMA weights where no checkpoint is left; the optimizer starts anew."""
        if self.step == 0:
            tensors = read_safetensors(weights) if weights.suffix == ".safetensors" else read_checkpoint(weights)
            check_fits(self.learner.network, tensors, weights)
            self.learner.start_from(tensors)

    def run(self, steps: int | None, finish: int, asked_to_stop: Callable[[], bool] = lambda: False) -> None:
        """Train until `steps` (None: until stopped), then `finish` more with a falling rate, then write the result.

        A stop (Cancelled) writes a checkpoint first. The checkpoint never holds the falling part, so that a later
        run goes on at the constant rate.
        """
        if finish == 0 or (steps is not None and steps > self.step):
            try:
                self._train(steps, constant, asked_to_stop, LOG)
            except Cancelled:
                self._save_checkpoint()
                raise
        if steps is not None:
            self._save_checkpoint()
        if finish:
            start = self.step
            self.losses = []

            def falling(step: int) -> float:
                return 0.5 * (1 + math.cos(math.pi * (step - start) / finish))

            self._train(start + finish, falling, asked_to_stop, FINISH_LOG)
        self.write_final()

    def write_final(self) -> None:
        """Write the EMA weights in fp16, whole or not at all."""
        if not self.processes.first:
            return
        with self.learner.averaged():
            tensors = self.learner.network.state_dict()
            state = {n: v.detach().to("cpu", torch.float16).contiguous() for n, v in tensors.items()}
        path = self.out / FINAL
        with writing(path):
            save_file(state, path.with_suffix(".tmp"), metadata={"steps": str(self.step), "task": self.config.task})
            os.replace(path.with_suffix(".tmp"), path)

    def _train(
        self, until: int | None, factor: Callable[[int], float], asked_to_stop: Callable[[], bool], log_name: str
    ) -> None:
        """Steps up to `until`, logged by the first process, and judged at the end."""
        if not self.processes.first:
            self._steps(until, factor, asked_to_stop, None, log_name == LOG)
            return
        with closing(Record(self.out / log_name, self.step if log_name == LOG else -1)) as record:
            self._steps(until, factor, asked_to_stop, record, log_name == LOG)
            self._judge(record)

    def _steps(
        self,
        until: int | None,
        factor: Callable[[int], float],
        asked_to_stop: Callable[[], bool],
        record: Record | None,
        checkpoints: bool,
    ) -> None:
        saved, pace = time.monotonic(), _Pace()
        with closing(self._batches()) as batches:
            while until is None or self.step < until:
                mine = list(islice(batches, self.config.accumulate))
                loss, stop = self.processes.agree(self.learner.update(mine, factor(self.step)), asked_to_stop())
                if not math.isfinite(loss):
                    raise TrainingDiverged(step=self.step - 1)
                self.losses.append(loss)
                pace.add(self.processes.world * sum(len(next(iter(batch.values()))) for batch in mine))
                if self.step % self.config.log_every == 0:
                    if record is not None:
                        rate = self.learner.rate(self.step - 1) * factor(self.step - 1)
                        mean = sum(self.losses) / len(self.losses)
                        record.write(self.step, loss=mean, learning_rate=rate, **pace.values())
                    self.losses, pace = [], _Pace()
                if checkpoints and time.monotonic() - saved > 60 * self.config.checkpoint_minutes:
                    self._save_checkpoint()
                    self._judge(record)
                    saved, pace = time.monotonic(), _Pace()
                if stop:
                    raise Cancelled

    def _batches(self) -> Generator[Batch, None, None]:
        """This process's batches from the current step on, made ahead on other threads."""
        c, p = self.config, self.processes
        jobs = ((step, p.rank + p.world * n) for step in count(self.step) for n in range(c.accumulate))
        with ThreadPoolExecutor(c.workers) as pool:
            coming = deque(pool.submit(self.learner.task.make_batch, *job) for job in islice(jobs, c.workers))
            while True:
                batch = coming.popleft().result()
                coming.append(pool.submit(self.learner.task.make_batch, *next(jobs)))
                yield batch

    def _judge(self, record: Record | None) -> None:
        """Measure the EMA weights on held-out faces and show what they make of some."""
        if record is None or self.held_out is None:
            return
        with self.learner.averaged():
            record.write(self.step, **self.learner.task.validate(self.held_out))
            try:
                sheet = sheet_of(self.learner.task.sheet(self.held_out))
                write_sheet(self.out, self.step, sheet)
                record.show(self.step, sheet)
            except (AlbumenError, OSError, RuntimeError, ValueError, cv2.error) as error:  # no picture is worth a run
                log.warning("no sheet of samples at step %d: %s", self.step, error)

    def _save_checkpoint(self) -> None:
        if self.processes.first and self.step != self.saved_step:
            save_checkpoint(self.out, {**self.learner.state(), "losses": self.losses})
            self.saved_step = self.step


class _Pace:
    """Steps and faces a second since it was made."""

    def __init__(self) -> None:
        self.start, self.steps, self.faces = time.monotonic(), 0, 0

    def add(self, faces: int) -> None:
        self.steps += 1
        self.faces += faces

    def values(self) -> dict[str, float]:
        seconds = max(time.monotonic() - self.start, 1e-9)
        return {"steps_per_second": self.steps / seconds, "images_per_second": self.faces / seconds}
