"""The pictures to measure on: clean faces, damaged ones, or both by the same names."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import UsageError
from engine.base.values import img01_from_int
from engine.degrade.celeba_test import SIDE_PX, enlarge, shrink_at_scale
from engine.evaluation.metrics import Picture
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo, looks_like_photo

AS_GIVEN = 0
"""Stands for the scale of pictures that come damaged."""

_NAMED = 5


@dataclass(frozen=True)
class Case:
    """One face: its place in the set (which seeds damage and noise), name, and files; one of them may be missing."""

    number: int
    name: str
    clean: Path | None
    damaged: Path | None


@dataclass(frozen=True)
class Damaged:
    """A damaged face (S, S, 3) uint8 RGB, and the small image it was enlarged from, where there is one."""

    full: NDArray[np.uint8]
    small: NDArray[np.uint8] | None


@dataclass(frozen=True)
class CaseSet:
    """The faces in order; `references` are clean faces of others, for lack of partners; `notes` say what was left."""

    cases: tuple[Case, ...]
    references: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def find_cases(
    hq: Path | None, lq: Path | None, where: Mapping[str, Sequence[str]], limit: int | None = None
) -> CaseSet:
    """The faces of the folder of damaged pictures, else of the clean ones, with their partners of the same name.

    `where` keeps those to which the folder's `index.csv` gives one of the values in each column. Partners may differ
    in the ending. UsageError where a folder is missing or no picture is left.
    """
    folder = lq or hq
    if folder is None:
        raise UsageError(detail="Name a folder of faces: clean ones with --hq, damaged ones with --lq, or both.")
    paths = _chosen(folder, where)
    if lq is None:
        return CaseSet(tuple(Case(n, path.name, path, None) for n, path in enumerate(paths[:limit])))
    clean = _pictures(hq) if hq else []
    partners = {path.stem: path for path in clean} | {path.name: path for path in clean}
    pairs = [(path, partners.get(path.name) or partners.get(path.stem)) for path in paths]
    alone = [path.name for path, partner in pairs if partner is None]
    if clean and len(alone) == len(pairs):
        note = f"No picture in {hq} has the name of one in {lq}: there it is a reference for the Fréchet distance only."
        return CaseSet(_damaged(pairs[:limit]), tuple(clean), (note,))
    notes = [f"Left out, since {hq} has no picture of the same name: {_listed(alone)}."] if clean and alone else []
    kept = [pair for pair in pairs if pair[1] is not None or not clean]
    return CaseSet(_damaged(kept[:limit]), (), tuple(notes))


def _damaged(pairs: Sequence[tuple[Path, Path | None]]) -> tuple[Case, ...]:
    return tuple(Case(n, path.name, partner, path) for n, (path, partner) in enumerate(pairs))


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(detail=f"{folder}: there is no such folder.")
    try:
        paths = sorted(path for path in folder.iterdir() if looks_like_photo(path))
    except OSError:
        raise UsageError(detail=f"{folder}: this folder may not be read.") from None
    if not paths:
        raise UsageError(detail=f"{folder}: there is no picture in this folder to measure on.")
    return paths


def _chosen(folder: Path, where: Mapping[str, Sequence[str]]) -> list[Path]:
    paths = _pictures(folder)
    if not where:
        return paths
    index = folder / "index.csv"
    if not index.is_file():
        raise UsageError(detail=f"{index}: without this list of the pictures none can be chosen by what it says.")
    with index.open(newline="", encoding="utf-8") as file:
        rows = {row.get("file"): row for row in csv.DictReader(file)}
    paths = [p for p in paths if p.name in rows and all(rows[p.name].get(key) in where[key] for key in where)]
    if not paths:
        said = " and ".join(f"{key} {' or '.join(values)}" for key, values in where.items())
        raise UsageError(detail=f"{index}: there is no picture with {said}.")
    return paths


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def load_face(path: Path) -> NDArray[np.uint8]:
    """A square picture (S, S, 3) uint8 RGB; UsageError for one that is not square, and what reading photos raises."""
    img = srgb_u8(load_photo(path))
    if img.shape[0] != img.shape[1]:
        raise UsageError(detail=f"{path}: this is no aligned face, since it is not square.")
    return img


def damage(clean: NDArray[np.uint8], scale: int, number: int) -> Damaged:
    """A clean face damaged as CelebA-Test does; one of another size is brought to 512 pixels for it."""
    img = clean if clean.shape[0] == SIDE_PX else np.rint(to_side(clean, SIDE_PX) * 255).astype(np.uint8)
    small = shrink_at_scale(img, scale, number)
    return Damaged(enlarge(small), small)


def load_damaged(path: Path, size_px: int) -> Damaged:
    """A picture that comes damaged; one smaller than `size_px` counts as a small image and is enlarged linearly."""
    img = load_face(path)
    return Damaged(enlarge(img), img) if img.shape[0] < size_px else Damaged(img, None)


def to_side(picture: NDArray[Any], side_px: int) -> Picture:
    """A square picture, uint8 or in [0, 1], brought to a side by area or, where that enlarges it, cubically."""
    img_01 = img01_from_int(picture) if picture.dtype == np.uint8 else picture.astype(np.float32)
    if img_01.shape[0] == side_px:
        return np.asarray(img_01)
    how = cv2.INTER_AREA if img_01.shape[0] > side_px else cv2.INTER_CUBIC
    return np.asarray(np.clip(cv2.resize(img_01, (side_px, side_px), interpolation=how), 0, 1), np.float32)
