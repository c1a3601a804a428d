"""The work on the photo that is open: its edit and its history."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QImage, QUndoCommand, QUndoStack

from desktop_app.album.durable import write_durably
from desktop_app.album.records import Change, FaceEdit, HistoryEntry, Photo, PhotoEdit
from desktop_app.paths import Paths
from desktop_app.work.library import Library
from engine.base.errors import AlbumenError
from engine.protocol import BlendSettings, BrushMask, FaceRecord, RestoreOptions


class PhotoWork(QObject):
    """One photo at a time. Every change of its edit is stored at once, undoable, and told by `edit_changed`."""

    opened = Signal(object)
    """Photo, or None when none is open any more."""
    edit_changed = Signal(object)
    """PhotoEdit."""
    failed = Signal(object)
    """AlbumenError."""
    _brush_saved = Signal(int, int, object)

    def __init__(self, library: Library, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library, self._paths = library, paths
        self._edits = library.catalogue.edits
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # brush pictures are kept in the order of the strokes
        self._walking = False
        self.undo_stack = QUndoStack(self)
        self.photo: Photo | None = None
        self.edit = PhotoEdit()
        library.changed.connect(self._on_changed)
        self._brush_saved.connect(self._on_brush_saved)

    def open(self, photo_id: int) -> None:
        """Open a photo and tell its edit."""
        self.close()
        photo = self._library.photo(photo_id)
        if photo is None:
            return
        self.photo = photo
        self.edit = self._edits.edit(photo_id)
        self._rebuild_undo()
        self.opened.emit(photo)
        self.edit_changed.emit(self.edit)

    def close(self) -> None:
        """Let go of the photo; everything is stored already."""
        self.undo_stack.clear()
        if self.photo is not None:
            self.photo = None
            self.edit = PhotoEdit()
            self.opened.emit(None)

    def finish(self) -> None:
        """Wait for what is being written."""
        self._pool.waitForDone()

    def history(self) -> list[HistoryEntry]:
        """What was done to the photo, oldest first."""
        return [] if self.photo is None else self._edits.history(self.photo.id)

    def go_to(self, entry_id: int) -> None:
        """Go back, or forth, to any point of the history."""
        self._store(lambda: self._edits.go_to(entry_id))
        self._rebuild_undo()

    def face(self, face_id: int) -> FaceEdit | None:
        return next((face for face in self.edit.faces if face.id == face_id), None)

    # What the user decides about a face.

    def pick(self, face_id: int, path: str | None) -> None:
        """Choose a version of a face by its candidate's path; None: the original."""
        face = self.face(face_id)
        if face is None or face.picked == path:
            return
        paths = [candidate.path for candidate in face.candidates]
        n = 0 if path is None else paths.index(path) + 1
        action = "pick" if n else "pick_original"
        self._change_face(face_id, action, {"n": str(n)}, picked=path)

    def set_blend(self, face_id: int, blend: BlendSettings, action: str) -> None:
        """Keep how a face's version is laid over the photo; what is painted stays."""
        face = self.face(face_id)
        if face is not None:
            blend = msgspec.structs.replace(blend, brush=face.blend.brush)
            arguments = {"percent": str(round(100 * blend.opacity))}
            self._change_face(face_id, action, arguments, sliding=True, blend=blend)

    def set_brush(self, face_id: int, picture: QImage | None, x: int, y: int) -> None:
        """Keep what is painted on a face, an RGB picture whose corner lies at (x, y) of the photo; None clears it."""
        if picture is None:
            self._set_brush(face_id, None, "clear_brush")
            return
        if self.photo is not None:
            photo_id = self.photo.id

            def saved(path: str) -> None:  # on the other thread
                self._brush_saved.emit(photo_id, face_id, BrushMask(path, x, y))

            self._pool.start(_Saving(self._paths.brushes, picture.copy(), saved, self.failed.emit))

    def add_face(self, record: FaceRecord) -> None:
        """Add a face that was drawn by hand."""
        new = 1 + max((face.id for face in self.edit.faces), default=0)
        faces = (*self.edit.faces, FaceEdit(id=new, record=record, origin="drawn"))
        self._apply(msgspec.structs.replace(self.edit, faces=faces), "draw_face", {"face": str(new)})

    def move_face(self, face_id: int, record: FaceRecord) -> None:
        """Put a face elsewhere; its versions, which belong to the place before, stay in the history only."""
        self._change_face(face_id, "move_face", {}, record=record, origin="moved", candidates=(), picked=None)

    def ignore_face(self, face_id: int, ignored: bool) -> None:
        """Leave a face out, or take it in again."""
        self._change_face(face_id, "ignore_face" if ignored else "bring_back_face", {}, ignored=ignored)

    def set_options(self, options: RestoreOptions, face_id: int | None) -> None:
        """Keep the settings for restoring: the photo's, or those of one face."""
        if face_id is None:
            self._apply(msgspec.structs.replace(self.edit, options=options), "options", {}, sliding=True)
        else:
            self._change_face(face_id, "options", {}, sliding=True, options=options)

    def use_photo_options(self, face_id: int) -> None:
        """Let a face follow the photo's settings again."""
        self._change_face(face_id, "options", {}, options=None)

    # Storing.

    def _change_face(
        self, face_id: int, action: str, arguments: dict[str, str], *, sliding: bool = False, **values: object
    ) -> None:
        faces = tuple(msgspec.structs.replace(f, **values) if f.id == face_id else f for f in self.edit.faces)
        edit = msgspec.structs.replace(self.edit, faces=faces)
        self._apply(edit, action, {"face": str(face_id), **arguments}, sliding=sliding)

    def _on_brush_saved(self, photo_id: int, face_id: int, brush: BrushMask) -> None:
        if self.photo is not None and self.photo.id == photo_id:
            self._set_brush(face_id, brush, "brush")

    def _set_brush(self, face_id: int, brush: BrushMask | None, action: str) -> None:
        face = self.face(face_id)
        if face is not None:
            self._change_face(face_id, action, {}, blend=msgspec.structs.replace(face.blend, brush=brush))

    def _apply(self, edit: PhotoEdit, action: str, arguments: dict[str, str], *, sliding: bool = False) -> None:
        if self.photo is not None:
            photo_id = self.photo.id
            self._store(lambda: self._edits.apply(photo_id, edit, action, arguments, sliding=sliding))

    def _store(self, change: Callable[[], Change]) -> None:
        try:
            changed = change()
        except AlbumenError as error:
            self.failed.emit(error)
            self.edit_changed.emit(self.edit)  # what the widgets show goes back to what is stored
        else:
            self._library.tell(changed)

    def _on_changed(self, change: Change) -> None:
        if self.photo is None:
            return
        if self.photo.id in change.removed:
            self.close()
            return
        if self.photo.id in change.photos:
            self.photo = self._library.photo(self.photo.id) or self.photo
        if self.photo.id in change.edits:
            self.edit = self._edits.edit(self.photo.id)
            self._follow_history()
            self.edit_changed.emit(self.edit)

    # Undo: the stack mirrors the line of history that leads to where the photo stands, and on from there.

    def _rebuild_undo(self) -> None:
        self.undo_stack.clear()
        if self.photo is None:
            return
        entries = {entry.id: entry for entry in self.history()}
        current = next((entry.id for entry in entries.values() if entry.current), None)
        line: list[int] = []
        at = current
        while at is not None and at in entries:
            line.insert(0, at)
            at = entries[at].parent
        standing = len(line)
        while True:  # forth along the newest of each branch
            nexts = [entry.id for entry in entries.values() if line and entry.parent == line[-1]]
            if not nexts:
                break
            line.append(max(nexts))
        self._walking = True  # the stack goes to where the photo stands already
        for before, after in itertools.pairwise(line):
            self.undo_stack.push(_Step(self, before, after))
        self.undo_stack.setIndex(max(0, standing - 1))
        self._walking = False

    def _follow_history(self) -> None:
        """Push what was added to the history; steps made elsewhere too, such as versions that came from a job."""
        assert self.photo is not None
        if self._walking:
            return
        position = self._edits.position(self.photo.id)
        index = self.undo_stack.index()
        command = self.undo_stack.command(index - 1) if index else None
        if isinstance(command, _Step) and command.after == position.current:
            return  # the last step slid on
        if position.current is not None and position.undo is not None:
            if isinstance(command, _Step) and command.after != position.undo:
                self._rebuild_undo()
            else:
                self.undo_stack.push(_Step(self, position.undo, position.current))

    def stand_at(self, entry_id: int) -> None:
        """For the undo stack: go to an entry of the history."""
        if not self._walking:
            self._walking = True
            self._store(lambda: self._edits.go_to(entry_id))
            self._walking = False


class _Step(QUndoCommand):
    """From one entry of the history to the next; the first `redo`, by the push, has been done already."""

    def __init__(self, work: PhotoWork, before: int, after: int) -> None:
        super().__init__()
        self._work, self.before, self.after = work, before, after
        self._done = True

    def undo(self) -> None:
        self._work.stand_at(self.before)

    def redo(self) -> None:
        if self._done:
            self._done = False
        else:
            self._work.stand_at(self.after)


class _Saving(QRunnable):
    """Writes a brush picture, named by its content, on another thread."""

    def __init__(
        self,
        folder: Path,
        picture: QImage,
        saved: Callable[[str], object],
        failed: Callable[[AlbumenError], object],
    ) -> None:
        super().__init__()
        self._folder, self._picture, self._saved, self._failed = folder, picture, saved, failed

    def run(self) -> None:
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
