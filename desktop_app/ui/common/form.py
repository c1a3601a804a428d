"""Fields below each other with their names on the left."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui.common.labels import label
from desktop_app.ui.icons import draw_icon
from desktop_app.ui.theme import SPACE

_ARROW_PX = 16


class Form(QFormLayout):
    """A form whose fields tell their name to screen readers as well."""

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalSpacing(3 * SPACE)
        self.setVerticalSpacing(2 * SPACE)
        self.setContentsMargins(0, 0, 0, 0)
        self.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    def add_field(self, name: str, field: QWidget, control: QWidget | None = None) -> None:
        """Add a field; `control` is the one in it that the name stands for, where the field holds several."""
        control = control or field
        control.setAccessibleName(name)
        text = label(name)
        text.setBuddy(control)
        text.setFixedHeight(control.sizeHint().height())  # on a line with the field's first row
        self.addRow(text, field)


class ChoiceBox(QComboBox):
    """A box of choices, each a text and its value, with an arrow in the theme's colour."""

    def __init__(self, choices: Sequence[tuple[str, object]] = ()) -> None:
        super().__init__()
        self.setProperty("role", "choice")
        self.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
        for text, value in choices:
            self.addItem(text, value)

    def choose(self, value: object, text: str = "") -> None:
        """Show a value without telling it; one that is not there is added under `text`."""
        row = next((n for n in range(self.count()) if self.itemData(n) == value), -1)
        self.blockSignals(True)
        if row < 0:
            self.addItem(text or str(value), value)
            row = self.count() - 1
        self.setCurrentIndex(row)
        self.blockSignals(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        arrow = QRectF(0, 0, _ARROW_PX, _ARROW_PX)
        arrow.moveCenter(QRectF(self.rect()).center())
        arrow.moveRight(self.width() - SPACE)
        draw_icon(painter, arrow, "chevron-down", QColor(self.palette().placeholderText().color()))
        painter.end()


def in_row(*widgets: QWidget) -> QWidget:
    """Widgets beside each other; the first takes the room that is left."""
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE)
    for widget in widgets:
        layout.addWidget(widget, 1 if widget is widgets[0] else 0)
    return holder


def in_column(*widgets: QWidget) -> QWidget:
    """Widgets that belong together, below each other."""
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE)
    for widget in widgets:
        layout.addWidget(widget)
    return holder


def note(text: str = "") -> QLabel:
    """A quiet sentence below a field."""
    return label(text, "muted", wrap=True)
