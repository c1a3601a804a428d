"""What an empty album says: drop photos here, choose them, or try the sample."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.ui.common.buttons import push_button
from desktop_app.ui.common.labels import label
from desktop_app.ui.common.mark import Mark
from desktop_app.ui.theme import SPACE, Theme


class EmptyView(QWidget):
    """Invites to the first photo; with `show_nothing_found` it says that a search found none."""

    import_wanted = Signal()
    folder_wanted = Signal()
    sample_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._mark = Mark(theme, 112)
        self._title = label("", "title")
        self._text = label("", "muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setContentsMargins(10 * SPACE, 0, 10 * SPACE, 0)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setSpacing(SPACE)
        choose = push_button(self.tr("Choose photos…"), self.import_wanted.emit, primary=True)
        self.setFocusProxy(choose)
        row.addWidget(choose)
        row.addWidget(push_button(self.tr("Choose a folder…"), self.folder_wanted.emit))
        row.addWidget(push_button(self.tr("Try the sample photo"), self.sample_wanted.emit))
        layout = QVBoxLayout(self)
        layout.setSpacing(2 * SPACE)
        layout.addStretch(2)
        for widget in (self._mark, self._title):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._text)  # a wrapped text that is aligned by the layout gets too little height
        layout.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.show_invitation()

    def show_invitation(self) -> None:
        """The album has no photos yet."""
        self._title.setText(self.tr("Bring the faces in old photos back"))
        self._text.setText(
            self.tr("Drop photos or folders here. They stay where they are, and nothing ever leaves this computer.")
        )
        self._mark.show()
        self._buttons.show()

    def show_nothing_found(self) -> None:
        """There are photos, but none is to be shown here."""
        self._title.setText(self.tr("No photos here"))
        self._text.setText(self.tr("No photo matches the choice on the left or the search."))
        self._mark.hide()
        self._buttons.hide()
