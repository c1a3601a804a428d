"""The models page: what is there, what it may be used for, and how more comes in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.ui.common.buttons import icon_button, make_action
from desktop_app.ui.common.labels import label
from desktop_app.ui.common.section import Section
from desktop_app.ui.models.fetch_dialog import FetchDialog
from desktop_app.ui.models.licence_dialog import LicenceDialog
from desktop_app.ui.models.model_card import ModelCard
from desktop_app.ui.models.model_words import fetch_plan
from desktop_app.ui.theme import SPACE, Theme
from desktop_app.ui.words import error_text
from engine.base.errors import AlbumenError
from engine.protocol import ModelFile, ModelInfo

_WIDEST_PX = 820
_STEPS = 1000


class ModelsPage(QWidget):
    """Lists models and, folded away, the weights they are made of; uses the network only after its question."""

    default_chosen = Signal(str)
    import_wanted = Signal(str, object)
    """Path of the file, and the id of the weights it is for (None: it says so itself)."""
    check_wanted = Signal()
    licence_accepted = Signal(str)
    fetch_wanted = Signal(str)
    fetch_cancelled = Signal(str)
    commercial_only_switched = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._models: tuple[ModelInfo, ...] = ()
        self._default = ""
        self._cards: dict[str, ModelCard] = {}
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.import_file = make_action(
            self, theme, self.tr("Import from a file…"), "import", lambda: self._on_import(None), "Ctrl+I"
        )
        self.check = make_action(self, theme, self.tr("Check files"), "check", self._on_check, "Ctrl+K")
        self._commercial = QCheckBox(self.tr("Only models for commercial use"))
        self._commercial.setToolTip(self.tr("Hides what may not be used in a studio, a shop or any other business."))
        self._checking = QProgressBar()
        self._checking.setRange(0, _STEPS)
        self._checking.setTextVisible(False)
        self._checking.setAccessibleName(self.tr("Progress of the check"))
        self._checking.hide()
        self._checked = QFrame()
        self._checked.setProperty("role", "card")
        self._checked.hide()
        self._none = label(self.tr("No model fits. Clear the box above to see all."), "muted", wrap=True)
        self._lay_out()
        self._commercial.toggled.connect(self._on_commercial)

    def show_models(self, models: Sequence[ModelInfo], default: str, commercial_only: bool) -> None:
        """Show all models and weights, which one is the default, and whether only free ones are offered."""
        self._models, self._default = tuple(models), default
        self._commercial.blockSignals(True)
        self._commercial.setChecked(commercial_only)
        self._commercial.blockSignals(False)
        shown = [model for model in models if not commercial_only or model.use == "any"]
        if [model.id for model in shown] != list(self._cards):
            self._make_cards(shown)
        for model in shown:
            self._cards[model.id].show_model(model, model.id == default)
        self._none.setVisible(not shown)
        self._parts.setVisible(any(model.kind == "weights" for model in shown))

    def show_checking(self, fraction: float) -> None:
        """Show how far the check of the files is, in [0, 1]."""
        self._checked.hide()
        self._checking.show()
        self._checking.setValue(round(_STEPS * fraction))
        self.check.setEnabled(False)

    def show_checked(self, files: Sequence[ModelFile]) -> None:
        """Say what the check found out about every file."""
        self._checking.hide()
        self.check.setEnabled(True)
        _empty(self._checked_lines)
        bad = sum(file.state != "ok" for file in files)
        if bad:
            heading = label(self.tr("%n file(s) are not as they should be", "", bad), "danger", wrap=True)
        else:
            heading = label(self.tr("All files are as they should be"), "heading", wrap=True)
        self._checked_lines.addWidget(heading)
        for file in files:
            state = {
                "ok": self.tr("unchanged"),
                "damaged": self.tr("damaged or changed: import or fetch it again"),
                "missing": self.tr("missing: import or fetch it again"),
            }[file.state]
            text = label(f"{Path(file.path).name}: {state}", "muted" if file.state == "ok" else "danger", wrap=True)
            text.setToolTip(file.path)
            self._checked_lines.addWidget(text)
        self._checked.show()

    def show_check_failed(self, error: AlbumenError) -> None:
        """Say why the files could not be checked."""
        self.show_checked(())
        _empty(self._checked_lines)
        self._checked_lines.addWidget(label(error_text(error), "danger", wrap=True))

    def show_fetching(self, model_id: str, fraction: float | None, seconds_left: float | None = None) -> None:
        """Show how far fetching a model is in [0, 1], None while nothing is known."""
        if model_id in self._cards:
            self._cards[model_id].show_fetching(fraction, seconds_left)

    def show_fetch_ended(self, model_id: str, error: AlbumenError | None = None) -> None:
        """Fetching ended: well, cancelled, or by an error."""
        if model_id in self._cards:
            self._cards[model_id].show_fetch_ended(error_text(error) if error is not None else "")

    def _lay_out(self) -> None:
        self._checked_lines = QVBoxLayout(self._checked)
        self._checked_lines.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        self._checked_lines.setSpacing(SPACE // 2)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(label(self.tr("Models"), "title"), 1)
        head.addWidget(icon_button(self.import_file, with_text=True))
        head.addWidget(icon_button(self.check, with_text=True))
        self._whole = QVBoxLayout()
        self._parts = Section(self.tr("Parts that models are made of"), is_open=False)
        self._parts.content.setContentsMargins(0, SPACE, 0, 0)
        for lines in (self._whole, self._parts.content):
            lines.setSpacing(2 * SPACE)
        column = QWidget()
        column.setMaximumWidth(_WIDEST_PX)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        inner.setSpacing(2 * SPACE)
        inner.addLayout(head)
        inner.addWidget(self._commercial)
        inner.addWidget(self._checking)
        inner.addWidget(self._checked)
        inner.addWidget(self._none)
        inner.addLayout(self._whole)
        inner.addWidget(self._parts)
        inner.addStretch()
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(column)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setWidget(middle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def _make_cards(self, models: Sequence[ModelInfo]) -> None:
        for lines in (self._whole, self._parts.content):
            _empty(lines)
        self._cards = {}
        for model in models:
            card = ModelCard()
            card.default_pressed.connect(partial(self.default_chosen.emit, model.id))
            card.import_pressed.connect(partial(self._on_import, model.id))
            card.licence_pressed.connect(partial(self._on_licence, model.id))
            card.fetch_pressed.connect(partial(self._on_fetch, model.id))
            card.fetch_cancelled.connect(partial(self.fetch_cancelled.emit, model.id))
            (self._whole if model.kind == "model" else self._parts.content).addWidget(card)
            self._cards[model.id] = card
        before: QWidget = self._commercial
        for model in models:  # or Tab would come to new cards after the parts
            if model.kind == "model":
                before = self._cards[model.id].put_behind(before)

    def _model(self, model_id: str) -> ModelInfo:
        return next(model for model in self._models if model.id == model_id)

    def _on_commercial(self, only: bool) -> None:
        self.show_models(self._models, self._default, only)
        self.commercial_only_switched.emit(only)

    def _on_check(self) -> None:
        self.show_checking(0.0)
        self.check_wanted.emit()

    def _on_import(self, model_id: str | None) -> None:
        patterns = "*.zip *.safetensors *.pth *.pt"
        chooser = QFileDialog(
            self,
            self.tr("File with a model"),
            "",
            self.tr("Models ({patterns})").format(patterns=patterns) + ";;" + self.tr("All files (*)"),
        )
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(lambda path: self.import_wanted.emit(path, model_id))
        chooser.open()

    def _on_licence(self, model_id: str) -> None:
        dialog = LicenceDialog(self._model(model_id), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.licence_accepted.connect(self.licence_accepted)
        dialog.open()

    def _on_fetch(self, model_id: str) -> None:
        model = self._model(model_id)
        dialog = FetchDialog(model, fetch_plan(model, self._models), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fetch_wanted.connect(self.fetch_wanted)
        dialog.open()


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
