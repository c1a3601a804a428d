"""Presets as files, to be given to others."""

from __future__ import annotations

from pathlib import Path

import msgspec

from desktop_app.album.durable import write_durably
from desktop_app.album.records import Preset
from engine.base.errors import PresetUnreadable
from engine.protocol import RestoreOptions

_LARGEST_BYTES = 1024 * 1024


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    albumen_preset: int
    name: str
    options: RestoreOptions


def export_preset(preset: Preset, path: Path) -> None:
    """Write a preset as JSON; raises DiskFull, OutputForbidden, CatalogueNotWritten."""
    write_durably(path, msgspec.json.format(msgspec.json.encode(_File(1, preset.name, preset.options))))


def import_preset(path: Path) -> Preset:
    """Read a preset that was exported; raises PresetUnreadable."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            raise PresetUnreadable(path=path, detail="too long")
        read = msgspec.json.decode(content, type=_File)
    except OSError as error:
        raise PresetUnreadable(path=path, detail=error.strerror) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PresetUnreadable(path=path, detail=error) from error
    if read.albumen_preset != 1 or not read.name.strip():
        raise PresetUnreadable(path=path, detail="of another version" if read.albumen_preset != 1 else "without name")
    return Preset(read.name.strip(), read.options)
