"""Photos come in by files and folders, are read once, and what cannot be read is told and does not stop the rest."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from work_helpers import Bench, WaitUntil

from desktop_app.album.records import Change, PhotoState, Query
from desktop_app.engine_link.supervisor import LinkSettings, Supervisor
from desktop_app.work.importer import Importer, Report
from desktop_app.work.library import Library
from engine.base.errors import (
    AlbumenError,
    DiskFull,
    NotTheSamePhoto,
    PhotoDamaged,
    PhotoMissing,
    PhotoNotAnImage,
    WorkerGivenUp,
)
from engine.protocol import PhotoRead, ReadPhoto


class Desk:
    """An importer over the bench, and what it told."""

    def __init__(self, bench: Bench, library: Library | None = None) -> None:
        self.bench = bench
        self.library = library or bench.library
        self.importer = Importer(self.library, bench.supervisor, bench.paths)  # type: ignore[arg-type]
        self.reports: list[Report] = []
        self.progress: list[tuple[int, int]] = []
        self.importer.finished.connect(self.reports.append)
        self.importer.progressed.connect(lambda done, total: self.progress.append((done, total)))

    def read(self, job_id: str, content: str | None = None) -> None:
        """The worker reads a photo; its content is its name unless said."""
        job = self.bench.supervisor.jobs[job_id]
        assert isinstance(job, ReadPhoto)
        sha256 = (content or Path(job.photo).name).encode().hex().ljust(64, "0")[:64]
        size = Path(job.photo).stat().st_size if Path(job.photo).exists() else 0
        thumbnail = f"{job.folder}/{sha256}.jpg"
        self.bench.supervisor.say(PhotoRead(job_id, sha256, size, 60, 40, "jpeg", None, thumbnail))
        self.bench.supervisor.finish(job_id)

    def read_all(self) -> None:
        """Until the import is finished."""
        supervisor = self.bench.supervisor
        self.bench.wait_until(lambda: supervisor.ids or not self.importer.busy)
        while supervisor.ids or self.importer.busy:
            while supervisor.ids:
                self.read(supervisor.ids[0])
            self.bench.wait_until(lambda: supervisor.ids or not self.importer.busy)

    def names(self, query: Query | None = None) -> list[str]:
        return [photo.path.name for photo in self.library.photos(self.library.ids(query or Query()))]


@pytest.fixture
def desk(bench: Bench) -> Iterator[Desk]:
    desk = Desk(bench)
    yield desk
    desk.importer.close()


def write(path: Path, content: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content or path.name)
    return path


def kinds(report: Report) -> list[str]:
    return [error.kind for error in report.errors]


def test_folders_come_in_with_all_below_them(desk: Desk, tmp_path: Path) -> None:
    for name in ("a.jpg", "sub/b.png", "sub/deeper/c.TIF", "sub/notes.txt", ".hidden/d.jpg"):
        write(tmp_path / "photos" / name)
    desk.importer.add([tmp_path / "photos"])
    desk.read_all()
    assert sorted(desk.names()) == ["a.jpg", "b.png", "c.TIF"]
    assert [(len(r.added), r.duplicates, r.errors) for r in desk.reports] == [(3, 0, [])]
    assert desk.progress[-1] == (3, 3)


def test_files_go_into_the_album_they_were_dropped_on(desk: Desk, tmp_path: Path) -> None:
    album = desk.library.create_album("Wedding")
    desk.importer.add([write(tmp_path / "a.jpg"), write(tmp_path / "b.jpg")], album)
    desk.read_all()
    assert desk.names(Query(album=album)) == ["a.jpg", "b.jpg"]


def test_few_jobs_are_given_out_at_once_so_that_a_patch_comes_between(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / f"{n}.jpg") for n in range(9)])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    assert len(desk.bench.supervisor.ids) == 3
    desk.read(desk.bench.supervisor.ids[0])
    assert len(desk.bench.supervisor.ids) == 3
    desk.read_all()
    assert len(desk.names()) == 9


def test_the_same_content_comes_in_once(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / "a.jpg"), write(tmp_path / "copy.jpg")])
    desk.bench.wait_until(lambda: len(desk.bench.supervisor.ids) == 2)
    for job_id in list(desk.bench.supervisor.ids):
        desk.read(job_id, content="the same")
    desk.read_all()
    assert desk.names() == ["a.jpg"]
    (report,) = desk.reports
    assert (len(report.added), report.duplicates, report.errors) == (1, 1, [])


def test_the_same_file_again_is_a_duplicate(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg")
    desk.importer.add([path])
    desk.read_all()
    desk.importer.add([path])
    desk.read_all()
    assert [(len(r.added), r.duplicates) for r in desk.reports] == [(1, 0), (0, 1)]


def test_the_content_of_a_removed_photo_is_no_duplicate(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / "a.jpg")])
    desk.read_all()
    desk.library.remove(desk.library.ids(Query()))
    desk.importer.add([write(tmp_path / "b.jpg")])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    desk.read(desk.bench.supervisor.ids[0], content="a.jpg")
    desk.read_all()
    assert desk.names() == ["b.jpg"]
    assert [(len(r.added), r.duplicates) for r in desk.reports] == [(1, 0), (1, 0)]


def test_what_cannot_be_read_is_told_and_marked_and_the_rest_goes_on(desk: Desk, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.jpg")
    desk.importer.add([bad, write(tmp_path / "good.jpg"), write(tmp_path / "letter.txt"), tmp_path / "gone.jpg"])
    desk.bench.wait_until(lambda: len(desk.bench.supervisor.ids) == 2)
    desk.bench.supervisor.fail(desk.bench.supervisor.ids[0], PhotoDamaged(path=bad))
    desk.read_all()
    (report,) = desk.reports
    assert sorted(kinds(report)) == sorted([PhotoDamaged.kind, PhotoNotAnImage.kind, PhotoMissing.kind])
    (failed,) = desk.library.photos(desk.library.ids(Query(states=frozenset({PhotoState.FAILED}))))
    assert (failed.path, failed.error_kind, failed.error_arguments["path"]) == (bad, PhotoDamaged.kind, str(bad))


def test_a_file_gone_before_it_is_read_is_missing_and_read_when_it_is_there_again(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg")
    desk.importer.add([path])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    path.unlink()
    desk.bench.supervisor.fail(desk.bench.supervisor.ids[0], PhotoMissing(path=path))
    desk.bench.wait_until(lambda: not desk.importer.busy)
    assert desk.names(Query(missing=True)) == ["a.jpg"]
    write(path)
    desk.importer.resume()
    desk.read_all()
    (photo,) = desk.library.photos(desk.library.ids(Query()))
    assert (photo.missing, photo.width, photo.state) == (False, 60, PhotoState.NEW)


def test_a_worker_that_is_given_up_is_no_photos_fault(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / "a.jpg")])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    desk.bench.supervisor.fail(desk.bench.supervisor.ids[0], WorkerGivenUp(role="imaging", times=3, detail=""))
    desk.bench.wait_until(lambda: desk.reports)
    assert kinds(desk.reports[0]) == [WorkerGivenUp.kind]
    assert desk.names(Query(states=frozenset({PhotoState.NEW}))) == ["a.jpg"]
    desk.importer.resume()
    desk.read_all()
    assert desk.library.photos(desk.library.ids(Query()))[0].sha256


def test_a_full_disk_while_reading_is_told_and_the_photo_stays_unread(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Change:
        raise DiskFull(path=tmp_path)

    desk.importer.add([write(tmp_path / "a.jpg")])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    with monkeypatch.context() as patch:
        patch.setattr(desk.library.catalogue.photos, "set_read", full)
        desk.read_all()
    assert kinds(desk.reports[0]) == [DiskFull.kind]
    desk.importer.resume()
    desk.read_all()
    assert desk.library.photos(desk.library.ids(Query()))[0].width == 60


def test_what_was_not_read_is_read_after_a_restart(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / f"{n}.jpg") for n in range(5)])
    desk.bench.wait_until(lambda: len(desk.bench.supervisor.ids) == 3)
    desk.read(desk.bench.supervisor.ids[0])
    desk.importer.close()
    desk.bench.supervisor.jobs.clear()
    again = Desk(desk.bench, desk.bench.reopened())
    again.importer.resume()
    again.bench.wait_until(lambda: again.bench.supervisor.ids)
    read = {Path(job.photo).name for job in again.bench.supervisor.jobs.values()}  # type: ignore[union-attr]
    assert "0.jpg" not in read
    again.read_all()
    assert all(photo.sha256 for photo in again.library.photos(again.library.ids(Query())))
    again.importer.close()


def test_a_failed_photo_is_not_tried_again_by_itself(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / "a.jpg")])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    desk.bench.supervisor.fail(desk.bench.supervisor.ids[0], PhotoDamaged(path=tmp_path / "a.jpg"))
    desk.importer.resume()
    desk.bench.wait_until(lambda: not desk.importer.busy)
    assert desk.bench.supervisor.ids == []
    desk.importer.read_again(desk.library.ids(Query()))
    desk.read_all()
    assert desk.library.photos(desk.library.ids(Query()))[0].state is PhotoState.NEW


def test_cancel_leaves_the_rest_unread_and_what_comes_after_it_is_read(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / "first" / f"{n}.jpg") for n in range(9)])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    desk.importer.cancel()
    desk.importer.add([write(tmp_path / "second" / "new.jpg")])
    desk.read_all()
    read = [photo.path.name for photo in desk.library.photos(desk.library.ids(Query())) if photo.sha256]
    assert read == ["new.jpg"]
    assert len(desk.bench.supervisor.cancelled) == 3


def test_what_a_walk_found_before_it_was_cancelled_is_not_read(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / f"{n}.jpg") for n in range(3)])
    desk.importer._pool.waitForDone()  # its signals wait in the event loop
    desk.importer.cancel()
    desk.bench.wait_until(lambda: not desk.importer.busy)
    assert desk.bench.supervisor.ids == []
    assert len(desk.names()) == 3


def test_a_photo_removed_while_it_is_read_is_read_when_it_comes_back(desk: Desk, tmp_path: Path) -> None:
    desk.importer.add([write(tmp_path / "a.jpg")])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    desk.library.remove(desk.library.ids(Query()))
    desk.read_all()
    assert desk.names() == []
    desk.library.undo_stack.undo()
    desk.read_all()
    assert desk.library.photos(desk.library.ids(Query()))[0].width == 60


def test_a_changed_file_is_read_anew_and_a_missing_one_marked(desk: Desk, tmp_path: Path) -> None:
    changed, gone = write(tmp_path / "changed.jpg"), write(tmp_path / "gone.jpg")
    desk.importer.add([changed, gone])
    desk.read_all()
    changed.write_text("something longer than before")
    gone.unlink()
    desk.importer.resume()
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    assert [job.photo for job in desk.bench.supervisor.jobs.values()] == [str(changed)]  # type: ignore[union-attr]
    desk.read_all()
    assert desk.names(Query(missing=True)) == ["gone.jpg"]


def test_relinking_takes_only_the_same_content(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", "the same")
    desk.importer.add([path])
    desk.bench.wait_until(lambda: desk.bench.supervisor.ids)
    real_sha256 = hashlib.sha256(b"the same").hexdigest()
    job_id = desk.bench.supervisor.ids[0]
    desk.bench.supervisor.say(PhotoRead(job_id, real_sha256, 8, 60, 40, "jpeg", None, "/t.jpg"))
    desk.bench.supervisor.finish(job_id)
    (photo_id,) = desk.library.ids(Query())
    path.unlink()
    desk.importer.resume()
    desk.bench.wait_until(lambda: desk.library.ids(Query(missing=True)))
    desk.importer.relink(photo_id, write(tmp_path / "other.jpg", "another"))
    desk.bench.wait_until(lambda: not desk.importer.busy)
    assert kinds(desk.reports[-1]) == [NotTheSamePhoto.kind]
    desk.importer.relink(photo_id, tmp_path / "nowhere.jpg")
    desk.bench.wait_until(lambda: not desk.importer.busy)
    assert kinds(desk.reports[-1]) == [PhotoMissing.kind]
    desk.importer.relink(photo_id, write(tmp_path / "moved.jpg", "the same"))
    desk.bench.wait_until(lambda: desk.names() == ["moved.jpg"])
    assert desk.library.ids(Query(missing=True)) == []


def test_a_folder_that_moved_is_found_again_whole(desk: Desk, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    desk.importer.add([write(old / "a.jpg"), write(old / "sub" / "b.jpg")])
    desk.bench.wait_until(lambda: len(desk.bench.supervisor.ids) == 2)
    desk.importer.cancel()  # nothing was read: they are found by their names
    desk.bench.wait_until(lambda: not desk.importer.busy)
    shutil.move(old, new)
    desk.importer.resume()
    desk.bench.wait_until(lambda: len(desk.library.ids(Query(missing=True))) == 2)
    desk.bench.supervisor.jobs.clear()
    desk.importer._in_hand.clear()
    (tmp_path / "empty").mkdir()
    desk.importer.relink_folder(old, tmp_path / "empty")
    desk.bench.wait_until(lambda: desk.reports and desk.reports[-1].found == 0)
    desk.importer.relink_folder(old, new)
    desk.read_all()
    assert desk.reports[-1].found == 2
    photos = desk.library.photos(desk.library.ids(Query()))
    assert [(photo.path, photo.missing, photo.width) for photo in photos] == [
        (new / "a.jpg", False, 60),
        (new / "sub" / "b.jpg", False, 60),
    ]


def test_the_real_worker_reads_photos_and_tells_the_bad_one(
    bench: Bench, tmp_path: Path, wait_until: WaitUntil
) -> None:
    Image.new("RGB", (60, 40), "sienna").save(tmp_path / "a.jpg")
    shutil.copy(tmp_path / "a.jpg", tmp_path / "copy.jpg")
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:200])
    supervisor = Supervisor(LinkSettings(tmp_path / "logs", bench.paths.home, compute_at_start=False))
    importer = Importer(bench.library, supervisor, bench.paths)
    reports: list[Report] = []
    importer.finished.connect(reports.append)
    importer.add([tmp_path / name for name in ("a.jpg", "copy.jpg", "broken.jpg")])
    wait_until(lambda: reports)
    (report,) = reports
    errors: list[AlbumenError] = report.errors
    assert (len(report.added), report.duplicates, len(errors)) == (2, 1, 1)
    photos = {photo.path.name: photo for photo in bench.library.photos(bench.library.ids(Query()))}
    assert photos["broken.jpg"].state is PhotoState.FAILED
    (good,) = (photo for name, photo in photos.items() if name != "broken.jpg")
    assert (good.width, good.height) == (60, 40)
    assert (bench.paths.thumbnails / good.thumbnail).is_file()
    importer.close()
    gone: list[bool] = []
    supervisor.shutdown(lambda: gone.append(True))
    wait_until(lambda: gone)
