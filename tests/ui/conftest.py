"""The one application object of all tests of the window, drawn without a screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QThreadPool
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.ui.theme import Theme, ThemeChoice


@pytest.fixture(scope="session")
def app() -> QApplication:
    present = QApplication.instance()
    return present if isinstance(present, QApplication) else QApplication([])


@pytest.fixture
def theme(app: QApplication) -> Iterator[Theme]:
    """The dark theme; no thread may outlive the test."""
    made = Theme(app, ThemeChoice.DARK)
    yield made
    assert QThreadPool.globalInstance().waitForDone(5000)
    made.deleteLater()


@pytest.fixture
def shown(theme: Theme) -> Iterator[Callable[[QWidget], None]]:
    """Shows a widget and lets it lay itself out; it is deleted after the test, as restyling takes in all there are."""
    widgets: list[QWidget] = []

    def show(widget: QWidget) -> None:
        widgets.append(widget)
        widget.show()
        for _ in range(3):
            QApplication.processEvents()

    yield show
    for widget in widgets:
        widget.close()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
