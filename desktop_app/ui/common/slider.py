"""A slider with its name and value beside it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QWidget

from desktop_app.ui.common.labels import label


class LabelledSlider(QWidget):
    """A horizontal slider over [0, `top`] in steps of 1/`steps` of a unit; `value` is a float.

    `value_changed` comes while it moves, `value_chosen` when the hand lets go or a key moved it.
    """

    value_changed = Signal(float)
    value_chosen = Signal(float)

    def __init__(self, text: str, *, top: float = 1.0, steps: int = 100, shown: Callable[[float], str]) -> None:
        super().__init__()
        self._steps = steps
        self._shown = shown
        self._value = label("", "muted")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, round(top * steps))
        self._slider.setPageStep(max(1, steps // 10))
        self._slider.setAccessibleName(text)
        self._low, self._high = label("", "muted"), label("", "muted")
        self._lay_out(label(text))
        self.setFocusProxy(self._slider)
        self._slider.valueChanged.connect(self._on_moved)
        self._slider.sliderReleased.connect(self._on_released)
        self._show()

    @property
    def value(self) -> float:
        return self._slider.value() / self._steps

    def set_value(self, value: float) -> None:
        """Show a value without telling it."""
        if self._slider.isSliderDown():
            return
        self._slider.blockSignals(True)
        self._slider.setValue(round(value * self._steps))
        self._slider.blockSignals(False)
        self._show()

    def set_top(self, top: float) -> None:
        """End the range at another value."""
        self._slider.blockSignals(True)
        self._slider.setMaximum(round(top * self._steps))
        self._slider.blockSignals(False)
        self._show()

    def set_ends(self, low: str, high: str) -> None:
        """Words below both ends."""
        self._low.setText(low)
        self._high.setText(high)
        self._low.setVisible(bool(low))
        self._high.setVisible(bool(high))

    def _lay_out(self, name: QLabel) -> None:
        name.setBuddy(self._slider)
        self._high.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._low.hide()
        self._high.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self._value, 0, 1)
        grid.addWidget(self._slider, 1, 0, 1, 2)
        grid.addWidget(self._low, 2, 0)
        grid.addWidget(self._high, 2, 1)

    def _on_moved(self) -> None:
        self._show()
        self.value_changed.emit(self.value)
        if not self._slider.isSliderDown():
            self.value_chosen.emit(self.value)

    def _on_released(self) -> None:
        self.value_chosen.emit(self.value)

    def _show(self) -> None:
        text = self._shown(self.value)
        self._value.setText(text)
        self._slider.setAccessibleDescription(text)
