"""The progress of an export comes to its end however its jobs do; the queue's button and panel follow the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QWidget
from work_helpers import ScriptedSupervisor, add_photo, restored

from desktop_app.album.records import JobState
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.paths import Paths
from desktop_app.settings import ExportSettings, SettingsFile
from desktop_app.ui.export.export_dialog import ExportDialog
from desktop_app.ui.main.export_flow import ExportFlow
from desktop_app.ui.main.queue_binding import QueueBinding
from desktop_app.ui.queue.job_model import JobPhoto
from desktop_app.ui.queue.queue_button import QueueButton
from desktop_app.ui.queue.queue_panel import QueuePanel
from desktop_app.ui.theme import Theme
from desktop_app.work.library import Library
from desktop_app.work.runner import Runner
from engine.base.errors import DiskFull, PhotoDamaged
from engine.protocol import Export, Exported, Progress


class Desk:
    """Three photos, chosen for export."""

    def __init__(self, theme: Theme, home: Path) -> None:
        self.paths = Paths(home)
        self.library = Library(Catalogue.open(self.paths.library))
        self.supervisor = ScriptedSupervisor()
        self.runner = Runner(self.library, self.supervisor, self.paths)  # type: ignore[arg-type]
        self.photos = [add_photo(self.library, home / name) for name in ("a.jpg", "b.jpg", "c.jpg")]
        self.window = QMainWindow()
        self.settings = SettingsFile(self.paths.settings)
        self.settings.change(export=ExportSettings(folder=str(home / "out")))
        self.flow = ExportFlow(self.window, theme, self.library, self.runner, self.settings)
        self.ends: list[tuple[int, bool]] = []
        self.failed: list[str] = []
        self.flow.failed.connect(lambda error: self.failed.append(error.kind))
        self.panel = QueuePanel(theme, lambda photo_id: JobPhoto(str(photo_id)))
        self.action = QAction("Queue", self.window)
        self.button = QueueButton(theme, self.action)
        self.queue = QueueBinding(self.panel, self.button, self.runner, self.library)

    def start(self) -> None:
        self.flow.start(self.photos)
        (dialog,) = self.window.findChildren(ExportDialog)
        dialog.export_wanted.emit(ExportSettings(folder=str(self.paths.home / "out")))
        progress = self.flow._progress
        assert progress is not None
        show_end = progress.show_end

        def ended(exported: int, cancelled: bool = False) -> None:
            self.ends.append((exported, cancelled))
            show_end(exported, cancelled)

        progress.show_end = ended  # type: ignore[method-assign]

    def export_one(self) -> None:
        (job_id,) = self.supervisor.ids
        job = self.supervisor.jobs[job_id]
        assert isinstance(job, Export)
        self.supervisor.say(Progress(job_id, "compose", 0.5))
        self.supervisor.say(Exported(job_id, job.output))
        self.supervisor.finish(job_id)


@pytest.fixture
def desk(theme: Theme, tmp_path: Path, shown: Callable[[QWidget], None]) -> Iterator[Desk]:
    desk = Desk(theme, tmp_path)
    shown(desk.window)
    yield desk
    desk.library.close()


@pytest.mark.parametrize("chosen", ["Albumen", "elsewhere"])
def test_beside_each_photo_stays_so_unless_another_folder_is_chosen(desk: Desk, chosen: str) -> None:
    desk.settings.change(export=ExportSettings(folder=""))
    desk.flow.start(desk.photos)
    (dialog,) = desk.window.findChildren(ExportDialog)
    folder = str(desk.paths.home / chosen)
    dialog.export_wanted.emit(ExportSettings(folder=folder, format="png"))
    (job,) = desk.supervisor.jobs.values()
    assert isinstance(job, Export)
    assert Path(job.output).parent == Path(folder)
    kept = "" if chosen == "Albumen" else folder
    assert desk.settings.current.export == ExportSettings(folder=kept, format="png")


def test_all_that_is_exported_is_counted_at_the_end(desk: Desk) -> None:
    desk.start()
    for _ in desk.photos:
        assert desk.ends == []
        desk.export_one()
    assert desk.ends == [(3, False)]


def test_a_photo_that_fails_does_not_stop_the_others(desk: Desk) -> None:
    desk.start()
    desk.export_one()
    desk.supervisor.fail(desk.supervisor.ids[0], PhotoDamaged(path="/b.jpg"))
    desk.export_one()
    assert desk.ends == [(2, False)]


def test_cancel_takes_the_jobs_out(desk: Desk) -> None:
    desk.start()
    desk.export_one()
    assert desk.flow._progress is not None
    desk.flow._progress.cancel_wanted.emit()
    assert desk.ends == [(1, True)]
    assert [job.state for job in desk.runner.queue.jobs()] == [JobState.DONE, JobState.CANCELLED, JobState.CANCELLED]


def test_jobs_cancelled_in_the_queue_and_removed_photos_end_it_too(desk: Desk) -> None:
    desk.start()
    desk.export_one()
    desk.runner.cancel(desk.runner.queue.jobs()[1].id)
    assert desk.ends == []
    desk.library.remove(desk.photos[2:])
    assert desk.ends == [(1, True)]


def test_a_full_disk_ends_it_and_leaves_the_rest_in_the_queue(desk: Desk) -> None:
    desk.start()
    desk.export_one()
    desk.supervisor.fail(desk.supervisor.ids[0], DiskFull(path="/out"))
    assert desk.ends == [(1, False)]
    assert [job.state for job in desk.runner.queue.jobs()] == [JobState.DONE, JobState.PAUSED, JobState.PAUSED]


def test_what_cannot_be_put_into_the_queue_ends_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskFull(path="/library")

    monkeypatch.setattr(desk.library.catalogue.queue, "put", full)
    desk.start()
    assert desk.flow._left == set()


def test_picks_that_are_still_on_their_way_to_the_disk_are_exported(desk: Desk) -> None:
    desk.library.edits.change(desk.photos[0], lambda _: restored(2), "restore")
    desk.start()
    job = desk.supervisor.jobs[desk.supervisor.ids[0]]
    assert isinstance(job, Export)
    assert len(job.picks) == 2


def test_the_panel_offers_to_go_on_after_an_error_that_holds_the_queue(desk: Desk) -> None:
    told: list[bool] = []
    show = desk.panel.show_paused
    desk.panel.show_paused = lambda paused: (told.append(paused), show(paused))  # type: ignore[method-assign]
    desk.start()
    desk.supervisor.fail(desk.supervisor.ids[0], DiskFull(path="/out"))
    QTest.qWait(250)
    assert told[-1] is True
    desk.panel.pause_all_wanted.emit(False)
    QTest.qWait(250)
    assert told[-1] is False
    assert len(desk.supervisor.ids) == 1


def test_a_job_taken_back_counts_for_nothing_on_the_button(desk: Desk) -> None:
    told: list[tuple[object, ...]] = []
    desk.button.show_queue = lambda *values: told.append(values)  # type: ignore[method-assign]
    desk.start()
    desk.supervisor.say(Progress(desk.supervisor.ids[0], "compose", 0.9))
    desk.runner.set_paused(desk.runner.queue.jobs()[0].id, True)
    QTest.qWait(250)
    assert told[-1] == (3, 0.0, 0)
