"""Icons as SVG, drawn in a colour of the theme at any scale."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop_app.ui.theme import Theme
from engine.base.folders import resources_dir


@cache
def _source(name: str) -> str:
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def draw_icon(painter: QPainter, rect: QRectF, name: str, colour: QColor) -> None:
    """Draw an icon into a rectangle; its strokes take the colour."""
    svg = _source(name).replace("currentColor", colour.name())
    painter.save()
    painter.setOpacity(painter.opacity() * colour.alphaF())
    QSvgRenderer(QByteArray(svg.encode())).render(painter, rect)
    painter.restore()


class _Engine(QIconEngine):
    """Draws by the theme at the moment of painting, so that a change of theme needs no new icons."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._name, self._theme = name, theme

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colours = self._theme.colours
        colour = QColor(colours.accent if state == QIcon.State.On else colours.text)
        if mode == QIcon.Mode.Disabled:
            colour = QColor(colours.muted)
            colour.setAlphaF(0.55)
        draw_icon(painter, QRectF(rect), self._name, colour)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._theme)


def icon(name: str, theme: Theme) -> QIcon:
    """The icon of `resources/icons/<name>.svg` in the theme's text colour, its accent while checked."""
    return QIcon(_Engine(name, theme))
