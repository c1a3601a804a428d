"""A folder of clean, aligned faces in memory, drawn from with balance and augmented."""

from __future__ import annotations

import csv
import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import AlbumenError, UsageError
from engine.base.values import img01_from_int
from engine.degrade.model import Picture, to_grey
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo
from engine.training.config import AugmentConfig

log = logging.getLogger("albumen.training")
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
SHARP_FACE_PX = 256.0
"""A face as large as this in its source is sharp at the training size; smaller ones were enlarged and count less."""


@dataclass(frozen=True)
class FaceSet:
    """Faces (N, S, S, 3) uint8 RGB and the probability with which each is drawn."""

    names: tuple[str, ...]
    pictures: NDArray[np.uint8]
    weights: NDArray[np.float64]

    def draw(self, rng: np.random.Generator, count: int) -> NDArray[np.intp]:
        return rng.choice(len(self.names), size=count, p=self.weights)


def load_faces(folder: Path, size_px: int, split: str | None = None) -> FaceSet:
    """Read every face of a folder, of one split where an `index.csv` lies beside them.

    A picture that cannot be read is named in the log and left out; UsageError if none is left. Portraits whose
    corners are masked (`corners` = round) are left out of training: a prior would learn the mask.
    """
    rows = _index(folder)
    if split is not None and rows:
        rows = {name: row for name, row in rows.items() if row.get("split") == split}
    if split == "train":
        rows = {name: row for name, row in rows.items() if row.get("corners") != "round"}
    names = [n for n in sorted(rows) if (folder / n).is_file()] if rows else _files(folder)
    kept, pictures = [], []
    for name in names:
        try:
            img = srgb_u8(load_photo(folder / name))
        except AlbumenError as error:
            log.warning("left out: %s", error)
            continue
        if img.shape[:2] != (size_px, size_px):
            img = cv2.resize(img, (size_px, size_px), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        kept.append(name)
        pictures.append(img)
    if not kept:
        raise UsageError(detail=f"{folder}: there is no face picture in this folder to learn from.")
    weights = np.array([_quality(rows.get(n, {})) for n in kept]) * _balance([rows.get(n, {}) for n in kept])
    return FaceSet(tuple(kept), np.stack(pictures), weights / weights.sum())


def _index(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / "index.csv"
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def _files(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise UsageError(detail=f"{folder}: there is no such folder.")
    return sorted(p.name for p in folder.iterdir() if p.suffix.lower() in ENDINGS)


def _quality(row: dict[str, str]) -> float:
    face_px = float(row.get("face_px") or SHARP_FACE_PX)
    return float(min(1.0, face_px / SHARP_FACE_PX))


def _balance(rows: list[dict[str, str]]) -> NDArray[np.float64]:
    """Rarer (era, group) cells count more: by the root of their rarity, at most fourfold."""
    cells = [(row.get("era", ""), row.get("group", "")) for row in rows]
    counts = Counter(cells)
    largest = max(counts.values())
    return np.array([min(4.0, (largest / counts[cell]) ** 0.5) for cell in cells])


def augment(img_u8: NDArray[np.uint8], config: AugmentConfig, rng: np.random.Generator) -> Picture:
    """One clean face (S, S, 3) uint8 -> float32 in [0, 1], changed at random as the configuration says."""
    img = img01_from_int(img_u8)
    if rng.random() < config.flip:
        img = np.ascontiguousarray(img[:, ::-1])
    if rng.random() < config.affine:
        side = img.shape[0]
        turn = cv2.getRotationMatrix2D(
            ((side - 1) / 2, (side - 1) / 2),
            rng.uniform(-config.rotation_degrees, config.rotation_degrees),
            1 + rng.uniform(-config.zoom / 2, config.zoom),
        )
        matrix = np.asarray(turn, np.float64)
        matrix[:, 2] += rng.uniform(-config.shift_px, config.shift_px, 2)
        warped = cv2.warpAffine(img, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        img = np.asarray(np.clip(warped, 0, 1), np.float32)  # a cubic overshoots
    if rng.random() < config.colour:
        grey = to_grey(img)
        img = grey + (img - grey) * rng.uniform(0.6, 1.25)
        gain = rng.uniform(0.88, 1.12) * rng.uniform(0.95, 1.05, 3)
        img = np.clip(np.clip(img, 0, 1) ** rng.uniform(0.8, 1.25) * gain, 0, 1)
    toning = rng.random()
    if toning < config.grey + config.sepia:
        img = to_grey(img.astype(np.float32))
        if toning < config.sepia:
            img = img ** np.array([rng.uniform(0.75, 0.95), 1.0, rng.uniform(1.1, 1.5)])
    return img.astype(np.float32)
