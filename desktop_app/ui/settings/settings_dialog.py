"""The settings dialog: every change holds at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QTabWidget, QWidget

from desktop_app.album.candidate_store import CandidateStore
from desktop_app.settings import Settings
from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.settings.folders_tab import FoldersTab
from desktop_app.ui.settings.tabs import AppearanceTab, PhotosTab, RestoringTab, SettingsTab, StorageTab
from engine.protocol import ModelInfo, Ready


class SettingsDialog(Dialog):
    """Edits `Settings`; what takes time (usage of the disk, models, device) is shown when it is known."""

    settings_changed = Signal(object)
    folder_wanted = Signal(str)
    """Show a folder in the system's file manager."""
    store_chosen = Signal(str)
    """A folder for the versions of faces; empty: the usual one."""
    clean_up_wanted = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setWindowTitle(self.tr("Settings"))
        self._appearance, self._restoring = AppearanceTab(), RestoringTab()
        self._storage, self._photos, self._folders = StorageTab(), PhotosTab(), FoldersTab()
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.tabBar().setAccessibleName(self.tr("Groups of settings"))
        self._tabs.tabBar().setDrawBase(False)
        for tab, name in (
            (self._appearance, self.tr("Appearance")),
            (self._restoring, self.tr("Restoring")),
            (self._storage, self.tr("Storage")),
            (self._photos, self.tr("Photos")),
            (self._folders, self.tr("Folders")),
        ):
            self._tabs.addTab(_Scrolled(tab), name)
        self.content.addWidget(self._tabs, 1)
        self.add_button(self.tr("Close"), self.accept, primary=True)
        self.resize(620, 560)
        self._connect()
        self.show_settings(settings)

    def show_tab(self, number: int) -> None:
        """Bring a tab to the front: 0 appearance, 1 restoring, 2 storage, 3 photos, 4 folders."""
        self._tabs.setCurrentIndex(number)

    def show_settings(self, settings: Settings) -> None:
        """Show settings without telling a change."""
        for tab in self._all_tabs:
            tab.show_settings(settings)

    def show_ready(self, ready: Ready) -> None:
        """Say what the worker for restoring found to work with."""
        self._restoring.show_ready(ready)

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer these models where they can be used."""
        self._restoring.show_models(models)

    def show_usage(self, store_bytes: int, thumbnails_bytes: int) -> None:
        """Say how much of the disk is taken; also after `clean_up_wanted` was answered."""
        self._storage.show_usage(store_bytes, thumbnails_bytes)

    def show_folders(self, store: CandidateStore, library: Path, logs: Path) -> None:
        """Show where everything is kept."""
        self._folders.show_folders(store, library, logs)

    def show_moving(self, done: int, total: int) -> None:
        """Tell how many files were moved to the folder that was chosen."""
        self._folders.show_moving(done, total)

    @property
    def _all_tabs(self) -> tuple[SettingsTab, ...]:
        return self._appearance, self._restoring, self._storage, self._photos, self._folders

    def _connect(self) -> None:
        for tab in self._all_tabs:
            tab.settings_changed.connect(self._on_changed)
        self._folders.folder_wanted.connect(self.folder_wanted)
        self._folders.store_chosen.connect(self.store_chosen)
        self._storage.clean_up_wanted.connect(self.clean_up_wanted)

    def _on_changed(self, settings: Settings) -> None:
        for tab in self._all_tabs:
            tab.show_settings(settings)
        self.settings_changed.emit(settings)


class _Scrolled(QScrollArea):
    """A tab that is never cut off on the right, and scrolls where the screen is low."""

    def __init__(self, tab: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tab = tab
        self.setWidget(tab)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        beside = self.verticalScrollBar().sizeHint().width()
        return hint.expandedTo(QSize(self._tab.minimumSizeHint().width() + beside, 0))
