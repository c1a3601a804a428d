"""What to do next while a face is placed, with the buttons that end it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.labels import label
from desktop_app.ui.theme import SPACE, Theme


class HintBar(QWidget):
    """A bar at the lower edge of its parent: one sentence, Done and Cancel."""

    accepted = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = label("")
        self._done = push_button(self.tr("Done"), self.accepted.emit, primary=True)
        self._done.setToolTip(self.tr("Done (Enter)"))
        self._cancel = push_button(self.tr("Cancel"), self.cancelled.emit)
        self._cancel.setToolTip(self.tr("Cancel (Esc)"))
        for button in (self._done, self._cancel):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._text)
        layout.addWidget(self._done)
        layout.addWidget(self._cancel)
        self.hide()

    def show_text(self, text: str, can_accept: bool) -> None:
        """Say something; Done is offered once there is a face."""
        self._text.setText(text)
        self._done.setVisible(can_accept)
        self.place()
        self.show()

    def place(self) -> None:
        """Stay in the middle of the lower edge."""
        parent = self.parentWidget()
        assert parent is not None
        self.adjustSize()
        self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - 2 * SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        painter.end()
