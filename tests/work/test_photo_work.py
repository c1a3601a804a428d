"""The work on the open photo: stored at once, undoable, and falling back to what is stored."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QColor, QImage
from work_helpers import Bench, add_photo, candidate, record, restored

from desktop_app.album.records import PhotoEdit
from desktop_app.work.photo_work import PhotoWork, _Step
from engine.base.errors import CatalogueNotWritten, OutputForbidden
from engine.protocol import BlendSettings, PhotoRead, RegionOpacity, RestoreOptions


class Desk:
    """A photo open whose two faces have three versions each, the first one picked."""

    def __init__(self, bench: Bench, tmp_path: Path) -> None:
        self.bench, self.library = bench, bench.library
        self.photo = add_photo(bench.library, tmp_path / "a.jpg")
        self.other = add_photo(bench.library, tmp_path / "b.jpg")
        for photo_id in (self.photo, self.other):
            bench.library.edits.change(photo_id, lambda _: restored(2), "restore")
        bench.stored()
        self.work = PhotoWork(bench.library, bench.paths)
        self.opened: list[int | None] = []
        self.told: list[PhotoEdit] = []
        self.failures: list[str] = []
        self.work.opened.connect(lambda photo: self.opened.append(None if photo is None else photo.id))
        self.work.edit_changed.connect(self.told.append)
        self.work.failed.connect(lambda error: self.failures.append(error.kind))
        self.work.open(self.photo)

    def picks(self) -> list[str | None]:
        return [face.picked for face in self.work.edit.faces]

    def stored(self) -> PhotoEdit:
        self.work.finish()
        self.bench.stored()
        return self.library.catalogue.edits.edit(self.photo)

    def actions(self) -> list[str]:
        return [step.action for step in self.work.history()]

    def undo(self) -> None:
        self.work.undo_stack.undo()
        self.bench.stored()

    def redo(self) -> None:
        self.work.undo_stack.redo()
        self.bench.stored()

    def assert_stack_is_the_history(self) -> None:
        """The undo stack leads through every entry from the beginning to where the photo stands."""
        steps = {step.id: step for step in self.work.history()}
        line = [next(step.id for step in steps.values() if step.current)]
        while (parent := steps[line[0]].parent) is not None:
            line.insert(0, parent)
        stack = self.work.undo_stack
        commands = [stack.command(n) for n in range(stack.count())]
        pairs = [(c.before, c.after) for c in commands if isinstance(c, _Step)]
        assert pairs[: stack.index()] == list(itertools.pairwise(line))
        assert all(a[1] == b[0] for a, b in itertools.pairwise(pairs))


@pytest.fixture
def desk(bench: Bench, tmp_path: Path) -> Desk:
    return Desk(bench, tmp_path)


VERSION = [candidate(1, n).path for n in range(3)]


def test_a_pick_shows_at_once_and_is_kept(desk: Desk) -> None:
    desk.work.pick(1, VERSION[2])
    assert desk.picks()[0] == VERSION[2]
    assert desk.told[-1] == desk.work.edit
    assert desk.stored() == desk.work.edit
    desk.work.pick(1, None)
    assert desk.stored().faces[0].picked is None
    assert [(s.action, s.arguments["n"]) for s in desk.work.history()[-2:]] == [("pick", "3"), ("pick_original", "0")]
    desk.work.pick(1, None)  # nothing new
    desk.stored()
    assert desk.actions() == ["beginning", "restore", "pick", "pick_original"]


def test_a_slider_that_moves_is_one_step(desk: Desk) -> None:
    for opacity in (0.9, 0.8, 0.7):
        desk.work.set_blend(1, BlendSettings(opacity=opacity), "blend")
    assert desk.stored().faces[0].blend.opacity == 0.7
    assert desk.actions() == ["beginning", "restore", "blend"]
    desk.assert_stack_is_the_history()
    desk.undo()
    assert desk.work.edit.faces[0].blend.opacity == 1.0
    desk.redo()
    assert desk.work.edit.faces[0].blend.opacity == 0.7


def test_sliders_of_two_faces_and_two_kinds_are_steps_of_their_own(desk: Desk) -> None:
    desk.work.set_blend(1, BlendSettings(opacity=0.9), "blend")
    desk.work.set_blend(2, BlendSettings(opacity=0.9), "blend")
    desk.work.set_blend(2, BlendSettings(opacity=0.9, regions=RegionOpacity(eyes=0.5)), "regions")
    desk.stored()
    assert desk.actions() == ["beginning", "restore", "blend", "blend", "regions"]
    desk.assert_stack_is_the_history()


def test_faces_are_drawn_moved_and_left_out(desk: Desk) -> None:
    desk.work.add_face(record(900.0))
    desk.work.move_face(1, record(250.0))
    desk.work.ignore_face(2, True)
    drawn = desk.work.edit.faces[2]
    assert (drawn.id, drawn.origin, drawn.record) == (3, "drawn", record(900.0))
    moved = desk.work.edit.faces[0]
    assert (moved.origin, moved.candidates, moved.picked) == ("moved", (), None)
    assert desk.stored() == desk.work.edit
    assert desk.work.edit.faces[1].ignored
    for _ in range(3):
        desk.undo()
    assert desk.work.edit == restored(2)


def test_settings_of_a_face_override_the_photos_until_they_follow_again(desk: Desk) -> None:
    desk.work.set_options(RestoreOptions(strength=0.1))
    desk.work.set_options(RestoreOptions(strength=0.4), [2])
    edit = desk.stored()
    assert (edit.options.strength, [face.options for face in edit.faces]) == (
        0.1,
        [None, RestoreOptions(strength=0.4)],
    )
    desk.work.use_photo_options([2])
    assert desk.stored().faces[1].options is None


def painted(colour: str) -> QImage:
    image = QImage(8, 8, QImage.Format.Format_RGB888)
    image.fill(QColor(colour))
    return image


def test_strokes_are_kept_in_their_order_as_files_and_clearing_comes_last(desk: Desk) -> None:
    for colour in ("red", "lime"):
        desk.work.set_brush(1, painted(colour), 5, 6)
    desk.bench.wait_until(lambda: desk.actions().count("brush") == 2)
    brush = desk.stored().faces[0].blend.brush
    assert brush is not None
    assert (brush.x, brush.y) == (5, 6)
    assert Path(brush.path).parent == desk.bench.paths.brushes
    assert QImage(brush.path).pixelColor(3, 3) == QColor("lime")
    desk.work.set_brush(1, painted("red"), 0, 0)
    desk.work.set_brush(1, None, 0, 0)
    desk.bench.wait_until(lambda: desk.actions()[-1] == "clear_brush")
    assert desk.stored().faces[0].blend.brush is None
    desk.assert_stack_is_the_history()


def test_a_blend_keeps_what_is_painted(desk: Desk) -> None:
    desk.work.set_brush(1, painted("red"), 5, 6)
    desk.work.set_blend(1, BlendSettings(opacity=0.5), "blend")  # before the stroke is saved
    desk.bench.wait_until(lambda: "brush" in desk.actions())
    blend = desk.stored().faces[0].blend
    assert blend.brush is not None
    assert blend.opacity == 0.5


def test_a_stroke_belongs_to_its_photo_though_another_is_open_by_then(desk: Desk) -> None:
    desk.work.set_brush(1, painted("red"), 5, 6)
    desk.work.open(desk.other)
    stored = desk.library.catalogue.edits
    desk.bench.wait_until(lambda: stored.edit(desk.photo).faces[0].blend.brush is not None)
    assert stored.edit(desk.other).faces[0].blend.brush is None


def test_a_stroke_that_cannot_be_written_is_told_and_taken_back(desk: Desk) -> None:
    desk.bench.paths.brushes.parent.mkdir(exist_ok=True)
    desk.bench.paths.brushes.write_text("a file where the folder should be")
    desk.told.clear()
    desk.work.set_brush(1, painted("red"), 5, 6)
    desk.bench.wait_until(lambda: desk.failures)
    assert desk.failures == [OutputForbidden.kind]
    assert desk.told[-1] == restored(2)  # the canvas goes back to what holds


def test_undo_and_redo_walk_the_history_also_after_another_start(desk: Desk) -> None:
    desk.work.pick(1, VERSION[1])
    desk.stored()
    desk.work.pick(1, VERSION[2])
    desk.stored()
    desk.assert_stack_is_the_history()
    desk.undo()
    assert desk.picks()[0] == VERSION[1]
    desk.work.close()
    desk.work.open(desk.photo)
    desk.assert_stack_is_the_history()
    assert desk.work.undo_stack.canRedo()
    desk.redo()
    assert desk.picks()[0] == VERSION[2]
    for _ in range(3):
        desk.undo()
    assert desk.work.edit == PhotoEdit()
    assert not desk.work.undo_stack.canUndo()


def test_many_undos_in_a_moment_are_all_done(desk: Desk) -> None:
    for path in (VERSION[1], VERSION[2], None):
        desk.work.pick(1, path)
        desk.stored()
    for _ in range(3):
        desk.work.undo_stack.undo()
    assert desk.stored().faces[0].picked == VERSION[0]
    assert desk.work.undo_stack.index() == 1
    for _ in range(3):
        desk.work.undo_stack.redo()
    assert desk.stored().faces[0].picked is None
    desk.assert_stack_is_the_history()


def test_many_changes_in_a_moment_are_steps_of_their_own(desk: Desk) -> None:
    for path in (VERSION[1], VERSION[2], None):
        desk.work.pick(1, path)
    desk.stored()
    assert desk.actions() == ["beginning", "restore", "pick", "pick", "pick_original"]
    desk.assert_stack_is_the_history()
    desk.undo()
    assert desk.picks()[0] == VERSION[2]


def test_going_back_in_the_history_panel_moves_the_stack_along(desk: Desk) -> None:
    for path in (VERSION[1], VERSION[2]):
        desk.work.pick(1, path)
        desk.stored()
    desk.work.go_to(desk.work.history()[1].id)
    desk.stored()
    assert desk.picks()[0] == VERSION[0]
    desk.assert_stack_is_the_history()
    assert desk.work.undo_stack.canRedo()
    desk.redo()
    assert desk.picks()[0] == VERSION[1]
    desk.work.go_to(desk.work.history()[-1].id)
    desk.stored()
    desk.assert_stack_is_the_history()
    assert not desk.work.undo_stack.canRedo()


def test_a_step_after_going_back_begins_a_branch_and_the_other_stays_in_the_history(desk: Desk) -> None:
    desk.work.pick(1, VERSION[1])
    desk.stored()
    desk.undo()
    desk.work.pick(1, VERSION[2])
    desk.stored()
    desk.assert_stack_is_the_history()
    assert not desk.work.undo_stack.canRedo()
    assert desk.actions() == ["beginning", "restore", "pick", "pick"]
    desk.work.go_to(desk.work.history()[2].id)
    desk.stored()
    assert desk.picks()[0] == VERSION[1]


def test_what_a_job_adds_while_steps_are_undone_goes_onto_where_the_photo_stands(desk: Desk) -> None:
    desk.work.pick(1, VERSION[1])
    desk.stored()
    desk.undo()
    new = candidate(2, 7, record(400.0))

    def alter(edit: PhotoEdit) -> PhotoEdit:
        face = edit.faces[1]
        return replace(edit, faces=(edit.faces[0], replace(face, candidates=(*face.candidates[:3], new))))

    desk.library.edits.change(desk.photo, alter, "restore", {"face": "2"})
    assert len(desk.work.edit.faces[1].candidates) == 4  # shown at once
    desk.stored()
    desk.assert_stack_is_the_history()
    desk.undo()
    assert len(desk.work.edit.faces[1].candidates) == 3
    assert desk.picks()[0] == VERSION[0]


def test_what_cannot_be_stored_is_taken_back_with_a_message(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise CatalogueNotWritten(path="/library", detail="")

    with monkeypatch.context() as patch:
        patch.setattr("desktop_app.album.sidecar.write", refuse)
        desk.work.pick(1, VERSION[2])
        assert desk.picks()[0] == VERSION[2]
        desk.stored()
        assert desk.failures == [CatalogueNotWritten.kind]
        assert desk.picks()[0] == VERSION[0]
        assert desk.told[-1] == desk.stored() == restored(2)
        desk.assert_stack_is_the_history()
        desk.undo()  # the disk refuses this as well: the stack goes back to where the photo stands
        assert desk.failures == [CatalogueNotWritten.kind] * 2
        assert desk.stored() == restored(2)
        desk.assert_stack_is_the_history()
    desk.work.pick(1, VERSION[2])
    assert desk.stored().faces[0].picked == VERSION[2]
    desk.assert_stack_is_the_history()


_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
sys.path.insert(0, sys.argv[1])
from work_helpers import candidate, restored
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.paths import Paths
from desktop_app.work.library import Library
from desktop_app.work.photo_work import PhotoWork
app = QCoreApplication([])
paths = Paths(Path(sys.argv[2]))
library = Library(Catalogue.open(paths.library))
work = PhotoWork(library, paths)
work.open(1)
kinds = []
work.failed.connect(lambda error: kinds.append(error.kind))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
work.pick(1, candidate(1, 2).path)
done = []
library.edits.after(lambda: done.append(1))
while not done:
    app.processEvents()
assert work.edit == library.catalogue.edits.edit(1) == restored(2), work.edit
print(*kinds)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the limit of file sizes is POSIX")
def test_on_a_full_disk_the_page_goes_back_to_what_is_stored(desk: Desk) -> None:
    desk.work.close()
    desk.library.close()
    helpers = str(Path(__file__).parents[1] / "fakes")
    home = str(desk.bench.paths.home)
    ran = subprocess.run([sys.executable, "-c", _FULL_DISK, helpers, home], capture_output=True, text=True, timeout=120)
    assert (ran.stdout.split(), ran.returncode) == (["disk_full"], 0), ran.stderr


def test_another_photo_takes_the_place_of_the_open_one_without_the_page_closing(desk: Desk) -> None:
    desk.work.pick(1, VERSION[2])
    desk.work.open(desk.other)
    assert desk.opened == [desk.photo, desk.other]
    assert desk.work.edit == restored(2)
    desk.work.open(10_000)
    assert desk.work.photo is not None
    assert desk.work.photo.id == desk.other
    assert desk.stored().faces[0].picked == VERSION[2]


def test_a_removed_photo_is_let_go_of(desk: Desk) -> None:
    desk.library.remove([desk.photo])
    assert desk.opened == [desk.photo, None]
    assert (desk.work.photo, desk.work.edit, desk.work.undo_stack.count()) == (None, PhotoEdit(), 0)


def test_another_file_in_the_photos_place_is_opened_anew(desk: Desk, tmp_path: Path) -> None:
    read = PhotoRead("1", "f" * 64, 10, 500, 300, "jpeg", None, "f.jpg")
    desk.library.tell(desk.library.catalogue.photos.set_read(desk.photo, read, 2))
    assert desk.opened == [desk.photo, desk.photo]
    assert desk.work.edit == PhotoEdit()
    desk.assert_stack_is_the_history()
    desk.undo()
    assert desk.work.edit == restored(2)


def test_an_edit_is_told_while_it_is_on_its_way_only_where_the_photo_is_open(desk: Desk) -> None:
    desk.told.clear()
    desk.library.edits.change(desk.other, lambda edit: replace(edit, faces=edit.faces[:1]), "find")
    desk.stored()
    assert desk.told == []


def test_undo_before_the_newest_step_is_stored_undoes_that_step_and_no_other(desk: Desk) -> None:
    desk.work.pick(1, VERSION[0])
    desk.stored()
    desk.work.pick(1, VERSION[1])
    assert desk.library.edits.has_change_waiting(desk.photo)
    desk.work.undo_stack.undo()
    desk.stored()
    assert desk.stored().faces[0].picked == VERSION[0]
    desk.assert_stack_is_the_history()
    desk.redo()
    assert desk.work.edit.faces[0].picked == VERSION[1]


def test_undo_twice_before_the_newest_step_is_stored(desk: Desk) -> None:
    for path in VERSION:
        desk.work.pick(1, path)
        if path != VERSION[2]:
            desk.stored()
    desk.work.undo_stack.undo()
    desk.work.undo_stack.undo()
    desk.stored()
    assert desk.stored().faces[0].picked == VERSION[0]
    desk.assert_stack_is_the_history()
