"""One version of a face, large, beside the original; lies over the photo while it is looked at."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_app.ui.theme import SPACE, Theme

_CAPTION_PX = 30


class LargeView(QWidget):
    """Shows two pictures of equal size side by side, as large as there is room; takes no mouse and no focus."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pairs: tuple[tuple[str, QImage], ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def show_pictures(self, *pairs: tuple[str, QImage]) -> None:
        """Show captions with their pictures; none hides the view."""
        self._pairs = pairs
        parent = self.parentWidget()
        if pairs and parent is not None:
            self.setGeometry(parent.rect())
            self.raise_()
        self.setVisible(bool(pairs))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shade = QColor(self._theme.colours.base)
        shade.setAlpha(235)
        painter.fillRect(self.rect(), shade)
        count = len(self._pairs)
        room_x = (self.width() - (count + 1) * 2 * SPACE) / max(1, count)
        side = min(room_x, self.height() - _CAPTION_PX - 4 * SPACE)
        left = (self.width() - count * side - (count - 1) * 2 * SPACE) / 2
        top = (self.height() - side - _CAPTION_PX) / 2
        painter.setPen(QColor(self._theme.colours.text))
        for n, (caption, picture) in enumerate(self._pairs):
            rect = QRectF(left + n * (side + 2 * SPACE), top, side, side)
            painter.drawImage(rect, picture)
            below = QRectF(rect.x(), rect.bottom(), side, _CAPTION_PX)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, caption)
        painter.end()
