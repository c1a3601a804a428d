"""The user's settings: declared once, typed, kept as one JSON file."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from engine.protocol import RestoreOptions

log = logging.getLogger("albumen.settings")
NotNegative = Annotated[int, msgspec.Meta(ge=0)]


class ExportSettings(msgspec.Struct, frozen=True):
    """What the export dialog begins with."""

    folder: str = ""
    template: str = "{name}.restored"
    format: Literal["keep", "jpg", "png", "tif", "webp"] = "keep"
    quality: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    longest_px: Annotated[int, msgspec.Meta(ge=1)] | None = None
    location: Literal["keep", "drop"] = "keep"


class Settings(msgspec.Struct, frozen=True):
    """Everything that can be set; unknown fields of another version are left out, wrong values become the default."""

    theme: Literal["system", "light", "dark"] = "system"
    language: Literal["system", "en", "ko"] = "system"
    device: str = "auto"
    precision: str = "auto"
    threads: NotNegative = 0
    """0: the libraries' choice."""
    commercial_only: bool = False
    """Offer only models that may be used for anything."""
    store_folder: str = ""
    """Where candidates are kept; empty: in the user's folder of Albumen."""
    stores_before: tuple[str, ...] = ()
    """Folders whose candidates have yet to be brought there."""
    store_limit_mb: NotNegative = 4096
    """Candidates that nobody picked are removed above this, the oldest first."""
    thumbnails_limit_mb: NotNegative = 512
    pictures_mb: NotNegative = 256
    """Memory for decoded pictures."""
    sidecar_beside: bool = False
    """Keep a copy of a photo's work beside the photo as well."""
    options: RestoreOptions = RestoreOptions()
    export: ExportSettings = ExportSettings()
    thumbnail_px: NotNegative = 176
    first_steps: bool = True
    """Whether a newcomer is shown what comes next."""
    geometry: str = ""


class SettingsFile:
    """Reads settings once and writes every change whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._settings = self._read()

    @property
    def current(self) -> Settings:
        return self._settings

    def change(self, **values: object) -> Settings:
        """Change some settings and keep them; a disk that can't take them costs the next start's, not this one's."""
        self._settings = msgspec.structs.replace(self._settings, **values)
        unfinished = self._path.with_suffix(".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(self._settings)))
            os.replace(unfinished, self._path)
        except OSError as error:
            log.warning("settings were not kept: %s", error)
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return self._settings

    def _read(self) -> Settings:
        try:
            raw = msgspec.json.decode(self._path.read_bytes())
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError, RecursionError) as error:
            log.warning("settings were not read: %s", error)
            return Settings()
        if not isinstance(raw, dict):
            return Settings()
        settings = Settings()
        for field in msgspec.structs.fields(Settings):
            if field.name in raw:
                try:
                    value = msgspec.convert(raw[field.name], field.type)
                except msgspec.ValidationError as error:
                    log.warning("setting %s was not understood: %s", field.name, error)
                else:
                    settings = msgspec.structs.replace(settings, **{field.name: value})
        return settings
