"""Connects the brush with what is stored: strokes are kept, and what is stored is shown unless it was just painted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from desktop_app.album.records import FaceEdit
from desktop_app.ui.photo.brush import Brush
from desktop_app.ui.photo.canvas_base import ToolKind
from desktop_app.ui.photo.photo_page import PhotoPage
from desktop_app.work.photo_work import PhotoWork
from engine.protocol import BrushMask

WithPicture = Callable[[str, Callable[[QImage], object]], None]


class BrushBinding(QObject):
    """The canvas is ahead of what is stored while strokes are on their way to the disk."""

    def __init__(self, page: PhotoPage, work: PhotoWork, with_picture: WithPicture, parent: QObject) -> None:
        """`with_picture` calls back with a picture file's content, at once or when it was read."""
        super().__init__(parent)
        self._page, self._canvas, self._work, self._with_picture = page, page.canvas, work, with_picture
        self._shown: dict[int, BrushMask | None] = {}
        self._on_their_way: dict[int, int] = {}
        work.brush_kept.connect(self._on_brush_kept)
        self._canvas.brush_changed.connect(self._on_brush_changed)
        self._canvas.brush_altered.connect(lambda _: self.show_bar())
        self._canvas.tool_changed.connect(lambda _: self.show_bar())
        page.brush.mode_chosen.connect(self._on_mode_chosen)
        page.brush.radius_chosen.connect(lambda radius: self._alter(radius=max(1.0, radius)))
        page.brush.softness_chosen.connect(lambda softness: self._alter(softness=softness))
        page.brush.cleared.connect(self._canvas.clear_brush)
        self.show_bar()

    def forget(self) -> None:
        """Another photo, or a stroke that could not be kept: show what is stored."""
        self._shown.clear()
        self._on_their_way.clear()

    def show(self, face: FaceEdit) -> None:
        """Show what is painted on a face, unless the canvas has newer strokes."""
        brush = face.blend.brush
        if self._shown.get(face.id) == brush:
            return
        self._shown[face.id] = brush
        if self._on_their_way.get(face.id):
            return
        if brush is None:
            self._canvas.set_brush_picture(face.id, None)
        else:
            self._with_picture(
                brush.path, lambda image: self._canvas.set_brush_picture(face.id, image, brush.x, brush.y)
            )

    def show_on_new_patch(self, face: FaceEdit) -> None:
        """Show what is painted on a face whose patch has just come."""
        if not self._on_their_way.get(face.id):
            self._shown.pop(face.id, None)
            self.show(face)

    def show_bar(self) -> None:
        """Let the bar say how the brush is set."""
        brush, mode = self._canvas.brush, ""
        if self._canvas.tool is ToolKind.BRUSH:
            mode = "show" if brush.shows else "hide"
        self._page.brush.show_brush(mode, brush.radius, brush.softness)

    def _on_brush_changed(self, face_id: int, picture: QImage | None, x: int, y: int) -> None:
        self._on_their_way[face_id] = self._on_their_way.get(face_id, 0) + 1
        self._work.set_brush(face_id, picture, x, y)

    def _on_brush_kept(self, face_id: int) -> None:
        """Also for a stroke over what was painted already, by which nothing changes."""
        self._on_their_way[face_id] = max(0, self._on_their_way.get(face_id, 0) - 1)

    def _on_mode_chosen(self, mode: str) -> None:
        if mode:
            self._alter(shows=mode == "show")
        self._canvas.set_tool(ToolKind.BRUSH if mode else ToolKind.HAND)
        if mode:
            self._canvas.setFocus()

    def _alter(self, **values: object) -> None:
        brush = self._canvas.brush
        fields = {"radius": brush.radius, "softness": brush.softness, "shows": brush.shows, **values}
        self._canvas.set_brush(Brush(**fields))  # type: ignore[arg-type]
