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

from engine.base.context import Context
from engine.base.errors import Cancelled
from engine.training.config import read_config
from engine.training.faces import load_faces
from engine.training.trainer import FINAL, Trainer


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
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
        cv2.setNumThreads(1)
    config = read_config(arguments.config, arguments.task)
    faces = load_faces(arguments.data, config.size_px, "train")
    held_out = load_faces(arguments.data, config.size_px, "val") if (arguments.data / "index.csv").is_file() else None
    trainer = Trainer(config, faces, held_out, arguments.out)
    if arguments.start_from:
        trainer.start_from(arguments.start_from)
    until = arguments.steps if arguments.steps is not None or not arguments.finish else trainer.step
    try:
        with _asked_to_stop() as asked:
            trainer.run(until, arguments.finish, Context(cancelled=asked.is_set))
    except Cancelled:
        print(f"Stopped at step {trainer.step}; the same command goes on from there.")
        return 0
    print(f"Wrote {arguments.out / FINAL} after {trainer.step} steps.")
    return 0
