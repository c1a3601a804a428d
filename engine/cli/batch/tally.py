"""What became of the photos of a run, and its figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.cli.batch.estimate import Measured
from engine.cli.batch.photo import Restored
from engine.cli.batch.plan import Planned
from engine.cli.batch.report import Pictures, ReportRow
from engine.cli.report import counted


@dataclass
class Tally:
    """Figures of a whole run, for its last line and for the pace."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    stopped: bool = False
    restoring_s: float = 0.0
    measured: Measured = field(default_factory=Measured)
    peaks_mb: dict[str, int] = field(default_factory=dict)
    rows: list[ReportRow] = field(default_factory=list)

    def take(self, restored: Restored) -> None:
        m = self.measured
        m.photos, m.faces, m.versions = m.photos + 1, m.faces + len(restored.faces), m.versions + restored.versions
        m.megapixels += restored.megapixels
        m.finding_s += restored.finding_seconds
        m.restoring_s += restored.seconds - restored.finding_seconds
        self.restoring_s += restored.seconds
        self.peak("compute", restored.peak_mb)

    def peak(self, role: str, mb: int) -> None:
        if mb:
            self.peaks_mb[role] = max(self.peaks_mb.get(role, 0), mb)

    def sentence(self) -> str:
        known = f" ({self.skipped} before)" if self.skipped else ""
        text = f"{self.done + self.skipped} done{known}, {self.failed} failed"
        if self.measured.faces:
            text += f"; {counted(self.measured.faces)}, {self.restoring_s / self.measured.faces:.1f} s a face"
        if self.peaks_mb:
            text += "; peak memory " + ", ".join(f"{role} {mb} MiB" for role, mb in self.peaks_mb.items())
        return text + "."


@dataclass(frozen=True)
class Outcome:
    """What became of a photo; an empty row: it was stopped."""

    item: Planned
    row: dict[str, Any]
    restored: Restored | None = None
    imaging_mb: int = 0
    pictures: Pictures = field(default_factory=Pictures)
