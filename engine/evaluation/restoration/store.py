"""What is finished, on disk: scores, pictures and features, so that a run that was stopped goes on where it was.

A folder belongs to one set of faces and settings (`settings.json`). `scores.csv` gets a line as soon as a picture is
measured; the pictures themselves are kept as PNG, so that another metric needs no network to run again.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import UsageError
from engine.base.values import img01_from_int, u8_from_01
from engine.evaluation.metrics import Picture
from engine.evaluation.restoration.cases import AS_GIVEN
from engine.imaging.save import writing_error


class Key(NamedTuple):
    """Which picture: of what scale, in which row of the table, of which face."""

    scale: int
    row: str
    image: str


Settings = dict[str, Any]
Scores = Mapping[Key, Mapping[str, float]]
_KEYS = ("scale", "row", "image")
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 3]


class Store:
    """The folder of one evaluation; raises UsageError where it holds another, DiskFull and OutputForbidden."""

    def __init__(self, out: Path, settings: Settings, columns: Sequence[str]) -> None:
        self.out = out
        with writing_to(out):
            out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "settings.json", msgspec.json.format(msgspec.json.encode(_merged(out, settings))))
        self.scores: dict[Key, dict[str, float]] = {}
        known = self._read()
        self._columns = [*columns, *(column for column in known if column not in columns)]
        self.rewrite(list(self.scores))

    def add(self, key: Key, values: Mapping[str, float]) -> None:
        """Keep what was measured, rounded as the file has it; on disk when this returns."""
        rounded = {name: float(_text(value)) for name, value in values.items()}
        self.scores[key] = self.scores.get(key, {}) | rounded
        with writing_to(self.out), (self.out / "scores.csv").open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(self._line(key))

    def rewrite(self, order: Sequence[Key]) -> None:
        """Write the file anew, one line for each picture, those of `order` first."""
        keys = dict.fromkeys([*(key for key in order if key in self.scores), *self.scores])
        path = self.out / "scores.csv"
        with writing_to(path), _temporary(path) as name, name.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*_KEYS, *self._columns])
            writer.writerows(map(self._line, keys))

    def has(self, key: Key, columns: Sequence[str]) -> bool:
        """Whether the picture was measured and all these values of it are known."""
        return key in self.scores and set(columns) <= self.scores[key].keys()

    def has_picture(self, key: Key) -> bool:
        return self.picture_path(key).is_file()

    def picture_path(self, key: Key) -> Path:
        return self.out / "pictures" / scale_name(key.scale) / key.row / f"{key.image}.png"

    def save_picture(self, key: Key, picture: Picture) -> None:
        """Keep a picture (S, S, 3) in [0, 1], with 8 bits."""
        write_png(self.picture_path(key), u8_from_01(picture))

    def picture(self, key: Key) -> Picture:
        """A picture kept, (S, S, 3) in [0, 1]; UsageError where the file is damaged."""
        data = np.frombuffer(self.picture_path(key).read_bytes(), np.uint8)
        img = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if img is None:
            path = self.picture_path(key)
            raise UsageError(detail=f"{path}: this file is damaged; delete it, and it is made again.")
        return np.ascontiguousarray(img01_from_int(img.astype(np.uint8, copy=False)[..., ::-1]))

    def features_path(self, network: str, *parts: str) -> Path:
        """Where the features of a picture are kept: of scale, row and image, or of "clean" and image."""
        return self.out.joinpath("features", network, *parts[:-1], f"{parts[-1]}.npy")

    def _line(self, key: Key) -> list[str]:
        values = self.scores[key]
        cells = (_text(values[name]) if name in values else "" for name in self._columns)
        return [scale_name(key.scale), key.row, key.image, *cells]

    def _read(self) -> list[str]:
        """Take over the lines of the file, the last of equals; one that was cut off in writing does not count."""
        path = self.out / "scores.csv"
        if not path.is_file():
            return []
        try:
            with path.open(newline="", encoding="utf-8") as file:
                whole, _, _ = file.read().rpartition("\n")
            header, *lines = csv.reader(io.StringIO(whole, newline=""))
            names = header[len(_KEYS) :]
            for scale, row, image, *cells in lines:
                values = {name: float(cell) for name, cell in zip(names, cells, strict=True) if cell}
                self.scores[Key(_scale_number(scale), row, image)] = values
        except (ValueError, OSError) as error:
            raise UsageError(detail=f"{path}: this file is damaged ({error}). Choose another --out.") from error
        return names


def scale_name(scale: int) -> str:
    """A scale as the files and tables name it."""
    return "as given" if scale == AS_GIVEN else str(scale)


def _scale_number(name: str) -> int:
    return int(name) if name.isdecimal() else AS_GIVEN


def _text(value: float) -> str:
    return f"{value:.6g}"


def _merged(out: Path, settings: Settings) -> Settings:
    """The settings with those of earlier runs; UsageError where results of both could not stand in one table."""
    path = out / "settings.json"
    if not path.is_file():
        return settings
    try:
        known: Settings = msgspec.json.decode(path.read_bytes(), type=dict)
    except (msgspec.DecodeError, OSError) as error:
        raise UsageError(detail=f"{path}: this file is damaged ({error}). Choose another folder with --out.") from error
    merged = dict(settings)
    for name, value in settings.items():
        before = known.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            same = all(value[key] == before[key] for key in value.keys() & before.keys())
            merged[name] = before | value
        elif isinstance(value, list) and isinstance(before, list):
            shared = min(len(value), len(before))
            same = value[:shared] == before[:shared]
            merged[name] = max(value, before, key=len)
        else:
            same = value == before
        if not same:
            raise UsageError(
                detail=f"{out}: this folder holds results of another evaluation ({name} differs). "
                "Choose another folder with --out, or give the same settings; scales, rows and metrics may be added."
            )
    return merged


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn the system's errors while something is written into DiskFull or OutputForbidden."""
    try:
        yield
    except OSError as error:
        raise writing_error(error, path) from error


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A name to write to; when the block ends well the file takes the place of `path`, which is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.with_name(f".{path.name}.tmp")
    yield name
    os.replace(name, path)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file wholly or not at all."""
    with writing_to(path), _temporary(path) as name:
        name.write_bytes(content)


def write_png(path: Path, img_u8: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) RGB uint8."""
    _, data = cv2.imencode(".png", img_u8[..., ::-1], _PNG)
    write_whole(path, data.tobytes())


def save_features(path: Path, features: NDArray[np.float32]) -> None:
    """Write (D,) as .npy."""
    with writing_to(path), _temporary(path) as name, name.open("wb") as file:
        np.save(file, features)
