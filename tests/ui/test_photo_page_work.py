"""The photo page with the work behind it: what is done on it is stored, and what is stored is what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QSlider, QWidget
from work_helpers import ScriptedSupervisor, add_photo, candidate, ready, record, restored

from desktop_app.album.records import JobState, PhotoEdit, Preset
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.paths import Paths
from desktop_app.ui.common.pictures import Pictures
from desktop_app.ui.photo.photo_binding import PhotoBinding
from desktop_app.ui.photo.photo_page import PhotoPage
from desktop_app.ui.theme import Theme
from desktop_app.work.library import Library
from desktop_app.work.photo_pictures import PhotoPictures
from desktop_app.work.photo_work import PhotoWork
from desktop_app.work.runner import Runner
from engine.base.errors import CatalogueNotWritten
from engine.protocol import Compose, FacesFound, PatchReady, Preview, Progress, Restore, RestoreOptions

Key = Qt.Key
VERSION = [candidate(1, n).path for n in range(3)]


class Desk:
    """The page with a photo open whose two faces have three versions each, the first one picked."""

    def __init__(self, theme: Theme, home: Path) -> None:
        self.paths = Paths(home)
        self.library = Library(Catalogue.open(self.paths.library))
        self.photo_id = add_photo(self.library, home / "a.jpg")
        self.library.edits.change(self.photo_id, lambda _: restored(2), "restore")
        self.supervisor = ScriptedSupervisor()
        self.pictures = Pictures()
        self.runner = Runner(self.library, self.supervisor, self.paths)  # type: ignore[arg-type]
        self.work = PhotoWork(self.library, self.paths)
        self.screen = PhotoPictures(self.work, self.supervisor, self.paths)  # type: ignore[arg-type]
        self.page = PhotoPage(theme)
        self.page.resize(1300, 900)
        self.binding = PhotoBinding(
            self.page, self.work, self.screen, self.runner, self.library, self.pictures, self.paths.thumbnails
        )
        self.failures: list[str] = []
        self.binding.failed.connect(lambda error: self.failures.append(error.kind))

    def close(self) -> None:
        self.work.finish()
        self.work.close()
        self.pictures.close()
        self.library.close()

    def until(self, holds: Callable[[], object]) -> None:
        """Run the event loop until something holds; fails when it does not within a while."""
        for _ in range(6000):
            if holds():
                return
            QTest.qWait(5)
        pytest.fail("it did not come to hold")

    def stored(self) -> PhotoEdit:
        """The edit, once all is on disk."""
        done: list[bool] = []
        self.work.finish()
        QApplication.processEvents()
        self.library.edits.after(lambda: done.append(True))
        self.until(lambda: done)
        return self.library.catalogue.edits.edit(self.photo_id)

    def tiles(self) -> list[tuple[str | None, bool]]:
        """Path of each tile and whether it is picked."""
        model = self.page.strip.tiles
        return [(tile.path, tile.picked) for row in range(model.rowCount()) if (tile := model.tile(row)) is not None]

    def slider(self, name: str) -> QSlider:
        (found,) = (child for child in self.page.findChildren(QSlider) if child.accessibleName() == name)
        return found

    def of(self, kind: type) -> list[str]:
        return [job_id for job_id, job in self.supervisor.jobs.items() if isinstance(job, kind)]


@pytest.fixture
def desk(theme: Theme, tmp_path: Path, shown: Callable[[QWidget], None]) -> Iterator[Desk]:
    desk = Desk(theme, tmp_path)
    shown(desk.page)
    desk.stored()
    desk.work.open(desk.photo_id)
    QApplication.processEvents()
    yield desk
    desk.close()


def test_the_versions_of_the_first_face_are_shown_and_a_digit_picks(desk: Desk) -> None:
    assert desk.tiles() == [(None, False), (VERSION[0], True), (VERSION[1], False), (VERSION[2], False)]
    QTest.keyClick(desk.page.strip, Key.Key_3)
    assert desk.tiles()[3] == (VERSION[2], True)
    assert desk.stored().faces[0].picked == VERSION[2]
    QTest.keyClick(desk.page.strip, Key.Key_0)
    assert desk.stored().faces[0].picked is None
    assert not desk.page.blend.isEnabled()
    desk.work.undo_stack.undo()
    desk.stored()
    assert desk.tiles()[3] == (VERSION[2], True)
    assert desk.page.blend.isEnabled()


def test_brackets_step_through_the_faces_wherever_the_focus_is(desk: Desk) -> None:
    desk.page.activateWindow()
    for widget in (desk.page.strip, desk.page.canvas, desk.slider("Blend")):
        widget.setFocus()
        before = desk.tiles()[1][0]
        QTest.keyClick(widget, Key.Key_BracketRight)
        assert desk.tiles()[1][0] != before
    QTest.keyClick(desk.page.strip, Key.Key_Up)
    QTest.keyClick(desk.page.strip, Key.Key_Down)
    assert desk.tiles()[1][0] == candidate(2, 0).path


def test_a_blend_shows_while_it_moves_and_is_kept_as_one_step(desk: Desk) -> None:
    slider = desk.slider("Blend")
    for _ in range(5):
        QTest.keyClick(slider, Key.Key_Left)
    assert desk.stored().faces[0].blend.opacity == 0.95
    assert [step.action for step in desk.work.history()][-2:] == ["restore", "blend"]
    desk.work.undo_stack.undo()
    assert desk.stored().faces[0].blend.opacity == 1.0
    assert slider.value() == 100


def test_parts_of_the_face_are_previewed_before_they_are_kept(desk: Desk) -> None:
    for job_id in list(desk.supervisor.ids):
        desk.supervisor.finish(job_id)
    eyes = desk.slider("Eyes")
    eyes.setSliderDown(True)
    eyes.setValue(40)
    (job_id,) = desk.of(Compose)
    job = desk.supervisor.jobs[job_id]
    assert isinstance(job, Compose)
    assert job.pick.blend.regions.eyes == 0.4
    assert desk.work.edit.faces[0].blend.regions.eyes == 1.0
    eyes.setSliderDown(False)
    assert desk.stored().faces[0].blend.regions.eyes == 0.4
    assert desk.of(Compose) == [job_id]  # what was previewed is not made again


def test_delete_leaves_a_face_out_and_takes_it_in_again(desk: Desk) -> None:
    desk.page.activateWindow()
    desk.page.strip.setFocus()
    QTest.keyClick(desk.page.strip, Key.Key_Delete)
    assert desk.stored().faces[0].ignored
    QTest.keyClick(desk.page.strip, Key.Key_Delete)
    assert not desk.stored().faces[0].ignored


def test_settings_are_for_the_photo_or_for_one_face(desk: Desk) -> None:
    panel, scope = desk.page.strength, desk.page.scope
    panel._candidates.setValue(2)
    scope.setCurrentIndex(1)
    scope.activated.emit(1)
    panel._candidates.setValue(6)
    edit = desk.stored()
    assert edit.options.candidates == 2
    assert [face.options.candidates if face.options else None for face in edit.faces] == [6, None]
    desk.page.face_bar.next.trigger()
    assert (scope.currentIndex(), panel._candidates.value()) == (0, 2)
    desk.page.face_bar.previous.trigger()
    assert (scope.currentIndex(), panel._candidates.value()) == (1, 6)
    scope.setCurrentIndex(0)
    scope.activated.emit(0)
    assert desk.stored().faces[0].options is None


def test_the_history_goes_back_to_any_point(desk: Desk) -> None:
    QTest.keyClick(desk.page.strip, Key.Key_3)
    desk.stored()
    model = desk.page.history.model
    assert model.index(0).data() == "Version 3 chosen"
    desk.page.history.entry_chosen.emit(model.entry(2).id)
    assert desk.stored() == PhotoEdit()
    assert desk.tiles() == []
    desk.page.history.entry_chosen.emit(model.entry(0).id)
    assert desk.stored().faces[0].picked == VERSION[2]


def test_what_cannot_be_stored_is_shown_no_longer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise CatalogueNotWritten(path="/library", detail="")

    monkeypatch.setattr("desktop_app.album.sidecar.write", refuse)
    QTest.keyClick(desk.page.strip, Key.Key_3)
    QTest.keyClick(desk.slider("Blend"), Key.Key_Left)
    assert desk.tiles()[3][1]
    desk.stored()
    assert desk.failures == [CatalogueNotWritten.kind] * 2
    assert desk.tiles()[1] == (VERSION[0], True)
    assert desk.slider("Blend").value() == 100


def test_a_face_forms_in_the_strip_while_it_is_restored(desk: Desk, tmp_path: Path) -> None:
    forming = tmp_path / "forming.jpg"
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(QColor("sienna"))
    image.save(str(forming))
    desk.page.restore_face.trigger()
    (job_id,) = desk.of(Restore)
    desk.supervisor.say(Progress(job_id, "restore", 0.5, 12.0))
    desk.supervisor.say(Preview(job_id, 0, 0, str(forming)))
    desk.until(lambda: len(desk.tiles()) == 5)
    assert desk.tiles()[4] == ("", False)
    QTest.keyClick(desk.page.strip, Key.Key_4)  # what is still forming cannot be picked
    assert desk.work.edit.faces[0].picked == VERSION[0]
    desk.supervisor.say(ready(job_id, 0, 7, record(200.0)))
    desk.supervisor.finish(job_id)
    desk.until(lambda: not desk.runner.busy)
    assert [path for path, _ in desk.tiles()] == [None, *VERSION, "/store/160.0-7.png"]


def test_stop_cancels_the_photos_jobs_and_the_bar_is_idle(desk: Desk) -> None:
    desk.page.restore_all.trigger()
    assert desk.page.face_bar._progress.isVisible()
    desk.page.face_bar.cancel.trigger()
    assert [job.state for job in desk.runner.queue.jobs()] == [JobState.CANCELLED]
    assert not desk.page.face_bar._progress.isVisible()


def test_faces_found_while_the_photo_is_open_are_shown(desk: Desk) -> None:
    other = add_photo(desk.library, desk.paths.home / "b.jpg")
    desk.work.open(other)
    assert desk.tiles() == []
    desk.runner.find([other])
    job_id = desk.supervisor.ids[-1]
    desk.supervisor.say(FacesFound(job_id, "", 400, 300, (record(200.0), record(400.0))))
    assert desk.tiles() == [(None, True)]
    assert desk.page.face_bar._face.text() == "Face 1 of 2"


def test_a_patch_that_comes_is_laid_over_the_photo_and_goes_with_its_pick(desk: Desk, tmp_path: Path) -> None:
    patch = tmp_path / "patch.png"
    image = QImage(20, 20, QImage.Format.Format_ARGB32)
    image.fill(QColor("red"))
    image.save(str(patch))
    laid: list[int] = []
    taken: list[int] = []
    canvas = desk.page.canvas
    original = canvas.set_patch
    canvas.set_patch = lambda face, *values: (laid.append(face), original(face, *values))  # type: ignore[method-assign]
    desk.screen.patch_gone.connect(taken.append)
    job_id = desk.of(Compose)[0]
    desk.supervisor.say(PatchReady(job_id, str(patch), 5, 5))
    desk.until(lambda: laid)
    QTest.keyClick(desk.page.strip, Key.Key_0)
    assert (laid, taken) == ([1], [1])


def test_several_chosen_faces_share_what_is_set_and_are_restored_together(desk: Desk) -> None:
    desk.library.edits.change(desk.photo_id, lambda _: restored(3), "restore")
    desk.stored()
    page = desk.page
    page.canvas.choose_together([1, 3])
    assert page.restore_face_button.text() == page.restore_face.text() == "Restore 2 face(s)"
    assert page.scope.itemText(1) == "Settings of 2 chosen face(s)"
    page.strength.options_changed.emit(RestoreOptions(strength=0.3, candidates=6))
    faces = desk.stored().faces
    assert [face.options and face.options.candidates for face in faces] == [6, None, 6]
    assert page.scope.currentIndex() == 1
    page.restore_face.trigger()
    (job,) = (job for job in desk.supervisor.jobs.values() if isinstance(job, Restore))
    assert job.faces == (faces[0].record, faces[2].record)
    assert job.options.candidates == 6
    page.scope.setCurrentIndex(0)
    page.scope.activated.emit(0)
    assert [face.options for face in desk.stored().faces] == [None, None, None]
    page.canvas.choose_together([])
    assert page.restore_face_button.text() == "Restore this face"
    assert page.scope.itemText(1) == "Settings of this face only"


def test_settings_are_saved_under_a_name_and_used_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("Wedding", True))
    desk.work.set_options(RestoreOptions(strength=0.3, candidates=6))
    desk.page.save_preset.trigger()
    desk.work.set_options(RestoreOptions())
    desk.stored()
    row = desk.page.presets.findText("Wedding")
    assert row > 0
    desk.page.presets.activated.emit(row)
    assert desk.stored().options == RestoreOptions(strength=0.3, candidates=6)


def test_saved_settings_go_to_a_file_and_come_back_from_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, presets = tmp_path / "wedding.json", desk.library.catalogue.presets
    preset = Preset("Wedding", RestoreOptions(strength=0.3))
    desk.library.tell(presets.save(preset))
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_, **__: ("Wedding", True))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    desk.page.export_preset.trigger()
    desk.until(file.exists)
    desk.library.tell(presets.delete("Wedding"))
    desk.page.import_preset.trigger()
    assert presets.all() == []  # the file is read on another thread
    desk.until(lambda: presets.all() == [preset])


def test_a_version_with_its_original_is_shown_large_only_where_both_pictures_are_there(desk: Desk) -> None:
    desk.page.strip.tile_shown_large.emit(1)  # no picture of the photo has come
    assert not desk.page.large.isVisible()
    desk.page.strip.tile_shown_large.emit(-1)
    assert not desk.page.large.isVisible()


def test_leaving_the_photo_empties_the_page(desk: Desk) -> None:
    desk.page.spread.setChecked(True)
    desk.work.close()
    bare = replace(PhotoEdit())
    assert desk.work.edit == bare
    assert not desk.page.spread.isChecked()


def test_a_stroke_over_what_is_painted_already_does_not_hide_the_next_undo(desk: Desk) -> None:
    canvas = desk.page.canvas
    picture = QImage(300, 300, QImage.Format.Format_RGBA8888)
    picture.fill(QColor("grey"))
    canvas.set_photo(picture)
    canvas.set_patch(1, picture, 0, 0, 1.0)
    desk.until(lambda: canvas._scene.composition.patch(1) is not None)
    painted = QImage(8, 8, QImage.Format.Format_RGB888)
    painted.fill(QColor("red"))
    desk.work.set_brush(1, painted, 0, 0)
    desk.until(lambda: desk.stored().faces[0].blend.brush is not None)
    patch = canvas._scene.composition.patch(1)
    assert patch is not None
    desk.until(lambda: patch.brush is not None)
    canvas.brush_changed.emit(1, painted, 0, 0)
    desk.stored()
    desk.work.undo_stack.undo()
    assert desk.stored().faces[0].blend.brush is None
    desk.until(lambda: patch.brush is None)
