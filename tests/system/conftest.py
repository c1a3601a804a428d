"""Fixtures of the tests that drive the window; the others here do without Qt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from window_driver import Driver

PORTRAIT = Path(__file__).parents[2] / "resources" / "demo" / "portrait.png"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of two photos."""
    folder = tmp_path / "Großmutter"
    folder.mkdir()
    shutil.copy(PORTRAIT, folder / "portrait.png")
    with Image.open(PORTRAIT) as portrait:
        ImageOps.mirror(portrait).save(folder / "mirrored.png")
    return folder


@pytest.fixture
def drivers() -> Iterator[Callable[[Path], Driver]]:
    """Opens a window over a library folder; its workers are gone after the test."""
    from window_driver import Driver

    made: list[Driver] = []

    def make(home: Path) -> Driver:
        made.append(Driver(home))
        return made[-1]

    yield make
    for driver in made:
        driver.app.supervisor.kill_and_wait()
