"""Labels by their role in a layout."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QLabel


def label(text: str, role: Literal["", "title", "heading", "muted", "danger"] = "", *, wrap: bool = False) -> QLabel:
    """A label in the style of its role (see `resources/style.qss`)."""
    widget = QLabel(text)
    widget.setProperty("role", role)
    widget.setWordWrap(wrap)
    return widget
