"""Candidates follow the folder that was chosen for them, while jobs run, over restarts, and when a disk is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from work_helpers import Bench, add_photo, candidate, record, restored

from desktop_app.album.candidate_store import FOLDER
from desktop_app.album.records import PhotoState
from desktop_app.paths import Paths
from desktop_app.settings import SettingsFile
from desktop_app.work.runner import Runner
from desktop_app.work.store_keeper import StoreKeeper
from engine.base.errors import PhotoMissing
from engine.protocol import CandidateReady, Export, Pick, Restore


class Desk:
    """A keeper whose usual folder holds three candidates of one photo; `keeper` again is another start."""

    def __init__(self, bench: Bench, photo_id: int) -> None:
        self.bench, self.photo_id = bench, photo_id
        self.keepers: list[StoreKeeper] = []
        self.failures: list[str] = []
        self.moved: list[tuple[int, int]] = []
        self.paths = bench.paths
        self.start()

    def start(self) -> None:
        """As another start of the program."""
        self.paths = Paths(self.bench.paths.home)
        self.settings = SettingsFile(self.paths.settings)
        self.runner = Runner(self.bench.library, self.bench.supervisor, self.paths)  # type: ignore[arg-type]
        self.keeper = StoreKeeper(self.paths.candidates, self.settings, self.runner, self.bench.library)
        self.keeper.failed.connect(lambda error: self.failures.append(error.kind))
        self.keeper.progressed.connect(lambda done, total: self.moved.append((done, total)))
        self.keepers.append(self.keeper)
        self.keeper.start()


NAMES = ["1-0.json", "1-0.png", "1-1.png", "1-2.png"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def desk(bench: Bench, tmp_path: Path) -> Iterator[Desk]:
    bench.paths.store.mkdir(parents=True)
    for name in NAMES:
        (bench.paths.store / name).write_text(name)
    photo_id = add_photo(bench.library, tmp_path / "a.jpg")
    bench.library.edits.change(photo_id, lambda _: restored(1), "restore")
    bench.stored()
    desk = Desk(bench, photo_id)
    yield desk
    for keeper in desk.keepers:
        keeper.close()


def test_candidates_move_to_a_chosen_folder_and_back(desk: Desk, tmp_path: Path) -> None:
    usual, chosen = desk.paths.store, tmp_path / "disk" / FOLDER
    desk.keeper.choose(str(tmp_path / "disk"))
    assert desk.paths.store == chosen
    desk.bench.wait_until(lambda: not usual.exists() and not desk.settings.current.stores_before)
    assert names(chosen) == NAMES
    assert desk.moved[0] == (0, 4)
    assert desk.moved[-1] == (4, 4)
    assert desk.paths.candidates.locate(candidate(1, 0).path) == str(chosen / "1-0.png")
    desk.start()
    assert desk.paths.store == chosen
    desk.keeper.choose("")
    desk.bench.wait_until(lambda: not chosen.exists() and not desk.settings.current.stores_before)
    assert names(usual) == NAMES
    assert desk.failures == []


def test_what_a_running_job_may_read_is_deleted_only_after_it(desk: Desk, tmp_path: Path) -> None:
    usual = desk.paths.store
    (pick,) = (Pick(record(200.0), face.picked or "") for face in restored(1).faces)
    desk.runner.export([(desk.photo_id, Export(str(tmp_path / "a.jpg"), (pick,), str(tmp_path / "out.png")))])
    (job_id,) = desk.bench.supervisor.ids
    job = desk.bench.supervisor.jobs[job_id]
    assert isinstance(job, Export)
    assert job.picks[0].candidate == str(usual / "1-0.png")  # the catalogue says /store/1-0.png
    desk.keeper.choose(str(tmp_path / "disk"))
    desk.bench.wait_until(lambda: desk.moved and desk.moved[-1] == (4, 4))
    (usual / "1-3.png").write_text("made by a job that ran already")
    assert names(usual) == [*NAMES, "1-3.png"]
    desk.bench.supervisor.finish(job_id)
    desk.bench.wait_until(lambda: not usual.exists())
    assert names(tmp_path / "disk" / FOLDER) == [*NAMES, "1-3.png"]


def test_a_photo_whose_version_is_gone_is_no_bad_photo(desk: Desk, tmp_path: Path) -> None:
    told: list[str] = []
    desk.runner.job_ended.connect(lambda job, error: told.append(error.kind))
    gone = Pick(record(200.0), "/store/9-9.png")
    desk.runner.export([(desk.photo_id, Export(str(tmp_path / "a.jpg"), (gone,), str(tmp_path / "out.png")))])
    desk.bench.supervisor.fail(desk.bench.supervisor.ids[0], PhotoMissing(path="/store/9-9.png"))
    assert told == ["candidate_unreadable"]
    photo = desk.bench.library.photo(desk.photo_id)
    assert photo is not None
    assert photo.state is PhotoState.RESTORED


def test_a_job_that_waited_makes_its_candidates_in_the_folder_chosen_since(desk: Desk, tmp_path: Path) -> None:
    desk.runner.find([desk.photo_id])
    desk.runner.restore_faces(desk.photo_id, [1])
    (first,) = desk.bench.supervisor.ids
    desk.keeper.choose(str(tmp_path / "disk"))
    desk.bench.supervisor.finish(first)
    desk.bench.wait_until(lambda: any(isinstance(j, Restore) for j in desk.bench.supervisor.jobs.values()))
    ((job_id, job),) = desk.bench.supervisor.jobs.items()
    assert isinstance(job, Restore)
    assert job.store == str(tmp_path / "disk" / FOLDER)
    again = candidate(1, 0, record(200.0))
    desk.bench.supervisor.say(CandidateReady(job_id, 0, 0, f"{job.store}/1-0.png", again.recipe))
    desk.bench.stored()
    assert len(desk.bench.library.catalogue.edits.edit(desk.photo_id).faces[0].candidates) == 3  # it was there already


def test_a_disk_that_is_not_plugged_in_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    usual, disk = desk.paths.store, tmp_path / "disk"
    desk.keeper.choose(str(disk))
    desk.bench.wait_until(lambda: not usual.exists())
    disk.rename(tmp_path / "unplugged")
    desk.start()
    assert (desk.paths.store, desk.paths.candidates.missing) == (usual, disk / FOLDER)
    usual.mkdir()
    (usual / "1-9.png").write_text("made meanwhile")
    disk.mkdir()  # the place where the disk is mounted is there, the disk is not
    desk.start()
    assert desk.paths.candidates.missing == disk / FOLDER
    disk.rmdir()
    (tmp_path / "unplugged").rename(disk)
    desk.start()
    desk.bench.wait_until(lambda: not usual.exists())
    assert names(disk / FOLDER) == [*NAMES, "1-9.png"]


def test_a_missing_disk_can_be_done_without(desk: Desk, tmp_path: Path) -> None:
    usual, disk = desk.paths.store, tmp_path / "disk"
    desk.keeper.choose(str(disk))
    desk.bench.wait_until(lambda: not usual.exists())
    disk.rename(tmp_path / "unplugged")
    desk.start()
    told: list[Path | None] = []
    desk.keeper.changed.connect(lambda: told.append(desk.paths.candidates.missing))
    desk.keeper.choose("")
    assert told == [None]
    (tmp_path / "unplugged").rename(disk)
    desk.keeper.use(desk.settings.current)  # any setting
    assert desk.paths.candidates.locate(candidate(1, 0).path) == str(disk / FOLDER / "1-0.png")


def test_where_an_older_folder_is_missing_its_candidates_come_when_it_is_back(desk: Desk, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    desk.keeper.choose(str(first))
    desk.bench.wait_until(lambda: not desk.settings.current.stores_before)
    first.rename(tmp_path / "unplugged")
    desk.start()
    desk.keeper.choose(str(second))
    assert str(first / FOLDER) in desk.settings.current.stores_before
    (tmp_path / "unplugged").rename(first)
    desk.start()
    desk.bench.wait_until(lambda: not (first / FOLDER).exists() and not desk.settings.current.stores_before)
    assert names(second / FOLDER) == NAMES


def test_a_folder_that_cannot_be_made_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    before = desk.settings.current
    desk.keeper.choose(str(tmp_path / "file"))
    assert desk.failures == ["output_forbidden"]
    assert desk.settings.current == before
    shutil.rmtree(desk.paths.store)
    desk.keeper.use(replace(before, theme="dark"))
    assert desk.paths.candidates.missing is None  # the usual folder is made when it is needed
