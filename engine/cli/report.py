"""What a command prints: progress on stderr, results on stdout."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any, TextIO

from engine.base.errors import AlbumenError
from engine.protocol import Progress

STAGES = {
    "faces": "finding faces",
    "estimate": "first estimate",
    "restore": "restoring",
    "background": "enlarging the background",
    "compose": "laying the faces in",
    "save": "saving",
    "fetch": "fetching",
}
"""What the stages of a job are called on the screen."""


class ProgressLine:
    """One line on a terminal that is written over; silent where stderr is no terminal. Several threads may use it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._shown = 0
        self._lock = threading.RLock()

    def show(self, title: str, event: Progress, left_s: float | None = None) -> None:
        """How far a job is; `left_s` are the seconds left of all photos together, in place of the job's own."""
        of_job = "" if event.seconds_left is None else f", {duration(event.seconds_left)} left"
        left = of_job if left_s is None else f"; {duration(left_s)} left in all"
        stage = STAGES.get(event.stage, event.stage)
        self._write(f"{title}: {stage}, {event.fraction:4.0%}{left}")

    def note(self, text: str) -> None:
        """A line that stays."""
        with self._lock:
            self.clear()
            print(text, file=self._stream, flush=True)

    def clear(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        if self._live:
            with self._lock:
                self._stream.write("\r" + text.ljust(self._shown) + ("\r" if not text else ""))
                self._stream.flush()
                self._shown = len(text)


def duration(seconds: float) -> str:
    """Seconds in words: 12 s, 3 min, 1 h 5 min."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def counted(faces: int) -> str:
    """A number of faces in words."""
    return "1 face" if faces == 1 else f"{faces} faces"


def print_json(values: dict[str, Any]) -> None:
    """One object on a line of stdout."""
    print(json.dumps(values, ensure_ascii=False), flush=True)


def error_json(error: AlbumenError) -> dict[str, Any]:
    """An error as it stands in a JSON line."""
    return {"error": {"kind": error.kind, "sentence": str(error)}}
