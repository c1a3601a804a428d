"""The queue's jobs are given out in order, and what they make goes into the edits as they stand by then."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from work_helpers import Bench, add_photo, ready, record, restored

from desktop_app.album.records import Change, FaceEdit, JobState, PhotoEdit, PhotoState, QueuedJob
from desktop_app.jobs.queue import NOT_THE_PHOTOS_FAULT
from desktop_app.work.library import Library
from desktop_app.work.photo_work import PhotoWork
from desktop_app.work.runner import Runner
from engine.base.errors import AlbumenError, DiskFull, OutputForbidden, PhotoDamaged
from engine.protocol import (
    BestChosen,
    Export,
    Exported,
    FaceRecord,
    FacesFound,
    FindFaces,
    Preview,
    Progress,
    Restore,
    RestoreOptions,
)

A, B = record(200.0), record(400.0)


class Desk:
    """A runner over the bench with two photos, and what it told."""

    def __init__(self, bench: Bench, library: Library | None = None) -> None:
        self.bench, self.supervisor = bench, bench.supervisor
        self.library = library or bench.library
        self.runner = Runner(self.library, bench.supervisor, bench.paths)  # type: ignore[arg-type]
        self.ended: list[tuple[int, str | None]] = []
        self.failures: list[str] = []
        self.runner.job_ended.connect(self._on_ended)
        self.runner.failed.connect(lambda error: self.failures.append(error.kind))

    def _on_ended(self, job: QueuedJob, error: AlbumenError | None) -> None:
        self.ended.append((job.photo_id, None if error is None else error.kind))

    @property
    def in_hand(self) -> str:
        """The one job that is in hand."""
        (job_id,) = self.supervisor.ids
        return job_id

    def states(self) -> list[JobState]:
        return [job.state for job in self.runner.queue.jobs()]

    def finish(self) -> None:
        self.supervisor.finish(self.in_hand)
        self.bench.stored()

    def found(self, *faces: FaceRecord) -> None:
        self.supervisor.say(FacesFound(self.in_hand, "", 400, 300, faces))

    def edit(self, photo_id: int) -> PhotoEdit:
        self.bench.stored()
        return self.library.catalogue.edits.edit(photo_id)


@pytest.fixture
def photo(bench: Bench, tmp_path: Path) -> int:
    return add_photo(bench.library, tmp_path / "a.jpg")


@pytest.fixture
def other(bench: Bench, tmp_path: Path) -> int:
    return add_photo(bench.library, tmp_path / "b.jpg")


@pytest.fixture
def desk(bench: Bench) -> Desk:
    return Desk(bench)


def known(desk: Desk, photo_id: int, *faces: FaceRecord) -> None:
    """The photo's faces were found."""
    edits = tuple(FaceEdit(n, face) for n, face in enumerate(faces, 1))
    desk.library.edits.change(photo_id, lambda edit: replace(edit, faces=edits, faces_known=True), "find")
    desk.bench.stored()


def test_one_job_at_a_time_in_order_and_what_is_asked_on_the_page_first(desk: Desk, photo: int, other: int) -> None:
    desk.runner.find([photo, other])
    assert desk.supervisor.jobs[desk.in_hand] == FindFaces(str(desk.library.catalogue.photos.photo(photo).path))
    known(desk, photo, A)
    desk.runner.restore_faces(photo, [1])
    desk.finish()
    assert isinstance(desk.supervisor.jobs[desk.in_hand], Restore)
    desk.finish()
    assert isinstance(desk.supervisor.jobs[desk.in_hand], FindFaces)
    desk.finish()
    assert not desk.runner.busy
    assert desk.states() == [JobState.DONE] * 3


def test_an_export_does_not_wait_behind_a_restore(desk: Desk, photo: int) -> None:
    desk.runner.find([photo])
    desk.runner.export([(photo, Export("/p", (), "/o.jpg"))])
    assert [type(job) for job in desk.supervisor.jobs.values()] == [FindFaces, Export]


def test_what_is_found_and_made_becomes_the_photos_edit(desk: Desk, photo: int) -> None:
    desk.runner.restore([photo])
    desk.found(A, B)
    for index in (0, 1):
        for face, where in enumerate((A, B)):
            desk.supervisor.say(ready(desk.in_hand, face, index, where))
    desk.supervisor.say(BestChosen(desk.in_hand, 1, 1))
    desk.finish()
    edit = desk.edit(photo)
    assert [(face.id, len(face.candidates)) for face in edit.faces] == [(1, 2), (2, 2)]
    assert [face.picked for face in edit.faces] == [None, "/store/360.0-1.png"]
    assert desk.library.catalogue.photos.photo(photo).state is PhotoState.RESTORED
    assert desk.ended == [(photo, None)]


