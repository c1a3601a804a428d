"""What is offered after Albumen ended by an error."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.common.labels import label


class CrashDialog(Dialog):
    """Shows what was written down at the last end; the user may copy it, and nothing is sent."""

    folder_wanted = Signal()
    """Show the folder of the logs in the system's file manager."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setWindowTitle("Albumen")
        self._text = QPlainTextEdit(text)
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setAccessibleName(self.tr("What went wrong"))
        self.content.addWidget(label(self.tr("Albumen ended unexpectedly last time"), "title", wrap=True))
        said = self.tr(
            "Your photos and your work are safe. To report it, copy the text below; nothing is sent by itself."
        )
        self.content.addWidget(label(said, wrap=True))
        self.content.addWidget(self._text, 1)
        self._copy = self.add_button(self.tr("Copy the text"), self._on_copy, aside=True)
        self.add_button(self.tr("Open the folder"), self.folder_wanted.emit, aside=True)
        self.add_button(self.tr("Go on"), self.accept, primary=True).setFocus()
        self.resize(640, 460)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())
        self._copy.setText(self.tr("Copied"))
