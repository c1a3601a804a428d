"""The panels beside the photo: what they show, what they tell, and that showing tells nothing."""

from __future__ import annotations

from collections.abc import Callable

import accessibility
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel, QListView, QPushButton, QSlider, QToolButton, QWidget

from desktop_app.album.records import HistoryStep
from desktop_app.ui.common.section import Section
from desktop_app.ui.common.slider import LabelledSlider
from desktop_app.ui.photo.blend_panel import BlendPanel
from desktop_app.ui.photo.brush_bar import BrushBar
from desktop_app.ui.photo.face_bar import FaceBar
from desktop_app.ui.photo.geometry import TEMPLATE_PX, points_of, template_to_photo
from desktop_app.ui.photo.history_panel import HistoryModel, HistoryPanel
from desktop_app.ui.photo.photo_page import PhotoPage
from desktop_app.ui.photo.strength_panel import StrengthPanel
from desktop_app.ui.photo.upright import upright_face
from desktop_app.ui.theme import Theme
from engine.protocol import BlendSettings, BrushMask, FaceRecord, ModelInfo, RegionOpacity, RestoreOptions

Key = Qt.Key
Shown = Callable[[QWidget], None]


def model(**values: object) -> ModelInfo:
    facts: dict = {
        "id": "starter",
        "name": "Starter",
        "kind": "model",
        "stages": ("estimator", "prior"),
        "use": "any",
        "licence": "Apache-2.0",
        "licence_text": "",
        "accepted": True,
        "missing": (),
        "bytes": 1,
        "where": (),
        "fetch": False,
        "strength": 0.2,
        "largest_strength": 0.5,
        "eta": 0.5,
        "steps": 4,
    }
    return ModelInfo(**(facts | values))


def slider(widget: QWidget, name: str) -> QSlider:
    (found,) = (child for child in widget.findChildren(QSlider) if child.accessibleName() == name)
    return found


def words(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]


# A slider with its name and value


def test_a_key_chooses_at_once_and_a_hand_when_it_lets_go(app: QApplication, shown: Shown) -> None:
    widget = LabelledSlider("Blend", shown=lambda v: f"{v:.2f}")
    shown(widget)
    told: list[tuple[str, float]] = []
    widget.value_changed.connect(lambda v: told.append(("moves", v)))
    widget.value_chosen.connect(lambda v: told.append(("chosen", v)))
    inner = slider(widget, "Blend")
    QTest.keyClick(inner, Key.Key_Right)
    assert told == [("moves", 0.01), ("chosen", 0.01)]
    told.clear()
    inner.setSliderDown(True)
    inner.setValue(50)
    inner.setValue(60)
    assert told == [("moves", 0.5), ("moves", 0.6)]
    widget.set_value(0.1)  # what is shown meanwhile does not take it out of the hand
    inner.setSliderDown(False)
    assert told[-1] == ("chosen", 0.6)


def test_showing_a_value_tells_none(app: QApplication) -> None:
    widget = LabelledSlider("Blend", shown=lambda v: f"{v:.2f}")
    told: list[float] = []
    widget.value_changed.connect(told.append)
    widget.value_chosen.connect(told.append)
    widget.set_value(0.7)
    widget.set_top(0.5)
    assert (told, widget.value) == ([], 0.5)
    assert slider(widget, "Blend").accessibleDescription() == "0.50"


def test_a_section_opens_by_its_key(app: QApplication, shown: Shown) -> None:
    section = Section("More", is_open=False)
    inside = QLabel("inside")
    section.content.addWidget(inside)
    shown(section)
    assert not inside.isVisible()
    QTest.keyClick(section.findChild(QToolButton), Key.Key_Space)
    assert inside.isVisible()


# Strength


def test_strength_is_said_in_words_with_its_number(app: QApplication, shown: Shown) -> None:
    panel = StrengthPanel()
    shown(panel)
    said = []
    for strength in (0.0, 0.1, 0.2, 0.3, 0.5):
        panel.show_options(RestoreOptions(strength=strength), model())
        said += [word for word in words(panel) if "·" in word]
    assert said == [
        "only cleaned · 0.00",
        "faithful · 0.10",
        "careful · 0.20",
        "free · 0.30",
        "imaginative · 0.50",
    ]


