"""The line above the strip: which face, what is being done, and what can be done with its versions."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from desktop_app.ui.common.buttons import icon_button, make_action
from desktop_app.ui.common.labels import label
from desktop_app.ui.theme import SPACE, Theme
from desktop_app.ui.words import stage_text, time_text


class FaceBar(QWidget):
    """Steps through the faces; shows progress with time left and a way out while a photo is worked on."""

    face_stepped = Signal(int)
    more_like_wanted = Signal()
    others_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.previous = make_action(
            self, theme, self.tr("Previous face"), "back", lambda: self.face_stepped.emit(-1), "["
        )
        self.next = make_action(self, theme, self.tr("Next face"), "forward", lambda: self.face_stepped.emit(1), "]")
        self.more_like = make_action(
            self, theme, self.tr("More like this"), "add", self.more_like_wanted.emit, "Ctrl+M"
        )
        self.others = make_action(self, theme, self.tr("Try others"), "retry", self.others_wanted.emit, "Ctrl+T")
        self.cancel = make_action(self, theme, self.tr("Stop"), "stop", self.cancel_wanted.emit, "Ctrl+.")
        self._face = label("", "heading")
        self._stage = label("", "muted")
        self._progress = QProgressBar()
        self._progress.setRange(0, 1000)
        self._progress.setFixedWidth(160)
        self._progress.setAccessibleName(self.tr("Progress"))
        self._cancel_button = icon_button(self.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, SPACE // 2, SPACE, 0)
        row.setSpacing(SPACE)
        row.addWidget(icon_button(self.previous))
        row.addWidget(self._face)
        row.addWidget(icon_button(self.next))
        row.addStretch()
        row.addWidget(self._stage)
        row.addWidget(self._progress)
        row.addWidget(self._cancel_button)
        row.addStretch()
        row.addWidget(icon_button(self.more_like, with_text=True))
        row.addWidget(icon_button(self.others, with_text=True))
        self.show_face(0, 0, versions=0, picked=False)
        self.show_idle()

    def show_face(self, number: int, count: int, *, versions: int, picked: bool) -> None:
        """Face `number` (from 1; 0: none chosen) of `count`, how many versions it has, and whether one is chosen."""
        if not count:
            text = self.tr("No faces yet")
        elif not number:
            text = self.tr("%n face(s)", "", count)
        else:
            text = self.tr("Face {n} of {count}").format(n=number, count=count)
        self._face.setText(text)
        self.previous.setEnabled(count > 1 or (count == 1 and not number))
        self.next.setEnabled(self.previous.isEnabled())
        self.more_like.setEnabled(picked)
        self.others.setEnabled(versions > 0)

    def show_progress(self, stage: str, fraction: float, seconds_left: float | None) -> None:
        """The photo is being worked on."""
        text = stage_text(stage)
        if seconds_left is not None:
            text = self.tr("{what}, {time} left").format(what=text, time=time_text(seconds_left))
        self._stage.setText(text)
        self._progress.setValue(round(1000 * fraction))
        for widget in (self._stage, self._progress, self._cancel_button):
            widget.show()

    def show_waiting(self) -> None:
        """The photo is in the queue, behind others."""
        self.show_progress("", 0.0, None)
        self._stage.setText(self.tr("Waiting its turn"))

    def show_idle(self) -> None:
        """Nothing is being done with the photo."""
        for widget in (self._stage, self._progress, self._cancel_button):
            widget.hide()
