"""The panel of the queue: every job, the order, and what can be done about one or all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop_app.album.records import JobState, QueuedJob
from desktop_app.ui.common.buttons import icon_button, make_action, push_button
from desktop_app.ui.common.labels import label
from desktop_app.ui.icons import icon
from desktop_app.ui.queue.job_delegate import RowAction, row_actions
from desktop_app.ui.queue.job_model import WAITING, JobModel, JobPhoto, JobProgress
from desktop_app.ui.queue.job_view import JobView
from desktop_app.ui.theme import SPACE, Theme
from desktop_app.ui.words import time_text


class QueuePanel(QWidget):
    """Shows the queue; whoever keeps it does what the signals say and shows it again."""

    pause_all_wanted = Signal(bool)
    """True: pause everything; False: go on."""
    job_paused = Signal(int, bool)
    """Id; True: pause it, False: let it go on."""
    job_cancelled = Signal(int)
    job_retried = Signal(int)
    failed_retried = Signal()
    """All that failed shall be tried again."""
    job_moved = Signal(int, object)
    """Id, and the id of the job it shall come before (None: at the end)."""
    finished_cleared = Signal()
    close_wanted = Signal()

    def __init__(self, theme: Theme, photo_of: Callable[[int], JobPhoto]) -> None:
        super().__init__()
        self._theme = theme
        self._paused = False
        self._seconds_left: float | None = None
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = JobModel(photo_of)
        self.view = JobView(theme, self.model, self._action_text)
        self._summary = label("", "muted", wrap=True)
        self._empty = label(self.tr("Nothing to do. What you start is listed here."), "muted", wrap=True)
        self._failed = label("", "danger", wrap=True)
        self._retry_failed = push_button(self.tr("Try all again"), self.failed_retried.emit)
        self._clear = push_button(self.tr("Clear what is finished"), self.finished_cleared.emit)
        self._make_actions()
        self._lay_out()
        self._connect()
        self._show_state()

    @property
    def actions_with_keys(self) -> tuple[QAction, ...]:
        """What the keyboard can do here, for the list of shortcuts."""
        return (self._pause_one, self._cancel_one, self._retry_one, self._up, self._down)

    def show_jobs(self, jobs: Sequence[QueuedJob]) -> None:
        """Show all jobs of the queue."""
        self.model.set_jobs(jobs)
        self._show_state()

    def show_progress(self, job_id: int, progress: JobProgress) -> None:
        """Show how far a running job is."""
        self.model.set_progress(job_id, progress)

    def show_time_left(self, seconds: float | None) -> None:
        """Say how long the whole queue takes, None while unknown."""
        self._seconds_left = seconds
        self._show_state()

    def show_paused(self, paused: bool) -> None:
        """Say whether the whole queue is paused."""
        self._paused = paused
        self._show_state()

    def repaint_photos(self) -> None:
        """Ask anew for the names and pictures of the photos in view."""
        self.view.viewport().update()

    def _make_actions(self) -> None:
        on_panel = partial(make_action, self, self._theme)
        on_list = partial(make_action, self.view, self._theme)
        self._pause_all = on_panel(self.tr("Pause all"), "pause", lambda: self.pause_all_wanted.emit(not self._paused))
        self._close = on_panel(self.tr("Close the queue"), "close", self.close_wanted.emit, "Escape")
        self._pause_one = on_list(self.tr("Pause or go on"), "pause", self._on_pause_one, "Space")
        self._cancel_one = on_list(self.tr("Cancel"), "close", self._on_cancel_one, "Del")
        self._retry_one = on_list(self.tr("Try again"), "retry", self._on_retry_one, "R")
        self._up = on_list(self.tr("Earlier"), "up", lambda: self._on_step(-1), "Alt+Up")
        self._down = on_list(self.tr("Later"), "down", lambda: self._on_step(1), "Alt+Down")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Queue"), "title"), 1)
        head.addWidget(icon_button(self._pause_all, with_text=True))
        head.addWidget(icon_button(self._close))
        self._failure = QFrame()
        self._failure.setProperty("role", "card")
        row = QHBoxLayout(self._failure)
        row.addWidget(self._failed, 1)
        row.addWidget(self._retry_failed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, 2 * SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        top = QVBoxLayout()
        top.setContentsMargins(SPACE, 0, 0, 0)
        top.setSpacing(SPACE // 2)
        top.addLayout(head)
        top.addWidget(self._summary)
        layout.addLayout(top)
        layout.addWidget(self._failure)
        layout.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignHCenter)
        self.setMinimumWidth(360)

    def _connect(self) -> None:
        self.view.row_action_pressed.connect(self._on_row_action)
        self.view.jobs_dropped.connect(self._on_dropped)
        self.view.customContextMenuRequested.connect(self._on_menu)

    def _show_state(self) -> None:
        states = [job.state for job in self.model.jobs]
        to_do = sum(state is JobState.RUNNING or state in WAITING for state in states)
        failed = states.count(JobState.FAILED)
        parts = [self.tr("%n to do", "", to_do)] if to_do else []
        if self._paused:
            parts.append(self.tr("paused"))
        elif to_do and self._seconds_left is not None:
            parts.append(self.tr("about {time} left").format(time=time_text(self._seconds_left)))
        self._summary.setText(" · ".join(parts))
        self._summary.setVisible(bool(parts))
        self._failed.setText(self.tr("%n could not be done", "", failed))
        self._failure.setVisible(failed > 0)
        self._clear.setVisible(JobState.DONE in states or JobState.CANCELLED in states)
        self._empty.setVisible(not states)
        self.view.setVisible(bool(states))
        text = self.tr("Go on") if self._paused else self.tr("Pause all")
        self._pause_all.setText(text)
        self._pause_all.setToolTip(text)
        self._pause_all.setIcon(icon("play" if self._paused else "pause", self._theme))
        self._pause_all.setEnabled(self._paused or to_do > 0)

    def _action_text(self, action: RowAction) -> str:
        return {
            RowAction.PAUSE: self.tr("Pause (Space)"),
            RowAction.RESUME: self.tr("Go on (Space)"),
            RowAction.RETRY: self.tr("Try again (R)"),
            RowAction.CANCEL: self.tr("Cancel (Del)"),
        }[action]

    def _on_row_action(self, action: RowAction, job_id: int) -> None:
        match action:
            case RowAction.PAUSE | RowAction.RESUME:
                self.job_paused.emit(job_id, action is RowAction.PAUSE)
            case RowAction.RETRY:
                self.job_retried.emit(job_id)
            case RowAction.CANCEL:
                self.job_cancelled.emit(job_id)

    def _on_pause_one(self) -> None:
        jobs = [job for job in self.view.chosen if {RowAction.PAUSE, RowAction.RESUME} & {*row_actions(job)}]
        pause = any(RowAction.PAUSE in row_actions(job) for job in jobs)
        for job in jobs:
            if (RowAction.PAUSE if pause else RowAction.RESUME) in row_actions(job):
                self.job_paused.emit(job.id, pause)

    def _on_cancel_one(self) -> None:
        for job in self.view.chosen:
            if RowAction.CANCEL in row_actions(job):
                self.job_cancelled.emit(job.id)

    def _on_retry_one(self) -> None:
        for job in self.view.chosen:
            if RowAction.RETRY in row_actions(job):
                self.job_retried.emit(job.id)

    def _on_step(self, step: int) -> None:
        jobs = [job for job in self.view.chosen if job.state in WAITING]
        if not jobs:
            return
        if step < 0:
            above = self.model.waiting_before(jobs[0].id)
            if above:
                self._on_dropped(tuple(job.id for job in jobs), above[-1].id)
            return
        below = self.model.waiting_after(jobs[-1].id)
        if below:
            self._on_dropped(tuple(job.id for job in jobs), below[1].id if len(below) > 1 else None)

    def _on_dropped(self, ids: tuple[int, ...], before: int | None) -> None:
        for job_id in ids:
            self.job_moved.emit(job_id, before)

    def _on_menu(self, at: QPoint) -> None:
        offered = {action for job in self.view.chosen for action in row_actions(job)}
        if not offered:
            return
        menu = QMenu(self)
        if {RowAction.PAUSE, RowAction.RESUME} & offered:
            menu.addAction(self._pause_one)
        if RowAction.RETRY in offered:
            menu.addAction(self._retry_one)
        if any(job.state in WAITING for job in self.view.chosen):
            menu.addActions([self._up, self._down])
        if RowAction.CANCEL in offered:
            menu.addSeparator()
            menu.addAction(self._cancel_one)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.view.viewport().mapToGlobal(at))
