"""Builds the window and everything behind it, once, and wires it together."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QUndoGroup
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

import engine
from desktop_app.album import scan
from desktop_app.album.records import JobState, Query, QueuedJob
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.crash import CrashLog
from desktop_app.engine_link.supervisor import LinkSettings, Supervisor
from desktop_app.i18n import install_language
from desktop_app.logs import start_logging
from desktop_app.paths import Paths
from desktop_app.settings import Settings, SettingsFile
from desktop_app.single import FrontDoor, knock
from desktop_app.ui.album.album_page import AlbumPage
from desktop_app.ui.common.pictures import Pictures
from desktop_app.ui.help.close_dialog import CloseChoice, CloseDialog
from desktop_app.ui.help.crash_dialog import CrashDialog
from desktop_app.ui.main.dialogs import Dialogs
from desktop_app.ui.main.export_flow import ExportFlow
from desktop_app.ui.main.first_steps_binding import FirstStepsBinding
from desktop_app.ui.main.main_window import MainWindow
from desktop_app.ui.main.queue_binding import QueueBinding
from desktop_app.ui.photo.photo_binding import PhotoBinding
from desktop_app.ui.photo.photo_page import PhotoPage
from desktop_app.ui.queue.job_model import JobPhoto
from desktop_app.ui.queue.queue_panel import QueuePanel
from desktop_app.ui.theme import Theme, ThemeChoice
from desktop_app.ui.words import error_text
from desktop_app.work.importer import Importer, Report
from desktop_app.work.library import Library
from desktop_app.work.models_work import ModelsWork
from desktop_app.work.photo_pictures import PhotoPictures
from desktop_app.work.photo_work import PhotoWork
from desktop_app.work.runner import Runner
from desktop_app.work.store_keeper import StoreKeeper
from desktop_app.work.upkeep import Upkeep
from engine.base.errors import AlbumenError, CatalogueDamaged, CatalogueLocked
from engine.base.folders import resources_dir
from engine.protocol import Role

log = logging.getLogger("albumen.app")
_COMPUTE_AFTER_MS = 1500
SAMPLE = "portrait.png"


class App(QObject):
    """The window of one library folder, from its start to its end."""

    def __init__(self, qt: QApplication, paths: Paths, settings: SettingsFile, catalogue: Catalogue) -> None:
        super().__init__(qt)
        self.qt, self.paths, self.settings = qt, paths, settings
        shutil.rmtree(paths.scratch, ignore_errors=True)
        self.theme = Theme(qt, ThemeChoice(settings.current.theme))
        self.library = Library(catalogue, self)
        self.pictures = Pictures(parent=self)
        self.supervisor = Supervisor(link_settings(paths, settings.current), parent=self)
        self.importer = Importer(self.library, self.supervisor, paths, self)
        self.runner = Runner(self.library, self.supervisor, paths, self)
        self.upkeep = Upkeep(self.library, self)
        self.work = PhotoWork(self.library, paths, self)
        self.screen = PhotoPictures(self.work, self.supervisor, paths, self)
        self.undo_group = QUndoGroup(self)
        self.undo_group.addStack(self.library.undo_stack)
        self.undo_group.addStack(self.work.undo_stack)
        self.album = AlbumPage(self.theme, self.library, self.pictures, paths.thumbnails, settings.current.thumbnail_px)
        self.photo = PhotoPage(self.theme)
        self.window = MainWindow(
            self.theme, self.album, self.photo, QueuePanel(self.theme, self._job_photo), self.undo_group
        )
        self.binding = PhotoBinding(
            self.photo, self.work, self.screen, self.runner, self.library, self.pictures, paths.thumbnails
        )
        self.queue = QueueBinding(self.window.queue, self.window.queue_button, self.runner, self.library)
        self.exporting = ExportFlow(self.window, self.theme, self.library, self.runner, settings)
        self.first_steps = FirstStepsBinding(self.window.first_steps, self.library, settings)
        self.models = ModelsWork(self.supervisor, self)
        self.dialogs = Dialogs(self.window, self.theme, settings, self.models, paths, catalogue)
        self.keeper = StoreKeeper(paths.candidates, settings, self.runner, self.library, self)
        self._compute_timer = QTimer(self)
        self._compute_timer.setSingleShot(True)
        self._compute_timer.timeout.connect(lambda: self.supervisor.try_again("compute"))
        self._line: tuple[int, ...] = ()
        self._leaving = False
        self._in_background = False
        self._connect()
        self._use_settings(settings.current)

    def start(self) -> None:
        """Show the window and let the work begin."""
        self.window.restore_geometry_text(self.settings.current.geometry)
        self.window.show()
        self.show_album()
        self.supervisor.start()
        self._compute_timer.start(_COMPUTE_AFTER_MS)
        self.upkeep.start()
        self.importer.resume()
        self.runner.start()
        self.models.list()
        self.keeper.start()
        self.dialogs.prune()
        self._tell_missing_store()

    def open_photo(self, photo_id: int) -> None:
        """Show one photo on its page; its faces are looked for where they are not known yet."""
        self.work.open(photo_id)
        photo = self.work.photo
        if photo is None:
            return
        if not self.window.is_photo_shown:
            self._line = self.album.model.ids
        self.undo_group.setActiveStack(self.work.undo_stack)
        self.window.setWindowTitle(f"{photo.path.name} – Albumen")
        self.window.show_photo_page()
        self.album.grid.select(photo_id)
        if not self.work.edit.faces_known and not self.runner.of_photo(photo_id) and not photo.missing:
            self.runner.find([photo_id], front=True)

    def show_album(self) -> None:
        """Back to the grid."""
        self.work.close()
        self.undo_group.setActiveStack(self.library.undo_stack)
        self.window.show_album_page()

    def come_to_front(self) -> None:
        """Show the window, also one that was closed while jobs are finished in the background."""
        self._in_background = False
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        self.window.messages.show_info(self.tr("Albumen is open already."))

    def offer_crash_log(self, text: str) -> None:
        """Show what went wrong the last time; nothing is sent anywhere."""
        dialog = CrashDialog(text, self.window)
        dialog.folder_wanted.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.paths.logs))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def shut_down(self) -> None:
        """Let everything end: the window's own threads, then the workers, then the program."""
        if self._leaving:
            return
        self._leaving = True
        self.settings.change(geometry=self.window.geometry_text(), thumbnail_px=self.album.grid.side_px)
        self._compute_timer.stop()
        self.runner.close()
        self.importer.close()
        self.work.close()
        self.work.finish()
        self.pictures.close()
        self.photo.canvas.clear()
        self.dialogs.close()
        self.upkeep.close()
        self.keeper.close()
        self.supervisor.shutdown(self._on_workers_gone)

    def _on_workers_gone(self) -> None:
        self.library.close()
        self.qt.quit()

    def _connect(self) -> None:
        album, photo, window = self.album, self.photo, self.window
        album.photo_opened.connect(self.open_photo)
        album.files_dropped.connect(self.importer.add)
        album.import_wanted.connect(self._on_import_wanted)
        album.folder_wanted.connect(self._on_folder_wanted)
        album.sample_wanted.connect(self._on_sample_wanted)
        album.restore_wanted.connect(self.runner.restore)
        album.find_wanted.connect(self.runner.find)
        album.export_wanted.connect(self.exporting.start)
        album.relink_wanted.connect(self._on_relink_wanted)
        album.folder_shown.connect(self._on_folder_shown)
        photo.closed.connect(self.show_album)
        photo.photo_stepped.connect(self._on_photo_stepped)
        photo.export_wanted.connect(self._on_export_photo)
        self.importer.finished.connect(self._on_import_finished)
        self.importer.progressed.connect(self._on_import_progressed)
        self.runner.job_ended.connect(self._on_job_ended)
        self.runner.stalled.connect(self._on_stalled)
        self.supervisor.worker_lost.connect(self._on_worker_lost)
        for source in (self.library, self.binding, self.runner, self.exporting, self.dialogs, self.upkeep, self.keeper):
            source.failed.connect(self._on_failed)
        self.library.edits.failed.connect(self._on_edit_failed)
        self.upkeep.recovered.connect(lambda change: self.importer.read_again(change.added))
        self.models.models_listed.connect(self.binding.options.show_models)
        self.supervisor.device_known.connect(self.dialogs.show_ready)
        self.dialogs.settings_changed.connect(self._use_settings)
        self.dialogs.store_chosen.connect(self.keeper.choose)
        self.keeper.changed.connect(self.dialogs.show_folders)
        self.keeper.progressed.connect(self.dialogs.show_moving)
        self.library.changed.connect(lambda _: self._leave_when_done())
        self.work.opened.connect(self._on_opened)
        window.find_missing_wanted.connect(self._on_find_missing)
        photo.strip.tile_picked.connect(lambda _: self.first_steps.picked())
        window.close_allowed = self._close_allowed
        window.closed.connect(self.shut_down)

    def _job_photo(self, photo_id: int) -> JobPhoto:
        photo = self.library.photo(photo_id)
        if photo is None:
            return JobPhoto("")
        picture = self.pictures.get(self.paths.thumbnails / photo.thumbnail) if photo.thumbnail else None
        return JobPhoto(photo.path.name, picture)

    def _on_worker_lost(self, role: Role, error: AlbumenError) -> None:
        if self.supervisor.state(role) == "given_up":
            self._on_failed(error)
        else:
            self.window.messages.show_error(
                self.tr("A part of Albumen stopped. It was started again, and the work goes on.")
            )

    def _on_failed(self, error: AlbumenError) -> None:
        self.window.messages.show_error(error_text(error))

    def _on_edit_failed(self, photo_id: int, error: AlbumenError) -> None:
        if self.work.photo is None or self.work.photo.id != photo_id:  # of the open one its page tells
            self._on_failed(error)

    def _on_opened(self, photo: object) -> None:
        if photo is None and self.window.is_photo_shown and not self._leaving:
            self.show_album()  # the photo was removed

    def _on_photo_stepped(self, step: int) -> None:
        """Along the photos as they were shown when the page was opened; work on one may take it out of the list."""
        if self.work.photo is None or self.work.photo.id not in self._line:
            return
        at = self._line.index(self.work.photo.id)
        following = self._line[at + 1 :] if step > 0 else self._line[:at][::-1]
        neighbour = next((i for i in following if self.library.photo(i) is not None), None)
        if neighbour is not None:
            self.open_photo(neighbour)

    def _on_export_photo(self) -> None:
        if self.work.photo is not None:
            self.exporting.start([self.work.photo.id])

    def _tell_missing_store(self) -> None:
        missing = self.paths.candidates.missing
        if missing is not None:
            text = self.tr(
                "{path}, the folder for versions of faces, is not there (perhaps its disk is not plugged in), so new "
                "ones are kept on this computer until it is; nothing is lost."
            )
            self.window.messages.show_error(text.format(path=missing))

    # Photos in

    def _on_import_wanted(self, album_id: int | None) -> None:
        endings = " ".join(f"*{ending} *{ending.upper()}" for ending in sorted(scan.ENDINGS))
        names, _ = QFileDialog.getOpenFileNames(
            self.window, self.tr("Add photos"), "", self.tr("Photos ({endings})").format(endings=endings)
        )
        if names:
            self.importer.add([Path(name) for name in names], album_id)

    def _on_folder_wanted(self, album_id: int | None) -> None:
        name = QFileDialog.getExistingDirectory(self.window, self.tr("Add a folder and all photos in it"))
        if name:
            self.importer.add([Path(name)], album_id)

    def _on_sample_wanted(self) -> None:
        self.importer.add([resources_dir() / "demo" / SAMPLE])

    def _on_import_progressed(self, done: int, total: int) -> None:
        self.album.show_import(done, total)

    def _on_import_finished(self, report: Report) -> None:
        self.album.show_import(0, 0)
        if report.errors:
            first = error_text(report.errors[0])
            more = len(report.errors) - 1
            self.window.messages.show_error(first + (" " + self.tr("And %n more.", "", more) if more else ""))
        elif report.found is not None:
            found = self.tr("%n missing photo(s) were found again.", "", report.found)
            none = self.tr("None of the missing photos is in that folder.")
            self.window.messages.show_info(found if report.found else none)
        elif report.duplicates and not report.added:
            self.window.messages.show_info(self.tr("%n photo(s) were in the album already.", "", report.duplicates))

    def _on_relink_wanted(self, photo_id: int) -> None:
        photo = self.library.photo(photo_id)
        if photo is None:
            return
        name, _ = QFileDialog.getOpenFileName(self.window, self.tr("Where is {name} now?").format(name=photo.path.name))
        if name:
            self.importer.relink(photo_id, Path(name))

    def _on_find_missing(self) -> None:
        missing = self.library.photos(self.library.ids(Query(missing=True)))
        if not missing:
            self.window.messages.show_info(self.tr("No photo is missing."))
            return
        name = QFileDialog.getExistingDirectory(self.window, self.tr("The folder in which the missing photos are now"))
        for anchor in {photo.path.anchor for photo in missing} if name else ():  # a drive, where there are several
            parents = [photo.path.parent for photo in missing if photo.path.anchor == anchor]
            self.importer.relink_folder(Path(os.path.commonpath(parents)), Path(name))

    def _on_folder_shown(self, photo_id: int) -> None:
        photo = self.library.photo(photo_id)
        if photo is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(photo.path.parent)))

    # What jobs come to

    def _on_job_ended(self, job: QueuedJob, error: AlbumenError | None) -> None:
        opened = self.work.photo
        if error is not None and opened is not None and opened.id == job.photo_id:
            self.window.messages.show_error(error_text(error))

    def _on_stalled(self, job: QueuedJob, seconds: float) -> None:
        if self._in_background:  # nobody is there to be asked, and it must not keep the program for ever
            self.runner.cancel(job.id)
            return
        photo = self.library.photo(job.photo_id)
        name = photo.path.name if photo is not None else ""
        self.window.messages.show_error(
            self.tr("The work on {name} has not moved for a while.").format(name=name),
            self.tr("Stop it"),
            lambda: self.runner.cancel(job.id),
        )

    # The end

    def _close_allowed(self) -> bool:
        """Whether the window may close at once; where jobs run, it asks and closes later."""
        if self._leaving or not self.runner.busy:
            return True
        jobs = [job for job in self.runner.queue.jobs() if job.state in (JobState.QUEUED, JobState.RUNNING)]
        dialog = CloseDialog(len(jobs), self.runner.seconds_left, self.window)
        dialog.choice_made.connect(self._on_close_choice)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return False

    def _on_close_choice(self, choice: CloseChoice) -> None:
        if choice is CloseChoice.BACKGROUND:
            self._in_background = True
            self.work.close()
            self.window.hide()
            self._leave_when_done()
        elif choice is CloseChoice.STOP:
            self.window.hide()
            self.shut_down()

    def _leave_when_done(self) -> None:
        if self._in_background and not self.runner.busy:
            self.shut_down()

    def _use_settings(self, settings: Settings) -> None:
        self.upkeep.beside = settings.sidecar_beside
        self.pictures.keep_at_most(settings.pictures_mb)
        self.keeper.use(settings)
        self.theme.choose(ThemeChoice(settings.theme))
        self.supervisor.configure(link_settings(self.paths, settings))
        self.runner.defaults = msgspec.structs.replace(settings.options, precision=settings.precision)
        self.binding.options.show_models(self.models.models)


