"""What the user painted on a face: where the restored face shows in spite of the mask, and where it hides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from engine.base.errors import BrushUnreadable
from engine.base.sizes import Box, Size
from engine.base.values import img01_from_int
from engine.imaging.colour import rows_and_columns
from engine.pipeline.compose import Patch
from engine.protocol import BrushMask

_GREEN, _RED = 1, 2  # OpenCV's order of channels


def brushed(patch: Patch, brush: BrushMask, factor: int = 1) -> Patch:
    """The patch with mask = max(mask (1 - green), red); `factor` is how much the photo was enlarged since painting.

    What was painted outside the patch's box is left out. Raises BrushUnreadable.
    """
    painted = _read(Path(brush.path))
    if factor > 1:
        painted = cv2.resize(painted, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    size = Size(int(patch.box.width), int(patch.box.height))
    x, y = brush.x * factor - int(patch.box.x0), brush.y * factor - int(patch.box.y0)
    there = rows_and_columns(size, Box(x, y, x + painted.shape[1], y + painted.shape[0]))
    rows, columns = there
    part = img01_from_int(painted[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x])
    mask = patch.mask.copy()
    mask[there] = np.maximum(mask[there] * (1 - part[..., _GREEN]), part[..., _RED])
    return replace(patch, mask=mask)


def _read(path: Path) -> np.ndarray:
    """An 8-bit RGB PNG -> (h, w, 3) uint8, in the order of OpenCV."""
    try:
        painted = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:  # an empty file is an error of OpenCV's
        raise BrushUnreadable(path=path) from error
    if painted is None:
        raise BrushUnreadable(path=path)
    return np.asarray(painted)
