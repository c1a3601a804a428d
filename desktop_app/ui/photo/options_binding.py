"""Connects the settings for restoring with what is stored: those of the photo, of one face, and the saved ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog

from desktop_app.album.preset_files import export_preset, import_preset
from desktop_app.album.records import Change, FaceEdit, Preset
from desktop_app.ui.photo.photo_page import PhotoPage
from desktop_app.work.file_work import FileWork
from desktop_app.work.library import Library
from desktop_app.work.photo_work import PhotoWork
from desktop_app.work.runner import Runner
from engine.base.errors import AlbumenError
from engine.protocol import ModelInfo, RestoreOptions


class OptionsBinding(QObject):
    """Which settings the panel shows follows from the face that is selected."""

    failed = Signal(object)
    """AlbumenError."""
    _preset_read = Signal(object)

    def __init__(self, page: PhotoPage, work: PhotoWork, runner: Runner, library: Library, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._page, self._work, self._runner, self._library = page, work, runner, library
        self._models: dict[str, ModelInfo] = {}
        self._face: int | None = None
        self._chosen: tuple[int, ...] = ()
        page.strength.options_changed.connect(self._on_options_changed)
        page.scope.activated.connect(self._on_scope_chosen)
        page.presets.activated.connect(self._on_preset_chosen)
        page.save_preset.triggered.connect(self._on_save_preset)
        page.delete_preset.triggered.connect(self._on_delete_preset)
        page.export_preset.triggered.connect(self._on_export_preset)
        page.import_preset.triggered.connect(self._on_import_preset)
        library.changed.connect(self._on_changed)
        self._preset_read.connect(self._on_preset_read)
        self._show_presets()

    def show_models(self, models: tuple[ModelInfo, ...]) -> None:
        """Know the models' defaults and how far their strength goes."""
        self._models = {model.id: model for model in models}
        self._show()

    def show_face(self, face: FaceEdit | None, chosen: Sequence[int] = ()) -> None:
        """Show what a face, or the photo where it is None, is restored with; what is set then is for all `chosen`."""
        self._face = None if face is None else face.id
        self._chosen = tuple(chosen)
        self._show()

    @property
    def _options(self) -> RestoreOptions:
        return self._runner.options_of(self._work.edit, self._current())

    def _current(self) -> FaceEdit | None:
        """The face whose settings are shown: of several chosen ones that which is selected, or the first."""
        shown = self._chosen[0] if self._chosen and self._face not in self._chosen else self._face
        return None if shown is None else self._work.face(shown)

    def _faces(self) -> tuple[int, ...]:
        """The faces that own settings are for."""
        return self._chosen or (() if self._face is None else (self._face,))

    def _show(self) -> None:
        face, options = self._current(), self._options
        self._page.show_chosen(len(self._chosen))
        self._page.scope.setCurrentIndex(1 if face is not None and face.options is not None else 0)
        self._page.strength.show_options(options, self._models.get(options.model))

    def _show_presets(self) -> None:
        presets = self._library.catalogue.presets.all()
        self._page.presets.clear()
        self._page.presets.addItem(self.tr("Saved settings…"), None)
        for preset in presets:
            self._page.presets.addItem(preset.name, preset)
        self._page.delete_preset.setEnabled(bool(presets))
        self._page.export_preset.setEnabled(bool(presets))

    def _on_changed(self, change: Change) -> None:
        if change.presets:
            self._show_presets()

    def _on_options_changed(self, options: RestoreOptions) -> None:
        own = self._chosen or self._page.scope.currentData()
        self._work.set_options(options, self._faces() if own else ())

    def _on_scope_chosen(self) -> None:
        faces = self._faces()
        if not faces:
            return
        if self._page.scope.currentData():
            self._work.set_options(self._options, faces)
        else:
            self._work.use_photo_options(faces)

    def _on_preset_chosen(self, row: int) -> None:
        preset: Preset | None = self._page.presets.itemData(row)
        if preset is not None:
            self._on_options_changed(preset.options)
            self._page.presets.setCurrentIndex(0)

    def _on_save_preset(self) -> None:
        name, ok = QInputDialog.getText(self._page, self.tr("Save settings"), self.tr("Name for these settings"))
        if ok and name.strip():
            self._try(
                lambda: self._library.tell(self._library.catalogue.presets.save(Preset(name.strip(), self._options)))
            )

    def _on_delete_preset(self) -> None:
        preset = self._ask_which(self.tr("Delete saved settings"))
        if preset is not None:
            self._try(lambda: self._library.tell(self._library.catalogue.presets.delete(preset.name)))

    def _on_export_preset(self) -> None:
        preset = self._ask_which(self.tr("Write saved settings to a file"))
        if preset is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self._page, self.tr("Write saved settings to a file"), f"{preset.name}.json", "JSON (*.json)"
        )
        if name:
            self._pool.start(FileWork(lambda: export_preset(preset, Path(name)), self.failed.emit))

    def _on_import_preset(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._page, self.tr("Take settings from a file"), "", "JSON (*.json)")
        if name:
            self._pool.start(FileWork(lambda: self._preset_read.emit(import_preset(Path(name))), self.failed.emit))

    def _on_preset_read(self, preset: Preset) -> None:
        self._try(lambda: self._library.tell(self._library.catalogue.presets.save(preset)))

    def _ask_which(self, title: str) -> Preset | None:
        presets = {preset.name: preset for preset in self._library.catalogue.presets.all()}
        name, ok = QInputDialog.getItem(self._page, title, self.tr("Which settings?"), list(presets), editable=False)
        return presets.get(name) if ok else None

    def _try(self, change: Callable[[], object]) -> None:
        try:
            change()
        except AlbumenError as error:
            self.failed.emit(error)
