"""A model's licence, to be read; accepted by its button and by nothing else."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.common.labels import label
from desktop_app.ui.models.model_words import use_text
from engine.protocol import ModelInfo


class LicenceDialog(Dialog):
    """Shows the licence; the button to accept it is there only while it is not accepted yet."""

    licence_accepted = Signal(str)
    """Id of the model."""

    def __init__(self, model: ModelInfo, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._model = model
        self.setWindowTitle(self.tr("Licence"))
        text = QPlainTextEdit(model.licence_text)
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        text.setAccessibleName(self.tr("Text of the licence"))
        self.content.addWidget(label(self.tr("Licence of {name}").format(name=model.name), "title", wrap=True))
        self.content.addWidget(label(f"{model.licence} · {use_text(model)}", "muted", wrap=True))
        self.content.addWidget(text, 1)
        if model.accepted:
            self.add_button(self.tr("Close"), self.reject)
        else:
            self.add_button(self.tr("Not now"), self.reject)
            accept = self.add_button(self.tr("I have read and accept it"), self._on_accept, primary=True)
            accept.setDefault(False)  # a hasty Enter accepts nothing
            accept.setAutoDefault(False)
        text.setFocus()
        self.resize(640, 500)

    def _on_accept(self) -> None:
        self.licence_accepted.emit(self._model.id)
        self.accept()
