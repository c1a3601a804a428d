"""The question when the window is closed while jobs run."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.common.labels import label
from desktop_app.ui.theme import SPACE
from desktop_app.ui.words import time_text


class CloseChoice(StrEnum):
    """What shall become of the jobs."""

    BACKGROUND = "background"
    """The window goes, the jobs are finished."""
    STOP = "stop"
    """Everything stops; the jobs are kept for the next start."""
    STAY = "stay"
    """The window stays open."""


class CloseDialog(Dialog):
    """Asks what shall become of the jobs; Escape stays."""

    choice_made = Signal(object)
    """CloseChoice, once."""

    def __init__(self, count: int, seconds_left: float | None = None, parent: QWidget | None = None) -> None:
        super().__init__("", parent, width_px=460)
        self.setWindowTitle(self.tr("Close Albumen"))
        self._choice = CloseChoice.STAY
        self.content.addWidget(label(self.tr("%n job(s) are not done yet", "", count), "title", wrap=True))
        if seconds_left is not None:
            left = self.tr("They take about {time}.").format(time=time_text(seconds_left))
            self.content.addWidget(label(left, "muted", wrap=True))
        self.content.setSpacing(SPACE)
        self._add_choice(
            CloseChoice.BACKGROUND,
            self.tr("Finish in the background"),
            self.tr("The window closes; Albumen ends when everything is done."),
            primary=True,
        )
        self._add_choice(
            CloseChoice.STOP,
            self.tr("Stop and keep the jobs"),
            self.tr("They go on the next time Albumen opens."),
        )
        self.add_button(self.tr("Keep the window open"), self.reject)
        self.finished.connect(lambda _: self.choice_made.emit(self._choice))

    def _add_choice(self, choice: CloseChoice, text: str, note: str, *, primary: bool = False) -> None:
        button = push_button(text, lambda: self._choose(choice))
        button.setProperty("role", "choice")
        button.setAutoDefault(primary)
        button.setDefault(primary)
        button.setAccessibleDescription(note)
        said = label(note, "muted", wrap=True)
        said.setContentsMargins(2 * SPACE, 0, 0, SPACE)
        self.content.addWidget(button)
        self.content.addWidget(said)

    def _choose(self, choice: CloseChoice) -> None:
        self._choice = choice
        self.accept()
