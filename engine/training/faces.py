"""A folder of clean, aligned faces, in memory or on the disk, drawn from with balance and augmented."""

from __future__ import annotations

import csv
import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import AlbumenError, FolderForbidden, UsageError
from engine.base.values import img01_from_int
from engine.degrade.model import Picture, to_grey
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo
from engine.training.config import AugmentConfig

log = logging.getLogger("albumen.training")
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
IN_MEMORY_BYTES = 2 << 30
"""Faces that take more than this are left on the disk: FFHQ at 512 pixels would take 55 GB, in every process."""
SHARP_FACE_PX = 256.0
"""A face as large as this in its source is sharp at the training size; smaller ones were enlarged and count less."""


class Faces(Protocol):
    """Faces of one size by number, and the probability with which each is drawn."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def weights(self) -> NDArray[np.float64]: ...

    def picture(self, i: int) -> NDArray[np.uint8]:
        """Face number i: (S, S, 3) uint8 RGB."""
        ...


@dataclass(frozen=True)
class FaceSet:
    """Faces (N, S, S, 3) uint8 RGB in memory."""

    names: tuple[str, ...]
    pictures: NDArray[np.uint8]
    weights: NDArray[np.float64]

    def picture(self, i: int) -> NDArray[np.uint8]:
        return np.asarray(self.pictures[i])


@dataclass(frozen=True)
class FacesOnDisk:
    """Faces read anew each time they are drawn, for folders larger than memory; safe to use from several threads."""

    folder: Path
    names: tuple[str, ...]
    size_px: int
    weights: NDArray[np.float64]
    broken: set[int] = field(default_factory=set)

    def picture(self, i: int) -> NDArray[np.uint8]:
        """Face number i, or the next one where it cannot be read; UsageError where none can."""
        for n in range(len(self.names)):
            at = (i + n) % len(self.names)
            if at in self.broken:
                continue
            try:
                return _read(self.folder / self.names[at], self.size_px)
            except AlbumenError as error:
                log.warning("left out: %s", error)
                self.broken.add(at)
        raise _nothing_in(self.folder)


def draw(faces: Faces, rng: np.random.Generator, count: int) -> NDArray[np.intp]:
    """Numbers of `count` faces, drawn with replacement by their weights."""
    return rng.choice(len(faces.names), size=count, p=faces.weights)


def spread(faces: Faces, count: int) -> list[NDArray[np.uint8]]:
    """About `count` faces, evenly spaced over the set; all of a smaller one."""
    return [faces.picture(i) for i in range(0, len(faces.names), max(1, len(faces.names) // count))]


def open_faces(folder: Path, size_px: int, split: str | None = None, in_memory: int = IN_MEMORY_BYTES) -> Faces:
    """The faces of a folder as `load_faces` gives them, but left on the disk where they take more than `in_memory`."""
    names, rows = _listed(folder, split)
    if len(names) * size_px**2 * 3 <= in_memory:
        return load_faces(folder, size_px, split)
    faces = FacesOnDisk(folder, tuple(names), size_px, _weights(names, rows))
    faces.picture(0)
    return faces


def has_split(folder: Path, split: str) -> bool:
    """Whether the folder's `index.csv` gives faces to this split."""
    return any(row.get("split") == split for row in _index(folder).values())


def load_faces(folder: Path, size_px: int, split: str | None = None) -> FaceSet:
    """Read every face of a folder, of one split where an `index.csv` lies beside them.

    A picture that cannot be read is named in the log and left out; UsageError if none is left. Portraits whose
    corners are masked (`corners` = round) are left out of training: a prior would learn the mask.
    """
    names, rows = _listed(folder, split)
    kept, pictures = [], []
    for name in names:
        try:
            pictures.append(_read(folder / name, size_px))
            kept.append(name)
        except AlbumenError as error:
            log.warning("left out: %s", error)
    if not kept:
        raise _nothing_in(folder)
    return FaceSet(tuple(kept), np.stack(pictures), _weights(kept, rows))


def _nothing_in(folder: Path) -> UsageError:
    return UsageError(detail=f"{folder}: there is no face picture in this folder to learn from.")


def _read(path: Path, size_px: int) -> NDArray[np.uint8]:
    img = srgb_u8(load_photo(path))
    if img.shape[:2] != (size_px, size_px):
        img = cv2.resize(img, (size_px, size_px), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return img


def _listed(folder: Path, split: str | None) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Names of a folder's pictures, of one split, and the rows of its index by name (none where there is no index)."""
    rows = _index(folder)
    if rows:
        names = [n for n in sorted(rows) if _belongs(rows[n], split) and (folder / n).is_file()]
    else:
        names = _files(folder)
    if not names:
        raise _nothing_in(folder)
    return names, rows


def _belongs(row: dict[str, str], split: str | None) -> bool:
    if split is None:
        return True
    return row.get("split") == split and not (split == "train" and row.get("corners") == "round")


def _weights(names: list[str], rows: dict[str, dict[str, str]]) -> NDArray[np.float64]:
    weights = np.array([_quality(rows.get(n, {})) for n in names]) * _balance([rows.get(n, {}) for n in names])
    return np.asarray(weights / weights.sum())


def _index(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / "index.csv"
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if rows and "file" not in rows[0]:
        raise UsageError(detail=f"{path}: this list of faces has no column `file`.")
    return {row["file"]: row for row in rows}


def _files(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise UsageError(detail=f"{folder}: there is no such folder.")
    try:
        return sorted(p.name for p in folder.iterdir() if p.suffix.lower() in ENDINGS)
    except PermissionError:
        raise FolderForbidden(path=folder) from None


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
