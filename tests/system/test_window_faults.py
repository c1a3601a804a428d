"""What the world does to the window: each time one sentence reaches its user, and nothing is lost.

With the real workers, drawn without a screen.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QImage
from window_driver import Driver, pixels

from desktop_app.album.records import JobState
from desktop_app.settings import ExportSettings
from desktop_app.ui.help.close_dialog import CloseChoice

pytestmark = pytest.mark.slow
Drivers = Callable[[Path], Driver]
CATALOGUE = Path("library") / "catalogue.db"

STARTING = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from desktop_app import app

class Looking(QApplication):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.timer = QTimer(interval=50)
        self.timer.timeout.connect(self.look)
        self.timer.start()

    def look(self):
        for widget in self.topLevelWidgets():
            if isinstance(widget, QMessageBox) and widget.isVisible():
                print("BOX", widget.text(), flush=True)
                widget.accept()

app.QApplication = Looking
sys.exit(app.run())
"""


def said(driver: Driver) -> list[str]:
    """What the message bar holds, the shown one first."""
    bar = driver.app.window.messages
    return [message.text for message in (*([bar._shown] if bar._shown else []), *bar._waiting)]


def restored(driver: Driver, photo: Path) -> None:
    """Add a photo, open it, and restore its face in a few seconds."""
    driver.drop(photo)
    driver.open(photo.name)
    app = driver.app
    options = msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.15, candidates=2)
    app.work.set_options(options)
    app.photo.restore_button.click()
    driver.wait(lambda: len(app.work.edit.faces[0].candidates) == 2 and not app.runner.busy)


def export(driver: Driver, folder: Path) -> None:
    app = driver.app
    app.exporting._export([(app.work.photo, app.work.edit)], ExportSettings(folder=str(folder), format="png"))


def start_once(home: Path) -> subprocess.CompletedProcess[str]:
    """Start the program over a library folder, as a user would, and answer its message box."""
    environment = {**os.environ, "ALBUMEN_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"}
    command = [sys.executable, "-c", STARTING]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    folder = tmp_path / "small disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_what_is_no_photo_is_said_and_the_photos_beside_it_come_in(
    tmp_path: Path, photos: Path, drivers: Drivers
) -> None:
    letter, torn = tmp_path / "letter.odt", photos / "torn.jpg"
    letter.write_text("Dear grandson")
    torn.write_bytes(b"\xff\xd8\xff\xe0 this was a photograph")
    driver = drivers(tmp_path / "home")
    driver.drop(letter, photos)
    (sentence,) = said(driver)
    assert "letter.odt" in sentence
    assert driver.app.album.model.rowCount() == 3  # the torn one is there too, as failed
    assert torn.read_bytes() == b"\xff\xd8\xff\xe0 this was a photograph"
    driver.close()


def test_a_file_that_is_no_picture_inside_is_said_once_and_kept_as_failed(tmp_path: Path, drivers: Drivers) -> None:
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(b"\xff\xd8\xff\xe0 this was a photograph")
    driver = drivers(tmp_path / "home")
    driver.drop(torn)
    (sentence,) = said(driver)
    assert "torn.jpg" in sentence
    (photo,) = driver.app.library.photos(driver.app.library.ids(driver.app.album.query))
    assert photo.state == "failed"
    driver.close()


def test_a_folder_without_rights_is_said(tmp_path: Path, photos: Path, drivers: Drivers) -> None:
    locked = photos / "locked"
    locked.mkdir()
    locked.chmod(0)
    driver = drivers(tmp_path / "home")
    if os.access(locked, os.R_OK):
        # Root reads every folder. A link that leads to itself cannot be listed by anyone.
        loop = photos / "loop"
        loop.symlink_to(loop)
        driver.drop(loop)
        assert driver.app.album.model.rowCount() == 0
    else:
        driver.drop(photos)
        assert driver.app.album.model.rowCount() == 2
    (sentence,) = said(driver)
    assert "locked" in sentence or "loop" in sentence
    driver.close()


def test_a_full_disk_stops_an_export_and_a_retry_after_it_works(
    tmp_path: Path, photos: Path, drivers: Drivers, small_disk: Path
) -> None:
    driver = drivers(tmp_path / "home")
    app = driver.app
    original = (photos / "portrait.png").read_bytes()
    restored(driver, photos / "portrait.png")
    export(driver, small_disk)
    driver.wait(lambda: not app.runner.busy)
    assert not list(small_disk.iterdir())  # nothing half written
    assert any("disk is full" in sentence for sentence in said(driver))
    (job,) = [job for job in app.runner.queue.jobs() if job.kind == "export"]
    assert job.state is JobState.PAUSED  # the next would fail as well; it waits for the user
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    app.runner.set_all_paused(False)
    driver.wait(lambda: not app.runner.busy)
    (exported,) = small_disk.iterdir()
    assert np.abs(pixels(QImage(str(exported))).astype(int) - driver.composite()).max() <= 1
    assert (photos / "portrait.png").read_bytes() == original
    driver.close()


