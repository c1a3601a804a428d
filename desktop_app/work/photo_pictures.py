"""The pictures of the open photo that the screen needs: the photo itself, its faces' patches, and their spread."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from desktop_app.album.records import Photo, PhotoEdit
from desktop_app.engine_link.supervisor import Supervisor
from desktop_app.jobs import plan
from desktop_app.jobs.message import told_of
from desktop_app.paths import Paths
from desktop_app.work.photo_work import PhotoWork
from engine.base.errors import AlbumenError
from engine.protocol import BlendSettings, Compose, Event, PatchReady, PhotoShown, ShowPhoto, ShowSpread

Screen = ShowPhoto | Compose | ShowSpread
_PHOTO = -1


class PhotoPictures(QObject):
    """Follows the open photo and has made what changed; a worker's answer that came too late is left out.

    While a slider moves, patches of blends on the way are shown as they come, or nothing would move but at its end.
    """

    picture_shown = Signal(str, int, int)
    """The photo's picture for the screen: path, width, height."""
    patch_ready = Signal(int, str, int, int)
    """Face id, path of the RGBA patch, place of its corner in the photo."""
    patch_gone = Signal(int)
    """The face shows the original again."""
    spread_ready = Signal(int, str, int, int)
    """Face id, path of the RGBA overlay, place of its corner."""
    failed = Signal(object)
    """AlbumenError."""

    def __init__(self, work: PhotoWork, supervisor: Supervisor, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work, self._supervisor, self._paths = work, supervisor, paths
        self._asked: dict[str, tuple[int, Screen]] = {}
        self._latest: dict[tuple[type[Screen], int], str] = {}
        self._patches: dict[int, Compose] = {}
        work.opened.connect(self._on_opened)
        work.edit_changed.connect(self._on_edit_changed)
        supervisor.job_event.connect(self._on_event)
        supervisor.job_failed.connect(self._on_failed)

    def show_spread(self, face_id: int) -> None:
        """Have the picture made of where a face's versions differ; nothing with fewer than two."""
        face, photo = self._work.face(face_id), self._work.photo
        if face is not None and photo is not None:
            job = plan.spread(photo, self._paths.candidates.located(face), self._paths.scratch)
            if job is not None:
                self._want(face_id, job)

    def preview_blend(self, face_id: int, blend: BlendSettings) -> None:
        """Show other parts or matching while a slider moves, before they are kept."""
        face, photo = self._work.face(face_id), self._work.photo
        if face is not None and photo is not None:
            job = plan.compose(photo, self._paths.candidates.located(face), self._paths.scratch, blend)
            if job is not None:
                self._refresh(face_id, job)

    def _on_opened(self, photo: Photo | None) -> None:
        asked = list(self._asked)
        self._asked.clear()
        self._latest.clear()
        for job_id in asked:
            self._supervisor.cancel(job_id)
        self._patches.clear()
        if photo is not None:
            self._want(_PHOTO, ShowPhoto(str(photo.path), str(self._paths.scratch)))

    def _on_edit_changed(self, edit: PhotoEdit) -> None:
        photo = self._work.photo
        if photo is None:
            return
        faces = map(self._paths.candidates.located, edit.faces)
        jobs = {face.id: plan.compose(photo, face, self._paths.scratch) for face in faces}
        wanted = {face_id: job for face_id, job in jobs.items() if job is not None}
        for face_id in set(self._patches) - set(wanted):
            del self._patches[face_id]
            self.patch_gone.emit(face_id)
        for face_id, job in wanted.items():
            self._refresh(face_id, job)

    def _refresh(self, face_id: int, job: Compose) -> None:
        """Have a patch made unless it is there, or in the making: equal messages give equal patches."""
        if self._patches.get(face_id) != job:
            self._patches[face_id] = job
            self._want(face_id, job)

    def _want(self, face_id: int, job: Screen) -> None:
        key = (type(job), face_id)
        self._latest[key] = self._supervisor.submit_latest(key, job)
        self._asked[self._latest[key]] = face_id, job

    def _take(self, job_id: str) -> tuple[int, Screen] | None:
        """The face and the job of an id, once; those of the same kind asked for before it are forgotten."""
        taken = self._asked.get(job_id)
        if taken is None:
            return None
        for other_id, (face_id, job) in list(self._asked.items()):
            if (face_id, type(job)) == (taken[0], type(taken[1])):
                del self._asked[other_id]
            if other_id == job_id:
                return taken
        return None

    def _on_event(self, job_id: str, event: Event) -> None:
        if not isinstance(event, PhotoShown | PatchReady):
            return
        taken = self._take(job_id)
        if taken is None:
            return
        face_id, job = taken
        if isinstance(job, Compose) and isinstance(event, PatchReady):
            if _fits(job, self._patches.get(face_id)):
                self.patch_ready.emit(face_id, event.path, event.x, event.y)
        elif self._latest.get((type(job), face_id)) != job_id:
            return
        elif isinstance(event, PhotoShown):
            self.picture_shown.emit(event.path, event.width, event.height)
        else:
            self.spread_ready.emit(face_id, event.path, event.x, event.y)

    def _on_failed(self, job_id: str, error: AlbumenError) -> None:
        taken = self._take(job_id)
        if taken is not None and self._latest.get((type(taken[1]), taken[0])) == job_id:
            if self._patches.get(taken[0]) == taken[1]:
                del self._patches[taken[0]]
            told = told_of(error, taken[1])
            if told is error or self._paths.candidates.missing is None:  # that its whole disk is missing was told
                self.failed.emit(told)


def _fits(made: Compose, wanted: Compose | None) -> bool:
    """Whether a patch may be shown: it is the wanted one, or one on the way there, of another blend."""
    return wanted is not None and replace(wanted, pick=replace(wanted.pick, blend=made.pick.blend)) == made
