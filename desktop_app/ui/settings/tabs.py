"""The tabs of the settings dialog; each edits `Settings` and tells them whole."""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.settings import Settings
from desktop_app.ui.common.amounts import size_text
from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.form import ChoiceBox, Form, in_column, note
from desktop_app.ui.common.labels import label
from desktop_app.ui.models.model_words import is_usable
from desktop_app.ui.photo.strength_panel import StrengthPanel
from desktop_app.ui.theme import SPACE
from engine.protocol import ModelInfo, Ready

_MB = 2**20


class SettingsTab(QWidget):
    """Base of the tabs: `show_settings` shows them without telling a change, `_change` tells one."""

    settings_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._settings = Settings()
        self.form = Form()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, 3 * SPACE, SPACE, SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addLayout(self.form)
        self._below = QVBoxLayout()
        layout.addLayout(self._below)
        layout.addStretch()

    def show_settings(self, settings: Settings) -> None:
        """Show settings without telling a change."""
        self._settings = settings

    def _change(self, **values: object) -> None:
        self._settings = msgspec.structs.replace(self._settings, **values)
        self.settings_changed.emit(self._settings)

    def _add_choice(
        self, name: str, setting: str, choices: Sequence[tuple[str, object]], below: Sequence[QWidget] = ()
    ) -> ChoiceBox:
        box = ChoiceBox(choices)
        box.currentIndexChanged.connect(lambda _: self._change(**{setting: box.currentData()}))
        self.form.add_field(name, in_column(box, *below), box)
        return box


class AppearanceTab(SettingsTab):
    """Theme and language."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = self._add_choice(
            self.tr("Colours"),
            "theme",
            (
                (self.tr("Same as the system"), "system"),
                (self.tr("Light"), "light"),
                (self.tr("Dark"), "dark"),
            ),
        )
        self._language = self._add_choice(
            self.tr("Language"),
            "language",
            (
                (self.tr("Same as the system"), "system"),
                ("English", "en"),
                ("한국어", "ko"),
            ),
            [note(self.tr("The new language is used the next time Albumen opens."))],
        )

    def show_settings(self, settings: Settings) -> None:
        super().show_settings(settings)
        self._theme.choose(settings.theme)
        self._language.choose(settings.language)


class RestoringTab(SettingsTab):
    """What the computer works with, and what a photo begins with."""

    def __init__(self) -> None:
        super().__init__()
        self._in_use = note(self.tr("What is in use is shown here once it is known."))
        self._device = self._add_choice(
            self.tr("Work with"),
            "device",
            (
                (self.tr("The fastest there is"), "auto"),
                (self.tr("Processor"), "cpu"),
                (self.tr("NVIDIA graphics card"), "cuda"),
                (self.tr("Apple graphics"), "mps"),
            ),
            [self._in_use],
        )
        self._precision = self._add_choice(
            self.tr("Precision"),
            "precision",
            (
                (self.tr("As fits the computer"), "auto"),
                (self.tr("Exact (32 bit)"), "fp32"),
                (self.tr("Faster (bf16)"), "bf16"),
                (self.tr("Faster, older graphics cards (fp16)"), "fp16"),
            ),
        )
        cores = [(str(n), n) for n in range(1, (os.cpu_count() or 1) + 1)]
        self._threads = self._add_choice(
            self.tr("Processor cores"), "threads", [(self.tr("As many as help"), 0), *cores]
        )
        self._model = ChoiceBox()
        self._model.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # names may be long
        self._model.currentIndexChanged.connect(self._on_model)
        self.form.add_field(self.tr("Model"), self._model)
        self._models: dict[str, ModelInfo] = {}
        self._strength = StrengthPanel()
        self._strength.options_changed.connect(lambda options: self._change(options=options))
        self._below.addWidget(label(self.tr("For new photos"), "heading"))
        self._below.addSpacing(SPACE)
        self._below.addWidget(self._strength)

    def show_settings(self, settings: Settings) -> None:
        super().show_settings(settings)
        self._device.choose(settings.device)
        self._precision.choose(settings.precision)
        self._threads.choose(settings.threads)
        self._model.choose(settings.options.model)
        self._strength.show_options(settings.options, self._models.get(settings.options.model))

    def show_ready(self, ready: Ready) -> None:
        """Say what the worker found to work with."""
        name = ready.device_name or ready.device
        if ready.memory_mb:
            text = self.tr("In use now: {name}, {size} of memory")
            self._in_use.setText(text.format(name=name, size=size_text(ready.memory_mb * _MB)))
        else:
            self._in_use.setText(self.tr("In use now: {name}").format(name=name))

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer the models that can be used as they are, and for what the user wants them."""
        free_only = self._settings.commercial_only
        self._models = {m.id: m for m in models if is_usable(m) and (m.use == "any" or not free_only)}
        self._model.blockSignals(True)
        self._model.clear()
        for model in self._models.values():
            self._model.addItem(model.name, model.id)
        self._model.blockSignals(False)
        self.show_settings(self._settings)

    def _on_model(self) -> None:
        model = self._models.get(self._model.currentData())
        options = msgspec.structs.replace(
            self._settings.options, model=self._model.currentData(), strength=None, eta=None, steps=None
        )
        self._strength.show_options(options, model)
        self._change(options=options)


