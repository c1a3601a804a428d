"""The file a run goes on from: written whole or not at all, with the one before it kept."""

from __future__ import annotations

import logging
import os
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.base.errors import CheckpointDamaged, CheckpointUnfit
from engine.models.files import writing
from engine.models.load import misfit

log = logging.getLogger("albumen.training")
CHECKPOINT = "checkpoint.pt"
PREVIOUS = "checkpoint.previous.pt"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, synced and then renamed; the one there was becomes the previous one.

    Raises DiskFull or OutputForbidden; the checkpoint there was stays then.
    """
    path, new = folder / CHECKPOINT, folder / "checkpoint.tmp"
    with writing(path):
        try:
            with new.open("wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        if path.is_file():
            os.replace(path, folder / PREVIOUS)
        os.replace(new, path)


def load_checkpoint(folder: Path, device: torch.device) -> tuple[Path, dict[str, Any]] | None:
    """The newest readable checkpoint of a folder and its path; None where there is none.

    Raises CheckpointDamaged where there are some but none can be read; nothing in them is executed.
    """
    there = [path for path in (folder / CHECKPOINT, folder / PREVIOUS) if path.is_file()]
    for path in there:
        try:
            state = torch.load(path, map_location=device, weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError):
            state = None
        if isinstance(state, dict) and state.keys() >= {"network", "ema", "optimizer", "step"}:
            return path, state
        log.warning("%s", CheckpointDamaged(path=path))
    if there:
        raise CheckpointDamaged(path=there[0])
    return None


def check_fits(network: nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    """Raise CheckpointUnfit unless names and shapes of the weights are the network's."""
    wrong = misfit(network, tensors)
    if wrong:
        raise CheckpointUnfit(path=path, detail=wrong)
