"""A calm line at the top of a page: one sentence, perhaps something to do about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from desktop_app.ui.common.buttons import icon_button, make_action, push_button
from desktop_app.ui.common.labels import label
from desktop_app.ui.icons import draw_icon
from desktop_app.ui.theme import SPACE, Theme

_INFO_MS = 12_000


@dataclass(frozen=True)
class _Message:
    text: str
    error: bool
    action_text: str
    on_action: Callable[[], object] | None


class MessageBar(QFrame):
    """Shows messages one after another and is hidden while there are none.

    An error stays until it is closed, an information leaves by itself unless the mouse or the focus is on it.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._waiting: deque[_Message] = deque()
        self._shown: _Message | None = None
        self.setProperty("role", "message")
        self.setAccessibleName(self.tr("Message"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._mark = _Mark(theme)
        self._text = label("", wrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more = label("", "muted")
        self._button = push_button("", self._on_action)
        self._button.hide()
        self._close = make_action(self, theme, self.tr("Close this message"), "close", self._show_next, "Escape")
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_INFO_MS)
        self._patience.timeout.connect(self._on_patience_ended)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE // 2, SPACE, SPACE // 2)
        row.setSpacing(2 * SPACE)
        row.addWidget(self._mark)
        row.addWidget(self._text, 1)
        row.addWidget(self._more)
        row.addWidget(self._button)
        row.addWidget(icon_button(self._close))
        self.hide()

    def show_info(self, text: str, action_text: str = "", on_action: Callable[[], object] | None = None) -> None:
        """Say what happened; the button calls `on_action` and closes the message."""
        self._add(_Message(text, False, action_text, on_action))

    def show_error(self, text: str, action_text: str = "", on_action: Callable[[], object] | None = None) -> None:
        """Say what went wrong, and what can be done."""
        self._add(_Message(text, True, action_text, on_action))

    def close_shown(self) -> None:
        """Close the message that is shown; the next one, where there is one, takes its place."""
        self._show_next()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._patience.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._await_end()
        super().leaveEvent(event)

    def _add(self, message: _Message) -> None:
        said = [*self._waiting, *([self._shown] if self._shown else [])]
        if any((m.text, m.error) == (message.text, message.error) for m in said):
            return  # the same failure of many photos is one sentence
        self._waiting.append(message)
        if self._shown is None:
            self._show_next()
        else:
            self._show_count()

    def _show_next(self) -> None:
        self._patience.stop()
        self._shown = self._waiting.popleft() if self._waiting else None
        if self._shown is None:
            self.hide()
            return
        self._text.setText(self._shown.text)
        self._button.setText(self._shown.action_text)
        self._button.setVisible(bool(self._shown.action_text))
        self._mark.show_error(self._shown.error)
        self.setProperty("role", "message-error" if self._shown.error else "message")
        self.style().polish(self)
        self._show_count()
        self.show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._shown.text))
        self._await_end()

    def _show_count(self) -> None:
        self._more.setText(self.tr("%n more", "", len(self._waiting)))
        self._more.setVisible(bool(self._waiting))

    def _await_end(self) -> None:
        if self._shown is not None and not self._shown.error:
            self._patience.start()

    def _on_patience_ended(self) -> None:
        focused = self.window().focusWidget()
        if self.underMouse() or (focused is not None and self.isAncestorOf(focused)):
            self._patience.start()
        else:
            self._show_next()

    def _on_action(self) -> None:
        message = self._shown
        self._show_next()
        if message is not None and message.on_action is not None:
            message.on_action()


class _Mark(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._error = False
        self.setFixedSize(QSize(20, 20))

    def show_error(self, error: bool) -> None:
        self._error = error
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        name, colour = ("warning", colours.danger) if self._error else ("info", colours.accent)
        draw_icon(painter, QRectF(self.rect()), name, QColor(colour))
        painter.end()
