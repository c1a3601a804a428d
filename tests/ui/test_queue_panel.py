"""The queue panel: every signal by mouse and keys, and a model that keeps its promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import samples
from PySide6.QtCore import QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget
from samples import job

from desktop_app.album.records import JobState
from desktop_app.ui.queue.job_delegate import RowAction, button_rects
from desktop_app.ui.queue.job_model import JobModel, JobPhoto, JobProgress
from desktop_app.ui.queue.queue_button import QueueButton
from desktop_app.ui.queue.queue_panel import QueuePanel
from desktop_app.ui.theme import Theme

Heard = list[tuple[object, ...]]


@pytest.fixture
def panel(theme: Theme, shown: Callable[[QWidget], None]) -> QueuePanel:
    panel = QueuePanel(theme, samples.photo_of)
    panel.resize(400, 800)
    panel.show_jobs(samples.jobs())
    shown(panel)
    return panel


@pytest.fixture
def heard(panel: QueuePanel) -> Heard:
    """Every signal of the panel as (name, values ...)."""
    said: Heard = []
    names = ("pause_all_wanted", "job_paused", "job_cancelled", "job_retried", "failed_retried", "job_moved")
    for name in (*names, "finished_cleared", "close_wanted"):
        getattr(panel, name).connect(lambda *values, name=name: said.append((name, *values)))
    return said


def _shown_ids(panel: QueuePanel) -> list[int]:
    return [job.id for job in panel.model.jobs]


def _select(panel: QueuePanel, *ids: int) -> None:
    panel.view.clearSelection()
    for id in ids:
        index = panel.model.index(_shown_ids(panel).index(id))
        panel.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)
    panel.view.setFocus()


def _click_row_button(panel: QueuePanel, id: int, action: RowAction) -> None:
    row = _shown_ids(panel).index(id)
    rect = button_rects(panel.view.visualRect(panel.model.index(row)), panel.model.jobs[row])[action]
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def _click(panel: QueuePanel, text: str) -> None:
    buttons: Sequence[QPushButton | QToolButton] = [*panel.findChildren(QPushButton), *panel.findChildren(QToolButton)]
    QTest.mouseClick(next(b for b in buttons if b.text() == text), Qt.MouseButton.LeftButton)


def test_running_then_failed_then_waiting_then_ended(panel: QueuePanel) -> None:
    assert _shown_ids(panel) == [3, 7, 4, 5, 6, 1, 2]


def test_buttons_of_rows(panel: QueuePanel, heard: Heard) -> None:
    _click_row_button(panel, 4, RowAction.PAUSE)
    _click_row_button(panel, 5, RowAction.RESUME)
    _click_row_button(panel, 3, RowAction.CANCEL)
    _click_row_button(panel, 7, RowAction.RETRY)
    assert heard == [("job_paused", 4, True), ("job_paused", 5, False), ("job_cancelled", 3), ("job_retried", 7)]
    assert not panel.view.selectedIndexes()


def test_keys_act_on_the_selection(panel: QueuePanel, heard: Heard) -> None:
    _select(panel, 4, 6)
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    _select(panel, 7)
    QTest.keyClick(panel.view, Qt.Key.Key_R)
    assert heard == [
        ("job_paused", 4, True),
        ("job_paused", 6, True),
        ("job_cancelled", 4),
        ("job_cancelled", 6),
        ("job_retried", 7),
    ]


@pytest.mark.parametrize(
    ("chosen", "key", "moves"),
    [
        ((5,), Qt.Key.Key_Up, [("job_moved", 5, 4)]),
        ((4,), Qt.Key.Key_Down, [("job_moved", 4, 6)]),
        ((5,), Qt.Key.Key_Down, [("job_moved", 5, None)]),
        ((5, 6), Qt.Key.Key_Up, [("job_moved", 5, 4), ("job_moved", 6, 4)]),
        ((4,), Qt.Key.Key_Up, []),
        ((6,), Qt.Key.Key_Down, []),
        ((3,), Qt.Key.Key_Down, []),
    ],
)
def test_alt_and_arrows_change_the_order(
    panel: QueuePanel, heard: Heard, chosen: tuple[int, ...], key: Qt.Key, moves: Heard
) -> None:
    _select(panel, *chosen)
    QTest.keyClick(panel.view, key, Qt.KeyboardModifier.AltModifier)
    assert heard == moves


@pytest.mark.parametrize(("onto", "upper", "before"), [(4, True, 4), (5, False, None), (1, True, None), (3, True, 4)])
def test_dropping_changes_the_order(
    panel: QueuePanel, heard: Heard, onto: int, upper: bool, before: int | None
) -> None:
    """6 is dropped; below 5 it would come before itself, which is where nothing is left but the end."""
    index = panel.model.index(_shown_ids(panel).index(6))
    rect = panel.view.visualRect(panel.model.index(_shown_ids(panel).index(onto)))
    at = QPoint(rect.center().x(), rect.top() + 3 if upper else rect.bottom() - 3)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    data = panel.model.mimeData([index])  # must outlive the event
    drop = QDropEvent(QPointF(at), Qt.DropAction.MoveAction, data, left, none)
    panel.view.viewportEvent(drop)  # QApplication delivers drops only during a drag by hand
    assert heard == [("job_moved", 6, before)]


def test_buttons_for_all(panel: QueuePanel, heard: Heard) -> None:
    _click(panel, "Pause all")
    panel.show_paused(True)
    _click(panel, "Go on")
    _click(panel, "Try all again")
    _click(panel, "Clear what is finished")
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert heard == [
        ("pause_all_wanted", True),
        ("pause_all_wanted", False),
        ("failed_retried",),
        ("finished_cleared",),
        ("close_wanted",),
    ]


def test_a_failed_row_says_why_and_a_running_one_how_far(panel: QueuePanel) -> None:
    panel.show_progress(3, JobProgress(0.42, "restore", 95))
    texts = {job.id: panel.model.status_text(job) for job in panel.model.jobs}
    assert texts[7] == "the file is cut short or damaged. Copy or scan it again."
    assert texts[3].startswith("Restoring · 42 %")
    row = _shown_ids(panel).index(7)
    assert "/photos/grandmother/" in panel.model.data(panel.model.index(row), Qt.ItemDataRole.ToolTipRole)


def test_model_through_all_that_happens_to_a_queue(app: QApplication) -> None:
    model = JobModel(lambda photo_id: JobPhoto(str(photo_id)))
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    queued = [job(n, JobState.QUEUED) for n in range(6)]
    for jobs in (
        queued,
        [job(0, JobState.RUNNING), *queued[1:]],
        [job(0, JobState.DONE), job(1, JobState.FAILED), *queued[2:]],
        [queued[2], queued[5], job(9, JobState.PAUSED)],
        [],
        [job(n, JobState.QUEUED if n % 2 else JobState.DONE) for n in range(400)],
        [job(n, JobState.QUEUED) for n in range(1, 400, 2)],
    ):
        model.set_jobs(jobs)
        assert {j.id for j in model.jobs} == {j.id for j in jobs}
        assert model.rowCount() == len(jobs)


def test_selection_stays_with_its_job(panel: QueuePanel) -> None:
    _select(panel, 6)
    panel.show_jobs([job(6, JobState.RUNNING), job(4, JobState.QUEUED), job(8, JobState.QUEUED)])
    assert [job.id for job in panel.view.chosen] == [6]


def test_ten_thousand_rows_ask_only_for_photos_in_view(theme: Theme, shown: Callable[[QWidget], None]) -> None:
    asked: set[int] = set()

    def photo_of(photo_id: int) -> JobPhoto:
        asked.add(photo_id)
        return JobPhoto(f"{photo_id}.jpg")

    panel = QueuePanel(theme, photo_of)
    panel.resize(400, 700)
    panel.show_jobs([job(n, JobState.QUEUED) for n in range(10_000)])
    shown(panel)
    panel.grab()
    assert 0 < len(asked) <= 700 // 52 + 2  # no row is lower than its thumbnail


def test_button_tells_how_much_there_is(panel: QueuePanel, theme: Theme) -> None:
    from desktop_app.ui.common.buttons import make_action

    button = QueueButton(theme, make_action(panel, theme, "Queue", "queue", lambda: None, "Ctrl+J"))
    idle = button.grab().toImage()
    button.show_queue(3, 0.5, 1)
    assert "50 %" in button.accessibleDescription()
    assert "Ctrl+J" in button.toolTip()
    assert button.grab().toImage() != idle
