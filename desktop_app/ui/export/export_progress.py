"""How far an export is, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QProgressBar, QWidget

from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.common.labels import label
from desktop_app.ui.common.sentences import short_error_text
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import Theme
from desktop_app.ui.words import error_text, time_text
from engine.base.errors import AlbumenError

_STEPS = 1000


class ExportProgressDialog(Dialog):
    """May be hidden while the export goes on; at its end it says what failed and offers the folder."""

    cancel_wanted = Signal()
    folder_wanted = Signal()
    """Show the folder with the new files."""

    def __init__(self, theme: Theme, count: int, parent: QWidget | None = None) -> None:
        super().__init__("", parent, width_px=520)
        self.setWindowTitle(self.tr("Export"))
        self._theme, self._count = theme, count
        self._title = label(self.tr("Exporting %n photo(s)", "", count), "title", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the export"))
        self._text = QLabel()
        self._text.setProperty("role", "muted")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._failures = QListWidget()
        self._failures.setWordWrap(True)
        self._failures.setAccessibleName(self.tr("Photos that could not be exported"))
        self._failures.hide()
        self.content.addWidget(self._title)
        self.content.addWidget(self._bar)
        self.content.addWidget(self._text)
        self.content.addWidget(self._failures, 1)
        self._cancel = self.add_button(self.tr("Cancel the export"), self._on_cancel, aside=True)
        self._hide = self.add_button(self.tr("Go on in the background"), self.hide, primary=True)
        self._close = self.add_button(self.tr("Close"), self.accept)
        self._open = self.add_button(self.tr("Open the folder"), self._on_open, primary=True)
        self._close.hide()
        self._open.hide()
        self.show_progress(0, 0.0)

    def show_progress(self, done: int, fraction: float, name: str = "", seconds_left: float | None = None) -> None:
        """Show how many are done, how far all are in [0, 1], which photo is at work, and the time left."""
        self._bar.setValue(round(_STEPS * fraction))
        parts = [self.tr("{done} of {count} done").format(done=done, count=self._count)]
        if name:
            parts.append(name)
        if seconds_left is not None:
            parts.append(self.tr("about {time} left").format(time=time_text(seconds_left)))
        self._text.setText(" · ".join(parts))

    def add_failure(self, name: str, error: AlbumenError) -> None:
        """List a photo that could not be exported, and why."""
        sentence = short_error_text(error)
        text = sentence if sentence.startswith(name) else f"{name}: {sentence}"
        item = QListWidgetItem(icon("warning", self._theme), text)
        item.setToolTip(error_text(error))
        self._failures.addItem(item)
        self._failures.setVisible(True)

    def show_end(self, exported: int, cancelled: bool = False) -> None:
        """Say how many were exported; the folder is offered where there are any."""
        failed = self._failures.count()
        if cancelled:
            self._title.setText(self.tr("The export was cancelled"))
        elif failed:
            self._title.setText(self.tr("%n photo(s) could not be exported", "", failed))
        else:
            self._title.setText(self.tr("Done"))
        self._bar.setValue(round(_STEPS * exported / max(1, self._count)))
        self._text.setText(self.tr("%n photo(s) exported", "", exported))
        self._cancel.hide()
        self._hide.hide()
        self._hide.setDefault(False)
        self._close.show()
        self._open.setVisible(exported > 0)
        (self._open if exported else self._close).setDefault(True)
        (self._open if exported else self._close).setFocus()

    def _on_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self.cancel_wanted.emit()

    def _on_open(self) -> None:
        self.folder_wanted.emit()
        self.accept()
