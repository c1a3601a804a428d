"""The sheet of shortcuts, made from the actions themselves so that it is never out of date."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_app.ui.common.dialog import Dialog
from desktop_app.ui.common.labels import label
from desktop_app.ui.theme import SPACE


class ShortcutsDialog(Dialog):
    """Groups of keys and what they do, in two columns."""

    def __init__(
        self,
        groups: Sequence[tuple[str, Sequence[QAction]]],
        fixed: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`groups`: title and actions (those without a shortcut are left out); `fixed`: title, keys and what they do.

        Groups of one title are shown as one.
        """
        super().__init__("", parent)
        self.setWindowTitle(self.tr("Shortcuts"))
        rows: dict[str, list[tuple[str, str]]] = {}
        for title, actions in groups:
            rows.setdefault(title, []).extend(_row(action) for action in actions if not action.shortcut().isEmpty())
        for title, keys in fixed:
            rows.setdefault(title, []).extend(keys)
        self._lay_out({title: lines for title, lines in rows.items() if lines})
        self.add_button(self.tr("Close"), self.accept, primary=True)
        self.resize(780, 560)

    def _lay_out(self, groups: dict[str, list[tuple[str, str]]]) -> None:
        self.content.addWidget(label(self.tr("Shortcuts"), "title"))
        columns = (QVBoxLayout(), QVBoxLayout())
        heights = [0, 0]
        for title, lines in groups.items():
            shorter = 0 if heights[0] <= heights[1] else 1
            columns[shorter].addWidget(_group(title, lines))
            heights[shorter] += len(lines) + 2
        sheet = QWidget()
        row = QHBoxLayout(sheet)
        row.setContentsMargins(0, 0, 2 * SPACE, 0)
        row.setSpacing(5 * SPACE)
        for column in columns:
            column.setSpacing(3 * SPACE)
            column.addStretch()
            row.addLayout(column, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName(self.tr("Keys and what they do"))
        area.setWidget(sheet)
        self.content.addWidget(area, 1)


def _row(action: QAction) -> tuple[str, str]:
    keys = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()]
    return "\n".join(keys), action.text().rstrip("…")


def _group(title: str, lines: Sequence[tuple[str, str]]) -> QWidget:
    widget = QWidget()
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(2 * SPACE)
    grid.setVerticalSpacing(SPACE)
    grid.setColumnStretch(0, 1)
    grid.addWidget(label(title, "heading"), 0, 0, 1, 2)
    for n, (keys, what) in enumerate(lines, start=1):
        grid.addWidget(label(what, wrap=True), n, 0)
        caps = QHBoxLayout()
        caps.setSpacing(SPACE // 2)
        caps.addStretch()
        for key in keys.split("\n"):
            cap = label(key)
            cap.setProperty("role", "keycap")
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            cap.setAccessibleName(f"{key}: {what}")
            caps.addWidget(cap)
        grid.addLayout(caps, n, 1)
    return widget
