"""The grid of thumbnails."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPainterPath, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.album.records import Photo, PhotoState
from desktop_app.ui.album.photo_model import PhotoModel
from desktop_app.ui.icons import draw_icon
from desktop_app.ui.theme import SPACE, Theme

SMALLEST_PX, LARGEST_PX = 96, 400
_CAPTION_PX = 24
_BADGE_PX = 22
Index = QModelIndex | QPersistentModelIndex


class _PhotoDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.side_px = 176

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self.side_px + 2 * SPACE, self.side_px + 2 * SPACE + _CAPTION_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        photo: Photo | None = index.data(PhotoModel.PHOTO)
        if photo is None:
            return
        cell = QRect(option.rect).adjusted(SPACE, SPACE, -SPACE, -SPACE - _CAPTION_PX)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rect = self._paint_picture(painter, QRectF(cell), index.data(PhotoModel.THUMBNAIL), photo)
        self._paint_frame(painter, rect, option)
        self._paint_badges(painter, rect, photo)
        self._paint_caption(painter, cell, photo, option)
        painter.restore()

    def _paint_picture(self, painter: QPainter, cell: QRectF, picture: QImage | None, photo: Photo) -> QRectF:
        colours = self._theme.colours
        if picture is None or picture.isNull():
            side = min(cell.width(), cell.height())
            rect = QRectF(0, 0, side, side * 0.75)
            rect.moveCenter(cell.center())
            path = QPainterPath()
            path.addRoundedRect(rect, 4, 4)
            painter.fillPath(path, QColor(colours.surface))
            broken = photo.missing or photo.state is PhotoState.FAILED or picture is not None
            mark = QRectF(0, 0, 32, 32)
            mark.moveCenter(rect.center())
            draw_icon(painter, mark, "warning" if broken else "photo", QColor(colours.muted))
            return rect
        size = picture.deviceIndependentSize()
        size.scale(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
        rect = QRectF(cell.topLeft(), size)
        rect.moveCenter(cell.center())
        painter.setOpacity(0.4 if photo.missing or photo.flag == "rejected" else 1.0)
        painter.drawImage(rect, picture)
        painter.setOpacity(1.0)
        return rect

    def _paint_frame(self, painter: QPainter, rect: QRectF, option: QStyleOptionViewItem) -> None:
        colours = self._theme.colours
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if selected:
            painter.setPen(QPen(QColor(colours.accent), 3))
            painter.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), 5, 5)
        elif hovered:
            painter.setPen(QPen(QColor(colours.border), 2))
            painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), 4, 4)
        if focused:
            painter.setPen(QPen(QColor(colours.focus), 1.5, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(rect.adjusted(-6, -6, 6, 6), 7, 7)

    def _paint_badges(self, painter: QPainter, rect: QRectF, photo: Photo) -> None:
        colours = self._theme.colours
        name, colour = {
            PhotoState.NEW: ("", colours.text),
            PhotoState.FACES_FOUND: ("face", colours.text),
            PhotoState.RESTORED: ("restore", colours.accent),
            PhotoState.EXPORTED: ("check", colours.good),
            PhotoState.FAILED: ("warning", colours.danger),
        }[photo.state]
        if photo.missing:
            name, colour = "link", colours.danger
        badges = [(name, colour)] if name else []
        if photo.flag == "picked":
            badges.append(("flag", colours.accent))
        x = rect.right() - 5
        for icon_name, icon_colour in badges:
            x -= _BADGE_PX
            spot = QRectF(x, rect.bottom() - _BADGE_PX - 5, _BADGE_PX, _BADGE_PX)
            shade = QColor(colours.surface)
            shade.setAlpha(225)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawEllipse(spot)
            draw_icon(painter, spot.adjusted(4, 4, -4, -4), icon_name, QColor(icon_colour))
            x -= 4

    def _paint_caption(self, painter: QPainter, cell: QRect, photo: Photo, option: QStyleOptionViewItem) -> None:
        colours = self._theme.colours
        line = QRect(cell.x(), cell.bottom() + SPACE // 2, cell.width(), _CAPTION_PX)
        name = option.fontMetrics.elidedText(photo.path.name, Qt.TextElideMode.ElideMiddle, line.width() - 8)
        if photo.rating:
            stars = "★" * photo.rating
            painter.setPen(QColor(colours.accent))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, stars)
            room = line.width() - option.fontMetrics.horizontalAdvance(stars) - 8
            name = option.fontMetrics.elidedText(photo.path.name, Qt.TextElideMode.ElideMiddle, room)
            line.setWidth(room)
        painter.setPen(QColor(colours.muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)


@dataclass(frozen=True)
class _Kept:
    """What holds when the list is made anew: ids selected, the current one and its row, and how far it is scrolled."""

    selected: tuple[int, ...] = ()
    current: int | None = None
    row: int = -1
    scrolled: int = 0


class PhotoGrid(QListView):
    """Thumbnails; Enter or a double click opens, digits 0 to 5 rate, P and X flag, Ctrl+wheel changes the size."""

    photo_opened = Signal(int)
    rating_given = Signal(int)
    flag_given = Signal(str)
    side_changed = Signal(int)
    menu_asked = Signal(QPoint)
    """Where, in global coordinates."""

    def __init__(self, theme: Theme, model: PhotoModel, side_px: int) -> None:
        super().__init__()
        self._model = model
        self._kept = _Kept()
        self._delegate = _PhotoDelegate(theme, self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setProperty("role", "grid")
        self.setViewportMargins(SPACE, 0, 0, 0)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.SinglePass)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(self.tr("Photos"))
        self.set_side(side_px)
        theme.changed.connect(self.viewport().update)
        model.modelAboutToBeReset.connect(self._on_reset_begun)
        model.modelReset.connect(self._on_reset)
        self.activated.connect(self._on_activated)
        self.customContextMenuRequested.connect(lambda at: self.menu_asked.emit(self.viewport().mapToGlobal(at)))

    @property
    def selected_ids(self) -> tuple[int, ...]:
        """Ids of the selected photos, from top to bottom."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return tuple(i for row in rows if (i := self._model.id_at(row)) is not None)

    @property
    def side_px(self) -> int:
        return self._delegate.side_px

    def set_side(self, side_px: int) -> None:
        """Side of a thumbnail in device-independent pixels."""
        side_px = max(SMALLEST_PX, min(LARGEST_PX, side_px))
        if side_px == self._delegate.side_px and not self.gridSize().isEmpty():
            return
        self._delegate.side_px = side_px
        self._model.set_side(side_px * self.devicePixelRatioF())
        self.setGridSize(QSize(side_px + 2 * SPACE, side_px + 2 * SPACE + _CAPTION_PX))
        self.side_changed.emit(side_px)

    def select(self, photo_id: int) -> None:
        """Make a photo the current and only selected one, and bring it into view."""
        row = self._model.row_of(photo_id)
        if row is not None:
            self.setCurrentIndex(self._model.index(row))
            self.scrollTo(self._model.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        key = event.key()
        if plain and Qt.Key.Key_0 <= key <= Qt.Key.Key_5:
            self.rating_given.emit(key - Qt.Key.Key_0)
        elif plain and key in (Qt.Key.Key_P, Qt.Key.Key_X, Qt.Key.Key_U):
            self.flag_given.emit({Qt.Key.Key_P: "picked", Qt.Key.Key_X: "rejected", Qt.Key.Key_U: "none"}[Qt.Key(key)])
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_activated(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_side(round(self._delegate.side_px * (1.15 if event.angleDelta().y() > 0 else 1 / 1.15)))
            event.accept()
        else:
            super().wheelEvent(event)

    def _on_activated(self, index: QModelIndex) -> None:
        photo_id = self._model.id_at(index.row())
        if photo_id is not None:
            self.photo_opened.emit(photo_id)

    def _on_reset_begun(self) -> None:
        row = self.currentIndex().row()
        self._kept = _Kept(self.selected_ids, self._model.id_at(row), row, self.verticalScrollBar().value())

    def _on_reset(self) -> None:
        """Other photos, or another order: what was selected stays so, and the keys go on from where they were."""
        kept, chosen = self._kept, QItemSelection()
        for row in (self._model.row_of(photo_id) for photo_id in kept.selected):
            if row is not None:
                chosen.select(self._model.index(row), self._model.index(row))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.Select)
        row = self._model.row_of(kept.current) if kept.current is not None else None
        index = self._model.index(min(kept.row, self._model.rowCount() - 1) if row is None else row)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.executeDelayedItemsLayout()
        self.verticalScrollBar().setValue(kept.scrolled)
