"""The list of jobs: selection, the buttons of its rows, and their order by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QToolTip

from desktop_app.album.records import QueuedJob
from desktop_app.ui.queue.job_delegate import JobDelegate, RowAction, button_rects
from desktop_app.ui.queue.job_model import MIME, WAITING, JobModel
from desktop_app.ui.theme import Theme


class JobView(QListView):
    """Rows can be dragged among those that wait; a click on a row's button is told with the row's job."""

    row_action_pressed = Signal(object, int)
    """RowAction, id of the job."""
    jobs_dropped = Signal(tuple, object)
    """Ids, and the id of the job they shall come before (None: at the end)."""

    def __init__(self, theme: Theme, model: JobModel, action_text: Callable[[RowAction], str]) -> None:
        super().__init__()
        self._theme, self._model, self._action_text = theme, model, action_text
        self._delegate = JobDelegate(theme, self)
        self._drop_y: int | None = None
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(self.tr("Jobs"))
        theme.changed.connect(self.viewport().update)

    @property
    def chosen(self) -> list[QueuedJob]:
        """The selected jobs, from top to bottom."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return [job for row in rows if (job := self._model.job(row)) is not None]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed(event.position().toPoint()) is None:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed = self._pressed(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and pressed is not None:
            self.row_action_pressed.emit(*pressed)
        else:
            super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._delegate.pointed_at = event.position().toPoint()
        self.viewport().update()
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._delegate.pointed_at = QPoint(-1, -1)
            self.viewport().update()
        if event.type() == QEvent.Type.ToolTip:
            help_event = cast(QHelpEvent, event)
            pressed = self._pressed(help_event.pos())
            if pressed is not None:
                QToolTip.showText(help_event.globalPos(), self._action_text(pressed[0]), self)
                return True
        return super().viewportEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if not event.mimeData().hasFormat(MIME):
            return
        self._drop_y = self._gap(event.position().toPoint())[1]
        self.viewport().update()
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QEvent) -> None:
        self._drop_y = None
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop_y = None
        self.viewport().update()
        ids = tuple(int(id) for id in bytes(event.mimeData().data(MIME).data()).decode().split(",") if id)
        before = self._gap(event.position().toPoint())[0]
        event.setDropAction(Qt.DropAction.CopyAction)  # the order comes back from whoever keeps it
        event.accept()
        while before is not None and before.id in ids:
            before = next(iter(self._model.waiting_after(before.id)), None)
        if ids:
            self.jobs_dropped.emit(ids, before.id if before is not None else None)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._drop_y is not None:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(QColor(self._theme.colours.accent), 2))
            painter.drawLine(8, self._drop_y, self.viewport().width() - 8, self._drop_y)
            painter.end()

    def _pressed(self, at: QPoint) -> tuple[RowAction, int] | None:
        index = self.indexAt(at)
        job = self._model.job(index.row())
        if job is None:
            return None
        rects = button_rects(self.visualRect(index), job)
        return next(((action, job.id) for action, rect in rects.items() if rect.contains(at)), None)

    def _gap(self, at: QPoint) -> tuple[QueuedJob | None, int]:
        """The waiting job before which a drop here comes (None: at the end), and where that is."""
        index = self.indexAt(at)
        row = index.row() if index.isValid() else self._model.rowCount()
        if index.isValid() and at.y() > self.visualRect(index).center().y():
            row += 1
        while row < self._model.rowCount() and self._state_order(row) < 0:
            row += 1
        job = self._model.job(row)
        if job is not None and job.state in WAITING:
            return job, self._rect(row).top()
        last = max((n for n, j in enumerate(self._model.jobs) if j.state in WAITING), default=0)
        return None, self._rect(last).bottom()

    def _state_order(self, row: int) -> int:
        """Below 0 for rows above those that wait."""
        job = self._model.job(row)
        return 0 if job is None or job.state in WAITING else -1

    def _rect(self, row: int) -> QRect:
        index: QModelIndex = self._model.index(row)
        return self.visualRect(index)