def test_a_job_counts_as_done_only_when_what_it_made_is_on_disk(desk: Desk, photo: int) -> None:
    seen: list[int] = []

    def look(change: Change) -> None:
        if change.jobs and desk.states() == [JobState.DONE]:
            seen.append(len(desk.library.catalogue.edits.edit(photo).faces))

    desk.library.changed.connect(look)
    desk.runner.find([photo])
    desk.found(A, B)
    desk.supervisor.finish(desk.in_hand)
    desk.bench.wait_until(lambda: not desk.runner.busy)
    assert seen == [2]


def test_what_the_user_does_meanwhile_is_not_lost(desk: Desk, photo: int) -> None:
    known(desk, photo, A, B)
    work = PhotoWork(desk.library, desk.bench.paths)
    work.open(photo)
    desk.runner.restore_faces(photo, None)
    desk.supervisor.say(ready(desk.in_hand, 0, 0, A))
    work.pick(1, "/store/160.0-0.png")
    desk.supervisor.say(ready(desk.in_hand, 1, 0, B))  # comes before the pick is on disk
    work.ignore_face(2, True)
    desk.supervisor.say(ready(desk.in_hand, 0, 1, A))
    desk.supervisor.say(BestChosen(desk.in_hand, 0, 1))
    edit = desk.edit(photo)
    assert [(len(face.candidates), face.picked, face.ignored) for face in edit.faces] == [
        (2, "/store/160.0-0.png", False),  # the best is picked only where nobody chose
        (1, None, True),
    ]
    work.close()


def test_candidates_of_a_face_that_was_moved_meanwhile_are_left_out(desk: Desk, photo: int) -> None:
    known(desk, photo, A, B)
    work = PhotoWork(desk.library, desk.bench.paths)
    work.open(photo)
    desk.runner.restore_faces(photo, None)
    work.move_face(1, record(230.0))
    desk.supervisor.say(ready(desk.in_hand, 0, 0, A))
    desk.supervisor.say(ready(desk.in_hand, 1, 0, B))
    assert [len(face.candidates) for face in desk.edit(photo).faces] == [0, 1]
    work.close()


def test_a_face_moved_while_the_job_waited_gets_nothing_of_another(desk: Desk, photo: int, other: int) -> None:
    desk.runner.find([other])
    known(desk, photo, A, B)
    desk.runner.restore([photo])
    work = PhotoWork(desk.library, desk.bench.paths)
    work.open(photo)
    work.move_face(1, record(230.0))
    desk.finish()
    desk.supervisor.say(ready(desk.in_hand, 0, 0, A))
    desk.supervisor.say(ready(desk.in_hand, 1, 0, B))
    assert [len(face.candidates) for face in desk.edit(photo).faces] == [0, 1]
    work.close()


def test_a_face_drawn_while_faces_are_looked_for_keeps_its_place(desk: Desk, photo: int) -> None:
    work = PhotoWork(desk.library, desk.bench.paths)
    work.open(photo)
    desk.runner.find([photo])
    work.add_face(B)
    desk.found(A)
    desk.finish()
    faces = {face.id: (face.origin, face.record.landmarks) for face in desk.edit(photo).faces}
    assert faces == {1: ("drawn", B.landmarks), 2: ("found", A.landmarks)}
    work.close()


def test_only_faces_without_versions_are_restored_of_a_selection(desk: Desk, photo: int) -> None:
    desk.library.edits.change(photo, lambda _: restored(2), "restore")
    desk.bench.stored()
    desk.runner.restore([photo])
    assert desk.supervisor.ids == []
    bare = replace(restored(1).faces[0], id=3, record=record(600.0), candidates=(), picked=None)
    desk.library.edits.change(photo, lambda edit: replace(edit, faces=(*edit.faces, bare)), "draw_face")
    desk.runner.restore([photo])
    job = desk.supervisor.jobs[desk.in_hand]
    assert isinstance(job, Restore)
    assert job.faces == (bare.record,)


def test_a_photo_asked_for_twice_is_restored_once(desk: Desk, photo: int, other: int) -> None:
    desk.runner.restore([photo])
    desk.runner.restore([photo, other])
    assert sorted(job.photo_id for job in desk.runner.queue.jobs()) == sorted([photo, other])


