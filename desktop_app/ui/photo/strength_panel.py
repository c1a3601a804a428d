"""How much is imagined, in words; and what stands behind it, under More."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from desktop_app.ui.common.labels import label
from desktop_app.ui.common.section import Section
from desktop_app.ui.common.slider import LabelledSlider
from desktop_app.ui.theme import SPACE
from engine.protocol import ModelInfo, RestoreOptions

MOST_CANDIDATES = 8


class StrengthPanel(QWidget):
    """Edits `RestoreOptions`; the range of strength and the defaults are the model's."""

    options_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._options = RestoreOptions()
        self._model: ModelInfo | None = None
        self._automatic = QCheckBox(self.tr("Choose the strength automatically"))
        self._automatic.setToolTip(self.tr("Each face gets as much as it lost; a sharp face is left nearly as it is."))
        self._strength = LabelledSlider(self.tr("How much may be imagined"), steps=1000, shown=self._in_words)
        self._strength.set_ends(self.tr("faithful"), self.tr("imaginative"))
        self._candidates = _spin(self.tr("Versions of each face"), 1, MOST_CANDIDATES)
        self._seed = _spin(self.tr("Seed"), 0, 2**31 - 1)
        self._steps = _spin(self.tr("Steps"), 0, 1000)
        self._steps.setSpecialValueText(self.tr("as the model suggests"))
        self._eta = LabelledSlider(self.tr("Variety"), shown=lambda v: f"{v:.2f}")
        self._lay_out()
        self._connect()
        self.show_options(self._options, None)

    def show_options(self, options: RestoreOptions, model: ModelInfo | None) -> None:
        """Show options and the model they are for, without telling a change."""
        self._options, self._model = options, model
        for widget in (self._automatic, self._candidates, self._seed, self._steps):
            widget.blockSignals(True)
        self._automatic.setChecked(options.strength is None)
        self._candidates.setValue(min(options.candidates, MOST_CANDIDATES))
        self._seed.setValue(min(options.seed, self._seed.maximum()))
        self._steps.setValue(options.steps or 0)
        for widget in (self._automatic, self._candidates, self._seed, self._steps):
            widget.blockSignals(False)
        if model is not None:
            self._strength.set_top(model.largest_strength)
        default = model.strength if model is not None else 0.2
        self._strength.set_value(default if options.strength is None else options.strength)
        self._strength.setEnabled(options.strength is not None)
        self._eta.set_value(options.eta if options.eta is not None else (model.eta if model is not None else 0.5))

    def _in_words(self, strength: float) -> str:
        top = self._model.largest_strength if self._model is not None else 0.5
        share = strength / top if top else 0.0
        if strength == 0:
            word = self.tr("only cleaned")
        elif share <= 0.25:
            word = self.tr("faithful")
        elif share <= 0.5:
            word = self.tr("careful")
        elif share <= 0.75:
            word = self.tr("free")
        else:
            word = self.tr("imaginative")
        return f"{word} · {strength:.2f}"

    def _lay_out(self) -> None:
        more = Section(self.tr("More"), is_open=False)
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.addRow(self.tr("Versions of each face"), self._candidates)
        form.addRow(self.tr("Seed"), self._seed)
        form.addRow(self.tr("Steps"), self._steps)
        more.content.addLayout(form)
        more.content.addWidget(self._eta)
        more.content.addWidget(label(self.tr("The same seed gives the same faces again."), "muted", wrap=True))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._automatic)
        layout.addWidget(self._strength)
        layout.addWidget(more)

    def _connect(self) -> None:
        self._automatic.toggled.connect(self._on_automatic)
        self._strength.value_chosen.connect(lambda v: self._change(strength=v))
        self._candidates.valueChanged.connect(lambda n: self._change(candidates=n))
        self._seed.valueChanged.connect(lambda n: self._change(seed=n))
        self._steps.valueChanged.connect(lambda n: self._change(steps=n or None))
        self._eta.value_chosen.connect(lambda v: self._change(eta=v))

    def _on_automatic(self, automatic: bool) -> None:
        self._strength.setEnabled(not automatic)
        self._change(strength=None if automatic else self._strength.value)

    def _change(self, **values: object) -> None:
        self._options = msgspec.structs.replace(self._options, **values)
        self.options_changed.emit(self._options)


def _spin(name: str, low: int, high: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setAccessibleName(name)
    return box
