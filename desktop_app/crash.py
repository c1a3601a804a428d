"""What goes wrong without anyone expecting it: written down, and offered to the user at the next start."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

log = logging.getLogger("albumen.crash")


class CrashLog:
    """Collects uncaught errors of this run in a file; `of_last_run` is what the run before left."""

    def __init__(self, path: Path, about: str) -> None:
        """`about` (versions, system) heads the file."""
        self._path, self._about = path, about
        self._faults: TextIO | None = None
        self.of_last_run = self._take()

    def install(self, on_error: Callable[[str], None]) -> None:
        """From now on write down every uncaught error, and call `on_error` with its last line on its own thread."""

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            if issubclass(kind, KeyboardInterrupt):
                sys.__excepthook__(kind, error, trace)
                return
            self._write("".join(traceback.format_exception(kind, error, trace)))
            on_error(f"{kind.__name__}: {error}")

        sys.excepthook = hook
        threading.excepthook = lambda a: hook(a.exc_type, a.exc_value or a.exc_type(), a.exc_traceback)
        try:
            self._faults = self._path.open("a", encoding="utf-8")
        except OSError as error:
            log.warning("no crash log: %s", error)
            return
        faulthandler.enable(self._faults)

    def close(self) -> None:
        """This run ended well: an empty file is nothing to offer."""
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
            self._faults = None
            with suppress(OSError):
                if self._path.stat().st_size == 0:
                    self._path.unlink()

    def _write(self, text: str) -> None:
        log.error("%s", text)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{self._about}\n{text}\n")
        except OSError as error:
            log.warning("no crash log: %s", error)

    def _take(self) -> str:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = self._path.read_text(encoding="utf-8", errors="replace")
            self._path.unlink()
        except OSError:
            return ""
        return text.strip()
