"""The photo page: the photo in the middle, its face's versions below, what can be set on the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.ui.common.buttons import icon_button, make_action, push_button, set_action_text
from desktop_app.ui.common.form import ChoiceBox
from desktop_app.ui.common.labels import label
from desktop_app.ui.icons import icon
from desktop_app.ui.photo.blend_panel import BlendPanel
from desktop_app.ui.photo.brush_bar import BrushBar
from desktop_app.ui.photo.candidate_strip import CandidateStrip
from desktop_app.ui.photo.canvas import Canvas
from desktop_app.ui.photo.face_bar import FaceBar
from desktop_app.ui.photo.history_panel import HistoryPanel
from desktop_app.ui.photo.large_view import LargeView
from desktop_app.ui.photo.strength_panel import StrengthPanel
from desktop_app.ui.theme import SPACE, Theme

PANEL_PX = 320


class PhotoPage(QWidget):
    """Puts the widgets together and names the actions; `PhotoBinding` connects them with the work on the photo."""

    closed = Signal()
    photo_stepped = Signal(int)
    """To the photo before (-1) or after (+1) in the album."""
    export_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.canvas = Canvas(theme)
        self.large = LargeView(theme, self.canvas)
        self.strip = CandidateStrip(theme)
        self.face_bar = FaceBar(theme)
        self.strength = StrengthPanel()
        self.blend = BlendPanel()
        self.brush = BrushBar(theme)
        self.history = HistoryPanel()
        self.scope = ChoiceBox()
        self.scope.setAccessibleName(self.tr("What the settings are for"))
        self.scope.addItem("", False)
        self.scope.addItem("", True)
        self.presets = ChoiceBox()
        self.presets.setAccessibleName(self.tr("Saved settings"))
        self.name = label("", "heading")
        self.hint = label("", "muted", wrap=True)
        self._make_actions()
        self.addActions(self.face_bar.actions())  # their keys work on the whole page
        self.restore_button = push_button(self.tr("Restore all faces"), self.restore_all.trigger, primary=True)
        self.restore_button.setToolTip(self.restore_all.toolTip())
        self.restore_face_button = push_button(self.tr("Restore this face"), self.restore_face.trigger)
        self.tabs = QTabWidget()
        self.show_chosen(0)
        self._lay_out()

    def show_large(self, *pairs: tuple[str, QImage]) -> None:
        """Show pictures large over the photo; none hides them."""
        self.large.show_pictures(*pairs)

    def show_chosen(self, count: int) -> None:
        """Say how many faces are chosen together (0: none, just the selected one is meant) where it matters."""
        text = self.tr("Restore %n face(s)", "", count) if count else self.tr("Restore this face")
        set_action_text(self.restore_face, text)
        self.restore_face_button.setText(text)
        whole, own = self.tr("Settings of the whole photo"), self.tr("Settings of this face only")
        if count:
            whole, own = self.tr("Same as the whole photo"), self.tr("Settings of %n chosen face(s)", "", count)
        self.scope.setItemText(0, whole)
        self.scope.setItemText(1, own)

    def _make_actions(self) -> None:
        def action(text: str, icon_name: str, keys: str | None, *, checkable: bool = False) -> QAction:
            return make_action(self, self._theme, text, icon_name, lambda: None, keys, checkable=checkable)

        self.back = action(self.tr("Back to the album"), "album", "Alt+Left")
        self.back.triggered.connect(self.closed)
        self.previous = action(self.tr("Previous photo"), "back", "PgUp")
        self.previous.triggered.connect(lambda: self.photo_stepped.emit(-1))
        self.next = action(self.tr("Next photo"), "forward", "PgDown")
        self.next.triggered.connect(lambda: self.photo_stepped.emit(1))
        self.find_faces = action(self.tr("Find faces"), "face", "Ctrl+F5")
        self.draw_face = action(self.tr("Draw a face that was missed"), "face-add", "D", checkable=True)
        self.ignore_face = action(self.tr("Leave this face out"), "face-off", "Delete")
        self.frames = action(self.tr("Show face frames"), "fit", "F", checkable=True)
        self.frames.setChecked(True)
        self.spread = action(self.tr("Show what was invented (where versions differ)"), "overlay", "V", checkable=True)
        self.restore_all = action(self.tr("Restore all faces"), "restore", "Ctrl+Return")
        self.restore_face = action(self.tr("Restore this face"), "restore", "Ctrl+Shift+Return")
        self.export = action(self.tr("Export…"), "export", "Ctrl+E")
        self.export.triggered.connect(self.export_wanted)
        self.zoom_in = action(self.tr("Zoom in"), "zoom-in", "+")
        self.zoom_out = action(self.tr("Zoom out"), "zoom-out", "-")
        self.zoom_fit = action(self.tr("Whole photo"), "photo", "Ctrl+0")
        self.save_preset = action(self.tr("Save settings under a name…"), "add", None)
        self.delete_preset = action(self.tr("Delete saved settings…"), "trash", None)
        self.export_preset = action(self.tr("Write saved settings to a file…"), "export", None)
        self.import_preset = action(self.tr("Take settings from a file…"), "import", None)
        self.compare = {
            "after": action(self.tr("Restored"), "eye", "Ctrl+1", checkable=True),
            "split": action(self.tr("Before and after, divided"), "compare", "Ctrl+2", checkable=True),
            "side_by_side": action(self.tr("Before and after, side by side"), "side-by-side", "Ctrl+3", checkable=True),
        }
        group = QActionGroup(self)
        for one in self.compare.values():
            group.addAction(one)
        self.compare["after"].setChecked(True)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar())
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(self._middle())
        split.addWidget(self._panel())
        split.setStretchFactor(0, 1)
        layout.addWidget(split, 1)

    def _bar(self) -> QWidget:
        bar = QWidget()
        bar.setProperty("role", "bar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE // 2)
        row.addWidget(icon_button(self.back, with_text=True))
        row.addWidget(icon_button(self.previous))
        row.addWidget(self.name)
        row.addWidget(icon_button(self.next))
        row.addStretch()
        for one in (*self.compare.values(), self.spread, self.frames):
            row.addWidget(icon_button(one))
        row.addSpacing(2 * SPACE)
        for one in (self.zoom_out, self.zoom_fit, self.zoom_in):
            row.addWidget(icon_button(one))
        row.addSpacing(2 * SPACE)
        for one in (self.find_faces, self.draw_face, self.ignore_face):
            row.addWidget(icon_button(one))
        row.addStretch()
        row.addWidget(icon_button(self.export, with_text=True))
        return bar

    def _middle(self) -> QWidget:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.face_bar)
        column.addWidget(self.strip)
        return middle

    def _panel(self) -> QWidget:
        for tab, text in ((self._restore_tab(), self.tr("Restore")), (self._blend_tab(), self.tr("Blend"))):
            self.tabs.addTab(_scrolled(tab, text), text)
        self.tabs.addTab(self.history, self.tr("History"))
        self.tabs.tabBar().setAccessibleName(self.tr("What is set beside the photo"))
        self.tabs.setMinimumWidth(PANEL_PX)
        return self.tabs

    def _restore_tab(self) -> QWidget:
        tab = QWidget()
        column = QVBoxLayout(tab)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.restore_button)
        column.addWidget(self.restore_face_button)
        column.addWidget(self.hint)
        column.addWidget(self.scope)
        column.addWidget(self.strength)
        row = QHBoxLayout()
        row.addWidget(self.presets, 1)
        row.addWidget(self._preset_button())
        column.addLayout(row)
        column.addStretch()
        return tab

    def _preset_button(self) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon("more", self._theme))
        button.setToolTip(self.tr("Save, delete, write or read settings"))
        button.setAccessibleName(self.tr("What can be done with saved settings"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.addActions([self.save_preset, self.delete_preset])
        menu.addSeparator()
        menu.addActions([self.export_preset, self.import_preset])
        button.setMenu(menu)
        return button

    def _blend_tab(self) -> QWidget:
        tab = QWidget()
        column = QVBoxLayout(tab)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.blend)
        column.addWidget(self.brush)
        column.addStretch()
        return tab


def _scrolled(widget: QWidget, name: str) -> QScrollArea:
    area = QScrollArea()
    area.setAccessibleName(name)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    area.setMinimumSize(QSize(PANEL_PX, 0))
    return area
