"""The button that opens the queue: a ring that fills, and how much there is to do."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QStylePainter, QToolButton

from desktop_app.ui.icons import draw_icon
from desktop_app.ui.theme import Theme

_RING_PX = 26
_MOST_SHOWN = 99


class QueueButton(QToolButton):
    """Shows the queue's icon while there is nothing to do, else a ring with the number of jobs in it."""

    def __init__(self, theme: Theme, action: QAction) -> None:
        super().__init__()
        self._theme = theme
        self._to_do, self._fraction, self._failed = 0, 0.0, 0
        self.setDefaultAction(action)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(action.text())
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def show_queue(self, to_do: int, fraction: float = 0.0, failed: int = 0) -> None:
        """Show how many jobs there are to do, how far all of them are in [0, 1], and how many failed."""
        self._to_do, self._fraction, self._failed = to_do, fraction, failed
        parts = []
        if to_do:
            parts += [self.tr("%n to do", "", to_do), f"{round(100 * fraction)} %"]
        if failed:
            parts.append(self.tr("%n could not be done", "", failed))
        self.setAccessibleDescription(", ".join(parts))
        action = self.defaultAction()
        self.setToolTip("\n".join(filter(None, (action.toolTip(), ", ".join(parts)))))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_RING_PX + 14, _RING_PX + 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        option.icon = QIcon()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(0, 0, _RING_PX, _RING_PX)
        ring.moveCenter(QRectF(self.rect()).center())
        if self._to_do:
            self._paint_ring(painter, ring)
        else:
            draw_icon(painter, ring.adjusted(3, 3, -3, -3), "queue", QColor(self._theme.colours.text))
        if self._failed:
            self._paint_dot(painter, ring)
        painter.end()

    def _paint_ring(self, painter: QPainter, ring: QRectF) -> None:
        colours = self._theme.colours
        inner = ring.adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setPen(QPen(QColor(colours.border), 3))
        painter.drawEllipse(inner)
        pen = QPen(QColor(colours.accent), 3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(inner, 90 * 16, round(-360 * 16 * min(1.0, max(0.0, self._fraction))))
        font = self.font()
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        text = str(self._to_do) if self._to_do <= _MOST_SHOWN else f"{_MOST_SHOWN}+"
        painter.drawText(ring, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_dot(self, painter: QPainter, ring: QRectF) -> None:
        colours = self._theme.colours
        dot = QRectF(ring.right() - 6, ring.top() - 2, 9, 9)
        painter.setPen(QPen(QColor(colours.surface), 2))
        painter.setBrush(QColor(colours.danger))
        painter.drawEllipse(dot)
