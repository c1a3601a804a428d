"""The question before the one thing that uses the network."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop_app.ui.common.amounts import size_text
from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.common.labels import label
from desktop_app.ui.models.model_words import FetchPlan
from engine.protocol import ModelInfo


class FetchDialog(Dialog):
    """Says from where and how much; `fetch_wanted` comes by its button only."""

    fetch_wanted = Signal(str)
    """Id of the model."""

    def __init__(self, model: ModelInfo, plan: FetchPlan, parent: QWidget | None = None) -> None:
        super().__init__("", parent, width_px=460)
        self._model = model
        self.setWindowTitle(self.tr("Fetch a model"))
        hosts = ", ".join(plan.hosts)
        if plan.bytes is None:
            much = self.tr("From {host}. The size shows once it begins.").format(host=hosts)
        else:
            much = self.tr("{size} from {host}.").format(size=size_text(plan.bytes), host=hosts)
        self.content.addWidget(label(self.tr("Fetch {name}?").format(name=model.name), "title", wrap=True))
        self.content.addWidget(label(much, "heading", wrap=True))
        text = self.tr(
            "This is the only thing in Albumen that uses the network. Nothing about you or your photos is sent."
        )
        self.content.addWidget(label(text, wrap=True))
        self.add_button(self.tr("Not now"), self.reject)
        self.add_button(self.tr("Fetch it now"), self._on_fetch, primary=True)

    def _on_fetch(self) -> None:
        self.fetch_wanted.emit(self._model.id)
        self.accept()
