"""The candidate store: a folder of pictures named by the hash of their recipe, each with the recipe beside it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.base.errors import PhotoDamaged, PhotoMissing
from engine.base.values import img01_from_int, u16_from_01
from engine.protocol import Recipe


def recipe_hash(recipe: Recipe) -> str:
    """SHA-256 of the recipe as JSON with sorted keys, in hex."""
    return hashlib.sha256(msgspec.json.encode(recipe, order="sorted")).hexdigest()


def write_candidate(store: Path, recipe: Recipe, picture_01: NDArray[np.float32]) -> Path:
    """Write (S, S, 3) RGB in [0, 1] as 16-bit PNG and its recipe as JSON; both are on disk when this returns."""
    store.mkdir(parents=True, exist_ok=True)
    name = recipe_hash(recipe)
    # The parameter keeps the file small without the cost of zlib's slowest level.
    ok, data = cv2.imencode(".png", u16_from_01(picture_01)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not ok:
        raise ValueError("OpenCV could not write the candidate as PNG")
    _write_durably(store / f"{name}.json", msgspec.json.format(msgspec.json.encode(recipe)))
    _write_durably(store / f"{name}.png", data.tobytes())
    _sync_folder(store)
    return store / f"{name}.png"


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


def _write_durably(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # a folder cannot be opened for syncing there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
