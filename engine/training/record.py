"""The log of a run: a table (`log.csv`) and, where TensorBoard is installed, its event files."""

from __future__ import annotations

import csv
import importlib.util
import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger("albumen.training")
HEADER = ["step", "name", "value"]


class Record:
    """Named values by step, one row each. Numbers have nine digits: what tells every float32 from its neighbours."""

    def __init__(self, path: Path, step: int) -> None:
        """Go on with the table at `path` after `step`; rows beyond it, of work that was lost, are taken out."""
        self.path = path
        kept = [row for row in _rows(path) if int(row[0]) <= step]
        new = path.with_suffix(".tmp")
        with new.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *kept])
        new.replace(path)
        self.board = _board(path.parent / "tensorboard" / path.stem, step)

    def write(self, step: int, **values: float) -> None:
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([step, name, f"{value:.9g}"] for name, value in values.items())
        if self.board is not None:
            for name, value in values.items():
                self.board.add_scalar(name, value, step)
            self.board.flush()
        log.info("step %d: %s", step, ", ".join(f"{name} {value:.5g}" for name, value in values.items()))

    def show(self, step: int, picture: NDArray[np.uint8]) -> None:
        """Add a picture (H, W, 3) uint8 RGB to TensorBoard."""
        if self.board is not None:
            self.board.add_image("samples", picture, step, dataformats="HWC")

    def close(self) -> None:
        if self.board is not None:
            self.board.close()


def _rows(path: Path) -> list[list[str]]:
    """The whole rows of a table; a last one cut short by a kill is not."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.reader(file) if len(row) == len(HEADER) and row[0].isdecimal() and row[2]]


def _board(folder: Path, step: int) -> Any:
    """TensorBoard's writer, or None without TensorBoard; what it has beyond `step` is hidden."""
    if importlib.util.find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=step + 1)