def test_a_damaged_catalogue_is_set_aside_and_the_work_comes_back(
    tmp_path: Path, photos: Path, drivers: Drivers
) -> None:
    home = tmp_path / "home"
    driver = drivers(home)
    restored(driver, photos / "portrait.png")
    candidate = driver.app.work.edit.faces[0].candidates[1].path
    driver.app.work.pick(1, candidate)
    driver.close()
    file = home / CATALOGUE
    broken = bytearray(file.read_bytes())
    broken[:4096] = os.urandom(4096)
    file.write_bytes(broken)
    again = drivers(home)
    assert again.damaged is not None
    assert "damaged" in again.damaged
    (aside,) = (home / "library").glob("catalogue.damaged-*.db")
    assert aside.read_bytes() == bytes(broken)
    again.wait(lambda: again.app.album.model.rowCount() == 1 and not again.app.importer.busy)
    again.open("portrait.png")
    assert again.app.work.edit.faces[0].picked == candidate
    again.close()


def test_a_catalogue_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    library = tmp_path / "home" / "library"
    library.mkdir(parents=True)
    from desktop_app.album.store.catalogue import Catalogue

    Catalogue.open(library).close()
    with closing(sqlite3.connect(library / "catalogue.db")) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = (library / "catalogue.db").read_bytes()
    ended = start_once(tmp_path / "home")
    assert ended.returncode == 1, ended.stderr
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("BOX")]
    assert "newer Albumen" in line
    assert (library / "catalogue.db").read_bytes() == before


def test_a_second_window_says_so_and_leaves(tmp_path: Path, photos: Path, drivers: Drivers) -> None:
    home = tmp_path / "home"
    driver = drivers(home)
    driver.drop(photos)
    driver.app.paths.crash.write_text("what the first window writes down")
    ended = start_once(home)
    assert ended.returncode == 1, ended.stderr
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("BOX")]
    assert "open in another window" in line
    assert driver.app.paths.crash.read_text() == "what the first window writes down"
    driver.open("portrait.png")  # the first goes on
    driver.close()


def test_the_imaging_worker_killed_in_an_export_is_replaced(tmp_path: Path, photos: Path, drivers: Drivers) -> None:
    driver = drivers(tmp_path / "home")
    app = driver.app
    restored(driver, photos / "portrait.png")
    driver.wait(lambda: app.photo.canvas._scene.composition.patch(1) is not None)
    first = app.supervisor.pid("imaging")
    export(driver, tmp_path / "out")
    os.kill(first, signal.SIGKILL)
    driver.wait(lambda: not app.runner.busy and app.supervisor.pid("imaging") not in (0, first))
    (sentence,) = said(driver)
    assert "started again" in sentence
    (exported,) = (tmp_path / "out").iterdir()
    assert np.abs(pixels(QImage(str(exported))).astype(int) - driver.composite()).max() <= 1
    driver.close()


def test_an_original_deleted_while_it_is_open(tmp_path: Path, photos: Path, drivers: Drivers) -> None:
    driver = drivers(tmp_path / "home")
    app = driver.app
    restored(driver, photos / "portrait.png")
    edit = app.work.edit
    (photos / "portrait.png").unlink()
    export(driver, tmp_path / "out")
    driver.wait(lambda: not app.runner.busy)
    assert any("portrait.png" in sentence for sentence in said(driver))
    assert not list((tmp_path / "out").glob("*"))
    assert app.work.edit == edit
    driver.close()
    again = drivers(tmp_path / "home")
    again.wait(lambda: not again.app.importer.busy)
    (photo,) = again.app.library.photos(again.app.library.ids(again.app.album.query))
    assert photo.missing
    again.close()


def test_the_store_of_versions_removed_under_its_feet(tmp_path: Path, photos: Path, drivers: Drivers) -> None:
    driver = drivers(tmp_path / "home")
    app = driver.app
    restored(driver, photos / "portrait.png")
    driver.wait(lambda: app.photo.canvas._scene.composition.patch(1) is not None)
    other = next(c.path for c in app.work.edit.faces[0].candidates if c.path != app.work.edit.faces[0].picked)
    for file in app.paths.store.iterdir():
        file.unlink()
    app.paths.store.rmdir()
    app.work.pick(1, other)
    driver.wait(lambda: said(driver))
    assert len(said(driver)) == 1, said(driver)
    count = len(app.work.edit.faces[0].candidates)
    app.photo.face_bar.others_wanted.emit()
    driver.wait(lambda: len(app.work.edit.faces[0].candidates) > count and not app.runner.busy)
    assert Path(app.work.edit.faces[0].candidates[-1].path).is_file()  # the folder is made again
    driver.close()


def test_quitting_while_a_job_runs_and_reopening(tmp_path: Path, photos: Path, drivers: Drivers) -> None:
    home = tmp_path / "home"
    driver = drivers(home)
    app = driver.app
    driver.drop(photos / "portrait.png")
    driver.open("portrait.png")
    app.work.set_options(msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.3, steps=30))
    app.photo.restore_button.click()
    driver.wait(lambda: app.work.edit.faces[0].candidates)
    kept = [candidate.path for candidate in app.work.edit.faces[0].candidates]
    assert not app.window.close()  # it asks
    app._on_close_choice(CloseChoice.STOP)
    driver.wait(lambda: not any(app.supervisor.pid(role) for role in ("imaging", "compute", "models")), 30)
    driver.qt.processEvents()
    again = drivers(home)
    again.open("portrait.png")
    paths = [candidate.path for candidate in again.app.work.edit.faces[0].candidates]
    assert len(paths) == len(set(paths)) == 4
    assert set(kept) <= set(paths)
    again.close()


def test_broken_settings_become_the_usual_ones(tmp_path: Path, drivers: Drivers) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.json").write_text("{ this is no json")
    driver = drivers(home)
    assert driver.app.settings.current.theme == "system"
    assert driver.app.window.isVisible()
    driver.close()
