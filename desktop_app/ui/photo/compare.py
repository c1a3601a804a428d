"""Before and after: which side of the comparison lies where in the view, and the handle of the split."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop_app.ui.theme import Theme

GAP_PX = 2
_WIDTH_PX = 28
_KNOB_PX = 14.0
_STEP = 0.02


class Compare(StrEnum):
    AFTER = "after"
    BEFORE = "before"
    SPLIT = "split"
    SIDE_BY_SIDE = "side_by_side"


@dataclass(frozen=True)
class Pane:
    """A part of the widget that shows one side; its own view begins at `corner` and is cut off by `rect`."""

    rect: QRectF
    corner: QPointF
    is_before: bool


def pane_size(mode: Compare, size: QSizeF) -> QSizeF:
    """The size of the view that zoom and pan refer to."""
    return QSizeF(size.width() // 2 - GAP_PX / 2, size.height()) if mode is Compare.SIDE_BY_SIDE else size


def panes(mode: Compare, size: QSizeF, split: float) -> tuple[Pane, ...]:
    """The panes of a widget from left to right; `split` in [0, 1] is where the handle stands."""
    whole = QRectF(QPointF(), size)
    if mode is Compare.SPLIT:
        at = round(split * size.width())
        left, right = QRectF(0, 0, at, size.height()), QRectF(at, 0, size.width() - at, size.height())
        return Pane(left, QPointF(), True), Pane(right, QPointF(), False)
    if mode is Compare.SIDE_BY_SIDE:
        half = pane_size(mode, size)
        right = QRectF(QPointF(size.width() - half.width(), 0), half)
        return Pane(QRectF(QPointF(), half), QPointF(), True), Pane(right, right.topLeft(), False)
    return (Pane(whole, QPointF(), mode is Compare.BEFORE),)


def side_name(is_before: bool) -> str:
    """The word for a side of the comparison."""
    if is_before:
        return QCoreApplication.translate("Compare", "Before")
    return QCoreApplication.translate("Compare", "After")


class SplitHandle(QWidget):
    """The line between before and after; moved by mouse and by the arrow keys, Home and End."""

    split_moved = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._split = 0.5
        self._grip: float | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAccessibleName(self.tr("Line between before and after"))
        self.setToolTip(self.tr("Drag, or press ← and →"))
        self.hide()
        self.place()

    @property
    def split(self) -> float:
        return self._split

    def move_to(self, split: float) -> None:
        """Stand at a part of the parent's width, [0, 1]."""
        split = min(max(split, 0.0), 1.0)
        if split != self._split:
            self._split = split
            self.place()
            self.split_moved.emit(split)

    def place(self) -> None:
        """Follow the parent's size."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(round(self._split * parent.width()) - _WIDTH_PX // 2, 0, _WIDTH_PX, parent.height())
        self.setAccessibleDescription(f"{round(100 * self._split)} %")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = event.position().x() - _WIDTH_PX / 2

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        parent = self.parentWidget()
        if self._grip is not None and parent is not None:
            self.move_to((self.mapToParent(event.position()).x() - self._grip) / parent.width())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.move_to(0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEP * (5 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        match event.key():
            case Qt.Key.Key_Left:
                self.move_to(self._split - step)
            case Qt.Key.Key_Right:
                self.move_to(self._split + step)
            case Qt.Key.Key_Home:
                self.move_to(0.0)
            case Qt.Key.Key_End:
                self.move_to(1.0)
            case _:
                event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = _WIDTH_PX / 2, self.height() / 2
        painter.setPen(QPen(QColor(0, 0, 0, 70), 4))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(QColor(255, 255, 255, 235), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        edge = QColor(colours.focus) if self.hasFocus() else QColor(0, 0, 0, 70)
        painter.setPen(QPen(edge, 3 if self.hasFocus() else 1))
        painter.setBrush(QColor(255, 255, 255, 245))
        painter.drawEllipse(QPointF(x, y), _KNOB_PX - 2, _KNOB_PX - 2)
        painter.setPen(QPen(QColor("#2a2520"), 1.8, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for side in (-1, 1):
            tip = QPointF(x + side * 7, y)
            painter.drawPolyline([tip - QPointF(side * 3.5, 4), tip, tip - QPointF(side * 3.5, -4)])
        painter.end()
