"""Sheets of pictures that show how far a run has come; only the newest few are kept."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.base.values import u8_from_01
from engine.models.files import write_file

KEPT = 5
GAP_PX = 4


def sheet_of(rows: list[list[Tensor]]) -> NDArray[np.uint8]:
    """Pictures (3,S,S), about [0, 1], in rows of equal length -> one picture (H,W,3) uint8 with white gaps between."""
    side = rows[0][0].shape[-1]
    pitch = side + GAP_PX
    sheet = np.full((len(rows) * pitch - GAP_PX, len(rows[0]) * pitch - GAP_PX, 3), 255, np.uint8)
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            img = u8_from_01(np.nan_to_num(picture.detach().float().permute(1, 2, 0).cpu().numpy()))
            sheet[y * pitch : y * pitch + side, x * pitch : x * pitch + side] = img
    return sheet


def write_sheet(folder: Path, step: int, sheet: NDArray[np.uint8]) -> Path:
    """Write `samples_STEP.jpg` and delete all but the newest few."""
    path = folder / f"samples_{step:06d}.jpg"
    write_file(path, cv2.imencode(".jpg", sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    for old in sorted(folder.glob("samples_*.jpg"), key=_step_of)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def _step_of(path: Path) -> int:
    number = path.stem.removeprefix("samples_")
    return int(number) if number.isdecimal() else 0
