"""Read from a finished photo how it was made."""

from __future__ import annotations

from pathlib import Path

from engine.imaging import xmp
from engine.imaging.load import load_photo


def stored_recipe(path: Path) -> str | None:
    """The JSON that `save_photo` stored as `recipes_json` in a file of any format; None where there is none.

    Raises what `load_photo` raises.
    """
    return xmp.recipes(load_photo(path).xmp)
