"""The log file of a worker: kept from run to run, begun anew when it has grown, read for a worker's last words."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LIMIT_BYTES = 1024 * 1024
_TAIL_BYTES = 4096


class LogFile:
    """A log to which one worker appends; OSError where its folder or file cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LIMIT_BYTES:
            with suppress(OSError):  # on Windows, while another window's worker writes to it
                os.replace(path, path.with_suffix(".1" + path.suffix))
        with path.open("ab") as log:
            self._start = log.tell()

    def last_line(self) -> str:
        """The last line that was written since, `nothing` where there is none."""
        try:
            with self.path.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(self._start, end - _TAIL_BYTES))
                lines = log.read(_TAIL_BYTES).decode(errors="replace").split("\n")
        except OSError:
            lines = []
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
