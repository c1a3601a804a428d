"""Colours and style: calm and near neutral around the photographs, dark or light, following the system or chosen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from engine.base.folders import resources_dir


class ThemeChoice(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Colours:
    """The colours of one theme as `#rrggbb`; text on `base` and `surface` has a contrast of at least 4.5 to 1."""

    base: str
    """Behind the photographs."""
    surface: str
    """Panels, bars, dialogs."""
    raised: str
    """Buttons and fields on a panel."""
    hover: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    focus: str
    danger: str
    good: str


DARK = Colours(
    base="#171615",
    surface="#211f1d",
    raised="#2e2b28",
    hover="#3a3632",
    border="#3d3935",
    text="#efeae3",
    muted="#b0a69a",
    accent="#d9a15a",
    on_accent="#1d1408",
    focus="#f0c489",
    danger="#f0897b",
    good="#8fc98f",
)
LIGHT = Colours(
    base="#ece8e2",
    surface="#f8f6f2",
    raised="#ffffff",
    hover="#efe9e0",
    border="#d3cbc0",
    text="#2a2520",
    muted="#685f55",
    accent="#8f5a1c",
    on_accent="#ffffff",
    focus="#a8671c",
    danger="#a8321f",
    good="#2f6b34",
)

SPACE = 8
"""The grid of all distances, in device-independent pixels."""


class Theme(QObject):
    """The colours in use; `changed` after another choice, or when the system went dark or light."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: ThemeChoice = ThemeChoice.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self._choice = choice
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        self._apply()

    @property
    def colours(self) -> Colours:
        return DARK if self.is_dark else LIGHT

    @property
    def is_dark(self) -> bool:
        if self._choice is ThemeChoice.SYSTEM:
            return self._app.styleHints().colorScheme() != Qt.ColorScheme.Light
        return self._choice is ThemeChoice.DARK

    def choose(self, choice: ThemeChoice) -> None:
        """Use the system's theme, or one of the two whatever the system does."""
        self._choice = choice
        self._apply()

    def _on_system_changed(self) -> None:
        if self._choice is ThemeChoice.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        self._app.setPalette(_palette(self.colours))
        sheet = (resources_dir() / "style.qss").read_text(encoding="utf-8")
        for name, value in vars(self.colours).items():
            sheet = sheet.replace(f"@{name};", f"{value};").replace(f"@{name} ", f"{value} ")
        self._app.setStyleSheet(sheet)
        self.changed.emit()


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for of, colour in {
        role.Window: colours.surface,
        role.WindowText: colours.text,
        role.Base: colours.raised,
        role.AlternateBase: colours.surface,
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: colours.raised,
        role.ButtonText: colours.text,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Link: colours.accent,
        role.Mid: colours.border,
        role.Light: colours.hover,
    }.items():
        palette.setColor(of, QColor(colour))
    faded = QColor(colours.muted)
    faded.setAlpha(150)
    for of in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, of, faded)
    return palette
