"""How a job of the queue is painted: its photo, what it is, how far it is, and what can be done about it."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.album.records import JobState, QueuedJob
from desktop_app.ui.icons import draw_icon
from desktop_app.ui.queue.job_model import JobModel, JobProgress
from desktop_app.ui.theme import SPACE, Theme

Index = QModelIndex | QPersistentModelIndex
_THUMBNAIL_PX = 52
_BUTTON_PX = 30
_ROUND = 8.0


class RowAction(StrEnum):
    """What can be done about one job; the value names its icon."""

    PAUSE = "pause"
    RESUME = "play"
    RETRY = "retry"
    CANCEL = "close"


def row_actions(job: QueuedJob) -> tuple[RowAction, ...]:
    """What a row offers, from left to right."""
    match job.state:
        case JobState.RUNNING | JobState.QUEUED:
            return RowAction.PAUSE, RowAction.CANCEL
        case JobState.PAUSED:
            return RowAction.RESUME, RowAction.CANCEL
        case JobState.FAILED:
            return RowAction.RETRY, RowAction.CANCEL
        case JobState.CANCELLED:
            return (RowAction.RETRY,)
        case _:
            return ()


def button_rects(row: QRect, job: QueuedJob) -> dict[RowAction, QRect]:
    """Where a row's buttons lie."""
    actions = row_actions(job)
    top = row.center().y() - _BUTTON_PX // 2
    left = row.right() - SPACE - len(actions) * _BUTTON_PX
    return {action: QRect(left + n * _BUTTON_PX, top, _BUTTON_PX, _BUTTON_PX) for n, action in enumerate(actions)}


class JobDelegate(QStyledItemDelegate):
    """Paints rows of equal height; `pointed_at` is where the mouse is in the view, outside of it (-1, -1)."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.pointed_at = QPoint(-1, -1)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        text_px = 3 * option.fontMetrics.lineSpacing() + 2 * SPACE
        return QSize(10 * _BUTTON_PX, max(_THUMBNAIL_PX, text_px) + 2 * SPACE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, JobModel)
        job = model.job(index.row())
        if job is None:
            return
        photo = model.photo(job)
        row = QRect(option.rect)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_ground(painter, row, option)
        thumbnail = QRectF(0, 0, _THUMBNAIL_PX, _THUMBNAIL_PX)
        thumbnail.moveCenter(QPointF(row.left() + 1.5 * SPACE + _THUMBNAIL_PX / 2, row.center().y() + 0.5))
        faded = job.state in (JobState.DONE, JobState.CANCELLED)
        painter.setOpacity(0.55 if faded else 1.0)
        self._paint_thumbnail(painter, thumbnail, photo.picture, job)
        painter.setOpacity(1.0)
        left = round(thumbnail.right()) + 2 * SPACE
        right = row.right() - 2 * SPACE - len(row_actions(job)) * _BUTTON_PX
        text = QRect(left, row.top(), right - left, row.height())
        self._paint_text(painter, text, option.font, photo.name, model.status_text(job), job)
        self._paint_progress(painter, text, model.progress(job), job)
        self._paint_buttons(painter, row, job)
        painter.restore()

    def _paint_ground(self, painter: QPainter, row: QRect, option: QStyleOptionViewItem) -> None:
        colours = self._theme.colours
        inner = QRectF(row).adjusted(2, 1, -2, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(inner, _ROUND, _ROUND)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner.adjusted(1, 1, -1, -1), _ROUND, _ROUND)

    def _paint_thumbnail(self, painter: QPainter, rect: QRectF, picture: QImage | None, job: QueuedJob) -> None:
        colours = self._theme.colours
        path = QPainterPath()
        path.addRoundedRect(rect, 5, 5)
        painter.fillPath(path, QColor(colours.base))
        if picture is None or picture.isNull():
            name = {"find": "face", "restore": "restore", "export": "export"}[job.kind]
            draw_icon(painter, rect.adjusted(14, 14, -14, -14), name, QColor(colours.muted))
            return
        side = min(picture.width(), picture.height())
        middle = QRectF((picture.width() - side) / 2, (picture.height() - side) / 2, side, side)
        painter.setClipPath(path)
        painter.drawImage(rect, picture, middle)
        painter.setClipping(False)

    def _paint_text(self, painter: QPainter, room: QRect, font: QFont, name: str, status: str, job: QueuedJob) -> None:
        colours = self._theme.colours
        metrics = QFontMetrics(font)
        lines = _lines(status, font, room.width(), 2)
        height = (1 + len(lines)) * metrics.lineSpacing() + (SPACE if job.state is JobState.RUNNING else 0)
        top = room.top() + (room.height() - height) // 2
        done = job.state in (JobState.DONE, JobState.CANCELLED)
        painter.setPen(QColor(colours.muted if done else colours.text))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room.width())
        line = QRect(room.left(), top, room.width(), metrics.lineSpacing())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setPen(QColor(colours.danger if job.state is JobState.FAILED else colours.muted))
        for text in lines:
            line.translate(0, metrics.lineSpacing())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_progress(self, painter: QPainter, room: QRect, progress: JobProgress | None, job: QueuedJob) -> None:
        if job.state is not JobState.RUNNING:
            return
        colours = self._theme.colours
        bar = QRectF(room.left(), room.bottom() - 1.5 * SPACE, room.width(), 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        fraction = progress.fraction if progress is not None else 0.0
        if fraction > 0:
            bar.setWidth(max(5.0, bar.width() * min(1.0, fraction)))
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(bar, 2.5, 2.5)

    def _paint_buttons(self, painter: QPainter, row: QRect, job: QueuedJob) -> None:
        colours = self._theme.colours
        for action, rect in button_rects(row, job).items():
            pointed = rect.contains(self.pointed_at)
            if pointed:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colours.hover))
                painter.drawRoundedRect(QRectF(rect), 6, 6)
            spot = QRectF(rect).adjusted(7, 7, -7, -7)
            draw_icon(painter, spot, action.value, QColor(colours.text if pointed else colours.muted))


def _lines(text: str, font: QFont, width: int, most: int) -> list[str]:
    """The text broken into at most `most` lines, the last one cut short where there is more."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    units = text.encode("utf-16-le")  # Qt counts in these
    lines: list[str] = []
    while len(lines) < most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(max(1, width))
        start, end = 2 * line.textStart(), 2 * (line.textStart() + line.textLength())
        if len(lines) == most - 1:
            rest = units[start:].decode("utf-16-le", errors="replace")
            lines.append(QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width))
        else:
            lines.append(units[start:end].decode("utf-16-le", errors="replace").rstrip())
    layout.endLayout()
    return lines
