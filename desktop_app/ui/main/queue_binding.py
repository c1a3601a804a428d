"""Connects the queue's panel and button with the runner."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from desktop_app.album.records import Change, JobState
from desktop_app.ui.queue.job_model import JobProgress
from desktop_app.ui.queue.queue_button import QueueButton
from desktop_app.ui.queue.queue_panel import QueuePanel
from desktop_app.work.library import Library
from desktop_app.work.runner import Runner

_REFRESH_MS = 100
_TO_DO = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)


class QueueBinding(QObject):
    """Many changes at once, as when a folder is put into the queue, are shown as one."""

    def __init__(self, panel: QueuePanel, button: QueueButton, runner: Runner, library: Library) -> None:
        super().__init__(panel)
        self._panel, self._button, self._runner = panel, button, runner
        self._fractions: dict[int, float] = {}
        self._total = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._show)
        library.changed.connect(self._on_changed)
        runner.progressed.connect(self._on_progressed)
        runner.job_ended.connect(lambda job, _: self._fractions.pop(job.id, None))
        panel.pause_all_wanted.connect(self._on_pause_all)
        panel.job_paused.connect(runner.set_paused)
        panel.job_cancelled.connect(runner.cancel)
        panel.job_retried.connect(runner.retry)
        panel.failed_retried.connect(runner.retry_failed)
        panel.job_moved.connect(runner.move)
        panel.finished_cleared.connect(runner.clear_finished)
        self._show()

    def _on_changed(self, change: Change) -> None:
        if change.jobs or change.removed:
            self._timer.start()

    def _on_progressed(self, job_id: int, stage: str, fraction: float, seconds_left: float | None) -> None:
        self._fractions[job_id] = fraction
        self._panel.show_progress(job_id, JobProgress(fraction, stage, seconds_left))
        self._panel.show_time_left(self._runner.seconds_left)
        self._show_button()

    def _on_pause_all(self, paused: bool) -> None:
        self._runner.set_all_paused(paused)
        self._panel.show_paused(paused)

    def _show(self) -> None:
        jobs = self._runner.queue.jobs()
        running = {job.id for job in jobs if job.state is JobState.RUNNING}
        self._fractions = {job_id: fraction for job_id, fraction in self._fractions.items() if job_id in running}
        self._panel.show_jobs(jobs)
        self._panel.show_paused(self._runner.queue.is_held)
        self._panel.show_time_left(self._runner.seconds_left)
        self._to_do = sum(job.state in _TO_DO for job in jobs)
        self._failed = sum(job.state is JobState.FAILED for job in jobs)
        self._total = max(self._to_do, self._total) if self._to_do else 0
        self._show_button()

    def _show_button(self) -> None:
        done = self._total - self._to_do + sum(self._fractions.values())
        self._button.show_queue(self._to_do, done / self._total if self._total else 0.0, self._failed)
