"""Sentences about errors in lists of photos, where the whole path would hide what is said."""

from __future__ import annotations

from pathlib import Path

from desktop_app.ui.words import error_text
from engine.base.errors import AlbumenError


def short_error_text(error: AlbumenError) -> str:
    """The sentence of an error with the names of files in place of their paths."""
    arguments = {name: Path(value).name if name == "path" else value for name, value in error.arguments.items()}
    return error_text(AlbumenError.from_wire(error.kind, arguments))