def link_settings(paths: Paths, settings: Settings) -> LinkSettings:
    """How the settings want the workers started; compute a moment after the window is there."""
    return LinkSettings(
        log_dir=paths.logs,
        data_dir=paths.home,
        device=settings.device,
        threads=settings.threads or None,
        compute_at_start=False,
    )


def open_catalogue(paths: Paths) -> tuple[Catalogue, AlbumenError | None]:
    """Open the catalogue; a damaged one is set aside and a new one begun, which the error tells."""
    try:
        return Catalogue.open(paths.library), None
    except CatalogueDamaged as damaged:
        return Catalogue.open(paths.library), damaged


def run(arguments: Sequence[str] = ()) -> int:
    """Open the window and stay until it is closed; the exit code."""
    paths = Paths.of_user()
    start_logging(paths.logs)
    settings = SettingsFile(paths.settings)
    qt = QApplication(["albumen", *arguments])
    qt.setApplicationName("Albumen")
    qt.setDesktopFileName("albumen")
    qt.setQuitOnLastWindowClosed(False)
    install_language(qt, settings.current.language)
    try:
        catalogue, damaged = open_catalogue(paths)
    except AlbumenError as error:
        if isinstance(error, CatalogueLocked) and knock(paths.library):
            return 0
        QMessageBox.critical(None, "Albumen", error_text(error))
        return 1
    # Only now, as the file may be that of a window which is open already.
    crash = CrashLog(paths.crash, f"Albumen {engine.__version__}, {platform.platform()}, Python {sys.version}")
    crash.install(lambda text: log.error("%s", text))
    app = App(qt, paths, settings, catalogue)
    app.start()
    FrontDoor(paths.library, app.come_to_front, app)
    signal.signal(signal.SIGTERM, lambda *_: app.shut_down())
    awake = QTimer(app)  # Python hears of a signal only when it runs
    awake.timeout.connect(lambda: None)
    awake.start(500)
    if damaged is not None:
        app.window.messages.show_error(error_text(damaged))
    if crash.of_last_run:
        app.offer_crash_log(crash.of_last_run)
    code = qt.exec()
    crash.close()
    return code