class StorageTab(SettingsTab):
    """How much may be kept on the disk and in memory."""

    clean_up_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._store_bar, self._store_text = _usage(self.tr("Space taken by versions of faces"))
        self._thumbnails_bar, self._thumbnails_text = _usage(self.tr("Space taken by small pictures"))
        kept = note(self.tr("Above this, the oldest versions are removed. Those you chose are kept."))
        self._store = self._add_choice(
            self.tr("Versions of faces, at most"),
            "store_limit_mb",
            [(size_text(gb * 1024 * _MB), gb * 1024) for gb in (1, 2, 4, 8, 16, 32, 64)],
            [self._store_bar, self._store_text, kept],
        )
        self._thumbnails = self._add_choice(
            self.tr("Small pictures, at most"),
            "thumbnails_limit_mb",
            [(size_text(mb * _MB), mb) for mb in (128, 256, 512, 1024, 2048)],
            [self._thumbnails_bar, self._thumbnails_text],
        )
        self._pictures = self._add_choice(
            self.tr("Memory for pictures, at most"),
            "pictures_mb",
            [(size_text(mb * _MB), mb) for mb in (64, 128, 256, 512, 1024, 2048, 4096)],
            [note(self.tr("More lets pictures that you saw a while ago appear at once."))],
        )
        for text in (self._store_text, self._thumbnails_text):
            text.setText(self.tr("Measuring…"))
        self._usage: tuple[int, int] | None = None
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        self._clean_up = push_button(self.tr("Clean up now"), self._on_clean_up)
        self._clean_up.setAutoDefault(False)
        row.addWidget(self._clean_up)
        row.addStretch()
        self._below.addLayout(row)

    def show_settings(self, settings: Settings) -> None:
        super().show_settings(settings)
        self._store.choose(settings.store_limit_mb, size_text(settings.store_limit_mb * _MB))
        self._thumbnails.choose(settings.thumbnails_limit_mb, size_text(settings.thumbnails_limit_mb * _MB))
        self._pictures.choose(settings.pictures_mb, size_text(settings.pictures_mb * _MB))
        self._show_usage()

    def show_usage(self, store_bytes: int, thumbnails_bytes: int) -> None:
        """Say how much is taken now; after cleaning up as well."""
        self._usage = (store_bytes, thumbnails_bytes)
        self._clean_up.setEnabled(True)
        self._show_usage()

    def _change(self, **values: object) -> None:
        super()._change(**values)
        self._show_usage()

    def _show_usage(self) -> None:
        if self._usage is None:
            return
        limits = (self._settings.store_limit_mb, self._settings.thumbnails_limit_mb)
        bars, texts = (self._store_bar, self._thumbnails_bar), (self._store_text, self._thumbnails_text)
        for bar, text, used, limit_mb in zip(bars, texts, self._usage, limits, strict=True):
            bar.setValue(min(1000, round(1000 * used / max(1, limit_mb * _MB))))
            text.setText(
                self.tr("{used} of {limit} taken").format(used=size_text(used), limit=size_text(limit_mb * _MB))
            )

    def _on_clean_up(self) -> None:
        self._clean_up.setEnabled(False)
        self.clean_up_wanted.emit()


def _usage(name: str) -> tuple[QProgressBar, QLabel]:
    bar = QProgressBar()
    bar.setRange(0, 1000)
    bar.setTextVisible(False)
    bar.setAccessibleName(name)
    return bar, note()


class PhotosTab(SettingsTab):
    """What happens beside the photos."""

    def __init__(self) -> None:
        super().__init__()
        self._sidecar = QCheckBox(self.tr("Keep a copy of the work beside each photo"))
        self._sidecar.toggled.connect(lambda on: self._change(sidecar_beside=on))
        self._below.addWidget(self._sidecar)
        text = self.tr("A small file with what you chose, so that it moves with the photo. The photo is never changed.")
        self._below.addWidget(label(text, "muted", wrap=True))

    def show_settings(self, settings: Settings) -> None:
        super().show_settings(settings)
        self._sidecar.blockSignals(True)
        self._sidecar.setChecked(settings.sidecar_beside)
        self._sidecar.blockSignals(False)
