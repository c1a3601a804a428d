"""Shows a newcomer what comes next, until the first photo was exported or the steps are sent away."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from desktop_app.album.records import Change, PhotoState, Query
from desktop_app.settings import SettingsFile
from desktop_app.ui.help.first_steps import FirstSteps, Step
from desktop_app.work.library import Library


class FirstStepsBinding(QObject):
    """Where the newcomer is follows from the album; `picked` says that a version was chosen by hand."""

    def __init__(self, steps: FirstSteps, library: Library, settings: SettingsFile) -> None:
        super().__init__(steps)
        self._steps, self._library, self._settings = steps, library, settings
        self._picked = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(200)
        self._timer.timeout.connect(self._show)
        steps.dismissed.connect(lambda: settings.change(first_steps=False))
        library.changed.connect(self._on_changed)
        steps.setVisible(settings.current.first_steps)
        self._show()

    def picked(self) -> None:
        self._picked = True
        self._timer.start()

    def _on_changed(self, change: Change) -> None:
        if self._settings.current.first_steps and (change.photos or change.added or change.removed):
            self._timer.start()

    def _show(self) -> None:
        if not self._settings.current.first_steps:
            return
        step = self._next()
        self._steps.show_next(step)
        if step is None:
            self._settings.change(first_steps=False)

    def _next(self) -> Step | None:
        if self._any(PhotoState.EXPORTED):
            return None
        if self._any(PhotoState.RESTORED):
            return Step.EXPORT if self._picked else Step.PICK
        return Step.RESTORE if self._library.ids(Query()) else Step.ADD

    def _any(self, state: PhotoState) -> bool:
        return bool(self._library.ids(Query(states=frozenset({state}))))
