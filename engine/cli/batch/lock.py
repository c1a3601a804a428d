"""One run at a time in one folder: a lock that the system takes back when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.base.errors import FolderBusy
from engine.imaging.save import writing_error

LOCK_NAME = ".albumen-lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder and hold its lock; raises FolderBusy where another run has it, OutputForbidden and DiskFull."""
    path = folder / LOCK_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise writing_error(error, folder) from error
    try:
        if not _lock(handle):
            raise FolderBusy(path=folder)
        yield
    finally:
        os.close(handle)  # the file stays: who removes it could take the lock from one that waits for it


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
