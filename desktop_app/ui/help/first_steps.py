"""Four steps for the first photo, shown until they are done or waved away."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from desktop_app.ui.common.buttons import icon_button, make_action
from desktop_app.ui.common.labels import label
from desktop_app.ui.theme import SPACE, Theme

_NUMBER_PX = 28


class Step(IntEnum):
    """The steps in their order."""

    ADD = 0
    RESTORE = 1
    PICK = 2
    EXPORT = 3


class FirstSteps(QFrame):
    """A strip of four steps; those behind the user carry a check mark, the next one stands out."""

    dismissed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "steps")
        self.setAccessibleName(self.tr("First steps"))
        self._texts = (
            self.tr("Add a photo"),
            self.tr("Restore it"),
            self.tr("Pick the version you like"),
            self.tr("Export"),
        )
        self._numbers = [_number() for _ in Step]
        self._names = [label(text, wrap=True) for text in self._texts]
        self._close = make_action(self, theme, self.tr("Hide the first steps"), "close", self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE)
        for number, name in zip(self._numbers, self._names, strict=True):
            row.addWidget(number)
            row.addWidget(name, 1)
        row.addWidget(icon_button(self._close))
        self.show_next(Step.ADD)

    def show_next(self, step: Step | None) -> None:
        """Show which step is next; None: all are done."""
        for n, (number, name) in enumerate(zip(self._numbers, self._names, strict=True)):
            done = step is None or n < step
            number.setText("✓" if done else str(n + 1))
            name.setProperty("role", "heading" if n == step else "muted")
            name.style().polish(name)
            text = self.tr("{step}, done").format(step=self._texts[n]) if done else self._texts[n]
            name.setAccessibleName(text)

    def _on_close(self) -> None:
        self.hide()
        self.dismissed.emit()


def _number() -> QLabel:
    number = label("")
    number.setProperty("role", "step")
    number.setFixedSize(_NUMBER_PX, _NUMBER_PX)
    number.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return number
