"""What a worker said to the edit."""

from __future__ import annotations

import pytest
from jobs_records import candidate, face, record
from msgspec.structs import replace

from desktop_app.album.records import Candidate, FaceEdit, PhotoEdit
from desktop_app.jobs.results import face_ids, with_best, with_candidate, with_faces
from engine.protocol import BestChosen, CandidateReady, FaceRecord, FacesFound, NoisePart, RestoreOptions


def found(*records: FaceRecord) -> FacesFound:
    return FacesFound("1", "", 1000, 1000, records)


def ready(made: Candidate) -> CandidateReady:
    return CandidateReady("1", 0, made.recipe.index, made.path, made.recipe)


def test_faces_of_a_new_photo() -> None:
    edit, ids = with_faces(PhotoEdit(), found(record(100), record(200)))
    assert edit == PhotoEdit((face(1), face(2)), faces_known=True)
    assert ids == (1, 2)


def test_no_face_is_an_answer_too() -> None:
    assert with_faces(PhotoEdit(), found()) == (PhotoEdit(faces_known=True), ())


def test_a_face_found_again_keeps_its_id_and_what_was_decided() -> None:
    """The ignored one takes the new place, as nothing belongs to the old."""
    before = PhotoEdit((face(4, ignored=True), face(7)), faces_known=True)
    again = found(record(705), record(405), record(100))
    edit, ids = with_faces(before, again)
    assert ids == (7, 4, 8)
    assert edit.faces == (
        replace(before.faces[1], record=again.faces[0]),
        replace(before.faces[0], record=again.faces[1]),
        FaceEdit(8, again.faces[2]),
    )


@pytest.mark.parametrize(
    "kept",
    [face(1, origin="drawn"), face(1, origin="moved"), face(1, candidates=(candidate(0),), picked=candidate(0).path)],
    ids=["drawn", "moved", "restored"],
)
def test_a_place_that_something_belongs_to_stays(kept: FaceEdit) -> None:
    assert with_faces(PhotoEdit((kept,)), found(record(103)))[0].faces == (kept,)


@pytest.mark.parametrize(
    ("old", "stays"),
    [
        (face(1), False),
        (face(1, ignored=True), True),
        (face(1, origin="drawn"), True),
        (face(1, candidates=(candidate(0),)), True),
        (face(1, options=RestoreOptions()), True),
    ],
)
def test_a_face_that_is_not_found_again(old: FaceEdit, stays: bool) -> None:
    edit, ids = with_faces(PhotoEdit((old,)), found(record(500)))
    assert ids == (2,)
    assert edit.faces == (FaceEdit(2, record(500)), *([old] if stays else []))


def test_each_face_is_found_again_by_the_nearest_only() -> None:
    """Both new faces are within half a face of the old one."""
    edit, ids = with_faces(PhotoEdit((face(1),)), found(record(115), record(105)))
    assert ids == (2, 1)
    assert [f.record for f in edit.faces] == [record(115), record(105)]


def test_a_large_face_behind_a_small_one_is_another() -> None:
    _, ids = with_faces(PhotoEdit((face(1, record=record(100, 0, 40)),)), found(record(60, -40, 120)))
    assert ids == (2,)


def test_landmarks_in_one_point_match_nothing() -> None:
    point = FaceRecord((0, 0, 1, 1), ((0.0, 0.0),) * 5)
    assert with_faces(PhotoEdit((face(1, record=point, ignored=True),)), found(point))[1] == (2,)


def test_faces_of_a_job_are_known_by_their_place() -> None:
    edit = PhotoEdit((face(1), face(2), face(3, origin="moved")))
    assert face_ids(edit, [face(2).record, face(1).record, record(301)]) == (2, 1, None)


def test_a_candidate_comes_to_its_face_once() -> None:
    edit = PhotoEdit((face(1), face(2)))
    for made in (candidate(0), candidate(1), candidate(0)):
        edit = with_candidate(edit, 1, ready(made))
    assert edit == PhotoEdit((face(1, candidates=(candidate(0), candidate(1))), face(2)))


def test_a_candidate_of_a_face_that_is_gone_or_was_moved() -> None:
    edit = PhotoEdit((face(1, record=record(130), origin="moved"),))
    assert with_candidate(edit, 1, ready(candidate(0))) is edit
    assert with_candidate(edit, 2, ready(candidate(0))) is edit


def test_the_best_is_marked_and_picked_where_the_original_is_shown() -> None:
    before = PhotoEdit((face(1, candidates=(candidate(0), candidate(1, best=True))),))
    (after,) = with_best(before, 1, BestChosen("1", 0, 0), RestoreOptions()).faces
    assert [c.best for c in after.candidates] == [True, False]
    assert after.picked == candidate(0).path


def test_a_pick_of_the_user_stays() -> None:
    before = PhotoEdit((face(1, candidates=(candidate(0), candidate(1)), picked=candidate(1).path),))
    (after,) = with_best(before, 1, BestChosen("1", 0, 0), RestoreOptions()).faces
    assert after.picked == candidate(1).path


def test_the_best_is_among_those_of_its_job() -> None:
    """The same index under another seed, and the same seed again with another strength: the latest counts."""
    others = (candidate(0, seed=5), candidate(0), replace(candidate(0, start_step=200), path="/store/new.png"))
    (after,) = with_best(PhotoEdit((face(1, candidates=others),)), 1, BestChosen("1", 0, 0), RestoreOptions()).faces
    assert [c.best for c in after.candidates] == [False, False, True]


@pytest.mark.parametrize("options", [RestoreOptions(first_index=4), RestoreOptions(like=(NoisePart(0, 0, 0.85),))])
def test_among_added_candidates_none_is_best(options: RestoreOptions) -> None:
    edit = PhotoEdit((face(1, candidates=(candidate(0, best=True), candidate(4))),))
    assert with_best(edit, 1, BestChosen("1", 0, 4), options) is edit


def test_a_best_that_never_came() -> None:
    edit = PhotoEdit((face(1),))
    assert with_best(edit, 1, BestChosen("1", 0, 0), RestoreOptions()) is edit
    assert with_best(edit, 2, BestChosen("1", 0, 0), RestoreOptions()) is edit
