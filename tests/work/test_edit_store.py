"""Edits are shown at once, stored in their order, and fall back to what is stored where the disk refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from work_helpers import Bench, add_photo, record

from desktop_app.album.records import FaceEdit, PhotoEdit
from desktop_app.work.edit_store import Alter
from engine.base.errors import AlbumenError, OutputForbidden


def with_face(face_id: int) -> Alter:
    def alter(edit: PhotoEdit) -> PhotoEdit:
        others = tuple(face for face in edit.faces if face.id != face_id)
        return replace(edit, faces=(*others, FaceEdit(face_id, record(200.0 * face_id))))

    return alter


def faces(edit: PhotoEdit) -> list[int]:
    return [face.id for face in edit.faces]


@pytest.fixture
def photo(bench: Bench, tmp_path: Path) -> int:
    return add_photo(bench.library, tmp_path / "a.jpg")


def test_changes_are_seen_at_once_and_stored_in_their_order(bench: Bench, photo: int) -> None:
    edits = bench.library.edits
    for n in (1, 2, 3):
        edits.change(photo, with_face(n), "draw_face", {"face": str(n)})
        assert faces(edits.edit(photo)) == list(range(1, n + 1))
    assert edits.is_waiting(photo)
    bench.stored()
    assert not edits.is_waiting(photo)
    stored = bench.library.catalogue.edits
    assert faces(stored.edit(photo)) == [1, 2, 3]
    assert [step.arguments.get("face") for step in stored.steps(photo)] == [None, "1", "2", "3"]


def test_an_edit_that_stays_as_it_is_makes_no_step(bench: Bench, photo: int) -> None:
    altered: list[int] = []
    bench.library.edits.altered.connect(altered.append)
    bench.library.edits.change(photo, lambda edit: edit, "draw_face")
    assert (altered, bench.library.edits.is_waiting(photo)) == ([], False)


def test_closing_waits_until_everything_is_on_disk(bench: Bench, photo: int) -> None:
    for n in range(5):
        bench.library.edits.change(photo, with_face(n), "draw_face")
    bench.library.edits.close()
    assert faces(bench.reopened().catalogue.edits.edit(photo)) == [0, 1, 2, 3, 4]


def test_what_waits_is_kept_where_a_step_before_it_fails(
    bench: Bench, photo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.album import sidecar

    write = sidecar.write

    def refuse_the_second(folder: Path, of: sidecar.Sidecar) -> None:
        if faces(of.edit) == [1, 2]:
            raise OutputForbidden(path=folder)
        write(folder, of)

    monkeypatch.setattr(sidecar, "write", refuse_the_second)
    failed: list[tuple[int, AlbumenError]] = []
    seen: list[list[int]] = []
    edits = bench.library.edits
    edits.failed.connect(
        lambda photo_id, error: (failed.append((photo_id, error)), seen.append(faces(edits.edit(photo))))
    )
    for n in (1, 2, 3):
        edits.change(photo, with_face(n), "draw_face")
    bench.stored()
    assert [(photo_id, error.kind) for photo_id, error in failed] == [(photo, OutputForbidden.kind)]
    assert seen == [[1, 3]]  # from then on the window shows neither more nor less than will be stored
    assert faces(bench.library.catalogue.edits.edit(photo)) == faces(edits.edit(photo)) == [1, 3]


def test_a_change_after_going_back_is_made_to_what_was_gone_to(bench: Bench, photo: int) -> None:
    edits, stored = bench.library.edits, bench.library.catalogue.edits
    edits.change(photo, with_face(1), "draw_face")
    bench.stored()
    edits.change(photo, with_face(2), "draw_face")
    edits.go_to(photo, stored.steps(photo)[1].id)
    assert faces(edits.edit(photo)) == [1]  # seen at once, like any change
    edits.change(photo, with_face(3), "draw_face")
    assert faces(edits.edit(photo)) == [1, 3]
    bench.stored()
    assert faces(edits.edit(photo)) == faces(stored.edit(photo)) == [1, 3]


def test_after_calls_when_all_before_it_is_on_disk_and_at_once_where_nothing_waits(bench: Bench, photo: int) -> None:
    seen: list[list[int]] = []
    stored = bench.library.catalogue.edits
    bench.library.edits.change(photo, with_face(1), "draw_face")
    bench.library.edits.after(lambda: seen.append(faces(stored.edit(photo))))
    assert seen == []
    bench.stored()
    bench.library.edits.after(lambda: seen.append([]))
    assert seen == [[1], []]


def test_a_photo_removed_for_good_meanwhile_is_no_error(bench: Bench, photo: int) -> None:
    failed: list[AlbumenError] = []
    bench.library.edits.failed.connect(lambda _, error: failed.append(error))
    with bench.library.catalogue.together():
        bench.library.edits.change(photo, with_face(1), "draw_face")  # waits for the transaction
        bench.library.catalogue.photos.remove([photo])
        bench.library.catalogue.photos.forget_removed()
    bench.stored()
    assert failed == []


def test_what_the_window_wrote_is_settled_a_moment_later_and_at_the_latest_by_closing(bench: Bench, photo: int) -> None:
    log = bench.paths.library / "catalogue.db-wal"
    with bench.library.catalogue.together():  # as large as it is without anything settled
        bench.library.catalogue.photos.set_rating([photo], 1)
    before = log.stat().st_size
    bench.library.edits.settle_soon()
    bench.library.edits.settle_soon()
    bench.wait_until(lambda: log.stat().st_size > before)  # the commit that waits for the disk
    bench.library.rate([photo], 3)
    bench.library.edits.close()
    assert not bench.library.edits._settling.isActive()
    assert bench.reopened().catalogue.photos.photo(photo).rating == 3
