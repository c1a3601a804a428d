"""Every folder and file of the window, in one place; `ALBUMEN_HOME` moves them all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from desktop_app.album.candidate_store import CandidateStore
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

    @cached_property
    def candidates(self) -> CandidateStore:
        """Where candidates are: pictures named by their recipe; the settings may move them."""
        return CandidateStore(self.home / "candidates")

    @property
    def store(self) -> Path:
        """The folder for new candidates."""
        return self.candidates.folder

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
