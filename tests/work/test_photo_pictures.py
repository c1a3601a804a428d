"""The pictures of the open photo: made when something changed, and left out when they come too late."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from work_helpers import Bench, add_photo, candidate, record, restored

from desktop_app.work.photo_pictures import PhotoPictures
from desktop_app.work.photo_work import PhotoWork
from engine.base.errors import PhotoDamaged, PhotoMissing
from engine.protocol import (
    BlendSettings,
    BrushMask,
    Compose,
    PatchReady,
    PhotoShown,
    RegionOpacity,
    ShowPhoto,
    ShowSpread,
)

VERSION = [candidate(1, n).path for n in range(3)]


class Desk:
    """A photo open whose two faces have three versions each, the first one picked."""

    def __init__(self, bench: Bench, tmp_path: Path) -> None:
        self.bench, self.supervisor, self.library = bench, bench.supervisor, bench.library
        self.photo = add_photo(self.library, tmp_path / "a.jpg")
        self.other = add_photo(self.library, tmp_path / "b.jpg")
        self.library.edits.change(self.photo, lambda _: restored(2), "restore")
        bench.stored()
        self.work = PhotoWork(self.library, bench.paths)
        self.screen = PhotoPictures(self.work, bench.supervisor, bench.paths)  # type: ignore[arg-type]
        self.told: list[tuple[object, ...]] = []
        for name in ("picture_shown", "patch_ready", "patch_gone", "spread_ready"):
            getattr(self.screen, name).connect(lambda *values, name=name: self.told.append((name, *values)))
        self.screen.failed.connect(lambda error: self.told.append(("failed", error.kind)))
        self.work.open(self.photo)

    def of(self, kind: type, face_id: int | None = None) -> list[str]:
        """Ids of the jobs in hand of a kind, about a face."""
        return [
            job_id
            for job_id, job in self.supervisor.jobs.items()
            if isinstance(job, kind) and self._about(job, face_id)
        ]

    @staticmethod
    def _about(job: object, face_id: int | None) -> bool:
        if face_id is None or not isinstance(job, Compose):
            return True
        return job.pick.face == record(200.0 * face_id)

    def patch(self, job_id: str, path: str = "/patch.png") -> None:
        """The worker makes a patch."""
        self.supervisor.say(PatchReady(job_id, path, 3, 4))
        self.supervisor.finish(job_id)

    def all_made(self) -> None:
        while self.supervisor.ids:
            job_id = self.supervisor.ids[0]
            if isinstance(self.supervisor.jobs[job_id], ShowPhoto):
                self.supervisor.say(PhotoShown(job_id, "/photo.png", 400, 300))
                self.supervisor.finish(job_id)
            else:
                self.patch(job_id)
        self.told.clear()


@pytest.fixture
def desk(bench: Bench, tmp_path: Path) -> Desk:
    return Desk(bench, tmp_path)


def test_an_opened_photo_gets_its_picture_and_a_patch_for_each_picked_face(desk: Desk) -> None:
    assert [type(job).__name__ for job in desk.supervisor.jobs.values()] == ["ShowPhoto", "Compose", "Compose"]
    (shown,) = desk.of(ShowPhoto)
    desk.supervisor.say(PhotoShown(shown, "/photo.png", 400, 300))
    desk.patch(desk.of(Compose, 2)[0], "/two.png")
    assert desk.told == [("picture_shown", "/photo.png", 400, 300), ("patch_ready", 2, "/two.png", 3, 4)]


def test_only_what_changed_is_made_anew(desk: Desk) -> None:
    desk.all_made()
    desk.work.pick(2, candidate(2, 1, record(400.0)).path)
    desk.bench.stored()
    (job_id,) = desk.supervisor.ids
    job = desk.supervisor.jobs[job_id]
    assert isinstance(job, Compose)
    assert job.pick.candidate == candidate(2, 1).path


def test_opacity_and_brush_need_no_patch_but_regions_and_matching_do(desk: Desk) -> None:
    desk.all_made()
    face = desk.work.edit.faces[0]
    painted = replace(face.blend, opacity=0.4, brush=BrushMask("/brush.png", 0, 0))
    desk.library.edits.change(
        desk.photo,
        lambda edit: replace(edit, faces=(replace(edit.faces[0], blend=painted), *edit.faces[1:])),
        "brush",
    )
    assert desk.supervisor.ids == []
    desk.work.set_blend(1, BlendSettings(opacity=0.4, regions=RegionOpacity(eyes=0.5)), "regions")
    assert len(desk.of(Compose, 1)) == 1
    desk.all_made()
    desk.work.set_blend(1, BlendSettings(opacity=0.4, regions=RegionOpacity(eyes=0.5), match_tone=False), "matching")
    assert len(desk.of(Compose, 1)) == 1


def test_a_face_that_shows_the_original_again_needs_no_patch_and_a_late_one_is_left_out(desk: Desk) -> None:
    late = desk.of(Compose, 1)[0]
    desk.work.pick(1, None)
    desk.work.ignore_face(2, True)
    assert desk.told == [("patch_gone", 1), ("patch_gone", 2)]
    desk.patch(late)
    assert desk.told == [("patch_gone", 1), ("patch_gone", 2)]


def test_a_patch_of_a_version_that_was_left_meanwhile_is_left_out(desk: Desk) -> None:
    late = desk.of(Compose, 1)[0]
    desk.work.pick(1, VERSION[1])
    desk.patch(late)
    assert desk.told == []
    desk.patch(desk.of(Compose, 1)[0], "/right.png")
    assert desk.told == [("patch_ready", 1, "/right.png", 3, 4)]


def test_going_back_and_forth_shows_the_patch_that_is_wanted_in_the_end(desk: Desk) -> None:
    first = desk.of(Compose, 1)[0]
    desk.work.pick(1, VERSION[1])
    desk.work.pick(1, VERSION[0])
    desk.patch(first, "/first.png")  # it is the wanted one again
    assert desk.told[-1:] == [("patch_ready", 1, "/first.png", 3, 4)]
    desk.patch(desk.of(Compose, 1)[0], "/again.png")
    assert desk.of(Compose, 1) == []


def test_while_a_slider_moves_patches_on_the_way_are_shown(desk: Desk) -> None:
    desk.all_made()
    for eyes in (0.9, 0.8, 0.7):
        desk.screen.preview_blend(1, BlendSettings(regions=RegionOpacity(eyes=eyes)))
    (first,) = desk.of(Compose, 1)
    desk.patch(first, "/0.9.png")
    (last,) = desk.of(Compose, 1)  # 0.8 was passed over
    job = desk.supervisor.jobs[last]
    assert isinstance(job, Compose)
    assert job.pick.blend.regions.eyes == 0.7
    desk.patch(last, "/0.7.png")
    assert [entry[2] for entry in desk.told] == ["/0.9.png", "/0.7.png"]
    assert desk.screen._asked == {}


def test_another_photo_cancels_what_was_asked_for_and_takes_nothing_of_it(desk: Desk) -> None:
    before = desk.supervisor.ids
    desk.work.open(desk.other)
    assert desk.supervisor.cancelled == before
    desk.supervisor.job_event.emit(before[1], PatchReady(before[1], "/late.png", 0, 0))
    assert desk.told == []
    assert [type(job).__name__ for job in desk.supervisor.jobs.values()] == ["ShowPhoto"]


def test_a_patch_that_failed_is_told_and_made_again_when_asked_for(desk: Desk) -> None:
    job_id = desk.of(Compose, 1)[0]
    desk.supervisor.fail(job_id, PhotoDamaged(path="/p"))
    assert desk.told == [("failed", PhotoDamaged.kind)]
    assert desk.of(Compose, 1) == []
    desk.work.ignore_face(2, True)  # any change
    assert len(desk.of(Compose, 1)) == 1


@pytest.mark.parametrize(("missing", "kinds"), [(None, ["candidate_unreadable"]), ("/unplugged", [])])
def test_a_version_whose_file_is_gone_is_told_unless_its_disk_was(
    desk: Desk, missing: str | None, kinds: list[str]
) -> None:
    desk.bench.paths.candidates.missing = None if missing is None else Path(missing)
    job_id = desk.of(Compose, 1)[0]
    desk.supervisor.fail(job_id, PhotoMissing(path=VERSION[0]))
    assert [value for name, value in desk.told if name == "failed"] == kinds


def test_spread_is_asked_for_where_versions_can_differ(desk: Desk) -> None:
    desk.all_made()
    desk.screen.show_spread(1)
    (job_id,) = desk.of(ShowSpread)
    desk.patch(job_id, "/spread.png")
    assert desk.told == [("spread_ready", 1, "/spread.png", 3, 4)]
    desk.library.edits.change(desk.photo, lambda _: restored(1, candidates=1), "restore")
    desk.screen.show_spread(1)
    assert desk.of(ShowSpread) == []
