"""Progress, preview and cancellation: one object handed down to whatever takes long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.base.errors import Cancelled


@dataclass(frozen=True)
class Context:
    """What a long call reports to; the default one reports to nobody and is never cancelled.

    `on_progress(stage, fraction)` gets fractions of the whole job in [0, 1]; `on_preview(picture)` gets a
    picture as it forms (what it is, is agreed between the two ends); `cancelled()` says whether to stop.
    """

    on_progress: Callable[[str, float], None] | None = None
    on_preview: Callable[[Any], None] | None = None
    cancelled: Callable[[], bool] | None = None
    start: float = 0.0
    end: float = 1.0
    stage: str = ""

    def check(self) -> None:
        """Raise `Cancelled` if the user asked to stop."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled

    def report(self, fraction: float) -> None:
        """Report progress in [0, 1] of this share; raises `Cancelled` if the user asked to stop."""
        self.check()
        if self.on_progress is not None:
            within = min(1.0, max(0.0, fraction))
            self.on_progress(self.stage, self.start + (self.end - self.start) * within)

    def preview(self, picture: Any) -> None:
        if self.on_preview is not None:
            self.on_preview(picture)

    def share(self, start: float, end: float, stage: str | None = None) -> Context:
        """The part [start, end] of this share, for a stage that reports its own 0..1."""
        width = self.end - self.start
        return Context(
            self.on_progress,
            self.on_preview,
            self.cancelled,
            self.start + width * start,
            self.start + width * end,
            self.stage if stage is None else stage,
        )
