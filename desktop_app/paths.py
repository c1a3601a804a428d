"""Every folder and file of the window, in one place; `ALBUMEN_HOME` moves them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.base import folders


@dataclass(frozen=True)
class Paths:
    """Where the window keeps what it keeps."""

    home: Path

    @classmethod
    def of_user(cls) -> Paths:
        """The user's own folder."""
        return cls(folders.data_dir())

    @property
    def library(self) -> Path:
        """Catalogue, its backups, and the sidecars."""
        return self.home / "library"

    @property
    def store(self) -> Path:
        """Candidates: pictures named by their recipe."""
        return self.home / "candidates"

    @property
    def brushes(self) -> Path:
        """What was painted on faces."""
        return self.home / "brushes"

    @property
    def thumbnails(self) -> Path:
        return self.home / "thumbnails"

    @property
    def scratch(self) -> Path:
        """Pictures for the screen; may be deleted whenever no window is open."""
        return self.home / "scratch"

    @property
    def settings(self) -> Path:
        return self.home / "settings.json"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def crash(self) -> Path:
        """What went wrong when the window ended by an error; offered at the next start."""
        return self.logs / "crash.txt"
