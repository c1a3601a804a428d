"""Buttons that say what they do to eye, keyboard and screen reader alike."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from desktop_app.ui.icons import icon
from desktop_app.ui.theme import Theme

ICON_PX = 20


def icon_button(action: QAction, *, with_text: bool = False) -> QToolButton:
    """A flat button for an action; without text, the action's tooltip tells it."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if with_text else Qt.ToolButtonStyle.ToolButtonIconOnly
    button.setToolButtonStyle(style)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAccessibleName(action.text())
    return button


def push_button(text: str, on_click: Callable[[], object], *, primary: bool = False) -> QPushButton:
    """A button with text; the primary one is the one thing to do here."""
    button = QPushButton(text)
    if primary:
        button.setProperty("role", "primary")
    button.clicked.connect(lambda: on_click())
    return button


def make_action(
    parent: QWidget,
    theme: Theme,
    text: str,
    icon_name: str,
    on_trigger: Callable[[], object],
    shortcut: QKeySequence | QKeySequence.StandardKey | str | None = None,
    *,
    checkable: bool = False,
) -> QAction:
    """An action of a widget: icon, text, shortcut, and a tooltip that names the shortcut."""
    action = QAction(icon(icon_name, theme), text, parent)
    action.setCheckable(checkable)
    action.triggered.connect(lambda: on_trigger())
    if shortcut is not None:
        action.setShortcut(QKeySequence(shortcut))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    set_action_text(action, text)
    parent.addAction(action)
    return action


def set_action_text(action: QAction, text: str) -> None:
    """Call an action something else; its tooltip names the shortcut as well."""
    action.setText(text)
    if not action.shortcut().isEmpty():
        action.setToolTip(f"{text} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
