"""How exported photos shall be: where, under which names, and what kind of file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop_app.settings import ExportSettings
from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.common.form import ChoiceBox, Form, in_column, in_row
from desktop_app.ui.common.labels import label
from desktop_app.ui.common.slider import LabelledSlider
from desktop_app.ui.theme import SPACE
from desktop_app.ui.words import error_text
from engine.base.errors import AlbumenError

_USUAL_QUALITY = 92
_USUAL_LONGEST_PX = 2048
_WITH_QUALITY = ("keep", "jpg", "webp")


class ExportDialog(Dialog):
    """Edits `ExportSettings`; `export_wanted` comes with them when the user says so."""

    export_wanted = Signal(object)

    def __init__(
        self,
        settings: ExportSettings,
        count: int,
        without_pick: int,
        examples: Callable[[ExportSettings], Sequence[str]],
        parent: QWidget | None = None,
    ) -> None:
        """`count` photos, of which `without_pick` have no version chosen.

        `examples` answers at once with the first few file names, or raises the AlbumenError that says what is wrong.
        """
        super().__init__("", parent, width_px=600)
        self.setWindowTitle(self.tr("Export"))
        self._settings = settings
        self._examples = examples
        self._make_fields()
        self._lay_out(count, without_pick)
        self._connect()
        self._show(settings)
        self._on_changed()

    @property
    def settings(self) -> ExportSettings:
        """What is set now."""
        return self._settings

    def _make_fields(self) -> None:
        self._folder = QLineEdit()
        self._folder.setPlaceholderText(self.tr("Choose a folder"))
        self._choose_folder = push_button(self.tr("Choose…"), self._on_choose_folder)
        self._choose_folder.setAccessibleName(self.tr("Choose the folder"))
        self._template = QLineEdit()
        self._insert = QPushButton(self.tr("Insert"))
        self._insert.setAccessibleName(self.tr("Insert a part of the name"))
        self._insert.setMenu(self._make_menu())
        for button in (self._choose_folder, self._insert):
            button.setAutoDefault(False)
        self._example = label("", "muted", wrap=True)
        self._format = ChoiceBox(
            (
                (self.tr("As the photo is"), "keep"),
                (self.tr("JPEG (small, opens everywhere)"), "jpg"),
                (self.tr("PNG (large, nothing is lost)"), "png"),
                (self.tr("TIFF (large, for printing and archives)"), "tif"),
                (self.tr("WebP (smallest, for the web)"), "webp"),
            )
        )
        self._quality = ChoiceBox(((self.tr("As good as the original"), False), (self.tr("Choose…"), True)))
        self._quality_value = LabelledSlider(
            self.tr("Quality"), top=100, steps=1, shown=lambda value: str(max(1, round(value)))
        )
        self._quality_value.set_ends(self.tr("small file"), self.tr("best picture"))
        self._size = ChoiceBox(((self.tr("As it is"), False), (self.tr("Smaller, longest side"), True)))
        self._longest = QSpinBox()
        self._longest.setRange(64, 30_000)
        self._longest.setSingleStep(128)
        self._longest.setProperty("role", "plain")
        self._longest.lineEdit().setTextMargins(SPACE // 2, 0, 0, 0)
        self._longest.setSuffix(self.tr(" pixels"))
        self._longest.setAccessibleName(self.tr("Longest side in pixels"))
        self._location = ChoiceBox(
            (
                (self.tr("Keep everything"), "keep"),
                (self.tr("Leave out where it was taken"), "drop"),
            )
        )

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        for text, part in (
            (self.tr("Name of the photo"), "{name}"),
            (self.tr("Date taken"), "{taken}"),
            (self.tr("Year taken"), "{year}"),
            (self.tr("Today's date"), "{date}"),
            (self.tr("Number, counted up"), "{counter:3}"),
            (self.tr("Album"), "{album}"),
            (self.tr("Number of faces"), "{faces}"),
            (self.tr("Stars"), "{rating}"),
        ):
            menu.addAction(text, partial(self._template.insert, part))
        return menu

    def _lay_out(self, count: int, without_pick: int) -> None:
        title = label(self.tr("Export %n photo(s)", "", count), "title", wrap=True)
        promise = label(self.tr("New files are made, never over an original."), "muted", wrap=True)
        head = QVBoxLayout()
        head.setSpacing(SPACE // 2)
        head.addWidget(title)
        head.addWidget(promise)
        self.content.addLayout(head)
        if without_pick:
            text = self.tr("%n photo(s) have no restored face chosen and keep the faces they have.", "", without_pick)
            self.content.addWidget(label(text, wrap=True))
        form = Form()
        form.add_field(self.tr("Folder"), in_row(self._folder, self._choose_folder), self._folder)
        name = in_column(in_row(self._template, self._insert), self._example)
        form.add_field(self.tr("Name"), name, self._template)
        form.add_field(self.tr("Kind of file"), self._format)
        self._quality_field = in_column(self._quality, self._quality_value)
        form.add_field(self.tr("Quality"), self._quality_field, self._quality)
        form.add_field(self.tr("Size"), in_row(self._size, self._longest), self._size)
        form.add_field(self.tr("Details in the file"), self._location)
        self._form = form
        self.content.addLayout(form)
        self.content.addStretch()
        self.add_button(self.tr("Cancel"), self.reject)
        self._export = self.add_button(self.tr("Export"), self._on_export, primary=True)

    def _connect(self) -> None:
        self._folder.textChanged.connect(self._on_changed)
        self._template.textChanged.connect(self._on_changed)
        for box in (self._format, self._quality, self._size, self._location):
            box.currentIndexChanged.connect(self._on_changed)
        self._quality_value.value_changed.connect(self._on_changed)
        self._longest.valueChanged.connect(self._on_changed)

    def _show(self, settings: ExportSettings) -> None:
        self._folder.setText(settings.folder)
        self._template.setText(settings.template)
        self._format.choose(settings.format)
        self._quality.choose(settings.quality is not None)
        self._quality_value.set_value(_USUAL_QUALITY if settings.quality is None else settings.quality)
        self._size.choose(settings.longest_px is not None)
        self._longest.setValue(_USUAL_LONGEST_PX if settings.longest_px is None else settings.longest_px)
        self._location.choose(settings.location)

    def _on_changed(self) -> None:
        has_quality = self._format.currentData() in _WITH_QUALITY
        quality = max(1, round(self._quality_value.value)) if has_quality and self._quality.currentData() else None
        self._form.setRowVisible(self._quality_field, has_quality)
        self._quality_value.setVisible(self._quality.currentData())
        self._longest.setVisible(self._size.currentData())
        self._settings = msgspec.structs.replace(
            self._settings,
            folder=self._folder.text().strip(),
            template=self._template.text().strip(),
            format=self._format.currentData(),
            quality=quality,
            longest_px=self._longest.value() if self._size.currentData() else None,
            location=self._location.currentData(),
        )
        self._show_example()

    def _show_example(self) -> None:
        wrong = ""
        names: Sequence[str] = ()
        try:
            names = self._examples(self._settings)
        except AlbumenError as error:
            wrong = error_text(error)
        self._example.setText(wrong or self.tr("For example: {names}").format(names=", ".join(names)))
        self._example.setProperty("role", "danger" if wrong else "muted")
        self._example.style().polish(self._example)
        folder = self._settings.folder
        ready = not wrong and bool(folder) and Path(folder).is_absolute()
        self._export.setEnabled(ready)
        self._export.setToolTip("" if ready or wrong else self.tr("Choose a folder first"))

    def _on_choose_folder(self) -> None:
        chooser = QFileDialog(self, self.tr("Folder for the exported photos"), self._folder.text())
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(self._folder.setText)
        chooser.open()

    def _on_export(self) -> None:
        self.export_wanted.emit(self._settings)
        self.accept()
