"""One model on the models page: what it is, whether it is there, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop_app.ui.common.amounts import size_text
from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.labels import label
from desktop_app.ui.models.model_words import is_usable, purpose_text, use_text
from desktop_app.ui.theme import SPACE
from desktop_app.ui.words import time_text
from engine.protocol import ModelInfo

_STEPS = 1000


class ModelCard(QFrame):
    """Shows a `ModelInfo`; its buttons are those that make sense now."""

    default_pressed = Signal()
    import_pressed = Signal()
    licence_pressed = Signal()
    fetch_pressed = Signal()
    fetch_cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._model: ModelInfo | None = None
        self._is_default = self._is_fetching = False
        self.setProperty("role", "card")
        self._name = label("", "heading", wrap=True)
        self._state = label("", "muted")
        self._purpose = label("", wrap=True)
        self._facts = label("", "muted", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._progress_text = label("", "muted", wrap=True)
        self._default = push_button(self.tr("Use as default"), self.default_pressed.emit)
        self._licence = push_button("", self.licence_pressed.emit)
        self._fetch = push_button(self.tr("Fetch over the network…"), self.fetch_pressed.emit)
        self._import = push_button(self.tr("Import from a file…"), self.import_pressed.emit)
        self._cancel = push_button(self.tr("Stop fetching"), self.fetch_cancelled.emit)
        self._lay_out()

    def show_model(self, model: ModelInfo, is_default: bool) -> None:
        """Show a model, and whether photos are restored with it unless told otherwise."""
        self._model, self._is_default = model, is_default
        self._name.setText(model.name)
        self._purpose.setText(purpose_text(model))
        facts = [model.licence, use_text(model)]
        if model.bytes is not None:
            facts.append(size_text(model.bytes))
        self._facts.setText(" · ".join(facts))
        self._bar.setAccessibleName(self.tr("Fetching {name}").format(name=model.name))
        asks = bool(model.licence_text) and not model.accepted
        self._licence.setText(self.tr("Read and accept the licence…") if asks else self.tr("Read the licence…"))
        for button in self._buttons:
            button.setAccessibleName(f"{button.text()} {model.name}")
        self._show_state()

    def show_fetching(self, fraction: float | None, seconds_left: float | None = None) -> None:
        """Show how far fetching is in [0, 1], None while nothing is known."""
        self._is_fetching = True
        self._bar.setRange(0, 0 if fraction is None else _STEPS)
        self._bar.setValue(round(_STEPS * (fraction or 0.0)))
        parts = [self.tr("Fetching")] + ([] if fraction is None else [f"{round(100 * fraction)} %"])
        if seconds_left is not None:
            parts.append(self.tr("about {time} left").format(time=time_text(seconds_left)))
        self._progress_text.setText(" · ".join(parts))
        self._show_state()

    def show_fetch_ended(self, sentence: str = "") -> None:
        """Fetching has ended; the sentence says what went wrong, if something did."""
        self._is_fetching = False
        self._show_state()
        self._progress_text.setText(sentence)
        self._progress_text.setVisible(bool(sentence))

    def put_behind(self, before: QWidget) -> QWidget:
        """Let Tab come here from this control; answers with the last control of the card."""
        for button in self._buttons:
            QWidget.setTabOrder(before, button)
            before = button
        return before

    @property
    def _buttons(self) -> tuple[QPushButton, ...]:
        return self._default, self._licence, self._fetch, self._import, self._cancel

    def _show_state(self) -> None:
        model = self._model
        if model is None:
            return
        missing, asks = bool(model.missing), bool(model.licence_text) and not model.accepted
        usable = is_usable(model)
        if self._is_default and usable:
            state, role = self.tr("Used as default"), "good"
        elif missing:
            state, role = self.tr("Not installed"), "muted"
        elif asks:
            state, role = self.tr("Installed, licence not accepted yet"), "muted"
        else:
            state, role = self.tr("Installed"), "muted"
        self._state.setText(state)
        self._state.setProperty("role", role)
        self._state.style().polish(self._state)
        self._default.setVisible(usable and not self._is_default)
        self._licence.setVisible(bool(model.licence_text))
        self._fetch.setVisible(missing and model.fetch and not asks and not self._is_fetching)
        self._import.setVisible(missing and model.kind == "weights" and not self._is_fetching)
        self._cancel.setVisible(self._is_fetching)
        self._bar.setVisible(self._is_fetching)
        self._progress_text.setVisible(self._is_fetching)
        self._actions.setVisible(any(not button.isHidden() for button in self._buttons))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self._name, 1)
        head.addWidget(self._state)
        self._actions = QWidget()
        row = QHBoxLayout(self._actions)
        row.setContentsMargins(0, SPACE // 2, 0, 0)
        row.setSpacing(SPACE)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        for widget in (self._purpose, self._facts, self._bar, self._progress_text, self._actions):
            layout.addWidget(widget)
