"""The frame all dialogs share: a title, what the dialog is about, and its buttons at the bottom right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.labels import label
from desktop_app.ui.theme import SPACE


class Dialog(QDialog):
    """Escape closes it, Enter presses its primary button; what it is about goes into `content`.

    Without a title, the content has its own.
    """

    def __init__(self, title: str, parent: QWidget | None = None, *, width_px: int = 0) -> None:
        """`width_px` is the least width."""
        super().__init__(parent)
        self._least_px = width_px
        self.setWindowTitle(title)
        self.content = QVBoxLayout()
        self.content.setSpacing(2 * SPACE)
        self._aside = QHBoxLayout()
        self._buttons = QHBoxLayout()
        for row in (self._aside, self._buttons):
            row.setSpacing(SPACE)
        foot = QHBoxLayout()
        foot.addLayout(self._aside)
        foot.addStretch()
        foot.addLayout(self._buttons)
        self._all = layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(3 * SPACE)
        if title:
            layout.addWidget(label(title, "title", wrap=True))
        layout.addLayout(self.content, 1)
        layout.addLayout(foot)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._set_minimum()
        return handled

    def add_button(
        self, text: str, on_click: Callable[[], object], *, primary: bool = False, aside: bool = False
    ) -> QPushButton:
        """Add a button to the right of those there; `aside` ones, which don't end the dialog, are on the left."""
        button = push_button(text, on_click, primary=primary)
        button.setAutoDefault(primary)
        button.setDefault(primary)
        (self._aside if aside else self._buttons).addWidget(button)
        return button

    def _set_minimum(self) -> None:
        """Leave room for wrapped texts; Qt's own minimum takes them for one line."""
        least = self._all.totalMinimumSize().expandedTo(QSize(self._least_px, 0))
        if self._all.hasHeightForWidth():
            width = max(self.width(), least.width())
            least.setHeight(max(least.height(), self._all.totalMinimumHeightForWidth(width)))
        self.setMinimumSize(least)
