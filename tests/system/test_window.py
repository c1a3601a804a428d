"""The window as its user has it: photos dropped, restored, a version picked, blended, brushed, exported, and all of it
there again after a restart; with the real workers and the shipped weights, drawn without a screen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from watchdog import Watchdog
from window_driver import Driver, pixels

from desktop_app.settings import ExportSettings
from desktop_app.ui.photo.canvas_base import ToolKind
from desktop_app.ui.photo.geometry import box_of

pytestmark = pytest.mark.slow


def test_from_a_drop_to_an_exported_photo_and_back_after_a_restart(
    tmp_path: Path, photos: Path, drivers: Callable[[Path], Driver]
) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    originals = {path: path.read_bytes() for path in photos.iterdir()}
    driver = drivers(home)
    app = driver.app
    with Watchdog():  # the window's thread never stands still meanwhile
        driver.drop(*photos.iterdir())
        assert app.album.model.rowCount() == 2
        driver.open("portrait.png")
        (face,) = app.work.edit.faces

        # Restore at a strength that has versions to choose from.
        app.work.set_options(msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.15))
        app.photo.restore_button.click()
        driver.wait(lambda: len(app.work.edit.faces[0].candidates) == 4 and not app.runner.busy)
        app.photo.strip.setFocus()
        QTest.keyClick(app.photo.strip, Qt.Key.Key_3)
        picked = app.work.edit.faces[0].candidates[2].path
        assert app.work.edit.faces[0].picked == picked

        # Blend 70 %, then paint a part of the original back.
        app.photo.tabs.setCurrentIndex(1)
        blend = app.work.edit.faces[0].blend
        app.photo.blend.blend_chosen.emit(msgspec.structs.replace(blend, opacity=0.7), "blend")
        canvas = app.photo.canvas
        driver.wait(lambda: canvas._scene.composition.patch(face.id) is not None)
        before = driver.composite()
        app.photo.brush.mode_chosen.emit("hide")
        assert canvas.tool is ToolKind.BRUSH
        at = canvas.view.to_view(box_of(face.record).center()).toPoint()
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseMove(canvas, at + QPoint(12, 0))
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(12, 0))
        driver.wait(lambda: app.work.edit.faces[0].blend.brush is not None)
    shown = driver.composite()
    source = pixels(QImage(str(photos / "portrait.png")))
    assert (before != shown).any()
    assert np.abs(before.astype(int) - source).sum() > np.abs(shown.astype(int) - source).sum()

    # Export; what the file holds is what the window shows.
    app.exporting._export(
        [(app.work.photo, app.work.edit)], ExportSettings(folder=str(out), template="{name} restored", format="png")
    )
    driver.wait(lambda: not app.runner.busy)
    exported = pixels(QImage(str(out / "portrait restored.png")))
    assert np.abs(exported.astype(int) - shown).max() <= 1
    assert (exported != source).any()

    # Quit, and open again.
    history = [entry.action for entry in app.work.history()]
    driver.close()
    again = drivers(home)
    assert again.app.album.model.rowCount() == 2
    again.open("portrait.png")
    (face,) = again.app.work.edit.faces
    assert face.picked == picked
    assert face.blend.opacity == 0.7
    assert face.blend.brush is not None
    assert [entry.action for entry in again.app.work.history()] == history
    patch = again.app.photo.canvas._scene.composition.patch
    again.wait(lambda: (found := patch(face.id)) is not None and found.brush is not None)
    assert np.abs(again.composite().astype(int) - exported).max() <= 1

    # Undo goes on where it was.
    assert again.app.work.undo_stack.canUndo()
    again.app.window.undo.trigger()
    assert again.app.work.edit.faces[0].blend.brush is None
    again.close()
    assert {path: path.read_bytes() for path in photos.iterdir()} == originals


def test_a_worker_that_is_killed_is_replaced_and_its_job_goes_on(
    tmp_path: Path, photos: Path, drivers: Callable[[Path], Driver]
) -> None:
    import signal

    driver = drivers(tmp_path / "home")
    app = driver.app
    driver.drop(photos / "portrait.png")
    driver.open("portrait.png")
    said: list[str] = []
    app.supervisor.worker_lost.connect(lambda role, error: said.append(str(error)))
    app.work.set_options(msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.3, steps=30))
    app.photo.restore_button.click()
    driver.wait(lambda: app.supervisor.state("compute") == "busy" and app.runner.busy)
    first = app.supervisor.pid("compute")
    os.kill(first, signal.SIGKILL)
    driver.wait(lambda: said)
    assert app.window.messages.isVisible()
    driver.wait(lambda: len(app.work.edit.faces[0].candidates) == 4 and not app.runner.busy)
    assert app.supervisor.pid("compute") not in (0, first)
    paths = [candidate.path for candidate in app.work.edit.faces[0].candidates]
    assert len(set(paths)) == 4
    driver.close()
