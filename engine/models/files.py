"""Files of weights: their hashes, where they lie, and writing them so that no half of one is ever seen."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from engine.base import folders
from engine.base.errors import DiskFull, OutputForbidden


def shipped_dir() -> Path:
    """The folder of the weights installed with the program."""
    return folders.resources_dir() / "models"


def user_dir() -> Path:
    """The folder of the user's packs, one subfolder each; may not exist yet."""
    return folders.data_dir() / "models"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, lower-case hexadecimal; read in pieces, and again only when size or time have changed."""
    stat = path.stat()
    return _sha256(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    return sha256_afresh(path)


def sha256_afresh(path: Path) -> str:
    """SHA-256 of a file as it lies on the disk now."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the system's errors while `path` is written into DiskFull or OutputForbidden."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path=path) from error
        raise OutputForbidden(path=path) from error


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: under a temporary name in its folder, synced, then renamed."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Fill a folder under a temporary name; when the block ends well it takes the place of `target`, else it goes.

    Temporary names begin with a dot and lie beside the target.
    """
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    old = temporary.with_name(temporary.name.replace(".new-", ".old-"))
    try:
        yield temporary
        with writing(target):
            for file in temporary.iterdir():
                _sync(file)
            if target.exists():
                os.replace(target, old)
            os.replace(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _sync(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
