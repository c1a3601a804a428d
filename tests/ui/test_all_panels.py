"""All dialogs and panels: named, reachable in reading order, and never cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import accessibility
import pytest
import samples
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from desktop_app.ui.theme import Theme

SMALL_SCREEN_PX = (960, 540)
"""A screen of 1920 x 1080 at 200 %."""

panels = pytest.mark.parametrize(
    "made", [(make, size) for _, make, size in samples.ALL], ids=[name for name, _, _ in samples.ALL], indirect=True
)


class _Longer(QTranslator):
    """Makes every string longer by two fifths, as German is, with characters that stand higher and lower."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        return (
            source + " Übergänge 한글 für gjpqy Österreicherinnen und ihre Fotografien"[: max(3, len(source) * 2 // 5)]
        )


@pytest.fixture
def longer(app: QApplication) -> Iterator[None]:
    translator = _Longer()
    app.installTranslator(translator)
    yield
    app.removeTranslator(translator)


@pytest.fixture
def made(shown: Callable[[QWidget], None], theme: Theme, request: pytest.FixtureRequest) -> QWidget:
    make, size = request.param
    widget: QWidget = make(theme)
    if size is not None:
        widget.resize(*size)
    shown(widget)
    return widget


@panels
def test_every_control_is_named_and_reached_in_reading_order(made: QWidget) -> None:
    accessibility.assert_accessible(made)
    accessibility.assert_reading_order(made)
    assert not isinstance(made, QDialog) or accessibility.focus_order(made)


@panels
def test_nothing_is_cut_off(made: QWidget) -> None:
    accessibility.assert_nothing_cut_off(made)


@panels
def test_nothing_is_cut_off_where_words_are_longer(longer: None, made: QWidget) -> None:
    accessibility.assert_nothing_cut_off(made)


@panels
def test_fits_a_screen_at_200_percent(made: QWidget) -> None:
    least = made.minimumSizeHint().expandedTo(made.minimumSize())
    assert (least.width(), least.height()) <= SMALL_SCREEN_PX
    assert least.height() <= SMALL_SCREEN_PX[1]
