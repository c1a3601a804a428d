"""The export dialog and its progress."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QListWidget, QPushButton, QWidget

from desktop_app.settings import ExportSettings
from desktop_app.ui.common.form import ChoiceBox
from desktop_app.ui.export.export_dialog import ExportDialog
from desktop_app.ui.export.export_progress import ExportProgressDialog
from desktop_app.ui.theme import Theme
from engine.base.errors import DiskFull, TemplateUnknownField


def _examples(settings: ExportSettings) -> list[str]:
    if "{wrong}" in settings.template:
        raise TemplateUnknownField(field="wrong", known="name")
    return [settings.template.replace("{name}", "IMG_1")]


@pytest.fixture
def dialog(theme: Theme, shown: Callable[[QWidget], None]) -> ExportDialog:
    dialog = ExportDialog(ExportSettings(folder="/photos"), 2, 0, _examples)
    shown(dialog)
    return dialog


def _button(widget: QWidget, text: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text)


def _named(widget: QWidget, kind: type[QWidget], name: str) -> QWidget:
    return next(child for child in widget.findChildren(kind) if child.accessibleName() == name)


def _pick(widget: QWidget, name: str, steps: int) -> None:
    box = _named(widget, QComboBox, name)
    for _ in range(steps):
        QTest.keyClick(box, Qt.Key.Key_Down)


def test_what_is_set_comes_with_the_click(dialog: ExportDialog) -> None:
    heard: list[ExportSettings] = []
    dialog.export_wanted.connect(heard.append)
    _pick(dialog, "Kind of file", 1)
    _pick(dialog, "Quality", 1)
    _pick(dialog, "Size", 1)
    _pick(dialog, "Details in the file", 1)
    QTest.mouseClick(_button(dialog, "Export"), Qt.MouseButton.LeftButton)
    assert heard == [ExportSettings("/photos", "{name}.restored", "jpg", 92, 2048, "drop")]
    assert not dialog.isVisible()


def test_enter_exports_and_escape_does_not(dialog: ExportDialog) -> None:
    heard: list[ExportSettings] = []
    dialog.export_wanted.connect(heard.append)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert heard == []
    dialog.show()
    QTest.keyClick(_named(dialog, QLineEdit, "Folder"), Qt.Key.Key_Return)
    assert heard == [ExportSettings(folder="/photos")]


def test_quality_is_there_only_where_it_applies(dialog: ExportDialog) -> None:
    quality = _named(dialog, ChoiceBox, "Quality")
    shown = []
    for _ in range(5):
        shown.append(quality.isVisible())
        _pick(dialog, "Kind of file", 1)
    assert shown == [True, True, False, False, True]  # as it is, JPEG, PNG, TIFF, WebP


@pytest.mark.parametrize("remembered", [ExportSettings("/a", "{name}", "webp", 71, 1000, "drop"), ExportSettings("/a")])
def test_remembered_settings_come_back(theme: Theme, remembered: ExportSettings) -> None:
    assert ExportDialog(remembered, 1, 0, _examples).settings == remembered


def test_the_example_follows_the_name_and_a_wrong_one_stops(dialog: ExportDialog) -> None:
    name = _named(dialog, QLineEdit, "Name")
    name.setFocus()
    QTest.keyClick(name, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(name, "old {name}")
    assert any("old IMG_1" in label.text() for label in dialog.findChildren(QLabel))
    QTest.keyClicks(name, "{wrong}")
    assert not _button(dialog, "Export").isEnabled()
    assert any("{wrong} cannot be part of a name" in label.text() for label in dialog.findChildren(QLabel))


def test_parts_of_the_name_are_inserted_at_the_cursor(dialog: ExportDialog) -> None:
    menu = _button(dialog, "Insert").menu()
    next(action for action in menu.actions() if action.text() == "Number, counted up").trigger()
    assert dialog.settings.template == "{name}.restored{counter:3}"


@pytest.mark.parametrize("folder", ["", "restored"])
def test_without_a_whole_folder_nothing_is_exported(dialog: ExportDialog, folder: str) -> None:
    edit = _named(dialog, QLineEdit, "Folder")
    QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, folder)
    assert not _button(dialog, "Export").isEnabled()


def test_progress_can_be_cancelled_once_and_hidden(theme: Theme, shown: Callable[[QWidget], None]) -> None:
    dialog = ExportProgressDialog(theme, 3)
    shown(dialog)
    heard: list[str] = []
    dialog.cancel_wanted.connect(lambda: heard.append("cancel"))
    cancel = _button(dialog, "Cancel the export")
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert heard == ["cancel"]
    assert not dialog.isVisible()


def test_the_end_lists_failures_and_offers_the_folder(theme: Theme, shown: Callable[[QWidget], None]) -> None:
    dialog = ExportProgressDialog(theme, 2)
    shown(dialog)
    heard: list[str] = []
    dialog.folder_wanted.connect(lambda: heard.append("folder"))
    dialog.add_failure("a.jpg", DiskFull(path="/photos/a.jpg"))
    dialog.show_end(1)
    failures = dialog.findChild(QListWidget)
    assert isinstance(failures, QListWidget)
    assert failures.item(0).text().startswith("a.jpg: the disk is full.")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert heard == ["folder"]


def test_nothing_exported_offers_no_folder(theme: Theme, shown: Callable[[QWidget], None]) -> None:
    dialog = ExportProgressDialog(theme, 2)
    shown(dialog)
    dialog.show_end(0, cancelled=True)
    assert not _button(dialog, "Open the folder").isVisible()
    assert _button(dialog, "Close").isVisible()
