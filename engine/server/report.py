"""What a running job tells its client: few enough progress messages and previews, none of them late."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.protocol import Event, Preview, Progress, Restore, Run
from engine.server.paths import check_event

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Emit = Callable[[Event], None]

PROGRESS_INTERVAL_S = 0.1
PREVIEW_INTERVAL_S = 0.5
PREVIEW_PX = 512

_logger = logging.getLogger(__name__)
_PREVIEW_QUALITY = 85
_ESTIMATE_AFTER_S = 1.0
_ESTIMATE_AFTER_FRACTION = 0.02


class Reporter:
    """Sends the events of one job; `progress` and `preview` are the callbacks of its context."""

    def __init__(self, run: Run, send: Emit, clock: Callable[[], float] = time.monotonic) -> None:
        self._run = run
        self._send = send
        self._clock = clock
        self._first: tuple[float, float] | None = None
        self._held: Progress | None = None
        self._progress_at = -PROGRESS_INTERVAL_S
        self._preview_at = -PREVIEW_INTERVAL_S
        self.preview_folder = Path(run.job.folder) if isinstance(run.job, Restore) and run.job.folder else None

    def emit(self, event: Event) -> None:
        """Send an event after the progress held back; PathRefused where it names a file outside the job's folders."""
        check_event(event, self._run.job)
        if self._held is not None:
            self._send(self._held)
            self._held = None
        self._send(event)

    def progress(self, stage: str, fraction: float) -> None:
        """Send progress, or hold it back until the next event where the last was sent a moment ago."""
        now = self._clock()
        self._held = Progress(self._run.id, stage, fraction, self._seconds_left(now, fraction))
        if now - self._progress_at >= PROGRESS_INTERVAL_S:
            self._progress_at = now
            self._send(self._held)
            self._held = None

    def preview(self, picture: tuple[int, int, NDArray[np.uint8]]) -> None:
        """Write (face, candidate, RGB picture (H, W, 3)) into the job's scratch folder and tell it, if it is time."""
        now = self._clock()
        if self.preview_folder is None or now - self._preview_at < PREVIEW_INTERVAL_S:
            return
        self._preview_at = now
        face, candidate, img_u8 = picture
        path = self.preview_folder / f"preview-{face}-{candidate}.jpg"
        try:
            _write_preview(path, img_u8)
        except OSError as error:  # a full disk or a reader's lock costs the preview, not the job
            _logger.warning("no preview: %s", error)
        else:
            self._send(Preview(self._run.id, face, candidate, str(path)))

    def _seconds_left(self, now: float, fraction: float) -> float | None:
        """From the pace since the first report, which leaves out the loading of models before it."""
        if self._first is None:
            self._first = (now, fraction)
        seconds, done = now - self._first[0], fraction - self._first[1]
        if seconds < _ESTIMATE_AFTER_S or done < _ESTIMATE_AFTER_FRACTION:
            return None
        return round(seconds / done * (1 - fraction), 1)


def _write_preview(path: Path, img_u8: NDArray[np.uint8]) -> None:
    from PIL import Image

    picture = Image.fromarray(img_u8)
    picture.thumbnail((PREVIEW_PX, PREVIEW_PX))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    picture.save(unfinished, "JPEG", quality=_PREVIEW_QUALITY)
    os.replace(unfinished, path)
