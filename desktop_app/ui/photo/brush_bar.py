"""The brush: show or hide the restored face by hand, how wide and how soft."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.labels import label
from desktop_app.ui.common.section import Section
from desktop_app.ui.common.slider import LabelledSlider
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import SPACE, Theme

LARGEST_RADIUS_PX = 400


class BrushBar(QWidget):
    """What the canvas' brush tool is set to."""

    mode_chosen = Signal(str)
    """`show`, `hide`, or empty: no brush."""
    radius_chosen = Signal(float)
    softness_chosen = Signal(float)
    cleared = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._show = QPushButton(icon("brush", theme), self.tr("Show"))
        self._hide = QPushButton(icon("eraser", theme), self.tr("Hide"))
        self._show.setToolTip(self.tr("Paint the restored face in (B; X changes to Hide)"))
        self._hide.setToolTip(self.tr("Paint the original back (X changes to Show)"))
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        for button in (self._show, self._hide):
            button.setCheckable(True)
            self._group.addButton(button)
        self._radius = LabelledSlider(
            self.tr("Width"), top=LARGEST_RADIUS_PX, steps=1, shown=lambda v: f"{round(2 * v)} px"
        )
        self._softness = LabelledSlider(self.tr("Softness"), shown=lambda v: f"{round(100 * v)} %")
        section = Section(self.tr("Brush"), is_open=True)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._show)
        row.addWidget(self._hide)
        section.content.addLayout(row)
        section.content.addWidget(self._radius)
        section.content.addWidget(self._softness)
        section.content.addWidget(label(self.tr("Keys: comma and full stop change the width."), "muted", wrap=True))
        section.content.addWidget(push_button(self.tr("Clear the brush"), self.cleared.emit))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(section)
        self._show.clicked.connect(lambda on: self._on_mode("show" if on else ""))
        self._hide.clicked.connect(lambda on: self._on_mode("hide" if on else ""))
        self._radius.value_changed.connect(self.radius_chosen)
        self._softness.value_changed.connect(self.softness_chosen)

    def show_brush(self, mode: str, radius_px: float, softness: float) -> None:
        """Show what the brush is set to, after keys changed it."""
        self._show.setChecked(mode == "show")
        self._hide.setChecked(mode == "hide")
        self._radius.set_value(radius_px)
        self._softness.set_value(softness)

    def _on_mode(self, mode: str) -> None:
        self._show.setChecked(mode == "show")
        self._hide.setChecked(mode == "hide")
        self.mode_chosen.emit(mode)
