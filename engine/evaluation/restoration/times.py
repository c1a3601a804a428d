"""Where the time of a run goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Times:
    """Seconds and number of calls for each part of the work."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Count the time of a block."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - start
            self.calls[part] += 1

    def lines(self) -> list[str]:
        """One line for each part, the longest first."""
        parts = sorted(self.seconds, key=lambda part: -self.seconds[part])
        return [f"{p}: {self.seconds[p]:.1f} s ({self.seconds[p] / self.calls[p]:.3f} s each)" for p in parts]
