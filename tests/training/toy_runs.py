"""Toy faces and configurations that train in milliseconds."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from engine.degrade.model import DegradationRanges
from engine.training.config import TrainConfig
from engine.training.faces import FaceSet

TINY = {"channels": [16, 16], "blocks": [1, 1], "unshuffle": 2, "head_channels": 16}
ESTIMATOR = TrainConfig(
    task="estimator",
    size_px=32,
    batch=4,
    precision="fp32",
    warmup_steps=2,
    log_every=1,
    config=TINY,
    degradation=DegradationRanges(scale=(16, 32), noise=(40, 60)),  # strong enough to be seen at 32 pixels
)
PRIOR = TrainConfig(
    task="prior",
    size_px=32,
    batch=4,
    crop_px=16,
    whole_every=2,
    whole_batch=2,
    precision="fp32",
    warmup_steps=2,
    log_every=1,
    config={
        "size_px": 32,
        "linear_px": 8,
        "components": 5,
        "body": {**TINY, "in_channels": 11, "time_channels": 16, "residual": False},
    },
)
ADM = TrainConfig(
    task="prior",
    network="adm_unet",
    size_px=16,
    batch=2,
    precision="fp32",
    warmup_steps=2,
    log_every=1,
    loss="hybrid",
    largest_t=1000,
    focus=0.0,
    config={
        "image_px": 16,
        "base_channels": 32,
        "multipliers": [1, 1],
        "blocks": [1, 1],
        "attention_px": [8],
        "head_channels": 32,
    },
)


def toy_faces(count: int = 12, side: int = 32) -> FaceSet:
    """Smooth waves, so that there is something to learn."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:side, 0:side] / (side - 1)
    shapes = [
        127 + 100 * np.sin(3 * x * rng.uniform(0.5, 2) + 4 * y * rng.uniform(0.5, 2) + rng.uniform(0, 6))
        for _ in range(count)
    ]
    pictures = np.repeat(np.stack(shapes)[..., None], 3, axis=-1).astype(np.uint8)
    return FaceSet(tuple(map(str, range(count))), pictures, np.full(count, 1 / count))


def write_faces(folder: Path, splits: list[str], side: int = 32) -> None:
    """A folder of toy faces with an index of their splits."""
    folder.mkdir(parents=True)
    for n, picture in enumerate(toy_faces(len(splits), side).pictures):
        (folder / f"{n}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    rows = ["file,split", *(f"{n}.png,{split}" for n, split in enumerate(splits))]
    (folder / "index.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
