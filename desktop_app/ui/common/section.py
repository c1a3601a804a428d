"""A part of a panel that can be folded away."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from desktop_app.ui.theme import SPACE


class Section(QWidget):
    """A heading that opens and closes what lies below it; by mouse, Enter and Space."""

    def __init__(self, text: str, *, is_open: bool = True) -> None:
        super().__init__()
        self._head = QToolButton()
        self._head.setProperty("role", "section")
        self._head.setText(text)
        self._head.setCheckable(True)
        self._head.setChecked(is_open)
        self._head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.setAccessibleName(text)
        self._head.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._body = QWidget()
        self.content = QVBoxLayout(self._body)
        self.content.setContentsMargins(SPACE, 0, 0, SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self._head)
        layout.addWidget(self._body)
        self._head.toggled.connect(self._on_toggled)
        self._on_toggled(is_open)

    def _on_toggled(self, is_open: bool) -> None:
        self._head.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._body.setVisible(is_open)
