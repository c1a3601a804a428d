"""Files written whole or not at all, and on disk when that is said; one lock for one folder."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from engine.base.errors import AlbumenError, CatalogueLocked, CatalogueNotWritten, DiskFull, OutputForbidden

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def writing_error(error: OSError, path: Path) -> AlbumenError:
    """What to tell the user about a file or folder that could not be written."""
    if error.errno in _FULL:
        return DiskFull(path=path)
    if error.errno == errno.EIO:
        return CatalogueNotWritten(path=path, detail=error.strerror)
    return OutputForbidden(path=path)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, its folder made where needed; on disk when this returns.

    Raises DiskFull, OutputForbidden, CatalogueNotWritten.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise writing_error(error, path) from error


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk; Windows does so by itself and opens no folder for it."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class FolderLock:
    """Holds a folder for one process, by a lock of the system that ends with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock; raises CatalogueLocked, OutputForbidden or DiskFull."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / "catalogue.lock").open("ab")
        except OSError as error:
            raise writing_error(error, folder) from error
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise CatalogueLocked(path=folder) from error

    def release(self) -> None:
        """Let the next one in; the file stays, as deleting it could give the lock to two."""
        self._file.close()


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
