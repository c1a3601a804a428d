"""Connects the photo page with the work on the open photo: what was stored is shown, what was done is stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop_app.album.records import Change, FaceEdit, JobState, Photo, PhotoEdit, QueuedJob
from desktop_app.ui.common.pictures import OWN_COLOURS, Pictures
from desktop_app.ui.photo.brush_binding import BrushBinding
from desktop_app.ui.photo.candidate_strip import Tile
from desktop_app.ui.photo.canvas_base import ToolKind
from desktop_app.ui.photo.compare import Compare
from desktop_app.ui.photo.geometry import points_of, template_to_photo
from desktop_app.ui.photo.marks import FaceMark
from desktop_app.ui.photo.options_binding import OptionsBinding
from desktop_app.ui.photo.photo_page import PhotoPage
from desktop_app.ui.photo.upright import upright_face
from desktop_app.work.library import Library
from desktop_app.work.photo_pictures import PhotoPictures
from desktop_app.work.photo_work import PhotoWork
from desktop_app.work.runner import Runner
from engine.base.errors import AlbumenError
from engine.protocol import BlendSettings

_ORIGINAL_PX = 256


class PhotoBinding(QObject):
    """One for the page's life; which photo is open changes."""

    failed = Signal(object)
    """AlbumenError to be told above the page."""

    def __init__(
        self,
        page: PhotoPage,
        work: PhotoWork,
        screen: PhotoPictures,
        runner: Runner,
        library: Library,
        pictures: Pictures,
        thumbnails: Path,
    ) -> None:
        super().__init__(page)
        self._page, self._work, self._screen, self._runner, self._library = page, work, screen, runner, library
        self._pictures, self._thumbnails = pictures, thumbnails
        self.options = OptionsBinding(page, work, runner, library, self)
        self._face: int | None = None
        self._chosen: tuple[int, ...] = ()
        self._photo_picture = QImage()
        self._originals: dict[int, QImage] = {}
        self._waiting: dict[tuple[str, int], Callable[[QImage], object]] = {}
        self._previews: dict[int, QImage] = {}
        self._brush = BrushBinding(page, work, self._with_picture, self)
        self._connect()

    # What was stored is shown.

    def _on_opened(self, photo: Photo | None) -> None:
        page = self._page
        self._face, self._photo_picture = None, QImage()
        self._originals.clear()
        self._waiting.clear()
        self._previews.clear()
        self._brush.forget()
        page.canvas.clear()
        page.show_large()
        page.spread.setChecked(False)
        page.compare["after"].trigger()
        if photo is None:
            return
        page.name.setText(photo.path.name)
        page.name.setToolTip(str(photo.path))
        page.canvas.set_photo_name(photo.path.name)
        if photo.width:
            page.canvas.set_photo_size(photo.width, photo.height)
        if photo.thumbnail:
            self._with_picture(str(self._thumbnails / photo.thumbnail), self._show_thumbnail)

    def _show_thumbnail(self, image: QImage) -> None:
        if self._photo_picture.isNull():
            self._page.canvas.set_photo(image, preview=True)

    def _on_picture_shown(self, path: str, width: int, height: int) -> None:
        self._with_picture(path, self._show_photo, OWN_COLOURS)

    def _show_photo(self, image: QImage) -> None:
        self._photo_picture = image
        self._page.canvas.set_photo(image)
        self._show_strip()

    def _on_edit_changed(self, edit: PhotoEdit) -> None:
        ids = [face.id for face in edit.faces]
        if self._face not in ids:
            self._face = next((face.id for face in edit.faces if not face.ignored), None)
        self._originals = {face_id: image for face_id, image in self._originals.items() if face_id in ids}
        self._show_marks()
        for face in edit.faces:
            self._page.canvas.set_opacity(face.id, face.blend.opacity)
            self._brush.show(face)
        self._page.canvas.select_face(self._face, show=False)
        self._show_face()
        self._page.history.show_entries(self._work.history())

    def _show_marks(self) -> None:
        working = {job.state for job in self._jobs()}
        busy = JobState.RUNNING in working
        marks = []
        for n, face in enumerate(self._work.edit.faces, 1):
            state = "ignored" if face.ignored else "restored" if face.candidates else "busy" if busy else "new"
            marks.append(FaceMark(face.id, face.record, state, str(n)))  # type: ignore[arg-type]
        self._page.canvas.set_faces(marks)

    def _on_work_failed(self, error: AlbumenError) -> None:
        self._brush.forget()
        self.failed.emit(error)

    def _show_face(self) -> None:
        face, edit = self._current(), self._work.edit
        number = [f.id for f in edit.faces].index(face.id) + 1 if face is not None else 0
        versions = len(face.candidates) if face is not None else 0
        picked = face is not None and face.picked is not None
        self._page.face_bar.show_face(number, len(edit.faces), versions=versions, picked=picked)
        self._page.blend.setEnabled(picked)
        self._page.brush.setEnabled(picked)
        self._page.blend.show_blend(face.blend if face is not None else BlendSettings())
        self._page.restore_face.setEnabled(face is not None or bool(self._chosen))
        self._page.restore_face_button.setEnabled(self._page.restore_face.isEnabled())
        self._page.ignore_face.setEnabled(face is not None)
        self._page.spread.setEnabled(versions > 1)
        self.options.show_face(self._current(), self._chosen)
        self._show_strip()
        self._show_hint()
        self._show_jobs()
        if self._page.spread.isChecked():
            self._want_spread()

    def _show_hint(self) -> None:
        edit, face = self._work.edit, self._current()
        if edit.faces_known and not edit.faces:
            text = self.tr("No face was found. You can draw one by hand (D).")
        elif face is not None and len(face.candidates) == 1 and not face.candidates[0].recipe.steps:
            text = self.tr(
                "This face lost little, so it was only cleaned: there is one version. Raise the slider for more."
            )
        else:
            text = ""
        self._page.hint.setText(text)
        self._page.hint.setVisible(bool(text))

    def _show_strip(self) -> None:
        face = self._current()
        if face is None:
            self._page.strip.tiles.set_tiles(())
            return
        tiles = [Tile(None, self._original(face), picked=face.picked is None)]
        for candidate in face.candidates:
            picture = self._pictures.get(self._work.picture_of(candidate))
            tiles.append(Tile(candidate.path, picture, candidate.path == face.picked, candidate.best))
        forming = self._previews.get(face.id)
        if forming is not None:
            tiles.append(Tile("", forming, forming=True))
        self._page.strip.tiles.set_tiles(tiles)

    def _show_jobs(self) -> None:
        jobs = self._jobs()
        if not jobs:
            self._page.face_bar.show_idle()
        elif all(job.state is not JobState.RUNNING for job in jobs):
            self._page.face_bar.show_waiting()

    def _original(self, face: FaceEdit) -> QImage | None:
        """The face as it is in the photo, turned upright in the template's square."""
        if self._photo_picture.isNull():
            return None
        if face.id not in self._originals:
            try:
                self._originals[face.id] = upright_face(self._photo_picture, face.record, _ORIGINAL_PX)
            except ValueError:
                return None
        return self._originals[face.id]

    # Pictures that come from files.

    def _with_picture(self, path: str, use: Callable[[QImage], object], side_px: int = 0) -> None:
        image = self._pictures.get(path, side_px)
        if image is None:
            self._waiting[path, side_px] = use
        elif not image.isNull():
            use(image)

    def _on_picture_ready(self, path: str, side_px: int) -> None:
        use = self._waiting.pop((path, side_px), None)
        image = self._pictures.get(path, side_px) if use is not None else None
        if use is not None and image is not None and not image.isNull():
            use(image)
        face = self._current()
        if face is not None and any(self._work.picture_of(candidate) == path for candidate in face.candidates):
            self._show_strip()

    def _on_patch_ready(self, face_id: int, path: str, x: int, y: int) -> None:
        def show(image: QImage) -> None:
            face = self._work.face(face_id)
            if face is None or face.picked is None:
                return
            self._previews.pop(face_id, None)
            self._page.canvas.set_patch(face_id, image, x, y, face.blend.opacity)
            self._brush.show_on_new_patch(face)

        self._with_picture(path, show, OWN_COLOURS)

    def _on_spread_ready(self, face_id: int, path: str, x: int, y: int) -> None:
        self._pictures.forget(path)
        self._with_picture(path, lambda image: self._page.canvas.set_overlay(face_id, image, x, y), OWN_COLOURS)

    def _on_previewed(self, photo_id: int, face_id: int, path: str) -> None:
        face = self._work.face(face_id)
        if self._work.photo is None or self._work.photo.id != photo_id or face is None:
            return
        to_photo = template_to_photo(points_of(face.record))

        def show(image: QImage) -> None:
            self._previews[face_id] = image
            if face.picked is None:
                self._page.canvas.set_forming(face_id, image, to_photo)
            if face_id == self._face:
                self._show_strip()

        self._pictures.forget(path)
        self._with_picture(path, show)

    # What happened to the photo's jobs.

    def _jobs(self) -> list[QueuedJob]:
        return [] if self._work.photo is None else self._runner.of_photo(self._work.photo.id)

    def _on_progressed(self, job_id: int, stage: str, fraction: float, seconds_left: float | None) -> None:
        if any(job.id == job_id for job in self._jobs()):
            self._page.face_bar.show_progress(stage, fraction, seconds_left)

    def _on_changed(self, change: Change) -> None:
        if change.jobs and self._work.photo is not None:
            if not self._jobs():
                for face_id in self._previews:
                    self._page.canvas.set_forming(face_id, None)
                self._previews.clear()
                self._show_strip()
            self._show_marks()
            self._show_jobs()

    # What was done is stored.

    def _connect(self) -> None:
        page, work, canvas = self._page, self._work, self._page.canvas
        work.opened.connect(self._on_opened)
        work.edit_changed.connect(self._on_edit_changed)
        self._screen.picture_shown.connect(self._on_picture_shown)
        self._screen.patch_ready.connect(self._on_patch_ready)
        self._screen.patch_gone.connect(canvas.remove_patch)
        self._screen.spread_ready.connect(self._on_spread_ready)
        work.failed.connect(self._on_work_failed)
        self._screen.failed.connect(self.failed)
        self.options.failed.connect(self.failed)
        self._runner.progressed.connect(self._on_progressed)
        self._runner.previewed.connect(self._on_previewed)
        self._library.changed.connect(self._on_changed)
        self._pictures.picture_ready.connect(self._on_picture_ready)
        canvas.face_selected.connect(self._on_face_selected)
        canvas.faces_chosen.connect(self._on_faces_chosen)
        canvas.face_drawn.connect(work.add_face)
        canvas.face_moved.connect(work.move_face)
        canvas.face_ignored.connect(lambda face_id: work.ignore_face(face_id, True))
        canvas.face_restored_to_list.connect(lambda face_id: work.ignore_face(face_id, False))
        canvas.tool_changed.connect(self._on_tool_changed)
        canvas.compare_changed.connect(self._on_compare_changed)
        canvas.frames_toggled.connect(page.frames.setChecked)
        page.strip.tile_picked.connect(self._on_tile_picked)
        page.strip.tile_shown_large.connect(self._on_tile_shown_large)
        page.strip.face_stepped.connect(canvas.step_face)
        page.face_bar.face_stepped.connect(canvas.step_face)
        page.face_bar.more_like_wanted.connect(lambda: self._for_face(self._runner.more_like))
        page.face_bar.others_wanted.connect(lambda: self._for_face(self._runner.try_others))
        page.face_bar.cancel_wanted.connect(self._on_cancel_wanted)
        page.blend.blend_previewed.connect(self._on_blend_previewed)
        page.blend.blend_chosen.connect(self._on_blend_chosen)
        page.history.entry_chosen.connect(work.go_to)
        page.find_faces.triggered.connect(lambda: self._for_photo(lambda i: self._runner.find([i], front=True)))
        page.restore_all.triggered.connect(lambda: self._for_photo(lambda i: self._runner.restore_faces(i, None)))
        page.restore_face.triggered.connect(self._on_restore_wanted)
        page.draw_face.triggered.connect(
            lambda: canvas.set_tool(ToolKind.DRAW_FACE if page.draw_face.isChecked() else ToolKind.HAND)
        )
        page.ignore_face.triggered.connect(self._on_ignore)
        page.frames.triggered.connect(lambda: canvas.set_frames_visible(page.frames.isChecked()))
        page.spread.triggered.connect(self._on_spread)
        page.zoom_in.triggered.connect(lambda: canvas.zoom_step(1))
        page.zoom_out.triggered.connect(lambda: canvas.zoom_step(-1))
        page.zoom_fit.triggered.connect(canvas.zoom_to_fit)
        for name, action in page.compare.items():
            action.triggered.connect(lambda _=False, mode=Compare(name): canvas.set_compare(mode))

    def _current(self) -> FaceEdit | None:
        return None if self._face is None else self._work.face(self._face)

    def _for_photo(self, do: Callable[[int], object]) -> None:
        if self._work.photo is not None:
            do(self._work.photo.id)

    def _for_face(self, do: Callable[[int, int], object]) -> None:
        if self._work.photo is not None and self._face is not None:
            do(self._work.photo.id, self._face)

    def _on_face_selected(self, face_id: int | None) -> None:
        self._face = face_id
        self._show_face()

    def _on_faces_chosen(self, faces: tuple[int, ...]) -> None:
        self._chosen = faces
        self._show_face()

    def _on_restore_wanted(self) -> None:
        """Restore the faces that are chosen together, or else the selected one."""
        faces = self._chosen or (() if self._face is None else (self._face,))
        if faces:
            self._for_photo(lambda photo_id: self._runner.restore_faces(photo_id, faces))

    def _on_tile_picked(self, row: int) -> None:
        tile = self._page.strip.tiles.tile(row)
        if tile is not None and not tile.forming and self._face is not None:
            self._work.pick(self._face, tile.path)

    def _on_tile_shown_large(self, row: int) -> None:
        tile, face = self._page.strip.tiles.tile(row), self._current()
        original = self._original(face) if face is not None else None
        if tile is None or tile.picture is None or original is None or row < 0:
            self._page.show_large()
        elif tile.path is None:
            self._page.show_large((self.tr("Original"), original))
        else:
            caption = self._page.strip.tiles.caption(row)
            self._page.show_large((self.tr("Original"), original), (caption, tile.picture))

    def _on_blend_previewed(self, blend: BlendSettings) -> None:
        if self._face is not None:
            self._page.canvas.set_opacity(self._face, blend.opacity)
            self._screen.preview_blend(self._face, blend)

    def _on_blend_chosen(self, blend: BlendSettings, action: str) -> None:
        if self._face is not None:
            self._work.set_blend(self._face, blend, action)

    def _on_tool_changed(self, tool: ToolKind) -> None:
        self._page.draw_face.setChecked(tool is ToolKind.DRAW_FACE)

    def _on_compare_changed(self, mode: Compare) -> None:
        if mode in self._page.compare:
            self._page.compare[mode].setChecked(True)

    def _on_ignore(self) -> None:
        face = self._current()
        if face is not None:
            self._work.ignore_face(face.id, not face.ignored)

    def _on_spread(self) -> None:
        shown = self._page.spread.isChecked()
        self._page.canvas.set_overlay_visible(shown)
        if shown:
            self._want_spread()

    def _want_spread(self) -> None:
        for face in self._work.edit.faces:
            self._screen.show_spread(face.id)

    def _on_cancel_wanted(self) -> None:
        self._for_photo(self._runner.cancel_photo)
