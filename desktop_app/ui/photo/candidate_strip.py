"""The versions of one face in a row, the original first; keys 0 to 8 pick, the eye compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.ui.theme import SPACE, Theme

TILE_PX = 132
_ROUND = 9.0
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Tile:
    """One version: its candidate's path (None: the original), its picture, and what is said of it."""

    path: str | None
    picture: QImage | None
    picked: bool = False
    suggested: bool = False
    forming: bool = False


class TileModel(QAbstractListModel):
    """The tiles in their order; the role `TILE` gives the record."""

    TILE = Qt.ItemDataRole.UserRole + 1

    def __init__(self) -> None:
        super().__init__()
        self._tiles: tuple[Tile, ...] = ()

    def set_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show other tiles; those at the beginning that are of the same versions as before stay the current ones."""
        new, old = tuple(tiles), self._tiles
        same = next(
            (n for n, (a, b) in enumerate(zip(new, old, strict=False)) if a.path != b.path), min(len(new), len(old))
        )
        if len(old) > same:
            self.beginRemoveRows(QModelIndex(), same, len(old) - 1)
            self._tiles = old[:same]
            self.endRemoveRows()
        if len(new) > same:
            self.beginInsertRows(QModelIndex(), same, len(new) - 1)
            self._tiles = (*old[:same], *new[same:])
            self.endInsertRows()
        self._tiles = new
        if same:
            self.dataChanged.emit(self.index(0), self.index(same - 1))

    def tile(self, row: int) -> Tile | None:
        return self._tiles[row] if 0 <= row < len(self._tiles) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        tile = self.tile(index.row())
        if tile is None:
            return None
        if role == self.TILE:
            return tile
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.caption(index.row()) + (", " + self.tr("chosen") if tile.picked else "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self.caption(index.row())} ({index.row()})" if index.row() <= 8 else self.caption(index.row())
        return None

    def caption(self, row: int) -> str:
        return self.tr("Original") if row == 0 else self.tr("Version {n}").format(n=row)


class _TileDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(TILE_PX + SPACE, TILE_PX + 26)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile: Tile = index.data(TileModel.TILE)
        colours = self._theme.colours
        rect = QRectF(option.rect.x() + SPACE / 2, option.rect.y() + 2, TILE_PX, TILE_PX)
        path = QPainterPath()
        path.addRoundedRect(rect, _ROUND, _ROUND)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillPath(path, QColor(colours.raised))
        if tile.picture is not None:
            painter.setClipPath(path)
            painter.setOpacity(0.6 if tile.forming else 1.0)
            painter.drawImage(rect, tile.picture)
            painter.setOpacity(1.0)
            painter.setClipping(False)
        self._paint_frame(painter, rect, tile, option)
        self._paint_caption(painter, rect, tile, index)
        painter.restore()

    def _paint_frame(self, painter: QPainter, rect: QRectF, tile: Tile, option: QStyleOptionViewItem) -> None:
        colours = self._theme.colours
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if not (tile.picked or focused or hovered):
            return
        colour = colours.accent if tile.picked else colours.focus if focused else colours.muted
        painter.setPen(QPen(QColor(colour), 3.0 if tile.picked else 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), _ROUND, _ROUND)
        if tile.picked and focused:
            painter.setPen(QPen(QColor(colours.focus), 1.5, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(rect.adjusted(5, 5, -5, -5), _ROUND - 3, _ROUND - 3)

    def _paint_caption(self, painter: QPainter, rect: QRectF, tile: Tile, index: Index) -> None:
        colours = self._theme.colours
        model = index.model()
        assert isinstance(model, TileModel)
        text = model.caption(index.row())
        if tile.picked:
            text = "✓ " + text
        elif tile.suggested:
            text = "• " + text
        painter.setPen(QColor(colours.accent if tile.picked else colours.text if tile.suggested else colours.muted))
        painter.drawText(QRectF(rect.x(), rect.bottom() + 2, rect.width(), 22), Qt.AlignmentFlag.AlignCenter, text)


class CandidateStrip(QListView):
    """Tiles of a face's versions. Click, Enter or a number key picks; hover or Space shows one large."""

    tile_picked = Signal(int)
    tile_shown_large = Signal(int)
    """Row of the tile to show large, -1 to stop."""
    face_stepped = Signal(int)
    """To the previous (-1) or next (+1) face, by the arrows up and down."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.tiles = TileModel()
        self.setModel(self.tiles)
        self.setItemDelegate(_TileDelegate(theme, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(TILE_PX + 44)
        self.setViewportMargins(SPACE, 0, SPACE, 0)
        self.setAccessibleName(self.tr("Versions of this face"))
        self._large = -1
        self._by_space = False
        theme.changed.connect(self.viewport().update)
        self.clicked.connect(lambda index: self.tile_picked.emit(index.row()))
        self.entered.connect(lambda index: self._show_large(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_8 and self.tiles.tile(key - Qt.Key.Key_0):
            self.setCurrentIndex(self.tiles.index(key - Qt.Key.Key_0))
            self.tile_picked.emit(key - Qt.Key.Key_0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.tile_picked.emit(self.currentIndex().row())
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.face_stepped.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._by_space = True
                self._show_large(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
            if self._by_space:
                self._show_large(self.currentIndex().row())

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._by_space = False
            self._show_large(-1)
        super().keyReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self._show_large(-1)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave and not self._by_space:
            self._show_large(-1)
        return super().viewportEvent(event)

    def focusOutEvent(self, event: Any) -> None:
        self._by_space = False
        self._show_large(-1)
        super().focusOutEvent(event)

    def _show_large(self, row: int) -> None:
        if row != self._large:
            self._large = row
            self.tile_shown_large.emit(row)
