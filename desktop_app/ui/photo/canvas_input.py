"""What keys, pointer, wheel and fingers do in the photo view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from desktop_app.ui.photo.canvas_base import PLACING, CanvasBase, ToolKind

_PAN_PX = 60.0
_WHEEL_PER_DOUBLE = 360.0
_OTHERS_KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class CanvasInput(CanvasBase):
    """The photo view's events.

    Keys: + - 0 1 and arrows zoom and pan, Space held shows the original, Tab and [ ] go from face to face, Shift+Space
    chooses the selected face together with others, F hides the frames, D draws a face, M moves the selected one, B
    takes the brush, H or Esc the hand, Delete leaves a face out or brings it back.
    With the brush , and . change its size, X what it does, Alt inverts it while held.
    """

    # Pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position()
        at = self._to_photo(event.position())
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
        elif event.button() != Qt.MouseButton.LeftButton:
            return
        elif self._tool in PLACING:
            self._face_tool.press(at, self._pixel)
        elif self._tool is ToolKind.BRUSH:
            self._begin_stroke(at)
        self._show_cursor()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._to_photo(event.position())
        left = bool(event.buttons() & Qt.MouseButton.LeftButton) and self._pressed is not None
        if self._pan_from is None and left and self._tool is ToolKind.HAND and self._pressed is not None:
            far = (event.position() - self._pressed).manhattanLength() >= QApplication.startDragDistance()
            self._pan_from = self._pressed if far else None
        if self._pan_from is not None:
            self._view.pan(event.position() - self._pan_from)
            self._pan_from = event.position()
            self._after_view_change()
        elif left and self._tool in PLACING:
            self._face_tool.drag(at)
            self.update()
        elif self._tool is ToolKind.BRUSH:
            self._invert_brush(bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))
            if self._brush.is_painting and self._selected is not None:
                self._on_brushed(self._selected, self._brush.drag(at, self._pressure))
            self._move_circle(at)
        else:
            self._hover(at)
        self._show_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self._to_photo(event.position())
        panned, self._pan_from = self._pan_from is not None, None
        pressed, self._pressed = self._pressed is not None, None
        if event.button() == Qt.MouseButton.LeftButton and pressed and not panned:
            if self._tool in PLACING:
                if self._face_tool.release(self._pixel):
                    self._come_close()
                self._show_hint()
            elif self._tool is ToolKind.BRUSH:
                self._end_stroke()
            elif (mark := self._mark_at(at)) is not None:
                if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                    self.toggle_chosen(mark.id, with_selected=True)
                else:
                    self.choose_together(())
                self._choose(mark.id)
        self._show_cursor()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._tool is ToolKind.HAND:
            self._toggle_zoom(event.position())
        else:
            self.mousePressEvent(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        released = event.type() == QEvent.Type.TabletRelease
        self._pressure = 1.0 if released else max(0.05, event.pressure())
        event.ignore()  # the mouse event that follows paints

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._tool is not ToolKind.HAND:
            return
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        mark = self.mark(self._selected) if by_key else self._mark_at(self._to_photo(QPointF(event.pos())))
        if mark is not None and mark.id != self._selected:
            self._choose(mark.id)
        menu = self.menu(None if mark is None else mark.id)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(self._menu_place(mark) if by_key else event.pos()))

    def leaveEvent(self, event: QEvent) -> None:
        self._move_circle(None)
        self._hover(None)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._show_cursor()

    def wheelEvent(self, event: QWheelEvent) -> None:
        pad = event.device().type() == QInputDevice.DeviceType.TouchPad or not event.pixelDelta().isNull()
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or not (pad or turn.x()):
            self._zoom_at(2 ** (turn.y() / _WHEEL_PER_DOUBLE), event.position())
        else:
            by = event.pixelDelta() if not event.pixelDelta().isNull() else turn / 2
            self._view.pan(QPointF(by))
            self._after_view_change()
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom_at(1 + event.value(), event.position())
                return True
            if event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
                self._toggle_zoom(event.position())
                return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._zoom_at(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint())))
                return True
        return super().event(event)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        placing = self._tool in PLACING
        first = placing and not self._face_tool.points
        if event.key() == Qt.Key.Key_Alt:
            self._invert_brush(True)
        elif event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not placing:
            if self._selected is not None and not event.isAutoRepeat():
                self.toggle_chosen(self._selected)
        elif event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.hold_original(True)
        elif placing and self._face_tool.key(event, self._pixel, self._view.visible):
            if first:
                self._come_close()
            self._show_hint()
            self.update()
        elif event.modifiers() & _OTHERS_KEYS or not self._act(event.key()):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Alt:
            self._invert_brush(False)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.hold_original(False)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._focus_by_key = event.reason() in _BY_KEY
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hold_original(False)
        self._invert_brush(False)
        super().focusOutEvent(event)

    def focusNextPrevChild(self, to_next: bool) -> bool:
        by = 1 if to_next else -1
        if self.hasFocus() and self._tool in PLACING:
            if self._face_tool.choose_next(by):
                self.update()
                return True
        elif self.hasFocus() and self._frames and self.step_face(by, around=False):
            return True
        return super().focusNextPrevChild(to_next)

    def _act(self, key: int) -> bool:
        """Do what a key means; False for one that means nothing here."""
        key_of = Qt.Key
        pans = {
            key_of.Key_Left: QPointF(1, 0),
            key_of.Key_Right: QPointF(-1, 0),
            key_of.Key_Up: QPointF(0, 1),
            key_of.Key_Down: QPointF(0, -1),
        }
        tools = {key_of.Key_D: ToolKind.DRAW_FACE, key_of.Key_M: ToolKind.MOVE_FACE, key_of.Key_B: ToolKind.BRUSH}
        acts: dict[int, Callable[[], object]] = {
            key_of.Key_Plus: lambda: self.zoom_step(1),
            key_of.Key_Equal: lambda: self.zoom_step(1),
            key_of.Key_Minus: lambda: self.zoom_step(-1),
            key_of.Key_0: self.zoom_to_fit,
            key_of.Key_1: self.zoom_to_pixels,
            key_of.Key_BracketLeft: lambda: self.step_face(-1),
            key_of.Key_BracketRight: lambda: self.step_face(1),
            key_of.Key_F: lambda: self.set_frames_visible(not self._frames),
            key_of.Key_H: lambda: self.set_tool(ToolKind.HAND),
        }
        if key in pans:
            self._view.pan(pans[key_of(key)] * _PAN_PX)
            self._after_view_change()
        elif key in tools:
            self.set_tool(tools[key_of(key)])
        elif key in acts:
            acts[key]()
        elif key == key_of.Key_Escape:
            return self._escape()
        elif key in (key_of.Key_Return, key_of.Key_Enter) and self._tool in PLACING:
            self.accept_face()
        elif key in (key_of.Key_Delete, key_of.Key_Backspace) and (mark := self.mark(self._selected)) is not None:
            self._toggle_ignored(mark)
        elif self._tool is ToolKind.BRUSH:
            return self._act_on_brush(key)
        else:
            return False
        return True

    def _act_on_brush(self, key: int) -> bool:
        if key == Qt.Key.Key_X:
            self.set_brush(replace(self.brush, shows=not self.brush.shows))
        elif key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            self.set_brush(self._brush.resized(larger=key == Qt.Key.Key_Period))
        else:
            return False
        return True

    def _escape(self) -> bool:
        """Undo the last thing begun: a stroke, a tool, a choice of several faces, a selection."""
        if self._cancel_stroke():
            return True
        if self._tool is not ToolKind.HAND:
            self.set_tool(ToolKind.HAND)
            return True
        if self._chosen:
            self.choose_together(())
            return True
        selected = self._selected is not None
        self._choose(None)
        return selected

    def _zoom_at(self, factor: float, at: QPointF) -> None:
        corner = self._pane_under(at).corner
        self._view.set_zoom(self._view.zoom * factor, at - corner)
        self._after_view_change()

    def _toggle_zoom(self, at: QPointF) -> None:
        if self._view.is_fitted:
            self._view.set_zoom(1.0, at - self._pane_under(at).corner)
        else:
            self._view.fit()
        self._after_view_change()
