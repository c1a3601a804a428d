"""The windows that the menu opens: settings, models, about, shortcuts; made when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QRunnable, QThreadPool, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog

import engine
from desktop_app.album import pruning
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.paths import Paths
from desktop_app.settings import Settings, SettingsFile
from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.help.about_dialog import AboutDialog
from desktop_app.ui.help.shortcuts_dialog import ShortcutsDialog
from desktop_app.ui.main.main_window import MainWindow
from desktop_app.ui.models.models_page import ModelsPage
from desktop_app.ui.settings.settings_dialog import SettingsDialog
from desktop_app.ui.theme import Theme
from desktop_app.work.models_work import ModelsWork
from engine.base.errors import AlbumenError
from engine.protocol import ModelInfo, Ready

_MB = 2**20


class Dialogs(QObject):
    """Connects the dialogs with settings, models and the folders."""

    settings_changed = Signal(object)
    """Settings, after they were kept."""
    failed = Signal(object)
    """AlbumenError."""
    store_chosen = Signal(str)
    """A folder for the versions of faces; empty: the usual one."""
    _measured = Signal(int, int)

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        settings: SettingsFile,
        models: ModelsWork,
        paths: Paths,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(window)
        self._window, self._theme, self._settings = window, theme, settings
        self._models, self._paths, self._catalogue = models, paths, catalogue
        self._ready: Ready | None = None
        self._dialog: SettingsDialog | None = None
        self._page: ModelsPage | None = None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        window.settings_wanted.connect(self._on_settings_wanted)
        window.models_wanted.connect(self._on_models_wanted)
        window.about_wanted.connect(lambda: self._show(AboutDialog(theme, engine.__version__, paths.home, window)))
        window.shortcuts_wanted.connect(self._on_shortcuts_wanted)
        models.models_listed.connect(self._on_models_listed)
        models.failed.connect(self.failed)
        self._measured.connect(self._on_measured)

    def show_ready(self, ready: Ready) -> None:
        """Know what compute has to work with."""
        self._ready = ready
        if self._dialog is not None:
            self._dialog.show_ready(ready)

    def show_folders(self) -> None:
        """Show where things are kept, and the settings, as they are by now."""
        if self._dialog is not None:
            self._dialog.show_settings(self._settings.current)
            self._dialog.show_folders(self._paths.candidates, self._paths.library, self._paths.logs)

    def show_moving(self, done: int, total: int) -> None:
        """Tell how many files were moved to the folder that was chosen for versions."""
        if self._dialog is not None:
            self._dialog.show_moving(done, total)

    def prune(self) -> None:
        """Bring the stores below their limits, on another thread; what was picked always stays."""
        self._pool.start(_Pruning(self._catalogue, self._paths, self._settings.current, self._measured.emit))

    def close(self) -> None:
        self._pool.waitForDone()

    def _show(self, dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_settings_wanted(self) -> None:
        dialog = SettingsDialog(self._settings.current, self._window)
        self._dialog = dialog
        dialog.finished.connect(self._on_settings_closed)
        dialog.settings_changed.connect(self._on_settings_changed)
        dialog.folder_wanted.connect(_open)
        dialog.store_chosen.connect(self.store_chosen)
        dialog.clean_up_wanted.connect(self.prune)
        if self._ready is not None:
            dialog.show_ready(self._ready)
        dialog.show_models(self._models.models)
        self.show_folders()
        self._pool.start(_Measuring(self._paths, self._measured.emit))
        self._show(dialog)

    def _on_settings_closed(self) -> None:
        self._dialog = None

    def _on_settings_changed(self, settings: Settings) -> None:
        self._settings.change(**{name: getattr(settings, name) for name in settings.__struct_fields__})
        self.settings_changed.emit(settings)

    def _on_measured(self, store_bytes: int, thumbnails_bytes: int) -> None:
        if self._dialog is not None:
            self._dialog.show_usage(store_bytes, thumbnails_bytes)

    def _on_shortcuts_wanted(self) -> None:
        photo = self.tr("Photo")
        canvas = [
            ("+  −", self.tr("Zoom")),
            ("0", self.tr("Whole photo")),
            ("1", self.tr("Actual size")),
            (self.tr("Space (held)"), self.tr("Show the original")),
            ("[  ]", self.tr("Previous or next face")),
            (self.tr("Ctrl+click"), self.tr("Choose several faces")),
            (self.tr("Shift+Space"), self.tr("Choose this face with others")),
            (self.tr("Esc"), self.tr("End the choice")),
            ("M", self.tr("Move this face")),
            ("B", self.tr("Brush")),
            ("X", self.tr("Change between Show and Hide")),
            (",  .", self.tr("Width of the brush")),
            ("0 … 8", self.tr("Choose the original or a version (in the row of versions)")),
        ]
        album = [
            ("0 … 5", self.tr("Stars")),
            ("P  X  U", self.tr("Flag, reject, neither")),
            (self.tr("Enter"), self.tr("Open the photo")),
        ]
        fixed = [(photo, canvas), (self.tr("Album"), album)]
        self._show(ShortcutsDialog(self._window.shortcut_groups(), fixed, self._window))

    # Models

    def _on_models_wanted(self) -> None:
        page = ModelsPage(self._theme)
        self._page = page
        page.default_chosen.connect(self._on_default_chosen)
        page.import_wanted.connect(lambda path, as_id: self._models.import_file(Path(path), as_id))
        page.check_wanted.connect(self._models.check)
        page.licence_accepted.connect(self._models.accept_licence)
        page.fetch_wanted.connect(self._models.fetch)
        page.fetch_cancelled.connect(self._models.cancel_fetch)
        page.commercial_only_switched.connect(lambda only: self._change(commercial_only=only))
        self._models.checking.connect(page.show_checking)
        self._models.checked.connect(page.show_checked)
        self._models.check_failed.connect(page.show_check_failed)
        self._models.fetching.connect(page.show_fetching)
        self._models.fetch_ended.connect(page.show_fetch_ended)
        self._show_models()
        dialog = Dialog("", self._window)
        dialog.setWindowTitle(self.tr("Models"))
        dialog.content.addWidget(page, 1)
        dialog.add_button(self.tr("Close"), dialog.accept, primary=True)
        dialog.resize(900, 700)
        dialog.finished.connect(self._on_models_closed)
        self._models.list()
        self._show(dialog)

    def _on_models_closed(self) -> None:
        self._page = None

    def _on_models_listed(self, models: tuple[ModelInfo, ...]) -> None:
        self._show_models()
        if self._dialog is not None:
            self._dialog.show_models(models)

    def _show_models(self) -> None:
        if self._page is not None:
            current = self._settings.current
            self._page.show_models(self._models.models, current.options.model, current.commercial_only)

    def _on_default_chosen(self, model_id: str) -> None:
        self._change(options=msgspec.structs.replace(self._settings.current.options, model=model_id, strength=None))

    def _change(self, **values: object) -> None:
        self.settings_changed.emit(self._settings.change(**values))
        self._show_models()


class _Measuring(QRunnable):
    """Counts the bytes of both stores."""

    def __init__(self, paths: Paths, done: Callable[[int, int], object]) -> None:
        super().__init__()
        self._paths, self._done = paths, done

    def run(self) -> None:
        self._done(pruning.usage(self._paths.store), pruning.usage(self._paths.thumbnails))


class _Pruning(_Measuring):
    """Prunes both stores, then counts."""

    def __init__(
        self, catalogue: Catalogue, paths: Paths, settings: Settings, done: Callable[[int, int], object]
    ) -> None:
        super().__init__(paths, done)
        self._catalogue, self._settings = catalogue, settings

    def run(self) -> None:
        with suppress(AlbumenError):  # the next start tries again; nothing depends on it
            with self._catalogue.for_thread() as catalogue:
                pruning.prune_candidates(catalogue, self._paths.store, self._settings.store_limit_mb * _MB)
            pruning.prune_thumbnails(self._paths.thumbnails, self._settings.thumbnails_limit_mb * _MB)
        super().run()


def _open(folder: str) -> None:
    with suppress(OSError):  # it is made with the first file in it
        Path(folder).mkdir(exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(folder))
