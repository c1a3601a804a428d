"""The photo view: a photo with its faces, seen, compared, marked and painted on.

It knows neither catalogue nor workers: pictures come in by methods, and what the user did goes out by signals. What the
keys and the pointer do is in `canvas_input`.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSizeF, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from desktop_app.ui.photo.brush import BrushPicture
from desktop_app.ui.photo.canvas_base import PLACING, ToolKind
from desktop_app.ui.photo.canvas_input import CanvasInput
from desktop_app.ui.photo.compare import Compare, Pane, pane_size
from desktop_app.ui.photo.forming import PULSE_MS
from desktop_app.ui.photo.layers import Patch
from desktop_app.ui.photo.marks import FaceMark, paint_marks
from desktop_app.ui.photo.prepare import Prepared, Preparer, prepare
from desktop_app.ui.photo.scene import paint_side_name
from desktop_app.ui.theme import Theme


class Canvas(CanvasInput):
    """Shows one photo. Coordinates are the photo's pixels, counted from its upper left corner.

    `photo_ready` comes when a full photo can be painted; brush pictures are RGB888 as the protocol's BrushMask.
    """

    photo_ready = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._preparer = Preparer()
        self._token = object()
        self._known_size = False
        self._pulse = QTimer(self)
        self._pulse.setInterval(PULSE_MS)
        self._preparer.prepared.connect(self._on_prepared)
        self._pulse.timeout.connect(self._on_pulse)
        theme.changed.connect(self.update)

    # The photo

    def clear(self) -> None:
        """Show nothing, until another photo is set."""
        self._token = object()
        self._known_size = False
        self.set_tool(ToolKind.HAND)
        self._scene.clear()
        self._view.fit()
        self._pulse.stop()
        self.set_faces(())
        self._after_view_change()

    def set_photo_size(self, width: int, height: int) -> None:
        """Tell how large the photo is, before its pictures come; the view stays where the size is the same."""
        self._known_size = True
        self._view.set_photo(QSizeF(width, height))
        self._after_view_change()

    def set_photo(self, image: QImage | None, preview: bool = False) -> None:
        """Show the photo, upright; a preview of any size stands in for it until it comes. None: nothing.

        The full photo appears once it is made ready, a moment later (`photo_ready`); nothing jumps.
        """
        if image is None or image.isNull():
            self.clear()
        elif not preview:
            self.set_photo_size(image.width(), image.height())
            self._token = object()
            self._preparer.start(image, self._view.photo_rect, self._token)
        elif not self._scene.is_full:
            if not self._known_size:
                self.set_photo_size(image.width(), image.height())
            self._scene.show_preview(prepare(image, self._view.photo_rect))
            self.update()

    def set_photo_name(self, name: str) -> None:
        """Tell what the photo is called, for those who hear the window."""
        self._name = name
        self._describe()

    # Faces and what lies over them

    def set_faces(self, marks: Sequence[FaceMark]) -> None:
        """Show these faces, in the order in which the export lays them; pictures of others are forgotten."""
        gone = {m.id for m in self._marks} - {m.id for m in marks}
        for face_id in gone:
            self._scene.remove_face(face_id)
        self._marks = tuple(marks)
        self._scene.composition.set_order(m.id for m in marks)
        self.choose_together(self._chosen)
        if self.mark(self._selected) is None:
            self.select_face(None)
        self._describe()
        self.update()

    def set_patch(
        self,
        face_id: int,
        rgba: QImage,
        x: int,
        y: int,
        opacity: float = 1.0,
        brush: QImage | None = None,
        brush_at: tuple[int, int] | None = None,
    ) -> None:
        """Lay a restored face over the photo, its corner at (x, y); the brush's lies there too or at `brush_at`.

        Without a brush, what was painted on the face stays, and so does a stroke in hand.
        """
        rect, old = QRect(x, y, rgba.width(), rgba.height()), self._scene.composition.patch(face_id)
        picture = None
        if brush is not None:
            picture = BrushPicture.over(rect, brush, *(brush_at or (x, y)))
        elif old is not None and old.brush is not None:
            picture = old.brush.grown(rect)
        patch = Patch(rgba, x, y, opacity, picture)
        if old is not None and self._brush.is_painting_on(old):
            self._brush.go_on(patch)
        self._scene.composition.set_patch(face_id, patch)
        self._scene.forming.remove(face_id)
        self._run_pulse()
        self.update()

    def remove_patch(self, face_id: int) -> None:
        """Show the original face again."""
        if face_id == self._selected:
            self._cancel_stroke()
        self._update_photo(self._scene.composition.remove_patch(face_id))

    def set_opacity(self, face_id: int, value: float) -> None:
        """Let a patch show by [0, 1] of its mask."""
        self._update_photo(self._scene.composition.set_opacity(face_id, value))

    def set_brush_picture(self, face_id: int, picture: QImage | None, x: int = 0, y: int = 0) -> None:
        """Show another brush picture on a patch, as after undo; None: nothing painted.

        It is left aside while a stroke is painted on that face: the stroke's end tells a newer one.
        """
        patch = self._scene.composition.patch(face_id)
        if patch is not None and not self._brush.is_painting_on(patch):
            patch.brush = None if picture is None else BrushPicture.over(patch.rect, picture, x, y)
            self._on_brushed(face_id, patch.rect)

    def clear_brush(self) -> None:
        """Take away all that was painted on the selected face, and tell it (`brush_changed`)."""
        patch = self._scene.composition.patch(self._selected)
        if self._selected is not None and patch is not None and patch.brush is not None:
            self._cancel_stroke()
            patch.brush = None
            self._on_brushed(self._selected, patch.rect)
            self.brush_changed.emit(self._selected, None, 0, 0)

    def set_forming(self, face_id: int, image: QImage | None, to_photo: QTransform | None = None) -> None:
        """Show a face that is being made: a template picture and where its 512 square lies; None: no longer."""
        if image is None or to_photo is None:
            self._scene.forming.remove(face_id)
        else:
            self._scene.forming.set(face_id, image, to_photo)
        self._run_pulse()
        self.update()

    def set_overlay(self, face_id: int, rgba: QImage | None, x: int = 0, y: int = 0) -> None:
        """Keep the warm picture of where a face's versions differ; None: there is none."""
        self._scene.set_warm(face_id, rgba, x, y)
        self.update()

    def set_overlay_visible(self, visible: bool) -> None:
        self._scene.warm_visible = visible
        self.update()

    def composite(self, rect: QRect) -> QImage:
        """The photo with its faces at photo scale, as painted and as exported; null before `photo_ready`."""
        return self._scene.composition.composite(rect)

    # Painting

    def _on_prepared(self, token: object, prepared: Prepared) -> None:
        if token is self._token:
            self._scene.show_photo(prepared)
            self.photo_ready.emit()
            self.update()

    def _on_pulse(self) -> None:
        for pane in self._panes():
            for area in self._scene.forming.area():
                part = self._view.transform.mapRect(area).translated(pane.corner)
                self.update(part.toAlignedRect().adjusted(-1, -1, 1, 1))

    def _run_pulse(self) -> None:
        if not self._scene.forming:
            self._pulse.stop()
        elif not self._pulse.isActive():
            self._pulse.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._resize_view()
        self._hint.place()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.devicePixelRatioF() != self._view.ratio:  # the window came to another screen
            self._view.set_view(pane_size(self._compare, QSizeF(self.size())), self.devicePixelRatioF())
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._theme.colours.base))
        exposed = QRectF(event.rect())
        for pane in self._panes():
            self._scene.paint(painter, self._view, pane, exposed)
            self._paint_tools(painter, pane)
        if self._held or self._compare is not Compare.AFTER:
            for pane in self._panes():
                paint_side_name(painter, pane)
        if self._face_tool.loupe is not None:
            pane = self._pane_under(self._view.to_view(self._face_tool.loupe))
            painter.translate(pane.corner)
            self._scene.paint_loupe(painter, self._view, self._face_tool.loupe, pane.rect.translated(-pane.corner))
            painter.translate(-pane.corner)
        if self.hasFocus() and self._focus_by_key:
            painter.setPen(QPen(QColor(self._theme.colours.focus), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_tools(self, painter: QPainter, pane: Pane) -> None:
        painter.save()
        painter.setClipRect(pane.rect)
        painter.translate(pane.corner)
        to_view = self._view.transform
        if self._frames and not self._held:
            moved = self._face_tool.face_id if self._tool is ToolKind.MOVE_FACE else None
            marks = [m for m in self._marks if m.id != moved]
            selected = None if self._tool in PLACING else self._selected
            paint_marks(painter, marks, to_view, selected, self._hovered, self._chosen)
        if self._tool in PLACING:
            self._face_tool.paint(painter, to_view)
        elif self._tool is ToolKind.BRUSH and self._brush.hover is not None:
            scale = self._view.zoom / self._view.ratio
            self._brush.paint(painter, self._view.to_view(self._brush.hover), scale)
        painter.restore()