def test_the_range_and_the_defaults_are_the_models(app: QApplication) -> None:
    panel = StrengthPanel()
    panel.show_options(RestoreOptions(), model(strength=0.4, largest_strength=0.8, eta=0.25))
    strength, variety = slider(panel, "How much may be imagined"), slider(panel, "Variety")
    assert (strength.maximum(), strength.value(), strength.isEnabled()) == (800, 400, False)
    assert variety.value() == 25


def test_showing_options_tells_no_change_and_a_change_keeps_the_rest(app: QApplication) -> None:
    panel = StrengthPanel()
    told: list[RestoreOptions] = []
    panel.options_changed.connect(told.append)
    options = RestoreOptions(strength=0.3, candidates=6, seed=7, steps=20, eta=0.1, precision="bf16", model="starter")
    panel.show_options(options, model())
    assert told == []
    panel._candidates.setValue(2)
    assert told == [RestoreOptions(strength=0.3, candidates=2, seed=7, steps=20, eta=0.1, precision="bf16")]
    panel._automatic.setChecked(True)
    assert told[-1].strength is None
    panel._automatic.setChecked(False)
    assert told[-1].strength == 0.3
    panel._steps.setValue(0)
    assert told[-1].steps is None


# Blend and brush


def test_a_blend_is_shown_without_being_told_and_told_by_what_was_moved(app: QApplication) -> None:
    panel = BlendPanel()
    previews: list[BlendSettings] = []
    chosen: list[tuple[BlendSettings, str]] = []
    panel.blend_previewed.connect(previews.append)
    panel.blend_chosen.connect(lambda blend, action: chosen.append((blend, action)))
    shown = BlendSettings(opacity=0.4, regions=RegionOpacity(mouth=0.5), match_grain=False)
    panel.show_blend(shown)
    assert (previews, chosen) == ([], [])
    QTest.keyClick(slider(panel, "Blend"), Key.Key_Right)
    expected = BlendSettings(opacity=0.41, regions=RegionOpacity(mouth=0.5), match_grain=False)
    assert (previews[-1], chosen[-1]) == (expected, (expected, "blend"))
    QTest.keyClick(slider(panel, "Eyes"), Key.Key_Left)
    assert (chosen[-1][0].regions, chosen[-1][1]) == (RegionOpacity(eyes=0.99, mouth=0.5), "regions")
    panel._switches["match_grain"].click()
    assert (chosen[-1][0].match_grain, chosen[-1][1]) == (True, "matching")


def test_the_brush_is_one_of_two_or_none(theme: Theme) -> None:
    bar = BrushBar(theme)
    modes: list[str] = []
    bar.mode_chosen.connect(modes.append)
    show, hide = (button for button in bar.findChildren(QPushButton) if button.isCheckable())
    for button in (show, hide, hide):
        button.click()
    assert modes == ["show", "hide", ""]
    bar.show_brush("hide", 20, 0.5)
    assert (show.isChecked(), hide.isChecked(), modes) == (False, True, ["show", "hide", ""])


# The face bar


def test_the_bar_says_which_face_and_what_is_being_done(theme: Theme, shown: Shown) -> None:
    bar = FaceBar(theme)
    shown(bar)
    assert "No faces yet" in words(bar)
    bar.show_face(2, 3, versions=4, picked=True)
    assert "Face 2 of 3" in words(bar)
    bar.show_progress("restore", 0.5, 90)
    assert any("Restoring" in word and "left" in word for word in words(bar))
    bar.show_waiting()
    assert "Waiting its turn" in words(bar)
    bar.show_idle()
    assert words(bar) == ["Face 2 of 3"]


@pytest.mark.parametrize(
    ("number", "count", "versions", "picked", "steps", "more", "others"),
    [
        (0, 0, 0, False, False, False, False),
        (1, 1, 0, False, False, False, False),
        (0, 1, 0, False, True, False, False),
        (1, 3, 4, False, True, False, True),
        (1, 3, 4, True, True, True, True),
    ],
)
def test_what_makes_no_sense_is_greyed(
    theme: Theme, number: int, count: int, versions: int, picked: bool, steps: bool, more: bool, others: bool
) -> None:
    bar = FaceBar(theme)
    bar.show_face(number, count, versions=versions, picked=picked)
    enabled = [action.isEnabled() for action in (bar.previous, bar.next, bar.more_like, bar.others)]
    assert enabled == [steps, steps, more, others]


