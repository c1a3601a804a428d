"""Exporting, from the question how to the folder with the new files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QElapsedTimer, QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop_app.album import export_plan
from desktop_app.album.records import Change, JobState, Photo, PhotoEdit, QueuedJob
from desktop_app.jobs.queue import NOT_THE_PHOTOS_FAULT
from desktop_app.settings import ExportSettings, SettingsFile
from desktop_app.ui.export.export_dialog import ExportDialog
from desktop_app.ui.export.export_progress import ExportProgressDialog
from desktop_app.ui.theme import Theme
from desktop_app.work.library import Library
from desktop_app.work.runner import Runner
from engine.base.errors import AlbumenError

_TIME_LEFT_MS = 500
"""How often the time left is worked out, which reads the whole queue."""


class ExportFlow(QObject):
    """One export at a time has a progress dialog; all of them are in the queue as well."""

    failed = Signal(object)
    """AlbumenError."""

    def __init__(self, window: QWidget, theme: Theme, library: Library, runner: Runner, settings: SettingsFile) -> None:
        super().__init__(window)
        self._window, self._theme, self._library, self._runner = window, theme, library, runner
        self._settings = settings
        self._progress: ExportProgressDialog | None = None
        self._photos: dict[int, Photo] = {}
        self._left: set[int] = set()
        self._jobs: dict[int, int] = {}
        """The photo of each job of this export."""
        self._seconds_left: float | None = None
        self._since_asked = QElapsedTimer()
        self._exported = 0
        self._cancelled = False
        self._folder = Path()
        self._beside = ""
        """The folder that is proposed where none was chosen."""
        runner.progressed.connect(self._on_progressed)
        runner.exported.connect(self._on_exported)
        runner.job_ended.connect(self._on_ended)
        library.changed.connect(self._on_changed)

    def start(self, ids: Sequence[int]) -> None:
        """Ask how the photos shall be exported, and do it."""
        chosen = [(photo, self._library.edits.edit(photo.id)) for photo in self._library.photos(ids)]
        if not chosen:
            return
        without = sum(not any(face.picked and not face.ignored for face in edit.faces) for _, edit in chosen)
        settings = self._settings.current.export
        self._beside = str(chosen[0][0].path.parent / "Albumen")
        if not settings.folder:
            settings = msgspec.structs.replace(settings, folder=self._beside)
        dialog = ExportDialog(settings, len(chosen), without, self._examples(chosen), self._window)
        dialog.export_wanted.connect(lambda wanted: self._export(chosen, wanted))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _examples(self, chosen: list[tuple[Photo, PhotoEdit]]) -> Callable[[ExportSettings], Sequence[str]]:
        def examples(settings: ExportSettings) -> Sequence[str]:
            plan = _plan_settings(settings)
            return [export_plan.example(plan, photo, edit) for photo, edit in chosen[:2]]

        return examples

    def _export(self, chosen: list[tuple[Photo, PhotoEdit]], settings: ExportSettings) -> None:
        beside = not self._settings.current.export.folder and settings.folder == self._beside
        self._settings.change(export=msgspec.structs.replace(settings, folder="") if beside else settings)
        try:
            plan = _plan_settings(settings)
            originals = [photo.path for photo in self._library.catalogue.photos.below(plan.folder)]
            jobs = export_plan.plan(chosen, plan, originals)
        except AlbumenError as error:
            self.failed.emit(error)
            return
        self._folder = Path(settings.folder)
        self._photos = {photo.id: photo for photo, _ in chosen}
        self._left = set(self._photos)
        self._exported, self._cancelled = 0, False
        if self._progress is not None:
            self._progress.close()
            self._progress.deleteLater()
        self._progress = ExportProgressDialog(self._theme, len(jobs), self._window)
        self._progress.cancel_wanted.connect(self._on_cancel)
        self._progress.folder_wanted.connect(self._on_folder)
        self._progress.open()
        self._runner.export([(photo.id, job) for (photo, _), job in zip(chosen, jobs, strict=True)])
        queued = [job for job in self._runner.queue.jobs() if job.kind == "export" and job.photo_id in self._left]
        self._jobs = {job.id: job.photo_id for job in queued}
        self._seconds_left = None
        self._since_asked.invalidate()
        if not self._jobs:
            self._give_up(self._left)  # they could not be put into the queue

    def _on_progressed(self, job_id: int, stage: str, fraction: float, seconds_left: float | None) -> None:
        if self._progress is None or not self._left:
            return
        photo_id = self._jobs.get(job_id)
        if photo_id in self._left:
            done = len(self._photos) - len(self._left)
            name = self._photos[photo_id].path.name
            if not self._since_asked.isValid() or self._since_asked.elapsed() > _TIME_LEFT_MS:
                self._seconds_left = self._runner.seconds_left
                self._since_asked.start()
            self._progress.show_progress(done, (done + fraction) / len(self._photos), name, self._seconds_left)

    def _on_exported(self, photo_id: int, path: str) -> None:
        if photo_id in self._left and path:
            self._exported += 1

    def _on_ended(self, job: QueuedJob, error: AlbumenError | None) -> None:
        if self._progress is None or job.kind != "export" or job.photo_id not in self._left:
            return
        self._left.discard(job.photo_id)
        if error is not None:
            self._progress.add_failure(self._photos[job.photo_id].path.name, error)
            if error.kind in NOT_THE_PHOTOS_FAULT:  # the others wait in the queue until they are resumed
                self._left.clear()
        self._show_left()

    def _on_changed(self, change: Change) -> None:
        """Jobs that were cancelled in the queue, and those of photos that were removed, never end by themselves."""
        if not self._left or not (change.jobs or change.removed):
            return
        ours = set(change.jobs) & set(self._jobs)
        jobs = self._runner.queue.jobs() if ours else []
        cancelled = {job.photo_id for job in jobs if job.id in ours and job.state is JobState.CANCELLED}
        self._give_up(self._left & (cancelled | set(change.removed)))

    def _give_up(self, photos: set[int]) -> None:
        if photos:
            self._cancelled = True
            self._left -= photos
            self._show_left()

    def _show_left(self) -> None:
        if self._progress is not None:
            done = len(self._photos) - len(self._left)
            self._progress.show_progress(done, done / len(self._photos))
            if not self._left:
                self._progress.show_end(self._exported, self._cancelled)

    def _on_cancel(self) -> None:
        for photo_id in list(self._left):
            for job in self._runner.of_photo(photo_id):
                if job.kind == "export":
                    self._runner.cancel(job.id)
        self._give_up(set(self._left))

    def _on_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))


def _plan_settings(settings: ExportSettings) -> export_plan.ExportSettings:
    return export_plan.ExportSettings(
        folder=Path(settings.folder),
        template=settings.template,
        format=settings.format,
        quality=settings.quality,
        longest_px=settings.longest_px,
        location=settings.location,
    )
