"""The photo view's state and what can be done with it, by whatever hand."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from enum import StrEnum

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.ui.photo.brush import Brush, BrushPicture
from desktop_app.ui.photo.brush_tool import BrushTool
from desktop_app.ui.photo.compare import Compare, Pane, SplitHandle, pane_size, panes
from desktop_app.ui.photo.face_tool import FaceTool
from desktop_app.ui.photo.geometry import box_of
from desktop_app.ui.photo.hint_bar import HintBar
from desktop_app.ui.photo.marks import FaceMark, frame_of, mark_at, painted_area
from desktop_app.ui.photo.scene import Scene
from desktop_app.ui.photo.viewport import Viewport
from desktop_app.ui.theme import Theme

_NEAR_PX = 5.0


class ToolKind(StrEnum):
    HAND = "hand"
    DRAW_FACE = "draw_face"
    MOVE_FACE = "move_face"
    BRUSH = "brush"


PLACING = (ToolKind.DRAW_FACE, ToolKind.MOVE_FACE)


class CanvasBase(QWidget):
    """State, signals and commands of the photo view; events and painting are its subclasses'."""

    face_selected = Signal(object)
    """The id of the face, or None."""
    faces_chosen = Signal(object)
    """The ids of the faces that are chosen together, in their order; empty where none are."""
    face_drawn = Signal(object)
    face_moved = Signal(int, object)
    """A face's id and its new FaceRecord."""
    face_ignored = Signal(int)
    face_restored_to_list = Signal(int)
    brush_changed = Signal(int, object, int, int)
    """At the end of a stroke: the face's id, its whole brush picture (QImage, RGB888), and where its corner lies; None
    for the picture where all was cleared."""
    brush_altered = Signal(object)
    tool_changed = Signal(object)
    compare_changed = Signal(object)
    zoom_changed = Signal(float)
    frames_toggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = Viewport()
        self._scene = Scene()
        self._marks: tuple[FaceMark, ...] = ()
        self._selected: int | None = None
        self._chosen: frozenset[int] = frozenset()
        self._hovered: int | None = None
        self._frames = True
        self._name = ""
        self._compare = Compare.AFTER
        self._held = False
        self._focus_by_key = False
        self._tool = ToolKind.HAND
        self._face_tool = FaceTool()
        self._brush = BrushTool()
        self._pressure = 1.0
        self._pressed: QPointF | None = None
        self._pan_from: QPointF | None = None
        self._told_zoom = 0.0
        self._view_before: Viewport | None = None
        """The view that was left to place a face from near by."""
        self._handle = SplitHandle(theme, self)
        self._hint = HintBar(theme, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setMinimumSize(200, 160)
        self.setAccessibleName(self.tr("Photo"))
        self._handle.split_moved.connect(self._on_split_moved)
        self._hint.accepted.connect(self.accept_face)
        self._hint.cancelled.connect(lambda: self.set_tool(ToolKind.HAND))

    @property
    def view(self) -> Viewport:
        return self._view

    @property
    def tool(self) -> ToolKind:
        return self._tool

    @property
    def brush(self) -> Brush:
        return self._brush.brush

    @property
    def selected_face(self) -> int | None:
        return self._selected

    def mark(self, face_id: int | None) -> FaceMark | None:
        return next((m for m in self._marks if m.id == face_id), None)

    # What a toolbar may do too

    def zoom_to_fit(self) -> None:
        self._view.fit()
        self._after_view_change()

    def zoom_to_pixels(self) -> None:
        """Show the photo pixel by pixel, 1:1."""
        self._view.set_zoom(1.0)
        self._after_view_change()

    def zoom_step(self, by: int) -> None:
        """To the next larger (+1) or smaller (-1) of the usual zooms."""
        self._view.step(by)
        self._after_view_change()

    @property
    def compare(self) -> Compare:
        return self._compare

    def set_compare(self, mode: Compare) -> None:
        if mode is not self._compare:
            self._compare = mode
            self._resize_view()
            self.compare_changed.emit(mode)

    def hold_original(self, held: bool) -> None:
        """Show the photo as it was for as long as something is held."""
        if held != self._held:
            self._held = held
            self._place_handle()
            self.update()

    def set_frames_visible(self, visible: bool) -> None:
        if visible != self._frames:
            self._frames = visible
            self.frames_toggled.emit(visible)
            self.update()

    def set_brush(self, brush: Brush) -> None:
        """Paint with another brush; told by `brush_altered`."""
        if brush != self._brush.brush:
            self._brush.brush = brush
            self.brush_altered.emit(brush)
            self.update()

    def set_tool(self, tool: ToolKind) -> None:
        """Take a tool; moving a face needs a selected one. A tool in use is put down without effect."""
        mark = self.mark(self._selected)
        if tool is ToolKind.MOVE_FACE and mark is None:
            return
        self._cancel_stroke()
        if self._view_before is not None:
            self._view, self._view_before = self._view_before, None
            self._resize_view()
        changed, self._tool = tool is not self._tool, tool
        if tool is ToolKind.DRAW_FACE:
            self._face_tool.start(self._view.photo_rect)
        elif tool is ToolKind.MOVE_FACE and mark is not None:
            self._face_tool.start(self._view.photo_rect, mark.id, mark.record)
            self._come_close()
        self._show_hint()
        self._show_cursor()
        if changed:
            self.tool_changed.emit(tool)
        self.update()

    def select_face(self, face_id: int | None, *, show: bool = True) -> None:
        """Mark a face as the selected one without telling it; `show` brings it into view."""
        mark = self.mark(face_id)
        if face_id != self._selected:
            self._cancel_stroke()
        if self._tool is ToolKind.MOVE_FACE and face_id != self._face_tool.face_id:
            self.set_tool(ToolKind.HAND)
        self._selected = None if mark is None else mark.id
        if mark is not None and show:
            self._view.show_point(box_of(mark.record).center())
        self._after_view_change()

    @property
    def chosen_faces(self) -> tuple[int, ...]:
        """The faces that are chosen together, in their order."""
        return tuple(m.id for m in self._marks if m.id in self._chosen)

    def choose_together(self, face_ids: Collection[int]) -> None:
        """Choose these faces to be worked on together, and tell it; those left out can't be chosen."""
        known = frozenset(m.id for m in self._marks if m.id in face_ids and m.state != "ignored")
        if known != self._chosen:
            self._chosen = known
            self._after_view_change()
            self.faces_chosen.emit(self.chosen_faces)

    def toggle_chosen(self, face_id: int, *, with_selected: bool = False) -> None:
        """Add a face to those chosen together, or take it out; the selected one begins them where `with_selected`."""
        begun = {self._selected} if with_selected and not self._chosen and self._selected is not None else set()
        self.choose_together((self._chosen | (begun - {face_id})) ^ {face_id})

    def step_face(self, by: int, *, around: bool = True) -> bool:
        """Select the next (+1) or previous (-1) face and tell it; False at the end where not `around`."""
        ids = [m.id for m in self._marks]
        if not ids:
            return False
        place = ids.index(self._selected) + by if self._selected in ids else (0 if by > 0 else len(ids) - 1)
        if not around and not 0 <= place < len(ids):
            return False
        self._choose(ids[place % len(ids)])
        return True

    def accept_face(self) -> None:
        """Take the face that is being drawn or moved, and tell it."""
        try:
            record = self._face_tool.record()
        except ValueError:
            self._hint.show_text(self.tr("These points do not form a face yet."), False)
            return
        face_id = self._face_tool.face_id
        self.set_tool(ToolKind.HAND)
        if face_id is None:
            self.face_drawn.emit(record)
        else:
            self.face_moved.emit(face_id, record)

    def menu(self, face_id: int | None) -> QMenu:
        """What can be done with a face, or with the view where it is None."""
        menu = QMenu(self)
        mark = self.mark(face_id)
        if mark is not None and mark.state == "ignored":
            menu.addAction(self.tr("Bring this face back")).triggered.connect(lambda: self._toggle_ignored(mark))
        elif mark is not None:
            together = self.tr("Don't choose with others") if mark.id in self._chosen else self.tr("Choose with others")
            menu.addAction(together).triggered.connect(lambda: self.toggle_chosen(mark.id))
            menu.addAction(self.tr("Move this face")).triggered.connect(lambda: self.set_tool(ToolKind.MOVE_FACE))
            menu.addAction(self.tr("Leave this face out")).triggered.connect(lambda: self._toggle_ignored(mark))
        if mark is not None:
            menu.addSeparator()
        menu.addAction(self.tr("Draw a face")).triggered.connect(lambda: self.set_tool(ToolKind.DRAW_FACE))
        menu.addSeparator()
        menu.addAction(self.tr("Whole photo")).triggered.connect(self.zoom_to_fit)
        menu.addAction(self.tr("Actual size")).triggered.connect(self.zoom_to_pixels)
        return menu

    # For the subclasses

    @property
    def _pixel(self) -> float:
        """A logical pixel of the view in photo pixels."""
        return self._view.ratio / self._view.zoom

    def _panes(self) -> tuple[Pane, ...]:
        held = self._held and self._compare is not Compare.SIDE_BY_SIDE
        return panes(Compare.BEFORE if held else self._compare, QSizeF(self.size()), self._handle.split)

    def _pane_under(self, at: QPointF) -> Pane:
        shown = self._panes()
        return next((p for p in shown if p.rect.contains(at)), shown[0])

    def _to_photo(self, at: QPointF) -> QPointF:
        return self._view.to_photo(at - self._pane_under(at).corner)

    def _mark_at(self, at: QPointF) -> FaceMark | None:
        return mark_at(self._marks, at, _NEAR_PX * self._pixel) if self._frames else None

    def _resize_view(self) -> None:
        self._view.set_view(pane_size(self._compare, QSizeF(self.size())), self.devicePixelRatioF())
        self._handle.place()
        self._place_handle()
        self._after_view_change()

    def _place_handle(self) -> None:
        self._handle.setVisible(self._compare is Compare.SPLIT and not self._held)

    def _after_view_change(self) -> None:
        if self._view.zoom != self._told_zoom:
            self._told_zoom = self._view.zoom
            self.zoom_changed.emit(self._told_zoom)
        self._describe()
        self._show_cursor()
        self.update()

    def _describe(self) -> None:
        """Tell in words what the eye sees: the photo, the zoom, and the selected face."""
        parts = [self._name, self.tr("shown at {percent} %").format(percent=round(100 * self._view.zoom))]
        ids = [m.id for m in self._marks]
        if self._selected in ids:
            place = ids.index(self._selected) + 1
            parts.append(self.tr("face {n} of {count} selected").format(n=place, count=len(ids)))
        elif ids:
            parts.append(self.tr("%n face(s)", "", len(ids)))
        if self._chosen:
            numbers = ", ".join(str(ids.index(face_id) + 1) for face_id in self.chosen_faces)
            parts.append(self.tr("chosen together: {numbers}").format(numbers=numbers))
        text = ", ".join(p for p in parts if p)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _come_close(self) -> None:
        """Look at the face being placed from near by; putting the tool down goes back."""
        if self._view_before is None:
            self._view_before = copy(self._view)
        self._view.come_close(self._face_tool.area())
        self._after_view_change()

    def _show_hint(self) -> None:
        if self._tool not in PLACING:
            self._hint.hide()
        elif not self._face_tool.points:
            self._hint.show_text(self.tr("Drag a box around the face."), False)
        else:
            self._hint.show_text(self.tr("Drag the points onto the eyes, the nose and the corners of the mouth."), True)

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape
        if self._pan_from is not None:
            self.setCursor(shape.ClosedHandCursor)
        elif self._tool in PLACING:
            self.setCursor(shape.CrossCursor)
        elif self._tool is ToolKind.BRUSH:
            on_patch = self._scene.composition.patch(self._selected) is not None
            self.setCursor(shape.BlankCursor if on_patch else shape.ForbiddenCursor)
        elif self._hovered is not None:
            self.setCursor(shape.PointingHandCursor)
        else:
            self.setCursor(shape.ArrowCursor if self._view.is_fitted else shape.OpenHandCursor)

    def _choose(self, face_id: int | None) -> None:
        """Select by hand, and tell it."""
        if face_id != self._selected:
            self.select_face(face_id)
            self.face_selected.emit(face_id)

    def _toggle_ignored(self, mark: FaceMark) -> None:
        (self.face_restored_to_list if mark.state == "ignored" else self.face_ignored).emit(mark.id)

    def _hover(self, at: QPointF | None) -> None:
        mark = None if at is None or self._tool is not ToolKind.HAND else self._mark_at(at)
        hovered = None if mark is None else mark.id
        if hovered != self._hovered:
            changed = [m for m in self._marks if m.id in (hovered, self._hovered)]
            self._hovered = hovered
            for pane in self._panes():
                for m in changed:
                    area = painted_area(m, self._view.transform).translated(pane.corner)
                    self.update(area.toAlignedRect())

    def _update_photo(self, rect: QRect) -> None:
        """Paint a part of the photo anew."""
        for pane in self._panes():
            part = self._view.transform.mapRect(QRectF(rect)).translated(pane.corner)
            self.update((part & pane.rect).toAlignedRect().adjusted(-2, -2, 2, 2))

    # Strokes

    def _begin_stroke(self, at: QPointF) -> None:
        patch = self._scene.composition.patch(self._selected)
        if patch is not None and self._selected is not None:
            self._on_brushed(self._selected, self._brush.press(at, patch, self._pressure))

    def _end_stroke(self) -> None:
        patch = self._scene.composition.patch(self._selected)
        if self._brush.release() and self._selected is not None and patch is not None and patch.brush is not None:
            self._tell_brush(self._selected, patch.brush)

    def _cancel_stroke(self) -> bool:
        """Take the stroke in hand back; False where there is none."""
        if not self._brush.is_painting or self._selected is None:
            return False
        self._on_brushed(self._selected, self._brush.cancel())
        return True

    def _on_brushed(self, face_id: int, rect: QRect) -> None:
        self._scene.composition.brushed(face_id, rect)
        self._update_photo(rect)

    def _tell_brush(self, face_id: int, picture: BrushPicture) -> None:
        self.brush_changed.emit(face_id, picture.image(), picture.rect.x(), picture.rect.y())

    def _invert_brush(self, inverted: bool) -> None:
        if inverted != self._brush.inverted:
            self._brush.inverted = inverted
            self._update_circle()

    def _move_circle(self, at: QPointF | None) -> None:
        self._update_circle()
        self._brush.hover = at
        self._update_circle()

    def _update_circle(self) -> None:
        if self._brush.hover is not None:
            area = self._brush.cursor_area(1 / self._pixel).translated(self._view.to_view(self._brush.hover))
            for pane in self._panes():
                self.update(area.translated(pane.corner).toAlignedRect())

    def _menu_place(self, mark: FaceMark | None) -> QPoint:
        """Where a menu opens that was asked for by key."""
        if mark is None:
            return self.rect().center()
        return frame_of(mark, self._view.transform).bottomLeft().toPoint()

    def _on_split_moved(self) -> None:
        self.update()
