"""Where things are kept: versions of faces, finished photos, and the work on the photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QWidget

from desktop_app.album.candidate_store import CandidateStore
from desktop_app.settings import Settings
from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.form import in_column, note
from desktop_app.ui.settings.tabs import SettingsTab
from desktop_app.ui.theme import SPACE


class FoldersTab(SettingsTab):
    """Shows each folder, opens it, and lets another one be chosen where that is possible."""

    store_chosen = Signal(str)
    """A folder for the versions of faces; empty: the usual one."""
    folder_wanted = Signal(str)
    """Show a folder in the system's file manager."""

    def __init__(self) -> None:
        super().__init__()
        self._store = _line()
        self._store_note = note()
        self._moving = QProgressBar()
        self._moving.setAccessibleName(self.tr("Moving the versions of faces"))
        self._moving.hide()
        self._usual = _button(self.tr("Use the usual folder"), lambda: self.store_chosen.emit(""))
        self._export, self._beside = _line(), _button(self.tr("Beside each photo"), lambda: self._set_export(""))
        self._open_export = self._opener(self._export)
        self._library, self._logs = _line(), _line()
        change, below = _button(self.tr("Change…"), self._on_change_store), (self._store_note, self._moving)
        opener = self._opener(self._store)
        self._add(self.tr("Versions of faces"), self._store, change, self._usual, opener, below=below)
        change = _button(self.tr("Change…"), self._on_change_export)
        self._add(self.tr("Finished photos"), self._export, change, self._beside, self._open_export)
        self._add(self.tr("Your work and its safety copies"), self._library, self._opener(self._library))
        self._add(self.tr("Log files"), self._logs, self._opener(self._logs))

    def show_folders(self, store: CandidateStore, library: Path, logs: Path) -> None:
        """Show where everything is; a chosen folder that is missing is told."""
        self._store.setText(str(store.folder))
        self._usual.setEnabled(store.folder != store.usual or store.missing is not None)
        text = self.tr("Versions that are there already are moved along while you go on working.")
        if store.missing is not None:
            text = self.tr("{path} is not there now, so new versions are kept here until it is.")
            text = text.format(path=store.missing)
        self._store_note.setText(text)
        self._library.setText(str(library))
        self._logs.setText(str(logs))

    def show_moving(self, done: int, total: int) -> None:
        """Tell how many files were moved to the folder that was chosen."""
        self._moving.setRange(0, max(1, total))
        self._moving.setValue(done)
        self._moving.setVisible(done < total)

    def show_settings(self, settings: Settings) -> None:
        super().show_settings(settings)
        folder = settings.export.folder
        self._export.setText(folder or self.tr("Beside each photo, in a folder named Albumen"))
        self._beside.setEnabled(bool(folder))
        self._open_export.setEnabled(bool(folder))

    def _add(self, name: str, line: QLineEdit, *buttons: QPushButton, below: tuple[QWidget, ...] = ()) -> None:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for button in buttons:
            button.setAccessibleName(f"{button.text()} ({name})")
            row.addWidget(button)
        row.addStretch()
        self.form.add_field(name, in_column(line, holder, *below), line)

    def _opener(self, line: QLineEdit) -> QPushButton:
        return _button(self.tr("Open"), lambda: self.folder_wanted.emit(line.text()))

    def _set_export(self, folder: str) -> None:
        self._change(export=msgspec.structs.replace(self._settings.export, folder=folder))

    def _on_change_store(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Where shall versions of faces be kept?"))
        if folder:
            self.store_chosen.emit(folder)

    def _on_change_export(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self, self.tr("Where shall finished photos go?"), self._settings.export.folder
        )
        if folder:
            self._set_export(folder)


def _line() -> QLineEdit:
    line = QLineEdit()
    line.setReadOnly(True)
    return line


def _button(text: str, on_click: Callable[[], object]) -> QPushButton:
    button = push_button(text, on_click)
    button.setAutoDefault(False)
    return button