def test_further_versions_have_noises_of_their_own(desk: Desk, photo: int) -> None:
    desk.library.edits.change(photo, lambda _: restored(1, candidates=3, picked=1), "restore")
    desk.runner.try_others(photo, 1)
    others = desk.supervisor.jobs[desk.in_hand]
    assert isinstance(others, Restore)
    assert (others.options.first_index, others.options.like) == (3, ())  # 0, 1 and 2 are there
    desk.finish()
    desk.runner.more_like(photo, 1)
    alike = desk.supervisor.jobs[desk.in_hand]
    assert isinstance(alike, Restore)
    assert alike.options.first_index == 3
    assert [part.index for part in alike.options.like] == [1]


def test_settings_of_the_window_hold_as_long_as_a_photo_has_none(desk: Desk, photo: int) -> None:
    desk.runner.defaults = RestoreOptions(strength=0.3, precision="bf16")
    known(desk, photo, A, B)
    own = RestoreOptions(strength=0.1)
    faces = desk.edit(photo).faces
    changed = (faces[0], replace(faces[1], options=own))
    desk.library.edits.change(photo, lambda edit: replace(edit, faces=changed), "options")
    desk.runner.restore_faces(photo, None)
    desk.runner.restore_faces(photo, [2])
    jobs = [desk.supervisor.jobs[desk.in_hand]]
    while desk.runner.busy:
        desk.finish()
        jobs += desk.supervisor.jobs.values()
    told = {
        (len(job.faces or ()), job.options.strength, job.options.precision) for job in jobs if isinstance(job, Restore)
    }
    assert told == {(1, 0.3, "bf16"), (1, 0.1, "bf16")}


def test_a_failed_job_marks_its_photo_and_the_next_goes_on(desk: Desk, photo: int, other: int) -> None:
    desk.runner.find([photo, other])
    desk.supervisor.fail(desk.in_hand, PhotoDamaged(path="/p"))
    assert desk.library.catalogue.photos.photo(photo).state is PhotoState.FAILED
    assert desk.states() == [JobState.FAILED, JobState.RUNNING]
    assert desk.ended == [(photo, PhotoDamaged.kind)]
    desk.runner.retry_failed()
    desk.finish()
    desk.found(A)
    desk.finish()
    assert desk.states() == [JobState.DONE] * 2
    assert desk.library.catalogue.photos.photo(photo).state is PhotoState.FACES_FOUND


def test_an_error_that_would_meet_all_jobs_lets_them_wait(desk: Desk, photo: int, other: int) -> None:
    assert DiskFull.kind in NOT_THE_PHOTOS_FAULT
    desk.runner.find([photo, other])
    desk.supervisor.fail(desk.in_hand, DiskFull(path="/store"))
    assert desk.states() == [JobState.PAUSED] * 2
    assert desk.supervisor.ids == []
    desk.runner.set_all_paused(False)
    desk.finish()
    desk.finish()
    assert desk.states() == [JobState.DONE] * 2


def test_pausing_a_running_job_gives_it_back_and_resuming_begins_anew(desk: Desk, photo: int) -> None:
    desk.runner.find([photo])
    first = desk.in_hand
    (job,) = desk.runner.queue.jobs()
    desk.runner.set_paused(job.id, True)
    assert (desk.supervisor.cancelled, desk.states()) == ([first], [JobState.PAUSED])
    desk.runner.set_paused(job.id, False)
    assert desk.in_hand != first
    desk.finish()
    assert desk.states() == [JobState.DONE]


def test_a_cancelled_job_tells_nothing_more(desk: Desk, photo: int) -> None:
    desk.runner.restore([photo])
    link_id = desk.in_hand
    desk.runner.cancel_photo(photo)
    desk.supervisor.say(FacesFound(link_id, "", 400, 300, (A,)))
    desk.supervisor.job_failed.emit(link_id, PhotoDamaged(path="/p"))
    assert desk.edit(photo) == PhotoEdit()
    assert (desk.states(), desk.ended) == ([JobState.CANCELLED], [])
    (job,) = desk.runner.queue.jobs()
    desk.runner.retry(job.id)
    assert desk.states() == [JobState.RUNNING]


def test_a_removed_photos_job_stops_and_the_lane_is_free_when_it_comes_back(desk: Desk, photo: int, other: int) -> None:
    desk.runner.find([photo, other])
    first = desk.in_hand
    desk.library.remove([photo])
    assert desk.supervisor.cancelled == [first]
    desk.library.undo_stack.undo()
    assert sorted(desk.states()) == sorted([JobState.CANCELLED, JobState.RUNNING])
    desk.finish()
    assert not desk.runner.busy


