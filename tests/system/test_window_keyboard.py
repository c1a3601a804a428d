"""The window by keys alone, with the real workers: whatever has the focus takes each key, as it would at a desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from window_driver import Driver

from desktop_app.album.records import PhotoState
from desktop_app.ui.export.export_dialog import ExportDialog
from desktop_app.ui.export.export_progress import ExportProgressDialog

pytestmark = pytest.mark.slow
Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def focus(driver: Driver) -> QWidget:
    driver.qt.processEvents()
    widget = driver.qt.focusWidget()
    assert widget is not None, "nothing has the focus"
    return widget


def press(driver: Driver, *keys: Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        QTest.keyClick(focus(driver), key, modifiers)
        driver.qt.processEvents()


def tab_to(driver: Driver, wanted: QWidget) -> None:
    for _ in range(60):
        if focus(driver) is wanted:
            return
        press(driver, Key.Key_Tab)
    raise AssertionError(f"Tab does not reach {wanted.accessibleName()!r}")


def test_from_the_empty_album_to_an_exported_photo(
    tmp_path: Path, photos: Path, drivers: Callable[[Path], Driver]
) -> None:
    driver = drivers(tmp_path / "home")
    app = driver.app
    driver.app.window.activateWindow()
    start = focus(driver)
    assert isinstance(start, QPushButton)
    assert start.text() == "Choose photos…"
    driver.drop(photos)  # the system's file dialog has keys of its own
    driver.wait(lambda: app.album.model.rowCount() == 2)
    assert focus(driver) is app.album.grid

    # Rate and flag, filter by state, open.
    press(driver, Key.Key_Home, Key.Key_Space, Key.Key_4, Key.Key_P)
    first = app.library.photos(app.album.grid.selected_ids)[0]
    assert (first.rating, first.flag) == (4, "picked")
    views = app.album.side._view_list
    tab_to(driver, views)
    press(driver, Key.Key_Down)
    assert app.album.query.states == {PhotoState.NEW}
    tab_to(driver, app.album.grid)
    press(driver, Key.Key_Home, Key.Key_Return)
    driver.wait(lambda: app.work.photo is not None and app.work.edit.faces_known and not app.runner.busy)
    opened = app.work.photo
    assert opened is not None
    driver.wait(lambda: app.album.model.rowCount() == 1)  # it has faces now, and is new no more
    press(driver, Key.Key_PageDown)
    assert app.work.photo is not None
    assert app.work.photo.id != opened.id
    driver.wait(lambda: app.work.edit.faces_known and not app.runner.busy)
    press(driver, Key.Key_PageUp)
    assert app.work.photo.id == opened.id

    # Restore, pick, undo, export.
    options = msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.15, candidates=2)
    app.work.set_options(options)
    press(driver, Key.Key_Return, modifiers=CTRL)
    driver.wait(lambda: len(app.work.edit.faces[0].candidates) == 2 and not app.runner.busy)
    tab_to(driver, app.photo.strip)
    press(driver, Key.Key_2)
    assert app.work.edit.faces[0].picked == app.work.edit.faces[0].candidates[1].path
    press(driver, Key.Key_0)
    assert app.work.edit.faces[0].picked is None
    driver.wait(lambda: not app.library.edits.is_waiting(opened.id))
    press(driver, Key.Key_Z, modifiers=CTRL)
    driver.wait(lambda: app.work.edit.faces[0].picked == app.work.edit.faces[0].candidates[1].path)
    press(driver, Key.Key_E, modifiers=CTRL)
    (dialog,) = app.window.findChildren(ExportDialog)
    driver.wait(dialog.isVisible)
    press(driver, Key.Key_Return)
    driver.wait(lambda: not app.runner.busy)
    (progress,) = app.window.findChildren(ExportProgressDialog)
    press(driver, Key.Key_Escape)
    assert not progress.isVisible()
    assert len(list((photos / "Albumen").iterdir())) == 1
    app.window.activateWindow()  # a desktop's window manager does this
    press(driver, Key.Key_Left, modifiers=ALT)
    assert not app.window.is_photo_shown
    assert focus(driver) in (app.album.grid, app.album._empty.focusProxy())
    driver.close()
