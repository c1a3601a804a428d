"""The photo view under mouse, keys and wheel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QThreadPool, SignalInstance
from PySide6.QtGui import QColor, QImage, QKeyEvent, QNativeGestureEvent, QPointingDevice, QTransform, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from desktop_app.ui.photo.brush import Brush
from desktop_app.ui.photo.canvas import Canvas
from desktop_app.ui.photo.canvas_base import ToolKind
from desktop_app.ui.photo.compare import Compare, SplitHandle
from desktop_app.ui.photo.geometry import face_from, points_in, points_of, template_to_photo
from desktop_app.ui.photo.marks import FaceMark
from desktop_app.ui.theme import Theme

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
GREY, RED = QColor("#6a6a6a"), QColor("#ff0000")


@pytest.fixture
def canvas(app: QApplication, theme: Theme) -> Canvas:
    """A grey photo of 1200 x 800 at half size, two faces, the first with a red patch."""
    made = Canvas(theme)
    made.resize(600, 400)
    made.show()
    photo = QImage(1200, 800, QImage.Format.Format_RGB888)
    photo.fill(GREY)
    made.set_photo(photo)
    ready(app)
    area = made.view.photo_rect
    boxes = QRect(200, 200, 138, 190), QRect(800, 300, 138, 190)
    made.set_faces(
        [FaceMark(n, face_from(points_in(box.toRectF()), area), "new", str(n)) for n, box in enumerate(boxes, 1)]
    )
    patch = QImage(200, 200, QImage.Format.Format_RGBA8888)
    patch.fill(RED)
    made.set_patch(1, patch, 180, 200)
    made.setFocus()
    return made


def ready(app: QApplication) -> None:
    QThreadPool.globalInstance().waitForDone()
    app.processEvents()


def told(signal: SignalInstance) -> list[Any]:
    """What a signal tells from now on, each time its arguments."""
    heard: list[Any] = []
    signal.connect(lambda *arguments: heard.append(arguments if len(arguments) > 1 else arguments[0]))
    return heard


def on_screen(canvas: Canvas, x: float, y: float) -> QPoint:
    return canvas.view.to_view(QPointF(x, y)).toPoint()


def drag(canvas: Canvas, start: QPoint, *way: QPoint, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(canvas, LEFT, modifier, start)
    for at in way:
        QTest.mouseMove(canvas, at)
    QTest.mouseRelease(canvas, LEFT, modifier, way[-1])


def colour_at(canvas: Canvas, at: QPoint) -> QColor:
    return canvas.grab().toImage().pixelColor(at)


def wheel(canvas: Canvas, at: QPoint, turn: QPoint, pixels: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
    position = QPointF(at)
    phase = Qt.ScrollPhase.NoScrollPhase if pixels.isNull() else Qt.ScrollPhase.ScrollUpdate
    event = QWheelEvent(position, position, pixels, turn, Qt.MouseButton.NoButton, modifiers, phase, False)
    QApplication.sendEvent(canvas, event)


def test_a_photo_fits_and_its_preview_makes_no_jump(app: QApplication, theme: Theme) -> None:
    canvas = Canvas(theme)
    canvas.resize(600, 400)
    canvas.show()
    canvas.set_photo_size(1200, 800)
    preview = QImage(120, 80, QImage.Format.Format_RGB32)
    preview.fill(QColor("#204060"))
    canvas.set_photo(preview, preview=True)
    assert canvas.view.zoom == 0.5
    assert colour_at(canvas, QPoint(300, 200)) == QColor("#204060")
    assert canvas.composite(QRect(0, 0, 1, 1)).isNull()
    canvas.view.set_zoom(2.0)
    before = canvas.view.visible
    photo = QImage(1200, 800, QImage.Format.Format_RGB888)
    photo.fill(GREY)
    heard: list[bool] = []
    canvas.photo_ready.connect(lambda: heard.append(True))
    canvas.set_photo(photo)
    ready(app)
    assert heard
    assert canvas.view.visible == before
    assert colour_at(canvas, QPoint(300, 200)) == GREY
    canvas.set_photo(preview, preview=True)  # too late, it is left aside
    assert colour_at(canvas, QPoint(300, 200)) == GREY
    canvas.set_photo(None)
    assert canvas.view.is_fitted  # the next photo begins anew, even one of this size
    assert colour_at(canvas, QPoint(300, 200)) == QColor(theme.colours.base)


def test_a_photo_that_was_left_does_not_come_back(app: QApplication, theme: Theme) -> None:
    canvas = Canvas(theme)
    photo = QImage(50, 50, QImage.Format.Format_RGB888)
    photo.fill(GREY)
    canvas.set_photo(photo)
    canvas.clear()
    ready(app)
    assert canvas.composite(QRect(0, 0, 5, 5)).isNull()


def test_keys_zoom_and_pan(canvas: Canvas) -> None:
    zooms = told(canvas.zoom_changed)
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_1, Qt.Key.Key_Minus, Qt.Key.Key_0):
        QTest.keyClick(canvas, key)
    assert zooms == [pytest.approx(2 / 3), 1.0, pytest.approx(2 / 3), 0.5]
    QTest.keyClick(canvas, Qt.Key.Key_1)
    left = canvas.view.visible.left()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.view.visible.left() == left + 60
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.view.visible.left() == left


def test_the_wheel_zooms_at_the_cursor_and_two_fingers_pan(canvas: Canvas) -> None:
    at = QPoint(150, 100)
    under = canvas.view.to_photo(QPointF(at))
    wheel(canvas, at, QPoint(0, 360), QPoint())
    assert canvas.view.zoom == pytest.approx(1.0)  # 360 eighths of a degree double
    assert (canvas.view.to_photo(QPointF(at)) - under).manhattanLength() <= 2
    left = canvas.view.visible.left()
    wheel(canvas, at, QPoint(0, 0), QPoint(-40, 0))
    assert canvas.view.visible.left() == left + 40
    wheel(canvas, at, QPoint(0, 360), QPoint(0, 40), Qt.KeyboardModifier.ControlModifier)
    assert canvas.view.zoom == pytest.approx(2.0)


def test_a_pinch_zooms(canvas: Canvas) -> None:
    at = QPointF(150, 100)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2, at, at, at, 0.5, QPointF()
    )
    QApplication.sendEvent(canvas, event)
    assert canvas.view.zoom == pytest.approx(0.75)


@pytest.mark.parametrize("button", [LEFT, MIDDLE])
def test_dragging_pans_and_selects_nothing(canvas: Canvas, button: Qt.MouseButton) -> None:
    canvas.zoom_to_pixels()
    heard = told(canvas.face_selected)
    corner = canvas.view.visible.topLeft()
    start = on_screen(canvas, 400, 400)
    QTest.mousePress(canvas, button, NONE, start)
    for step in range(1, 6):
        QTest.mouseMove(canvas, start - QPoint(10 * step, 8 * step))
    QTest.mouseRelease(canvas, button, NONE, start - QPoint(50, 40))
    assert canvas.view.visible.topLeft() == corner + QPointF(50, 40)
    assert heard == []


def test_a_double_click_goes_to_the_pixels_there_and_back(canvas: Canvas) -> None:
    at = QPoint(300, 300)
    under = canvas.view.to_photo(QPointF(at))
    QTest.mouseDClick(canvas, LEFT, NONE, at)
    assert canvas.view.zoom == 1
    assert (canvas.view.to_photo(QPointF(at)) - under).manhattanLength() <= 2
    QTest.mouseDClick(canvas, LEFT, NONE, at)
    assert canvas.view.is_fitted


def test_faces_are_selected_by_click_and_keys(canvas: Canvas) -> None:
    heard = told(canvas.face_selected)
    QTest.mouseClick(canvas, LEFT, NONE, on_screen(canvas, 870, 400))
    QTest.mouseClick(canvas, LEFT, NONE, on_screen(canvas, 600, 700))  # no face there: the selection stays
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    QTest.keyClick(canvas, Qt.Key.Key_BracketLeft)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    QTest.keyClick(canvas, Qt.Key.Key_Tab)  # leaves the photo, selects nothing more
    assert heard == [2, 1, 2, None, 1, 2]


def test_faces_are_chosen_together_by_ctrl_click_and_keys(canvas: Canvas) -> None:
    heard = told(canvas.faces_chosen)
    first, second = on_screen(canvas, 270, 300), on_screen(canvas, 870, 400)
    frame = on_screen(canvas, 860, 395)
    plain = colour_at(canvas, frame)
    QTest.mouseClick(canvas, LEFT, NONE, first)
    QTest.mouseClick(canvas, LEFT, CTRL, second)  # the one that was selected is meant as well
    assert (canvas.chosen_faces, canvas.selected_face) == ((1, 2), 2)
    assert canvas.accessibleDescription().endswith("chosen together: 1, 2")
    assert colour_at(canvas, frame) != plain
    QTest.mouseClick(canvas, LEFT, CTRL, first)
    QTest.mouseClick(canvas, LEFT, NONE, second)  # just this one
    QTest.keyClick(canvas, Qt.Key.Key_Space, SHIFT)
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    QTest.keyClick(canvas, Qt.Key.Key_Space, SHIFT)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert heard == [(1, 2), (2,), (), (2,), (1, 2), ()]
    assert canvas.selected_face == 1  # Escape takes one thing back at a time
    assert colour_at(canvas, frame) == plain


def test_faces_that_go_or_are_left_out_are_chosen_no_more(canvas: Canvas) -> None:
    heard = told(canvas.faces_chosen)
    canvas.choose_together([1, 2, 3])  # there is no third
    mark = canvas.mark(2)
    assert mark is not None
    canvas.set_faces([FaceMark(1, mark.record, "ignored", "1"), mark])
    canvas.toggle_chosen(1)
    canvas.clear()
    assert heard == [(1, 2), (2,), ()]


def test_selecting_by_the_page_tells_nothing_and_brings_it_into_view(canvas: Canvas) -> None:
    heard = told(canvas.face_selected)
    canvas.view.set_zoom(4.0, QPointF(0, 0))
    canvas.select_face(2)
    assert canvas.selected_face == 2
    assert canvas.view.visible.contains(QPointF(869, 395))
    assert heard == []
    canvas.set_faces([m for m in (canvas.mark(1),) if m])
    assert canvas.selected_face is None


def test_frames_hide_and_then_cannot_be_clicked(canvas: Canvas) -> None:
    heard, toggled = told(canvas.face_selected), told(canvas.frames_toggled)
    QTest.keyClick(canvas, Qt.Key.Key_F)
    QTest.mouseClick(canvas, LEFT, NONE, on_screen(canvas, 870, 400))
    assert toggled == [False]
    assert heard == []
    frame = on_screen(canvas, 800, 395) - QPoint(4, 0)
    assert colour_at(canvas, frame) == GREY
    QTest.keyClick(canvas, Qt.Key.Key_F)
    assert colour_at(canvas, frame) != GREY


def test_delete_leaves_a_face_out_and_brings_it_back(canvas: Canvas) -> None:
    out, back = told(canvas.face_ignored), told(canvas.face_restored_to_list)
    QTest.keyClick(canvas, Qt.Key.Key_Delete)  # none selected
    canvas.select_face(2)
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    mark = canvas.mark(2)
    assert mark is not None
    canvas.set_faces([FaceMark(2, mark.record, "ignored", "2")])
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert (out, back) == ([2], [2])


def test_the_menu_offers_what_fits_the_face(canvas: Canvas) -> None:
    canvas.select_face(1)
    out = told(canvas.face_ignored)
    menu = canvas.menu(1)
    next(a for a in menu.actions() if a.text() == "Leave this face out").trigger()
    assert out == [1]
    next(a for a in menu.actions() if a.text() == "Move this face").trigger()
    assert canvas.tool is ToolKind.MOVE_FACE
    assert "Leave this face out" not in [a.text() for a in canvas.menu(None).actions()]


def test_drawing_a_face_with_the_mouse(canvas: Canvas) -> None:
    drawn, tools = told(canvas.face_drawn), told(canvas.tool_changed)
    fitted = canvas.view.visible
    QTest.keyClick(canvas, Qt.Key.Key_D)
    drag(canvas, on_screen(canvas, 500, 200), on_screen(canvas, 560, 300), on_screen(canvas, 638, 390))
    assert canvas.view.zoom > 0.5  # it came close
    nose = points_in(QRect(500, 200, 138, 190).toRectF())[2]
    drag(canvas, on_screen(canvas, nose.x(), nose.y()), on_screen(canvas, nose.x() + 10, nose.y() + 5))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert tools == [ToolKind.DRAW_FACE, ToolKind.HAND]
    (face,) = drawn
    assert face.landmarks[2] == pytest.approx((nose.x() + 9.5, nose.y() + 4.5), abs=2)
    assert face.box == pytest.approx((500, 200, 638, 390), abs=8)
    assert canvas.view.visible == fitted  # and went back


def test_drawing_a_face_with_keys(canvas: Canvas) -> None:
    drawn = told(canvas.face_drawn)
    QTest.keyClick(canvas, Qt.Key.Key_D)
    QTest.keyClick(canvas, Qt.Key.Key_Right)  # puts a face into the middle
    QTest.keyClick(canvas, Qt.Key.Key_Tab)  # the left eye
    before = QPointF(canvas._face_tool.points[0])
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas._face_tool.points[0].x() < before.x()
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert len(drawn) == 1
    assert drawn[0].box[0] < 600 < drawn[0].box[2]


def test_a_click_without_a_box_draws_nothing_and_escape_ends_it(canvas: Canvas) -> None:
    drawn = told(canvas.face_drawn)
    canvas.set_tool(ToolKind.DRAW_FACE)
    tools = told(canvas.tool_changed)
    QTest.mouseClick(canvas, LEFT, NONE, QPoint(300, 200))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert tools == []
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert tools == [ToolKind.HAND]
    assert drawn == []


@pytest.mark.parametrize("handle", ["inside", "corner", "eye"])
def test_moving_a_face(canvas: Canvas, handle: str) -> None:
    canvas.select_face(1)
    moved = told(canvas.face_moved)
    QTest.keyClick(canvas, Qt.Key.Key_M)
    old = canvas.mark(1)
    assert old is not None
    eye = points_of(old.record)[0]
    start = {"inside": QPointF(269, 375), "corner": QPointF(338, 390), "eye": eye}[handle]
    step = QPointF(20, 10)
    drag(canvas, on_screen(canvas, start.x(), start.y()), on_screen(canvas, start.x() + 20, start.y() + 10))
    button = next(b for b in canvas.findChildren(QPushButton) if b.text() == "Done")
    QTest.mouseClick(button, LEFT)
    ((face_id, record),) = moved
    assert face_id == 1
    shifts = [b - a for a, b in zip(points_of(old.record), points_of(record), strict=True)]
    if handle == "inside":
        assert all((s - step).manhattanLength() < 2 for s in shifts)
    elif handle == "eye":
        assert (shifts[0] - step).manhattanLength() < 2
        assert all(s.isNull() for s in shifts[1:])
    else:
        assert record.box[2] - record.box[0] > old.record.box[2] - old.record.box[0]
    assert canvas.tool is ToolKind.HAND


def test_moving_needs_a_face_and_escape_takes_it_back(canvas: Canvas) -> None:
    moved = told(canvas.face_moved)
    QTest.keyClick(canvas, Qt.Key.Key_M)
    assert canvas.tool is ToolKind.HAND
    canvas.select_face(1)
    QTest.keyClick(canvas, Qt.Key.Key_M)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert moved == []


def test_going_to_another_face_ends_moving(canvas: Canvas) -> None:
    canvas.select_face(1)
    canvas.set_tool(ToolKind.MOVE_FACE)
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert canvas.tool is ToolKind.HAND
    canvas.set_tool(ToolKind.MOVE_FACE)
    canvas.set_faces([m for m in (canvas.mark(1),) if m])
    assert canvas.tool is ToolKind.HAND


def test_a_corner_turns_and_resizes_the_face_about_its_middle(canvas: Canvas) -> None:
    canvas.select_face(1)
    canvas.set_tool(ToolKind.MOVE_FACE)
    tool = canvas._face_tool
    middle = sum(p.x() for p in tool.points) / 5, sum(p.y() for p in tool.points) / 5
    eyes = tool.points[1] - tool.points[0]
    corner = QPointF(338, 390)
    arm = complex(corner.x() - middle[0], corner.y() - middle[1])
    wanted = arm * (1.2 + 0.3j)
    tool.press(corner, 1.0)
    tool.drag(QPointF(middle[0] + wanted.real, middle[1] + wanted.imag))
    tool.release(1.0)
    turned = complex((tool.points[1] - tool.points[0]).x(), (tool.points[1] - tool.points[0]).y())
    assert turned == pytest.approx(complex(eyes.x(), eyes.y()) * (1.2 + 0.3j))


def test_space_shows_the_original_while_it_is_held(canvas: Canvas) -> None:
    at = on_screen(canvas, 280, 300)
    assert colour_at(canvas, at) == RED
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    assert colour_at(canvas, at) == GREY
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert colour_at(canvas, at) == RED


def test_the_split_shows_before_left_and_after_right(canvas: Canvas) -> None:
    canvas.set_frames_visible(False)
    heard = told(canvas.compare_changed)
    canvas.set_compare(Compare.SPLIT)
    handle = canvas.findChild(SplitHandle)
    assert handle is not None
    at = on_screen(canvas, 280, 260)
    assert colour_at(canvas, at) == GREY  # x = 140 of 600, left of the middle
    QTest.mousePress(handle, LEFT, NONE, handle.rect().center())
    QTest.mouseMove(handle, handle.rect().center() - QPoint(240, 0))
    QTest.mouseRelease(handle, LEFT, NONE, handle.rect().center())
    assert handle.split == pytest.approx(0.1, abs=0.005)
    assert colour_at(canvas, at) == RED
    handle.setFocus()
    QTest.keyClick(handle, Qt.Key.Key_End)
    assert handle.split == 1
    assert colour_at(canvas, at) == GREY
    QTest.keyClick(handle, Qt.Key.Key_Left)
    QTest.keyClick(handle, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(handle, Qt.Key.Key_Home)
    assert handle.split == 0
    assert heard == [Compare.SPLIT]


def test_side_by_side_shares_zoom_and_pan(canvas: Canvas) -> None:
    canvas.set_frames_visible(False)
    canvas.set_compare(Compare.SIDE_BY_SIDE)
    canvas.view.set_zoom(0.5)
    other = QPoint(301, 0)  # the right half of 600, less half the gap of 2
    canvas.view.show_point(QPointF(280, 260))
    at = on_screen(canvas, 280, 260)
    assert colour_at(canvas, at) == GREY
    assert colour_at(canvas, at + other) == RED
    wheel(canvas, at + other, QPoint(0, 360), QPoint())
    at = on_screen(canvas, 280, 260)
    assert colour_at(canvas, at) == GREY
    assert colour_at(canvas, at + other) == RED


def painted(canvas: Canvas, x: int, y: int) -> QColor:
    return canvas.composite(QRect(x, y, 1, 1)).pixelColor(0, 0)


def test_a_stroke_hides_at_once_and_tells_the_picture_at_its_end(canvas: Canvas) -> None:
    canvas.select_face(1)
    QTest.keyClick(canvas, Qt.Key.Key_B)
    canvas.set_brush(Brush(20, 0.0, shows=False))
    heard = told(canvas.brush_changed)
    at = on_screen(canvas, 240, 300)
    QTest.mousePress(canvas, LEFT, NONE, at)
    assert painted(canvas, 240, 300) == GREY
    QTest.mouseMove(canvas, on_screen(canvas, 300, 300))
    assert painted(canvas, 290, 300) == GREY
    assert heard == []
    QTest.mouseRelease(canvas, LEFT, NONE, on_screen(canvas, 300, 300))
    ((face_id, picture, x, y),) = heard
    assert (face_id, x, y) == (1, 180, 200)
    assert picture.format() == QImage.Format.Format_RGB888
    assert picture.pixelColor(240 - 180, 300 - 200) == QColor(0, 255, 0)
    assert painted(canvas, 240, 330) == RED


def test_alt_inverts_and_x_turns_the_brush(canvas: Canvas) -> None:
    canvas.select_face(1)
    canvas.set_tool(ToolKind.BRUSH)
    canvas.set_brush(Brush(10, 0.0, shows=False))
    altered = told(canvas.brush_altered)
    at = on_screen(canvas, 240, 300)
    QTest.mouseClick(canvas, LEFT, NONE, at)
    assert painted(canvas, 240, 300) == GREY
    QTest.keyPress(canvas, Qt.Key.Key_Alt)
    QTest.mouseClick(canvas, LEFT, ALT, at)
    QTest.keyRelease(canvas, Qt.Key.Key_Alt)
    assert painted(canvas, 240, 300) == RED
    QTest.mouseClick(canvas, LEFT, NONE, at)
    assert painted(canvas, 240, 300) == GREY
    for key in (Qt.Key.Key_X, Qt.Key.Key_Period, Qt.Key.Key_Comma):
        QTest.keyClick(canvas, key)
    assert [b.shows for b in altered] == [True] * 3
    assert altered[1].radius == pytest.approx(11.5)
    QTest.mouseClick(canvas, LEFT, NONE, at)
    assert painted(canvas, 240, 300) == RED


def test_escape_takes_a_stroke_back_and_clearing_is_told(canvas: Canvas) -> None:
    canvas.select_face(1)
    canvas.set_tool(ToolKind.BRUSH)
    heard = told(canvas.brush_changed)
    at = on_screen(canvas, 240, 300)
    QTest.mousePress(canvas, LEFT, NONE, at)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, NONE, at)
    assert painted(canvas, 240, 300) == RED
    assert heard == []
    assert canvas.tool is ToolKind.BRUSH
    QTest.mouseClick(canvas, LEFT, NONE, at)
    assert painted(canvas, 240, 300) == GREY
    canvas.clear_brush()
    assert painted(canvas, 240, 300) == RED
    assert len(heard) == 2
    assert heard[1][:2] == (1, None)
    before = heard[0][1:]
    canvas.set_brush_picture(1, *before)  # as undo does
    assert painted(canvas, 240, 300) == GREY
    canvas.set_brush_picture(1, None)
    assert painted(canvas, 240, 300) == RED


def test_a_stroke_goes_on_while_the_page_refreshes(canvas: Canvas) -> None:
    canvas.select_face(1)
    canvas.set_tool(ToolKind.BRUSH)
    canvas.set_brush(Brush(10, 0.0, shows=False))
    heard = told(canvas.brush_changed)
    QTest.mousePress(canvas, LEFT, NONE, on_screen(canvas, 240, 300))
    canvas.select_face(1, show=False)
    canvas.set_brush_picture(1, None)
    patch = QImage(220, 220, QImage.Format.Format_RGBA8888)
    patch.fill(QColor("#0000ff"))
    canvas.set_patch(1, patch, 170, 190)
    assert painted(canvas, 240, 300) == GREY
    QTest.mouseMove(canvas, on_screen(canvas, 300, 300))
    QTest.mouseRelease(canvas, LEFT, NONE, on_screen(canvas, 300, 300))
    assert painted(canvas, 300, 300) == GREY
    assert painted(canvas, 240, 350) == QColor("#0000ff")
    ((_, picture, x, y),) = heard
    assert (x, y, picture.width(), picture.height()) == (170, 190, 220, 220)


def test_a_stroke_beside_the_patch_does_nothing(canvas: Canvas) -> None:
    canvas.select_face(1)
    canvas.set_tool(ToolKind.BRUSH)
    heard = told(canvas.brush_changed)
    drag(canvas, on_screen(canvas, 900, 600), on_screen(canvas, 1000, 600))
    canvas.select_face(2)  # it has no patch
    drag(canvas, on_screen(canvas, 850, 400), on_screen(canvas, 900, 400))
    assert heard == []


def test_opacity_and_removal_show_at_once(canvas: Canvas) -> None:
    at = on_screen(canvas, 280, 300)
    canvas.set_opacity(1, 0.5)
    assert colour_at(canvas, at) == painted(canvas, 280, 300) == QColor(180, 53, 53)  # 106 + (255 - 106) / 2, rounded
    canvas.remove_patch(1)
    assert colour_at(canvas, at) == GREY


def test_the_warm_picture_lies_over_the_restored_side_only(canvas: Canvas) -> None:
    canvas.set_frames_visible(False)
    warm = QImage(100, 100, QImage.Format.Format_RGBA8888)
    warm.fill(QColor(255, 160, 0))
    canvas.set_overlay(2, warm, 820, 340)
    at = on_screen(canvas, 870, 390)
    assert colour_at(canvas, at) == GREY
    canvas.set_overlay_visible(True)
    assert colour_at(canvas, at) == QColor(255, 160, 0)
    canvas.hold_original(True)
    assert colour_at(canvas, at) == GREY


def test_a_forming_face_is_shown_in_its_place_until_its_patch_comes(canvas: Canvas) -> None:
    mark = canvas.mark(2)
    assert mark is not None
    canvas.set_frames_visible(False)
    picture = QImage(256, 256, QImage.Format.Format_RGB32)
    picture.fill(QColor("#ffffff"))
    canvas.set_forming(2, picture, template_to_photo(points_of(mark.record)))
    at = on_screen(canvas, 869, 395)
    assert colour_at(canvas, at).lightness() > 200
    patch = QImage(138, 190, QImage.Format.Format_RGBA8888)
    patch.fill(QColor("#000000"))
    canvas.set_patch(2, patch, 800, 300)
    assert colour_at(canvas, at) == QColor("#000000")
    canvas.set_forming(2, picture, QTransform())
    canvas.set_forming(2, None)
    assert colour_at(canvas, at) == QColor("#000000")


def test_it_says_what_it_shows(canvas: Canvas) -> None:
    canvas.set_photo_name("Grandmother.jpg")
    assert canvas.accessibleDescription().startswith("Grandmother.jpg, shown at 50 %, 2 face")
    canvas.select_face(2)
    assert canvas.accessibleDescription() == "Grandmother.jpg, shown at 50 %, face 2 of 2 selected"


@pytest.mark.parametrize("key", [Qt.Key.Key_Q, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_X])
def test_keys_that_mean_nothing_are_left_to_others(canvas: Canvas, key: Qt.Key) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, key, NONE)
    event.setAccepted(True)
    canvas.keyPressEvent(event)
    assert not event.isAccepted()


def test_a_large_photo_zoomed_in_is_painted_block_by_block(canvas: Canvas, app: QApplication) -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[20, 30] = 255
    canvas.clear()
    canvas.set_photo(QImage(pixels.tobytes(), 60, 40, 180, QImage.Format.Format_RGB888).copy())
    ready(app)
    canvas.view.set_zoom(16.0)
    at = on_screen(canvas, 30, 20)
    image = canvas.grab().toImage()
    inside, outside = image.pixelColor(at + QPoint(1, 1)), image.pixelColor(at - QPoint(1, 1))
    assert (inside, outside) == (QColor("#ffffff"), QColor("#000000"))
