"""The work on the photo that is open: its edit and its history."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QImage, QUndoCommand, QUndoStack

from desktop_app.album.durable import write_durably
from desktop_app.album.records import Candidate, Change, FaceEdit, HistoryStep, Photo, PhotoEdit
from desktop_app.paths import Paths
from desktop_app.work.edit_store import Alter
from desktop_app.work.library import Library
from engine.base.errors import AlbumenError
from engine.protocol import BlendSettings, BrushMask, FaceRecord, RestoreOptions


class PhotoWork(QObject):
    """One photo at a time. Every change of its edit is on its way to the disk at once, undoable, and told by
    `edit_changed`: when it is made, and again when it is part of the history.
    """

    opened = Signal(object)
    """Photo, or None when none is open any more."""
    edit_changed = Signal(object)
    """PhotoEdit."""
    failed = Signal(object)
    """AlbumenError; `edit_changed` follows with what holds."""
    brush_kept = Signal(int)
    """Face id: what `set_brush` was given holds now, whether or not it was another than before."""
    _brush_saved = Signal(int, int, object)
    _brush_failed = Signal(object)

    def __init__(self, library: Library, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library, self._paths = library, paths
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # brush pictures are kept in the order of the strokes
        self._mirroring = False
        self.undo_stack = QUndoStack(self)
        self.photo: Photo | None = None
        self.edit = PhotoEdit()
        library.changed.connect(self._on_changed)
        library.edits.altered.connect(self._on_altered)
        library.edits.failed.connect(self._on_failed)
        self._brush_saved.connect(self._on_brush_saved)
        self._brush_failed.connect(self._tell_failure)

    def open(self, photo_id: int) -> None:
        """Open a photo, in place of the one that is open, and tell its edit."""
        photo = self._library.photo(photo_id)
        if photo is None:
            return
        self.photo = photo
        self.edit = self._library.edits.edit(photo_id)
        self._rebuild_undo()
        self.opened.emit(photo)
        self.edit_changed.emit(self.edit)

    def close(self) -> None:
        """Let go of the photo; everything is stored, or about to be."""
        self.undo_stack.clear()
        if self.photo is not None:
            self.photo = None
            self.edit = PhotoEdit()
            self.opened.emit(None)

    def finish(self) -> None:
        """Wait for the brush pictures that are being written."""
        self._pool.waitForDone()

    def history(self) -> list[HistoryStep]:
        """What was done to the photo, oldest first."""
        return [] if self.photo is None else self._library.catalogue.edits.steps(self.photo.id)

    def go_to(self, entry_id: int) -> None:
        """Go back, or forth, to any point of the history."""
        if self.photo is not None:
            self._library.edits.go_to(self.photo.id, entry_id)

    def face(self, face_id: int) -> FaceEdit | None:
        return next((face for face in self.edit.faces if face.id == face_id), None)

    def picture_of(self, candidate: Candidate) -> str:
        """Where the picture of a version lies."""
        return self._paths.candidates.locate(candidate.path)

    # What the user decides about a face.

    def pick(self, face_id: int, path: str | None) -> None:
        """Choose a version of a face by its candidate's path; None: the original."""
        face = self.face(face_id)
        if face is not None:
            n = 0 if path is None else 1 + [candidate.path for candidate in face.candidates].index(path)
            self._set_face(face_id, "pick" if n else "pick_original", {"n": str(n)}, picked=path)

    def set_blend(self, face_id: int, blend: BlendSettings, action: str) -> None:
        """Keep how a face's version is laid over the photo; what is painted stays."""
        if self.photo is not None:

            def alter(face: FaceEdit) -> FaceEdit:
                return replace(face, blend=replace(blend, brush=face.blend.brush))

            arguments = {"percent": str(round(100 * blend.opacity))}
            self._change_face(self.photo.id, face_id, alter, action, arguments, sliding=True)

    def set_brush(self, face_id: int, picture: QImage | None, x: int, y: int) -> None:
        """Keep what is painted on a face, an RGB picture whose corner lies at (x, y) of the photo; None clears it."""
        if self.photo is not None:
            photo_id = self.photo.id

            def saved(path: str | None) -> None:  # on the other thread
                self._brush_saved.emit(photo_id, face_id, None if path is None else BrushMask(path, x, y))

            own = None if picture is None else picture.copy()
            self._pool.start(_Saving(self._paths.brushes, own, saved, self._brush_failed.emit))

    def add_face(self, record: FaceRecord) -> None:
        """Add a face that was drawn by hand."""
        new = 1 + max((face.id for face in self.edit.faces), default=0)
        face = FaceEdit(id=new, record=record, origin="drawn")

        def alter(edit: PhotoEdit) -> PhotoEdit:
            others = tuple(other for other in edit.faces if other.id != new)
            return replace(edit, faces=(*others, face))

        self._change(alter, "draw_face", {"face": str(new)})

    def move_face(self, face_id: int, record: FaceRecord) -> None:
        """Put a face elsewhere; its versions, which belong to the place before, stay in the history only."""
        self._set_face(face_id, "move_face", record=record, origin="moved", candidates=(), picked=None)

    def ignore_face(self, face_id: int, ignored: bool) -> None:
        """Leave a face out, or take it in again."""
        self._set_face(face_id, "ignore_face" if ignored else "bring_back_face", ignored=ignored)

    def set_options(self, options: RestoreOptions, face_ids: Collection[int] = ()) -> None:
        """Keep the settings for restoring: the photo's, or those of some faces, as one step."""
        if face_ids:
            self._set_faces_options(face_ids, options, sliding=True)
        else:
            self._change(lambda edit: replace(edit, options=options), "options", {}, sliding=True)

    def use_photo_options(self, face_ids: Collection[int]) -> None:
        """Let faces follow the photo's settings again."""
        self._set_faces_options(face_ids, None, sliding=False)

    def _set_faces_options(self, face_ids: Collection[int], options: RestoreOptions | None, *, sliding: bool) -> None:
        def alter(edit: PhotoEdit) -> PhotoEdit:
            faces = (replace(f, options=options) if f.id in face_ids else f for f in edit.faces)
            return replace(edit, faces=tuple(faces))

        about = {"face": ",".join(map(str, sorted(face_ids)))}
        self._change(alter, "options", about, sliding=sliding)

    # Storing.

    def _set_face(
        self,
        face_id: int,
        action: str,
        arguments: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        if self.photo is not None:
            alter: Callable[[FaceEdit], FaceEdit] = lambda face: replace(face, **values)  # noqa: E731
            self._change_face(self.photo.id, face_id, alter, action, arguments)

    def _change_face(
        self,
        photo_id: int,
        face_id: int,
        alter: Callable[[FaceEdit], FaceEdit],
        action: str,
        arguments: Mapping[str, str] | None = None,
        *,
        sliding: bool = False,
    ) -> None:
        def of_photo(edit: PhotoEdit) -> PhotoEdit:
            return replace(edit, faces=tuple(alter(f) if f.id == face_id else f for f in edit.faces))

        about = {"face": str(face_id), **(arguments or {})}
        self._library.edits.change(photo_id, of_photo, action, about, sliding=sliding)

    def _change(self, alter: Alter, action: str, arguments: Mapping[str, str], *, sliding: bool = False) -> None:
        if self.photo is not None:
            self._library.edits.change(self.photo.id, alter, action, arguments, sliding=sliding)

    def _on_brush_saved(self, photo_id: int, face_id: int, brush: BrushMask | None) -> None:
        """The photo may be another by now; the stroke belongs to its own."""

        def alter(face: FaceEdit) -> FaceEdit:
            return replace(face, blend=replace(face.blend, brush=brush))

        self._change_face(photo_id, face_id, alter, "clear_brush" if brush is None else "brush")
        if self.photo is not None and self.photo.id == photo_id:
            self.brush_kept.emit(face_id)

    def _on_altered(self, photo_id: int) -> None:
        if self.photo is not None and self.photo.id == photo_id:
            self.edit = self._library.edits.edit(photo_id)
            self.edit_changed.emit(self.edit)

    def _on_failed(self, photo_id: int, error: AlbumenError) -> None:
        if self.photo is not None and self.photo.id == photo_id:
            self.edit = self._library.edits.edit(photo_id)
            self._follow_history()
            self._tell_failure(error)

    def _tell_failure(self, error: AlbumenError) -> None:
        self.failed.emit(error)
        self.edit_changed.emit(self.edit)  # what the widgets show goes back to what holds

    def _on_changed(self, change: Change) -> None:
        if self.photo is None:
            return
        if self.photo.id in change.removed:
            self.close()
            return
        if self.photo.id in change.photos:
            before, self.photo = self.photo, self._library.photo(self.photo.id) or self.photo
            content = before.sha256 not in ("", self.photo.sha256)
            if content or before.path != self.photo.path:
                self.open(self.photo.id)  # another file, whose picture has to be made
                return
        if self.photo.id in change.edits:
            self.edit = self._library.edits.edit(self.photo.id)
            self._follow_history()
            self.edit_changed.emit(self.edit)

    # Undo: the stack mirrors the line of history that leads to where the photo stands, and on from there.

    def _rebuild_undo(self) -> None:
        self.undo_stack.clear()
        entries = {entry.id: entry for entry in self.history()}
        newest = {entry.parent: entry.id for entry in entries.values()}
        line: list[int] = []
        at = next((entry.id for entry in entries.values() if entry.current), None)
        while at is not None:
            line.insert(0, at)
            at = entries[at].parent
        standing = len(line)
        while line and line[-1] in newest:  # forth along the newest of each branch
            line.append(newest[line[-1]])
        self._mirroring = True  # the stack goes to where the photo stands already
        for before, after in itertools.pairwise(line):
            self.undo_stack.push(_Step(self, before, after))
        self.undo_stack.setIndex(max(0, standing - 1))
        self._mirroring = False

    def _follow_history(self) -> None:
        """Push what was added to the history; steps made elsewhere too, such as versions that came from a job."""
        assert self.photo is not None
        if self._library.edits.is_waiting(self.photo.id):
            return  # the stack may be ahead of what is stored
        position = self._library.catalogue.edits.position(self.photo.id)
        index = self.undo_stack.index()
        last = self.undo_stack.command(index - 1) if index else None
        stands = last.after if isinstance(last, _Step) else None
        if index == 0 and isinstance(first := self.undo_stack.command(0), _Step):
            stands = first.before
        if position.current == stands:
            return  # it was undone or redone, or the last step slid on
        if position.current is not None and position.undo is not None and position.undo == stands:
            self.undo_stack.push(_Step(self, position.undo, position.current))
        else:
            self._rebuild_undo()

    def stand_at(self, entry_id: int, back: bool) -> None:
        """For the undo stack: go to an entry of the history, back to it or forth."""
        if self._mirroring or self.photo is None:
            return
        if not self._library.edits.has_change_waiting(self.photo.id):
            self.go_to(entry_id)
            return
        # The newest step is not part of the history yet, so the stack went one too far. It follows, then it is undone.
        photo_id = self.photo.id
        self._library.edits.after(lambda: self._catch_up(photo_id, back))

    def _catch_up(self, photo_id: int, back: bool) -> None:
        if self.photo is None or self.photo.id != photo_id:
            return
        if not self._library.edits.is_waiting(photo_id):  # else the stack is ahead, by the undo before this one
            self._rebuild_undo()
        if back:  # after a new step, there is nothing to redo
            self.undo_stack.undo()


class _Step(QUndoCommand):
    """From one entry of the history to the next; the first `redo`, by the push, has been done already."""

    def __init__(self, work: PhotoWork, before: int, after: int) -> None:
        super().__init__()
        self._work, self.before, self.after = work, before, after
        self._done = True

    def undo(self) -> None:
        self._work.stand_at(self.before, True)

    def redo(self) -> None:
        if self._done:
            self._done = False
        else:
            self._work.stand_at(self.after, False)


class _Saving(QRunnable):
    """Writes a brush picture, named by its content, on another thread; none, where the brush is cleared."""

    def __init__(
        self,
        folder: Path,
        picture: QImage | None,
        saved: Callable[[str | None], object],
        failed: Callable[[AlbumenError], object],
    ) -> None:
        super().__init__()
        self._folder, self._picture, self._saved, self._failed = folder, picture, saved, failed

    def run(self) -> None:
        if self._picture is None:
            self._saved(None)
            return
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._picture.save(buffer, "PNG")  # type: ignore[call-overload]
        content = bytes(data.data())
        path = self._folder / f"{hashlib.sha256(content).hexdigest()[:32]}.png"
        try:
            write_durably(path, content)
        except AlbumenError as error:
            self._failed(error)
        else:
            self._saved(str(path))
