"""`albumen train estimator|prior`: the arguments and what they start."""

from __future__ import annotations

import argparse
import logging
import signal
from pathlib import Path

import cv2
import torch

from engine.base.context import Context
from engine.base.errors import Cancelled
from engine.training.config import read_config
from engine.training.faces import load_faces
from engine.training.trainer import FINAL, Trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", choices=["estimator", "prior"])
    parser.add_argument("--config", default="starter256", help="a preset's name or a TOML file (default: starter256)")
    parser.add_argument("--data", type=Path, required=True, help="folder of clean, aligned faces")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint, log and result")
    parser.add_argument("--steps", type=int, help="stop at this step (default: go on until stopped)")
    parser.add_argument("--finish", type=int, default=0, help="then let the rate fall over so many steps")
    parser.add_argument("--start-from", type=Path, help="weights to begin from where the folder has no checkpoint")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: all)")


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
    stopped = False

    def _on_signal(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGINT, _on_signal)
    signal.signal(signal.SIGTERM, _on_signal)
    until = arguments.steps if arguments.steps is not None or not arguments.finish else trainer.step
    try:
        trainer.run(until, arguments.finish, Context(cancelled=lambda: stopped))
    except Cancelled:
        print(f"Stopped at step {trainer.step}; the same command goes on from there.")
        return 0
    print(f"Wrote {arguments.out / FINAL} after {trainer.step} steps.")
    return 0
