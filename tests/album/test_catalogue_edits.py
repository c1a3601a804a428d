"""The work on a photo: every step kept, undone, taken again and found after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from album_samples import add_read, edit, face, read_of, sha

from desktop_app.album import sidecar
from desktop_app.album.records import Change, PhotoEdit
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.album.store.database import Database
from desktop_app.album.store.edits import Edits
from engine.protocol import BrushMask, RegionOpacity, RestoreOptions

PHOTO = Path("/p/a.jpg")


def actions(catalogue: Catalogue, photo_id: int) -> list[str]:
    return [entry.action for entry in catalogue.edits.history(photo_id)]


def test_an_edit_comes_back_with_everything_in_it(library: Path) -> None:
    whole = face(3, candidates=2, picked=1, opacity=0.7)
    blend = type(whole.blend)(0.7, RegionOpacity(eyes=0.2), BrushMask("/b/1.png", 4, 5), match_grain=False)
    edited = PhotoEdit(
        faces=(type(whole)(3, whole.record, "drawn", True, whole.candidates, whole.picked, blend, RestoreOptions()),),
        options=RestoreOptions(strength=0.25, seed=7),
        faces_known=True,
    )
    with Catalogue.open(library) as catalogue:
        photo_id = add_read(catalogue, PHOTO, "a")
        assert catalogue.edits.edit(photo_id) == PhotoEdit()
        change = catalogue.edits.apply(photo_id, edited, "blend", {"face": "3", "to": "70"})
        assert change == Change(photos=(photo_id,), edits=(photo_id,))
    with Catalogue.open(library) as catalogue:
        assert catalogue.edits.edit(photo_id) == edited
        beginning, entry = catalogue.edits.history(photo_id)
        assert (beginning.action, beginning.edit, beginning.parent) == ("beginning", PhotoEdit(), None)
        assert (entry.action, entry.arguments) == ("blend", {"face": "3", "to": "70"})
        assert (entry.edit, entry.current, entry.parent) == (edited, True, beginning.id)


def test_an_edit_that_changes_nothing_is_no_step(catalogue: Catalogue) -> None:
    photo_id = add_read(catalogue, PHOTO, "a")
    catalogue.edits.apply(photo_id, edit(face()), "find")
    assert not catalogue.edits.apply(photo_id, edit(face()), "find")
    assert actions(catalogue, photo_id) == ["beginning", "find"]


def test_undo_goes_the_way_it_came_also_after_a_branch_and_a_restart(library: Path) -> None:
    states = [edit(face(opacity=n / 10)) for n in range(4)]
    with Catalogue.open(library) as catalogue:
        photo_id = add_read(catalogue, PHOTO, "a")
        for n in (0, 1, 2):
            catalogue.edits.apply(photo_id, states[n], f"step {n}")
        catalogue.edits.undo(photo_id)  # at 1
        catalogue.edits.apply(photo_id, states[3], "step 3")  # made from 1; 2 stays
        assert actions(catalogue, photo_id) == ["beginning", "step 0", "step 1", "step 2", "step 3"]
    with Catalogue.open(library) as catalogue:
        edits = catalogue.edits
        assert not edits.redo(photo_id)
        found = []
        while edits.undo(photo_id):
            found.append(edits.edit(photo_id))
        assert found == [states[1], states[0], PhotoEdit()]
        found = []
        while edits.redo(photo_id):
            found.append(edits.edit(photo_id))
        assert found == [states[0], states[1], states[3]]
        entry = edits.history(photo_id)[3]
        assert edits.go_to(entry.id) == Change(photos=(photo_id,), edits=(photo_id,))
        assert edits.edit(photo_id) == states[2]
        position = edits.position(photo_id)
        assert (position.current, position.undo, position.redo) == (entry.id, entry.parent, None)


def test_moves_of_one_slider_are_one_step(library: Path, catalogue: Catalogue) -> None:
    photo_id = add_read(catalogue, PHOTO, "a")
    time_s = 0.0
    edits = Edits(Database(library / "catalogue.db"), library, lambda: time_s)

    def move(opacity: float, action: str = "blend", face_id: int = 1, sliding: bool = True) -> int:
        state = edit(face(1, 1, 0, opacity))
        edits.apply(photo_id, state, action, {"face": str(face_id)}, sliding=sliding)
        assert edits.edit(photo_id) == state
        return len(edits.history(photo_id)) - 1  # without the beginning

    assert move(0.1) == 1
    time_s = 2.0  # within two seconds of the last move
    assert move(0.2) == 1
    time_s = 4.0
    assert move(0.3) == 1
    time_s = 6.5  # too late
    assert move(0.4) == 2
    assert move(0.5, face_id=2) == 3
    assert move(0.6, action="eyes", face_id=2) == 4
    assert move(0.65, action="eyes", face_id=2) == 4
    assert move(0.7, action="eyes", face_id=2, sliding=False) == 5
    assert move(0.8, action="eyes", face_id=2) == 6
    edits.undo(photo_id)
    assert move(0.9, action="eyes", face_id=2) == 7  # going back ended the slide
    assert edits.picked_candidates() == {"/store/1-0.png"}
    edits._db.close()


def test_what_one_job_made_is_one_step_however_long_it_took(library: Path, catalogue: Catalogue) -> None:
    photo_id = add_read(catalogue, PHOTO, "a")
    time_s = 0.0
    edits = Edits(Database(library / "catalogue.db"), library, lambda: time_s)
    for n, job in enumerate(["1", "1", "2"]):
        time_s += 60
        state = PhotoEdit(options=RestoreOptions(seed=n + 1))
        edits.apply(photo_id, state, "restore", {"face": str(n), "job": job}, sliding=True)
    assert actions(catalogue, photo_id) == ["beginning", "restore", "restore"]
    edits._db.close()


def test_the_sidecar_says_what_the_catalogue_says(library: Path, catalogue: Catalogue) -> None:
    photo_id = add_read(catalogue, PHOTO, "a")
    for n in range(3):
        catalogue.edits.apply(photo_id, edit(face(opacity=n / 10)), "blend", sliding=True)
        found = sidecar.read(library, sha("a"))
        assert found is not None
        assert found.sidecar == catalogue.edits.sidecar(photo_id)
    catalogue.edits.undo(photo_id)
    found = sidecar.read(library, sha("a"))
    assert found is not None
    assert found.sidecar is not None
    assert (found.sidecar.edit, found.sidecar.action) == (PhotoEdit(), "beginning")


def test_work_before_the_file_was_read_gets_its_sidecar_then(library: Path, catalogue: Catalogue) -> None:
    (photo_id,) = catalogue.photos.add([PHOTO]).added
    catalogue.edits.apply(photo_id, edit(face()), "find")
    assert sidecar.files(library) == []
    catalogue.photos.set_read(photo_id, read_of("a"), 1)
    assert sidecar.files(library) == [sidecar.path_of(library, sha("a"))]
    assert catalogue.edits.edit(photo_id) == edit(face())


def test_unknown_photos_and_entries(catalogue: Catalogue) -> None:
    with pytest.raises(LookupError):
        catalogue.edits.apply(7, edit(face()), "find")
    with pytest.raises(LookupError):
        catalogue.edits.go_to(7)
    with pytest.raises(LookupError):
        catalogue.edits.position(7)


def test_picks_anywhere_in_a_history_are_known(catalogue: Catalogue) -> None:
    photo_id = add_read(catalogue, PHOTO, "a")
    catalogue.edits.apply(photo_id, edit(face(1, 3, 0), face(2, 1, 0)), "pick")
    catalogue.edits.apply(photo_id, edit(face(1, 3, 2)), "pick")
    assert catalogue.edits.picked_candidates() == {"/store/1-0.png", "/store/1-2.png", "/store/2-0.png"}
