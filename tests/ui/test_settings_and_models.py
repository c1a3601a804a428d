"""The settings dialog and the models page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import samples
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLabel, QProgressBar, QWidget

from desktop_app.album.candidate_store import CandidateStore
from desktop_app.settings import Settings
from desktop_app.ui.models.fetch_dialog import FetchDialog
from desktop_app.ui.models.licence_dialog import LicenceDialog
from desktop_app.ui.models.model_words import FetchPlan, fetch_plan
from desktop_app.ui.models.models_page import ModelsPage
from desktop_app.ui.settings.settings_dialog import SettingsDialog
from desktop_app.ui.theme import Theme
from engine.base.errors import NoNetwork
from engine.protocol import ModelFile, ModelInfo, Ready, RestoreOptions

Heard = list[tuple[object, ...]]


@pytest.fixture
def dialog(theme: Theme, shown: Callable[[QWidget], None]) -> SettingsDialog:
    dialog = SettingsDialog(Settings())
    dialog.show_models(samples.models())
    shown(dialog)
    return dialog


@pytest.fixture
def page(theme: Theme, shown: Callable[[QWidget], None]) -> ModelsPage:
    page = ModelsPage(theme)
    page.resize(900, 700)
    page.show_models(samples.models(), "starter", False)
    shown(page)
    return page


@pytest.fixture
def heard(page: ModelsPage) -> Heard:
    said: Heard = []
    names = ("default_chosen", "import_wanted", "check_wanted", "licence_accepted", "fetch_wanted", "fetch_cancelled")
    for name in (*names, "commercial_only_switched"):
        getattr(page, name).connect(lambda *values, name=name: said.append((name, *values)))
    return said


def _click(widget: QWidget, name: str) -> None:
    buttons = [b for b in widget.findChildren(QAbstractButton) if name in (b.accessibleName(), b.text())]
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def _dialog(page: ModelsPage, kind: type[QWidget]) -> QWidget:
    return next(d for d in page.findChildren(kind) if d.isVisible())


def _changed(model_id: str, **values: object) -> list[ModelInfo]:
    return [msgspec.structs.replace(m, **values) if m.id == model_id else m for m in samples.models()]


@pytest.mark.parametrize(
    ("tab", "name", "keys", "expected"),
    [
        (0, "Colours", 2, Settings(theme="dark")),
        (0, "Language", 2, Settings(language="ko")),
        (1, "Work with", 1, Settings(device="cpu")),
        (1, "Precision", 1, Settings(precision="fp32")),
        (1, "Processor cores", 1, Settings(threads=1)),
        (1, "Model", 1, Settings(options=RestoreOptions(model="starter-estimator"))),
        (2, "Versions of faces, at most", 1, Settings(store_limit_mb=8192)),
        (2, "Small pictures, at most", 1, Settings(thumbnails_limit_mb=1024)),
        (2, "Memory for pictures, at most", 1, Settings(pictures_mb=512)),
    ],
)
def test_choices(dialog: SettingsDialog, tab: int, name: str, keys: int, expected: Settings) -> None:
    heard: list[Settings] = []
    dialog.settings_changed.connect(heard.append)
    dialog.show_tab(tab)
    box = next(b for b in dialog.findChildren(QComboBox) if b.accessibleName() == name)
    for _ in range(keys):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert heard[-1] == expected
    assert len(heard) == keys


def test_changes_of_several_tabs_add_up(dialog: SettingsDialog) -> None:
    heard: list[Settings] = []
    dialog.settings_changed.connect(heard.append)
    for tab, name in ((0, "Colours"), (1, "Work with")):
        dialog.show_tab(tab)
        box = next(b for b in dialog.findChildren(QComboBox) if b.accessibleName() == name)
        QTest.keyClick(box, Qt.Key.Key_Down)
    dialog.show_tab(3)
    _click_check(dialog, "Keep a copy of the work beside each photo")
    assert heard[-1] == Settings(theme="light", device="cpu", sidecar_beside=True)


def _click_check(dialog: SettingsDialog, text: str) -> None:
    box = next(b for b in dialog.findChildren(QAbstractButton) if b.text() == text)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)


def test_folders_are_shown_opened_and_changed(
    dialog: SettingsDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CandidateStore(tmp_path / "candidates")
    heard: list[object] = []
    dialog.store_chosen.connect(heard.append)
    dialog.folder_wanted.connect(heard.append)
    dialog.settings_changed.connect(lambda settings: heard.append(settings.export.folder))
    dialog.show_tab(4)
    dialog.show_folders(store, tmp_path / "library", tmp_path / "logs")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "disk"))
    _click(dialog, "Use the usual folder (Versions of faces)")  # off while it is in use
    _click(dialog, "Change… (Versions of faces)")
    store.follow(str(tmp_path / "gone"), ())
    dialog.show_folders(store, tmp_path / "library", tmp_path / "logs")
    assert any("gone is not there now" in label.text() for label in dialog.findChildren(QLabel))
    _click(dialog, "Use the usual folder (Versions of faces)")
    _click(dialog, "Open (Versions of faces)")
    _click(dialog, "Open (Finished photos)")  # off where it depends on the photo
    _click(dialog, "Change… (Finished photos)")
    _click(dialog, "Open (Finished photos)")
    _click(dialog, "Beside each photo (Finished photos)")
    _click(dialog, "Open (Your work and its safety copies)")
    _click(dialog, "Open (Log files)")
    disk = str(tmp_path / "disk")
    shown = [str(tmp_path / name) for name in ("candidates", "library", "logs")]
    assert heard == [disk, "", shown[0], disk, disk, "", *shown[1:]]


def test_moving_is_shown_while_it_lasts(dialog: SettingsDialog) -> None:
    dialog.show_tab(4)
    bar = next(b for b in dialog.findChildren(QProgressBar) if b.accessibleName() == "Moving the versions of faces")
    dialog.show_moving(3, 12)
    assert (bar.isVisible(), bar.value(), bar.maximum()) == (True, 3, 12)
    dialog.show_moving(12, 12)
    assert not bar.isVisible()


def test_storage_shows_what_is_taken_and_cleans_up(dialog: SettingsDialog) -> None:
    heard: list[str] = []
    dialog.clean_up_wanted.connect(lambda: heard.append("clean"))
    dialog.show_tab(2)
    dialog.show_usage(2**30, 2**20)
    _click(dialog, "Clean up now")
    _click(dialog, "Clean up now")  # off until the answer
    assert heard == ["clean"]
    assert any(label.text().startswith("1.0 GB of 4.0 GB") for label in dialog.findChildren(QLabel))


def test_device_in_use_is_named(dialog: SettingsDialog) -> None:
    dialog.show_ready(Ready("cuda", "NVIDIA H100", 81920, 8, ()))
    assert any("NVIDIA H100, 80.0 GB" in label.text() for label in dialog.findChildren(QLabel))


def test_settings_of_another_hand_are_kept(theme: Theme) -> None:
    dialog = SettingsDialog(Settings(device="cuda:1", store_limit_mb=3000, options=RestoreOptions(model="gone")))
    heard: list[Settings] = []
    dialog.settings_changed.connect(heard.append)
    dialog.show_models(samples.models())
    assert heard == []


def test_only_commercial_models_are_offered_where_wanted(theme: Theme) -> None:
    models = [msgspec.structs.replace(m, accepted=True, missing=()) for m in samples.models()]
    offered = []
    for only in (False, True):
        dialog = SettingsDialog(Settings(commercial_only=only))
        dialog.show_models(models)
        box = next(b for b in dialog.findChildren(QComboBox) if b.accessibleName() == "Model")
        offered.append([box.itemText(n) for n in range(box.count())])
    assert offered == [
        ["Starter", "DifFace", "Starter estimator", "DifFace estimator"],
        ["Starter", "Starter estimator"],
    ]


def test_default_and_import(page: ModelsPage, heard: Heard) -> None:
    _click(page, "Parts that models are made of")
    _click(page, "Use as default Starter estimator")
    _click(page, "Import from a file… DifFace estimator")
    chooser = _dialog(page, QFileDialog)
    assert isinstance(chooser, QFileDialog)
    chooser.fileSelected.emit("/models/swinir.pth")
    chooser.close()
    page.import_file.trigger()
    chooser = _dialog(page, QFileDialog)
    assert isinstance(chooser, QFileDialog)
    chooser.fileSelected.emit("/models/pack.zip")
    assert heard == [
        ("default_chosen", "starter-estimator"),
        ("import_wanted", "/models/swinir.pth", "estimator-512"),
        ("import_wanted", "/models/pack.zip", None),
    ]


def test_check_says_what_it_found(page: ModelsPage, heard: Heard) -> None:
    page.check.trigger()
    assert heard == [("check_wanted",)]
    assert not page.check.isEnabled()
    page.show_checked([ModelFile("a", "/x/a.safetensors", "ok"), ModelFile("b", "/x/b.safetensors", "damaged")])
    texts = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert "a.safetensors: unchanged" in texts
    assert any(text.startswith("b.safetensors: damaged") for text in texts)
    assert page.check.isEnabled()


def test_a_licence_is_accepted_by_its_button_only(page: ModelsPage, heard: Heard) -> None:
    _click(page, "Read and accept the licence… DifFace")
    dialog = _dialog(page, LicenceDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert heard == []
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    QApplication.processEvents()
    _click(page, "Read and accept the licence… DifFace")
    _click(_dialog(page, LicenceDialog), "I have read and accept it")
    assert heard == [("licence_accepted", "difface")]


def test_fetching_is_offered_after_the_licence_and_asks_first(page: ModelsPage, heard: Heard) -> None:
    assert not any(b.isVisible() for b in page.findChildren(QAbstractButton) if b.text() == "Fetch over the network…")
    page.show_models(_changed("difface", accepted=True), "starter", False)
    _click(page, "Fetch over the network… DifFace")
    question = _dialog(page, FetchDialog)
    assert any(label.text() == "572 MB from github.com." for label in question.findChildren(QLabel))
    assert heard == []
    _click(question, "Fetch it now")
    page.show_fetching("difface", 0.5, 60)
    _click(page, "Stop fetching DifFace")
    assert heard == [("fetch_wanted", "difface"), ("fetch_cancelled", "difface")]
    page.show_fetch_ended("difface", NoNetwork(url="https://github.com", detail="timed out"))
    assert any("the connection failed" in label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_fetch_plan_counts_only_what_is_missing() -> None:
    models = samples.models()
    assert fetch_plan(models[1], models) == FetchPlan(("github.com",), 70_000_000 + 530_000_000)
    partly = msgspec.structs.replace(models[1], missing=("prior-512",))
    assert fetch_plan(partly, models) == FetchPlan(("github.com",), 530_000_000)
    unknown = _changed("prior-512", bytes=None)
    assert fetch_plan(models[1], unknown).bytes is None


def test_only_models_for_commercial_use(page: ModelsPage, heard: Heard) -> None:
    _click_switch(page)
    assert heard == [("commercial_only_switched", True)]
    names = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert "Starter" in names
    assert "DifFace" not in names


def _click_switch(page: ModelsPage) -> None:
    box = next(b for b in page.findChildren(QAbstractButton) if b.text() == "Only models for commercial use")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    QApplication.processEvents()
