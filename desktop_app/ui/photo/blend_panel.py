"""How a chosen version is laid over the photo: as a whole, by parts of the face, and by the brush."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from desktop_app.ui.common.section import Section
from desktop_app.ui.common.slider import LabelledSlider
from desktop_app.ui.theme import SPACE
from engine.protocol import BlendSettings


def _percent(value: float) -> str:
    return f"{round(100 * value)} %"


class BlendPanel(QWidget):
    """Edits `BlendSettings` without the brush.

    `blend_previewed` comes while a slider moves, `blend_chosen(settings, action)` with what is to be kept.
    """

    blend_previewed = Signal(object)
    blend_chosen = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._blend = BlendSettings()
        self._opacity = LabelledSlider(self.tr("Blend"), shown=_percent)
        self._opacity.set_ends(self.tr("original"), self.tr("restored"))
        self._regions = {
            "eyes": LabelledSlider(self.tr("Eyes"), shown=_percent),
            "mouth": LabelledSlider(self.tr("Mouth"), shown=_percent),
            "skin": LabelledSlider(self.tr("Skin"), shown=_percent),
            "hair": LabelledSlider(self.tr("Hair"), shown=_percent),
        }
        self._switches = {
            "match_tone": QCheckBox(self.tr("Match light and colour")),
            "match_grain": QCheckBox(self.tr("Match the photo's grain")),
            "keep_detail": QCheckBox(self.tr("Keep the photo's own fine detail")),
        }
        self._lay_out()
        self._connect()
        self.show_blend(self._blend)

    def show_blend(self, blend: BlendSettings) -> None:
        """Show settings without telling a change."""
        self._blend = blend
        self._opacity.set_value(blend.opacity)
        for name, slider in self._regions.items():
            slider.set_value(getattr(blend.regions, name))
        for name, switch in self._switches.items():
            switch.blockSignals(True)
            switch.setChecked(getattr(blend, name))
            switch.blockSignals(False)

    def _lay_out(self) -> None:
        parts = Section(self.tr("Parts of the face"), is_open=False)
        for slider in self._regions.values():
            parts.content.addWidget(slider)
        matching = Section(self.tr("Matching"), is_open=False)
        for switch in self._switches.values():
            matching.content.addWidget(switch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._opacity)
        layout.addWidget(parts)
        layout.addWidget(matching)

    def _connect(self) -> None:
        self._opacity.value_changed.connect(lambda v: self._preview(opacity=v))
        self._opacity.value_chosen.connect(lambda v: self._choose("blend", opacity=v))
        for name, slider in self._regions.items():
            slider.value_changed.connect(lambda v, name=name: self._preview(regions=self._with_region(name, v)))
            slider.value_chosen.connect(
                lambda v, name=name: self._choose("regions", regions=self._with_region(name, v))
            )
        for name, switch in self._switches.items():
            switch.toggled.connect(lambda on, name=name: self._choose("matching", **{name: on}))

    def _with_region(self, name: str, value: float) -> object:
        return msgspec.structs.replace(self._blend.regions, **{name: value})

    def _preview(self, **values: object) -> None:
        self._blend = msgspec.structs.replace(self._blend, **values)
        self.blend_previewed.emit(self._blend)

    def _choose(self, action: str, **values: object) -> None:
        self._blend = msgspec.structs.replace(self._blend, **values)
        self.blend_chosen.emit(self._blend, action)
