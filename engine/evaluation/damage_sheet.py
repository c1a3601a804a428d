"""`albumen evaluate damage`: contact sheets of the damage that training and evaluation draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import UsageError
from engine.base.values import img01_from_int, u8_from_01
from engine.degrade.model import DegradationRanges, Picture, degrade
from engine.degrade.old_photo import KINDS, OldPhotoRanges, age
from engine.degrade.pairs import draw_pair
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo, looks_like_photo
from engine.imaging.save import writing_error

Sheet = NDArray[np.uint8]
COLUMNS = ("clean", "published", "mild", "old photo", "old photo, scanned")
_LABEL_PX = 24
_GAP_PX = 4


def write_damage_sheets(
    folder: Path, ranges: DegradationRanges, old: OldPhotoRanges, size_px: int, rows: int, seed: int, out: Path
) -> tuple[Path, Path]:
    """Write a sheet of the ways to damage (`COLUMNS`) and one of each kind of old-photo damage; returns their paths.

    Every row is another picture of the folder, chosen by the seed, cut square and seen at `size_px`. All old photos
    are damaged, whatever `old.share` says. Raises UsageError for a folder without pictures or an unknown ending of
    `out`, an AlbumenError for a picture that cannot be read, and what writing raises.
    """
    if out.suffix.lower() not in {".jpg", ".jpeg", ".png"}:
        raise UsageError(detail=f"{out}: a sheet is written as .jpg or .png.")
    faces = [_square(path, size_px) for path in _chosen(folder, rows, seed)]
    old = replace(old, share=1.0)
    ways = [_ways(face, ranges, old, np.random.default_rng((seed, n))) for n, face in enumerate(faces)]
    kinds = [[_only(face, kind, old, (seed, n)) for kind in KINDS] for n, face in enumerate(faces)]
    kinds_path = out.with_name(f"{out.stem}.kinds{out.suffix}")
    for path, labels, pictures in ((out, COLUMNS, ways), (kinds_path, KINDS, kinds)):
        _write(path, _sheet(labels, pictures))
    return out, kinds_path


def _chosen(folder: Path, rows: int, seed: int) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(detail=f"{folder}: there is no such folder.")
    paths = sorted(p for p in folder.iterdir() if looks_like_photo(p))
    if not paths:
        raise UsageError(detail=f"{folder}: there is no picture in this folder to damage.")
    chosen = np.random.default_rng(seed).choice(len(paths), min(rows, len(paths)), replace=False)
    return [paths[n] for n in chosen]


def _square(path: Path, size_px: int) -> Picture:
    img = srgb_u8(load_photo(path))
    height, width = img.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = img01_from_int(img[top : top + side, left : left + side])
    return np.asarray(cv2.resize(square, (size_px, size_px), interpolation=cv2.INTER_AREA))


def _ways(face: Picture, ranges: DegradationRanges, old: OldPhotoRanges, rng: np.random.Generator) -> list[Picture]:
    published, mild = DegradationRanges(), replace(ranges, mild=1.0)
    print_ = old.draw(rng)
    assert print_ is not None  # its share is 1
    return [
        face,
        degrade(face, published.draw(rng), rng),
        degrade(face, mild.draw(rng), rng),
        age(face, print_),
        draw_pair(face, ranges, old, rng)[1],
    ]


def _only(face: Picture, kind: str, old: OldPhotoRanges, seed: tuple[int, int]) -> Picture:
    print_ = old.only(kind).draw(np.random.default_rng((*seed, KINDS.index(kind))))
    assert print_ is not None  # its share is 1
    return age(face, print_)


def _sheet(labels: Sequence[str], rows: Sequence[Sequence[Picture]]) -> Sheet:
    """Rows of equal square pictures below their labels, on white; (H, W, 3) RGB."""
    side = rows[0][0].shape[0]
    step = side + _GAP_PX
    sheet = np.full((_LABEL_PX + len(rows) * step, len(labels) * step, 3), 255, np.uint8)
    for column, label in enumerate(labels):
        cv2.putText(
            sheet, label, (column * step + 4, _LABEL_PX - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA
        )
        for row, pictures in enumerate(rows):
            top = _LABEL_PX + row * step
            sheet[top : top + side, column * step : column * step + side] = u8_from_01(pictures[column])
    return sheet


def _write(path: Path, sheet: Sheet) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(path.suffix.lower(), sheet[..., ::-1])[1].tobytes())
    except OSError as error:
        raise writing_error(error, path) from error
