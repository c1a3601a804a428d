"""The window as its user has it: photos dropped, restored, a version picked, blended, brushed, exported, and all of it
there again after a restart; with the real workers and the shipped weights, drawn without a screen."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.app import App, open_catalogue
from desktop_app.paths import Paths
from desktop_app.settings import ExportSettings, SettingsFile
from desktop_app.ui.photo.canvas_base import ToolKind
from desktop_app.ui.photo.geometry import box_of

PORTRAIT = Path(__file__).parents[2] / "resources" / "demo" / "portrait.png"
pytestmark = pytest.mark.slow


class Driver:
    """One window over one library folder, and the patience of its user."""

    def __init__(self, home: Path) -> None:
        running = QApplication.instance()
        self.qt = running if isinstance(running, QApplication) else QApplication([])
        self.qt.setQuitOnLastWindowClosed(False)
        paths = Paths(home)
        settings = SettingsFile(paths.settings)
        settings.change(threads=1)
        catalogue, error = open_catalogue(paths)
        assert error is None
        self.app = App(self.qt, paths, settings, catalogue)
        self.app.window.resize(1280, 800)
        self.app.start()

    def wait(self, for_what: Callable[[], object], seconds: float = 120) -> None:
        """Let the window live until something is true."""
        until = time.monotonic() + seconds
        while not for_what():
            assert time.monotonic() < until, "this never came true"
            self.qt.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.002)

    def drop(self, *files: Path) -> None:
        """Drop files on the album."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
        event = QDropEvent(
            QPointF(300, 300),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        self.app.album.dropEvent(event)
        self.wait(lambda: not self.app.importer.busy)

    def open(self, name: str) -> None:
        """Open a photo by its file's name, and wait for its picture."""
        app = self.app
        photos = app.library.photos(app.library.ids(app.album.query))
        photo_id = next(photo.id for photo in photos if photo.path.name == name)
        ready: list[bool] = []
        connection = app.photo.canvas.photo_ready.connect(lambda: ready.append(True))
        app.open_photo(photo_id)
        self.wait(lambda: ready and app.work.edit.faces_known and not app.runner.busy)
        app.photo.canvas.photo_ready.disconnect(connection)

    def composite(self) -> np.ndarray:
        """What the photo view shows, (H, W, 3) uint8."""
        size = self.app.work.photo
        assert size is not None
        return pixels(self.app.photo.canvas.composite(QRect(0, 0, size.width, size.height)))

    def close(self) -> None:
        """Quit, and wait until the workers are gone."""
        gone: list[bool] = []
        connection = self.qt.aboutToQuit.connect(lambda: gone.append(True))
        self.app.window.close()
        self.wait(lambda: not any(self.app.supervisor.pid(role) for role in ("imaging", "compute", "models")), 30)
        self.qt.processEvents()
        self.qt.aboutToQuit.disconnect(connection)
        self.app.window.deleteLater()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "Großmutter"
    folder.mkdir()
    shutil.copy(PORTRAIT, folder / "portrait.png")
    mirrored = QImage(str(PORTRAIT)).flipped(Qt.Orientation.Horizontal)
    assert mirrored.save(str(folder / "mirrored.png"))
    return folder


@pytest.fixture
def drivers() -> Iterator[Callable[[Path], Driver]]:
    made: list[Driver] = []

    def make(home: Path) -> Driver:
        made.append(Driver(home))
        return made[-1]

    yield make
    for driver in made:
        driver.app.supervisor.kill_and_wait()


def test_from_a_drop_to_an_exported_photo_and_back_after_a_restart(
    tmp_path: Path, photos: Path, drivers: Callable[[Path], Driver]
) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    originals = {path: path.read_bytes() for path in photos.iterdir()}
    driver = drivers(home)
    app = driver.app
    driver.drop(*photos.iterdir())
    assert app.album.model.rowCount() == 2
    driver.open("portrait.png")
    (face,) = app.work.edit.faces

    # Restore at a strength that has versions to choose from.
    app.work.set_options(msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.15), None)
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
    app.work.set_options(msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.3, steps=30), None)
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


def pixels(image: QImage) -> np.ndarray:
    """A picture as (H, W, 3) uint8 RGB."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return flat[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()
