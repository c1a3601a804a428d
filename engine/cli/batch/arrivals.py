"""Photos that come into a folder, each once it is fully written."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.base.errors import AlbumenError
from engine.cli.batch.plan import Places
from engine.cli.photos import Found, find_photos

STILL_S = 1.0
"""A file whose size and time did not change for so long is written, if it opens."""
WAIT_S = 60.0
"""A file that does not open by then is named; it is tried again when it changes."""
_TICK_MS = 1000
_LOOK_AGAIN_S = 10.0
"""Folders of other computers do not tell what comes."""

Signature = tuple[int, int]


@dataclass(frozen=True)
class _Seen:
    """A file as it was seen last; `tried` is whether it was opened since it changed, and `named` whether in vain."""

    signature: Signature
    since: float
    tried: bool = False
    named: bool = False


class Arrivals:
    """The photos of a folder and those that come, until `stopping` is set.

    `opens` raises the AlbumenError of a photo that cannot be opened (yet); `leave_out` says which files are results.
    """

    def __init__(
        self,
        places: Places,
        output: Path,
        opens: Callable[[Path], None],
        leave_out: Callable[[Path], bool],
        stopping: threading.Event,
    ) -> None:
        self._places, self._output = places, output
        self._opens, self._leave_out, self._stopping = opens, leave_out, stopping
        self._waiting: dict[Path, _Seen] = {}
        self._taken: dict[Path, Signature] = {}

    def __iter__(self) -> Iterator[Found]:
        from watchfiles import watch

        changes = watch(
            *self._places.photos,
            recursive=self._places.recursive,
            stop_event=self._stopping,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        looked = -_LOOK_AGAIN_S
        for change in changes:
            now = time.monotonic()
            if change or now - looked > _LOOK_AGAIN_S or not all(seen.named for seen in self._waiting.values()):
                looked = now
                yield from self.ready(now)

    def ready(self, now: float) -> Iterator[Found]:
        """Look through the folder once; `now` is in seconds of a steady clock."""
        places = self._places
        for found in find_photos(places.photos, places.recursive, self._output, places.include, places.exclude):
            if self._stopping.is_set():
                return
            if found.error is None and not self._leave_out(found.path) and self._is_ready(found.path, now):
                yield found
            elif (error := self._overdue(found.path, now)) is not None:
                yield replace(found, error=error)

    def _is_ready(self, path: Path, now: float) -> bool:
        try:
            stat = os.stat(path)
        except OSError:  # gone again
            self._waiting.pop(path, None)
            return False
        signature = (stat.st_size, stat.st_mtime_ns)
        if self._taken.get(path) == signature:
            return False
        seen = self._waiting.get(path)
        if seen is None or seen.signature != signature:
            self._waiting[path] = _Seen(signature, now)
            return False
        if seen.tried or now - seen.since < STILL_S:
            return False
        try:
            self._opens(path)
        except AlbumenError:
            self._waiting[path] = replace(seen, tried=True)
            return False
        del self._waiting[path]
        self._taken[path] = signature
        return True

    def _overdue(self, path: Path, now: float) -> AlbumenError | None:
        """Why a file that has waited for its time cannot be opened; told once."""
        seen = self._waiting.get(path)
        if seen is None or not seen.tried or seen.named or now - seen.since < WAIT_S:
            return None
        self._waiting[path] = replace(seen, named=True)
        try:
            self._opens(path)
        except AlbumenError as error:
            return error
        self._waiting[path] = replace(seen, tried=False)  # the next look takes it
        return None
