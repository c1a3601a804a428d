"""What was done to a photo, the newest first; a click goes back to any point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QDateTime, QLocale, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QListView, QVBoxLayout, QWidget

from desktop_app.album.records import HistoryStep
from desktop_app.ui.common.labels import label
from desktop_app.ui.theme import SPACE
from desktop_app.ui.words import action_text

Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """History entries; the present point is bold."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[HistoryStep, ...] = ()

    def set_entries(self, entries: Sequence[HistoryStep]) -> None:
        self.beginResetModel()
        self._entries = tuple(reversed(entries))
        self.endResetModel()

    def entry(self, row: int) -> HistoryStep:
        return self._entries[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return action_text(entry.action, entry.arguments)
        if role == Qt.ItemDataRole.ToolTipRole:
            at = QDateTime.fromString(entry.at, Qt.DateFormat.ISODate).toLocalTime()
            return QLocale().toString(at, QLocale.FormatType.ShortFormat)
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setBold(entry.current)
            return font
        return None


class HistoryPanel(QWidget):
    """The list of steps; `entry_chosen` tells the id of the one to go to."""

    entry_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.model = HistoryModel()
        self._list = QListView()
        self._list.setProperty("role", "side")
        self._list.setModel(self.model)
        self._list.setAccessibleName(self.tr("What was done to this photo"))
        self._empty = label(self.tr("Nothing has been done to this photo yet."), "muted", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)
        self._list.activated.connect(self._on_chosen)
        self._list.clicked.connect(self._on_chosen)
        self.show_entries(())

    def show_entries(self, entries: Sequence[HistoryStep]) -> None:
        """Show a photo's history, given oldest first."""
        self.model.set_entries(entries)
        self._empty.setVisible(not entries)
        self._list.setVisible(bool(entries))

    def _on_chosen(self, index: QModelIndex) -> None:
        entry = self.model.entry(index.row())
        if not entry.current:
            self.entry_chosen.emit(entry.id)
