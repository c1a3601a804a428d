"""Presets: named options for restoring."""

from __future__ import annotations

import msgspec

from desktop_app.album.records import Change, Preset
from desktop_app.album.store.database import Database
from engine.base.errors import NameTaken
from engine.protocol import RestoreOptions


class Presets:
    """The user's presets; `preset_files` brings them in and out."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[Preset]:
        """All presets by name."""
        rows = self._db.rows("SELECT name, options FROM presets ORDER BY name")
        return [Preset(name, msgspec.json.decode(options, type=RestoreOptions)) for name, options in rows]

    def save(self, preset: Preset) -> Change:
        """Keep a preset; one of the same name gives way."""
        with self._db.change():
            self._db.run(
                "INSERT OR REPLACE INTO presets (name, options) VALUES (?, ?)",
                *(preset.name, msgspec.json.encode(preset.options).decode()),
            )
        return Change(presets=(preset.name,))

    def rename(self, old: str, new: str) -> Change:
        """Give a preset another name; raises NameTaken."""
        with self._db.change():
            if old != new and self._db.row("SELECT 1 FROM presets WHERE name = ?", new):
                raise NameTaken(name=new)
            self._db.run("UPDATE presets SET name = ? WHERE name = ?", new, old)
        return Change(presets=(old, new))

    def delete(self, name: str) -> Change:
        """Delete a preset."""
        with self._db.change():
            self._db.run("DELETE FROM presets WHERE name = ?", name)
        return Change(presets=(name,))
