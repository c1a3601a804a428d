"""`albumen train estimator|prior`: from a folder of faces to weights; it goes on where it was stopped."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import torch

from engine.base.device import pick_device
from engine.base.errors import Cancelled, UsageError
from engine.cli import OK
from engine.training.config import TrainConfig, read_config
from engine.training.dry_run import dry_run
from engine.training.faces import Faces, has_split, open_faces
from engine.training.parallel import Processes, launched_rank, launched_world, processes
from engine.training.trainer import FINAL, Trainer

log = logging.getLogger("albumen.training")


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, for the time of a `with`; then they do what they did before."""
    asked = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: asked.set()) for number in numbers]
    try:
        yield asked
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def run(arguments: argparse.Namespace) -> int:
    """Train until the steps are done or SIGINT/SIGTERM asks to stop; a stop keeps everything learnt."""
    level = logging.INFO if launched_rank() == 0 else logging.ERROR
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
        cv2.setNumThreads(1)
    config = read_config(arguments.config, arguments.task)
    if arguments.dry_run:
        return _dry_run(arguments, config)
    if arguments.data is None or arguments.out is None:
        raise UsageError(detail="Training needs a folder of faces (--data) and one for its results (--out).")
    with processes(arguments.device) as joined:
        return _train(arguments, config, joined)


def _train(arguments: argparse.Namespace, config: TrainConfig, joined: Processes) -> int:
    faces = open_faces(arguments.data, config.size_px, "train")
    if len(faces.names) == 1:
        log.warning("%s: there is only one face to learn from; nothing else will be learnt.", arguments.data)
    trainer = Trainer(config, faces, _held_out(arguments, config), arguments.out, joined)
    if arguments.start_from:
        trainer.start_from(arguments.start_from)
    until = arguments.steps or (trainer.step if arguments.finish else config.total_steps or None)
    try:
        with _asked_to_stop() as asked:
            trainer.run(until, arguments.finish, asked.is_set)
    except Cancelled:
        _say(joined, f"Stopped at step {trainer.step}; the same command goes on from there.")
        return OK
    _say(joined, f"Wrote {arguments.out / FINAL} after {trainer.step} steps.")
    return OK


def _held_out(arguments: argparse.Namespace, config: TrainConfig) -> Faces | None:
    """The faces of the split `val`, where the index has one."""
    return open_faces(arguments.data, config.size_px, "val") if has_split(arguments.data, "val") else None


def _dry_run(arguments: argparse.Namespace, config: TrainConfig) -> int:
    if launched_rank() == 0:
        faces = open_faces(arguments.data, config.size_px, "train") if arguments.data else None
        print(dry_run(config, faces, pick_device(arguments.device), launched_world()))
    return OK


def _say(joined: Processes, text: str) -> None:
    if joined.first:
        print(text)
