"""The application's mark."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_app.ui.icons import draw_icon
from desktop_app.ui.theme import Theme


class Mark(QWidget):
    """The mark as a square of `side_px`, drawn at any scale."""

    def __init__(self, theme: Theme, side_px: int) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(side_px, side_px)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_icon(painter, QRectF(self.rect()), "albumen", QColor(self._theme.colours.text))
        painter.end()
