"""The edits of photos: altered at once for whoever looks, and put on disk in their order by a thread of their own.

A step of a photo's history waits for the disk three times, which the window's thread must not. So a change is a pure
function of the edit. It is applied at once to what the window shows, and by the thread to what is stored by then; both
come to the same unless a step before it could not be stored. Then the window's edit is made anew, from what is stored
and the changes that still wait.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.album.records import Change, PhotoEdit
from desktop_app.album.store.catalogue import Catalogue
from desktop_app.album.store.edits import Edits
from engine.base.errors import AlbumenError, InternalError

log = logging.getLogger("albumen.edits")
Alter = Callable[[PhotoEdit], PhotoEdit]
"""Pure, right for any edit (it looks a face up by its id, which may be gone), and doing it twice is doing it once."""
_SETTLE_MS = 100
"""How long a change that did not wait for the disk is left there, for others to join it."""
_RETRY_MS = 5000
"""When that is tried again where the disk refused."""


@dataclass(frozen=True, eq=False)
class _Step:
    """Something for the thread; without `store`, only a mark in the order, at which `then` is called."""

    photo_id: int = 0
    store: Callable[[Edits], Change] | None = None
    alter: Alter | None = None
    then: Callable[[], object] | None = None
    settles: bool = False
    is_new: bool = False
    """Whether it adds to the history."""


class EditStore(QObject):
    """For the window's thread. `altered`, then `stored` or `failed`, come for each change."""

    altered = Signal(int)
    """Photo id, from within `change` and `go_to`: `edit` answers with the new edit already."""
    stored = Signal(object)
    """Change, on disk now."""
    failed = Signal(int, object)
    """Photo id, AlbumenError: a change could not be stored, `edit` answers without it. With 0 it concerns no edit:
    the window's own changes are kept, but not on disk yet, and it is tried again."""
    _ended = Signal(object, object, object)

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._steps: queue.SimpleQueue[_Step | None] = queue.SimpleQueue()
        self._waiting: deque[_Step] = deque()
        self._shown: dict[int, PhotoEdit] = {}
        self._thread: threading.Thread | None = None
        self._settling = QTimer(self, singleShot=True)
        self._settling.timeout.connect(self._settle)
        self._ended.connect(self._on_ended)

    def edit(self, photo_id: int) -> PhotoEdit:
        """The photo's edit with all changes, those that are on their way to the disk as well."""
        shown = self._shown.get(photo_id)
        return self._catalogue.edits.edit(photo_id) if shown is None else shown

    def is_waiting(self, photo_id: int) -> bool:
        """Whether something of this photo is on its way to the disk."""
        return any(step.photo_id == photo_id for step in self._waiting if step.store is not None)

    def has_change_waiting(self, photo_id: int) -> bool:
        """Whether one of those is a new step of the history."""
        return any(step.photo_id == photo_id and step.is_new for step in self._waiting)

    def change(
        self,
        photo_id: int,
        alter: Alter,
        action: str,
        arguments: Mapping[str, str] | None = None,
        *,
        sliding: bool = False,
    ) -> None:
        """Alter a photo's edit as a step of its history (see `Edits.apply`); nothing where the edit stays as it is."""
        before = self.edit(photo_id)
        edit = alter(before)
        if edit == before:
            return

        def store(edits: Edits) -> Change:
            return edits.apply(photo_id, alter(edits.edit(photo_id)), action, arguments, sliding=sliding)

        self._show(photo_id, edit, _Step(photo_id, store, alter, is_new=True))

    def go_to(self, photo_id: int, entry_id: int) -> None:
        """Go to any point of a photo's history; LookupError where it has no such entry."""
        edit = self._catalogue.edits.edit_at(entry_id)
        self._show(photo_id, edit, _Step(photo_id, lambda edits: edits.go_to(entry_id), lambda _: edit))

    def settle_soon(self) -> None:
        """Bring what the window's own catalogue changed to the disk, a moment from now and all of it together."""
        if not self._settling.isActive():
            self._settling.start(_SETTLE_MS)

    def after(self, then: Callable[[], object]) -> None:
        """Call this when everything that was asked for is on disk, or has failed; at once where nothing waits."""
        if self._waiting:
            self._put(_Step(then=then))
        else:
            then()

    def close(self) -> None:
        """Wait until everything is on disk; nothing may be asked for afterwards."""
        if self._settling.isActive():
            self._settling.stop()
            self._settle()
        if self._thread is not None:
            self._steps.put(None)
            self._thread.join()
            self._thread = None

    def _settle(self) -> None:
        self._put(_Step(settles=True))

    def _show(self, photo_id: int, edit: PhotoEdit, step: _Step) -> None:
        self._shown[photo_id] = edit
        self._put(step)
        self.altered.emit(photo_id)

    def _put(self, step: _Step) -> None:
        self._waiting.append(step)
        self._steps.put(step)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="edits", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        """On the other thread, with a catalogue of its own."""
        catalogue: Catalogue | None = None
        while (step := self._steps.get()) is not None:
            change, error = Change(), None
            try:
                catalogue = catalogue or self._catalogue.for_thread()
                if step.settles:
                    catalogue.settle()
                elif step.store is not None:
                    change = step.store(catalogue.edits)
            except LookupError:
                pass  # the photo was removed for good
            except AlbumenError as known:
                error = known
            except Exception as unknown:  # a thread's border: what nobody expected must not end it in silence
                log.exception("an edit was not stored")
                error = InternalError(detail=unknown)
            self._ended.emit(step, change, error)
        if catalogue is not None:
            catalogue.close()

    def _on_ended(self, step: _Step, change: Change, error: AlbumenError | None) -> None:
        ended = self._waiting.popleft()
        assert ended is step
        if not self.is_waiting(step.photo_id):
            self._shown.pop(step.photo_id, None)
        elif error is not None:
            self._make_anew(step.photo_id)
        if error is not None:
            self.failed.emit(step.photo_id, error)
            if step.settles:
                self._settling.start(_RETRY_MS)
        elif change:
            self.stored.emit(change)
        if step.then is not None:
            step.then()

    def _make_anew(self, photo_id: int) -> None:
        edit = self._catalogue.edits.edit(photo_id)
        for step in self._waiting:
            if step.photo_id == photo_id and step.alter is not None:
                edit = step.alter(edit)
        self._shown[photo_id] = edit
