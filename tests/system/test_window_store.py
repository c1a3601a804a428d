"""The real window moves the versions of faces to another folder, and starts without its disk; with the real workers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QImage
from window_driver import Driver, pixels

from desktop_app.album.candidate_store import FOLDER
from desktop_app.settings import ExportSettings

pytestmark = pytest.mark.slow


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def export(driver: Driver, folder: Path) -> np.ndarray:
    app = driver.app
    app.exporting._export([(app.work.photo, app.work.edit)], ExportSettings(folder=str(folder), format="png"))
    driver.wait(lambda: not app.runner.busy)
    (made,) = folder.iterdir()
    return pixels(QImage(str(made)))


def test_versions_move_to_another_disk_and_its_absence_costs_nothing(
    tmp_path: Path, photos: Path, drivers: Callable[[Path], Driver]
) -> None:
    driver = drivers(tmp_path / "home")
    app, disk = driver.app, tmp_path / "disk"
    driver.drop(photos / "portrait.png")
    driver.open("portrait.png")
    options = msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.15, candidates=2)
    app.work.set_options(options)
    app.photo.restore_button.click()
    driver.wait(lambda: len(app.work.edit.faces[0].candidates) == 2 and not app.runner.busy)
    before = export(driver, tmp_path / "before")
    app.dialogs._on_settings_changed(msgspec.structs.replace(app.settings.current, pictures_mb=64))
    assert app.pictures._limit_bytes == 64 * 2**20

    # Chosen in the settings: the versions go there, and the photo is exported from there.
    usual = app.paths.store
    kept = names(usual)
    app.window.settings.trigger()
    app.dialogs._dialog.store_chosen.emit(str(disk))
    driver.wait(lambda: not usual.exists())
    assert names(disk / FOLDER) == kept
    assert (export(driver, tmp_path / "moved") == before).all()
    app.dialogs._dialog.accept()

    # The disk is not plugged in: one sentence, and the versions that are wanted now are kept at home.
    driver.close()
    os.rename(disk, tmp_path / "unplugged")
    again = drivers(tmp_path / "home")
    app = again.app
    assert app.window.messages._shown.text.startswith(f"{disk / FOLDER}, the folder for versions")
    again.open("portrait.png")
    assert len(app.work.edit.faces[0].candidates) == 2
    app.photo.face_bar.others.trigger()
    again.wait(lambda: len(app.work.edit.faces[0].candidates) == 4 and not app.runner.busy)
    made = names(usual)
    again.close()

    # It is there again: all are together, and the picture is what it was.
    os.rename(tmp_path / "unplugged", disk)
    last = drivers(tmp_path / "home")
    last.wait(lambda: not usual.exists())
    assert names(disk / FOLDER) == sorted([*kept, *made])
    last.open("portrait.png")
    located = [Path(last.app.work.picture_of(version)) for version in last.app.work.edit.faces[0].candidates]
    assert all(path.parent == disk / FOLDER and path.is_file() for path in located)
    assert (export(last, tmp_path / "after") == before).all()
    last.close()