def test_after_a_restart_the_running_job_goes_on_and_makes_no_candidate_twice(desk: Desk, photo: int) -> None:
    desk.runner.restore([photo])
    desk.found(A)
    desk.supervisor.say(ready(desk.in_hand, 0, 0, A))
    desk.bench.stored()
    desk.runner.close()
    desk.supervisor.jobs.clear()
    desk.supervisor.blockSignals(True)  # the window is gone
    desk.bench.supervisor = type(desk.supervisor)()
    again = Desk(desk.bench, desk.bench.reopened())
    again.runner.start()
    again.found(A)
    again.supervisor.say(ready(again.in_hand, 0, 0, A))
    again.supervisor.say(ready(again.in_hand, 0, 1, A))
    again.supervisor.finish(again.in_hand)
    again.bench.wait_until(lambda: not again.runner.busy)
    (face,) = again.library.catalogue.edits.edit(photo).faces
    assert [candidate.recipe.index for candidate in face.candidates] == [0, 1]
    (job,) = again.runner.queue.jobs()
    assert (job.state, job.tries) == (JobState.DONE, 2)


def test_a_worker_that_begins_a_job_anew_makes_no_candidate_twice(desk: Desk, photo: int) -> None:
    desk.runner.restore([photo])
    for _ in range(2):
        desk.found(A, B)
        desk.supervisor.say(ready(desk.in_hand, 1, 0, B))
    desk.finish()
    assert [len(face.candidates) for face in desk.edit(photo).faces] == [0, 1]


def test_progress_and_previews_name_the_queues_job_and_the_photos_face(desk: Desk, photo: int) -> None:
    told: list[tuple[object, ...]] = []
    desk.runner.progressed.connect(lambda *values: told.append(values))
    desk.runner.previewed.connect(lambda *values: told.append(values))
    desk.runner.restore([photo])
    desk.found(A)
    (job,) = desk.runner.queue.jobs()
    desk.supervisor.say(Progress(desk.in_hand, "restore", 0.5, 3.0))
    desk.supervisor.say(Preview(desk.in_hand, 0, 0, "/forming.jpg"))
    desk.supervisor.say(Preview(desk.in_hand, 1, 0, "/of no face.jpg"))
    assert told == [(job.id, "restore", 0.5, 3.0), (photo, 1, "/forming.jpg")]


def test_an_exported_photo_counts_as_exported(desk: Desk, photo: int) -> None:
    told: list[tuple[int, str]] = []
    desk.runner.exported.connect(lambda *values: told.append(values))
    desk.runner.export([(photo, Export("/p", (), "/o.jpg"))])
    desk.supervisor.say(Exported(desk.in_hand, "/o.jpg"))
    desk.finish()
    assert told == [(photo, "/o.jpg")]
    assert desk.library.catalogue.photos.photo(photo).state is PhotoState.EXPORTED


def test_a_full_disk_is_told_and_ends_nothing(desk: Desk, photo: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Change:
        raise DiskFull(path="/catalogue")

    with monkeypatch.context() as patch:
        patch.setattr(desk.library.catalogue.queue, "put", full)
        desk.runner.find([photo])
    assert (desk.failures, desk.states()) == ([DiskFull.kind], [])
    desk.runner.find([photo])
    with monkeypatch.context() as patch:
        patch.setattr(desk.library.catalogue.queue, "set_state", full)
        desk.supervisor.finish(desk.in_hand)
    assert desk.failures == [DiskFull.kind] * 2


def test_a_job_whose_end_the_disk_refuses_has_ended_and_is_written_when_the_disk_takes_it(
    desk: Desk, photo: int, other: int
) -> None:
    database = desk.library.catalogue._database
    desk.runner.find([photo, other])
    assert desk.states() == [JobState.RUNNING, JobState.QUEUED]
    database.rows("PRAGMA query_only = ON")  # SQLite refuses every write of this connection from now on
    desk.finish()
    assert desk.ended == [(photo, None)]
    assert desk.failures == [OutputForbidden.kind]  # once, though the next job could not be begun either
    assert desk.states() == [JobState.DONE, JobState.QUEUED]
    assert desk.library.catalogue.queue.all()[0].state is JobState.RUNNING
    desk.runner._write_rest()
    assert (desk.failures, desk.runner.queue.has_unwritten) == ([OutputForbidden.kind], True)
    database.rows("PRAGMA query_only = OFF")
    desk.runner._write_rest()
    assert [job.state for job in desk.library.catalogue.queue.all()] == [JobState.DONE, JobState.RUNNING]
    assert not desk.runner.queue.has_unwritten
    desk.runner.close()