# History


def steps(count: int, current: int) -> list[HistoryStep]:
    made = [HistoryStep(n, 1, "2025-01-01T00:00:00Z", "pick", {"n": str(n)}, n == current) for n in range(1, count)]
    return [HistoryStep(0, 1, "2025-01-01T00:00:00Z", "beginning", {}, current == 0), *made]


def test_history_lists_the_newest_first_and_the_present_bold(app: QApplication) -> None:
    history = HistoryModel()
    tester = QAbstractItemModelTester(history, QAbstractItemModelTester.FailureReportingMode.Fatal)
    history.set_entries(steps(3, current=1))
    texts = [history.index(row).data() for row in range(3)]
    bold = [history.index(row).data(Qt.ItemDataRole.FontRole).bold() for row in range(3)]
    assert texts == ["Version 2 chosen", "Version 1 chosen", "The photo as it came"]
    assert bold == [False, True, False]
    tester.deleteLater()


def test_a_step_of_another_version_of_the_program_is_shown_by_its_key(app: QApplication) -> None:
    history = HistoryModel()
    history.set_entries(
        [
            HistoryStep(1, 1, "2025-01-01T00:00:00Z", "hologram", {}),
            HistoryStep(2, 1, "2025-01-01T00:00:00Z", "pick", {"version": "2"}),  # without what the sentence needs
        ]
    )
    assert [history.index(row).data() for row in range(2)] == ["pick", "hologram"]


def test_another_point_of_the_history_is_gone_to_by_click_and_key(app: QApplication, shown: Shown) -> None:
    panel = HistoryPanel()
    panel.resize(300, 400)
    shown(panel)
    assert words(panel)
    panel.show_entries(steps(4, current=3))
    QApplication.processEvents()
    chosen: list[int] = []
    panel.entry_chosen.connect(chosen.append)
    view = panel.findChild(QListView)
    for row in (0, 2):  # the first is where the photo stands
        QTest.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(panel.model.index(row)).center()
        )
    view.setCurrentIndex(panel.model.index(3))
    QTest.keyClick(view, Key.Key_Return)
    assert chosen == [1, 0]


# The page


def test_every_control_of_the_page_is_named(theme: Theme, shown: Shown) -> None:
    page = PhotoPage(theme)
    page.resize(1300, 900)
    shown(page)
    for tab in range(page.tabs.count()):
        page.tabs.setCurrentIndex(tab)
        accessibility.assert_accessible(page)


def test_no_two_actions_of_the_page_share_a_key(theme: Theme) -> None:
    page = PhotoPage(theme)
    keys = [action.shortcut().toString() for action in page.actions() if not action.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))
    page.deleteLater()


def test_an_upright_face_is_the_photos_own_pixels(app: QApplication) -> None:
    """A photo whose face lies exactly where the template has it is cut out unchanged."""
    photo = QImage(TEMPLATE_PX, TEMPLATE_PX, QImage.Format.Format_RGB32)
    for y in range(TEMPLATE_PX):
        photo.setPixel(100, y, 0xFFFFFFFF)
    some = FaceRecord((0, 0, 1, 1), ((10, 10), (50, 12), (30, 30), (14, 50), (46, 51)))
    to_template, ok = template_to_photo(points_of(some)).inverted()
    assert ok
    landmarks = tuple((p.x(), p.y()) for p in map(to_template.map, points_of(some)))
    # The similarity fitted to points that a similarity moved is the fit before, followed by that one: here none.
    upright = FaceRecord((0, 0, 1, 1), landmarks)  # type: ignore[arg-type]
    cut = upright_face(photo, upright, TEMPLATE_PX)
    assert cut.size() == photo.size()
    assert [cut.pixelColor(x, 256).lightness() > 250 for x in (98, 100, 102)] == [False, True, False]


def test_a_brush_is_no_part_of_what_the_blend_panel_tells(app: QApplication) -> None:
    panel = BlendPanel()
    told: list[BlendSettings] = []
    panel.blend_chosen.connect(lambda blend, _: told.append(blend))
    panel.show_blend(BlendSettings(brush=BrushMask("/b.png", 1, 2)))
    QTest.keyClick(slider(panel, "Blend"), Key.Key_Left)
    assert told[-1].opacity == 0.99
