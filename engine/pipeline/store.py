"""The candidate store: a folder of pictures named by the hash of their recipe, each with the recipe beside it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import AlbumenError, PhotoDamaged, PhotoMissing
from engine.base.values import img01_from_int, u16_from_01
from engine.imaging.save import writing_error
from engine.protocol import Recipe


def recipe_hash(recipe: Recipe) -> str:
    """SHA-256 of the recipe as JSON with sorted keys, in hex."""
    return hashlib.sha256(msgspec.json.encode(recipe, order="sorted")).hexdigest()


def write_candidate(store: Path, recipe: Recipe, picture_01: NDArray[np.float32]) -> Path:
    """Write (S, S, 3) RGB in [0, 1] as 16-bit PNG and its recipe as JSON; both are on disk when this returns.

    The recipe comes first, so that a picture without one was never whole. Raises DiskFull or OutputForbidden.
    """
    name = recipe_hash(recipe)
    # The parameter keeps the file small without the cost of zlib's slowest level.
    ok, data = cv2.imencode(".png", u16_from_01(picture_01)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not ok:
        raise ValueError("OpenCV could not write the candidate as PNG")
    write_durably(store / f"{name}.json", msgspec.json.format(msgspec.json.encode(recipe)))
    write_durably(store / f"{name}.png", data.tobytes())
    return store / f"{name}.png"


def find_candidate(store: Path, recipe: Recipe) -> Path | None:
    """The picture's file where the store has it and its recipe, both whole; None where it must be made (again)."""
    path = store / f"{recipe_hash(recipe)}.png"
    try:
        picture = read_candidate(path)
    except (AlbumenError, OSError):
        return None
    return path if picture.shape == (recipe.size_px,) * 2 + (3,) and recipe_beside(path) == recipe else None


def recipe_beside(path: Path) -> Recipe | None:
    """The recipe beside a candidate's picture; None where it is missing or damaged."""
    try:
        return msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Recipe)
    except (OSError, ValueError):
        return None


def read_candidate(path: Path) -> NDArray[np.float32]:
    """A candidate's picture: (S, S, 3) RGB float32 in [0, 1]; raises PhotoMissing or PhotoDamaged."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except FileNotFoundError:
        raise PhotoMissing(path=path) from None
    img = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if img is None or img.ndim != 3:
        raise PhotoDamaged(path=path)
    return np.ascontiguousarray(img01_from_int(img)[..., ::-1])


def write_durably(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, in a folder made where it is missing; it is on disk when this returns.

    Raises DiskFull or OutputForbidden, and leaves nothing behind then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise writing_error(error, path) from error


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # a folder cannot be opened for syncing there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
