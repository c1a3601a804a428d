"""Where the program's own files lie and where the user's data goes."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def resources_dir() -> Path:
    """The folder of what is installed with the program: shipped weights, lists, licences, pictures."""
    return Path(__file__).parents[2] / "resources"


def data_dir() -> Path:
    """The user's data folder (may not exist yet); the environment variable ALBUMEN_HOME names another one."""
    home = os.environ.get("ALBUMEN_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("albumen", appauthor=False))
