"""The work on each photo: its edit, and the history that leads there.

History is a tree: a step after going back begins a new branch, and none is ever deleted. The sidecar is written before
the change is committed, so that the two agree or the sidecar knows one step more.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from desktop_app.album import sidecar
from desktop_app.album.records import Change, HistoryEntry, HistoryStep, PhotoEdit, PhotoState
from desktop_app.album.sidecar import Sidecar
from desktop_app.album.store.database import Database
from desktop_app.album.store.text import from_text, now, to_text
from engine.base.errors import AlbumenError

SLIDE_S = 2.0
"""Moves of one slider closer than this are one step."""
BEGINNING = "beginning"
"""Action of the first entry of each history: nothing was done yet."""
FILE_CHANGED = "file_changed"
"""Action of the entry that begins afresh because the file has another content."""

_decoder = msgspec.json.Decoder(PhotoEdit)


@dataclass(frozen=True)
class Position:
    """Where a photo stands in its history, and where undo and redo lead; None where there is nothing."""

    current: int | None
    undo: int | None
    redo: int | None


@dataclass(frozen=True)
class _Slide:
    photo_id: int
    history_id: int
    action: str
    of: str | None
    at_s: float


class Edits:
    """Edits and histories; `folder` is the library folder, in which the sidecars lie."""

    def __init__(self, database: Database, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = database
        self._folder = folder
        self._clock = clock
        self._slide: _Slide | None = None

    def edit(self, photo_id: int) -> PhotoEdit:
        """The photo's edit as it stands."""
        row = self._db.row("SELECT h.edit FROM photos p JOIN history h ON h.id = p.history_id WHERE p.id = ?", photo_id)
        return PhotoEdit() if row is None else _unpack(row[0])

    def edit_at(self, history_id: int) -> PhotoEdit:
        """The edit after a step of a history; LookupError for an unknown one."""
        row = self._db.row("SELECT edit FROM history WHERE id = ?", history_id)
        if row is None:
            raise LookupError(history_id)
        return _unpack(row[0])

    def apply(
        self,
        photo_id: int,
        edit: PhotoEdit,
        action: str,
        arguments: Mapping[str, str] | None = None,
        *,
        sliding: bool = False,
    ) -> Change:
        """Make `edit` the photo's and add the step to its history; on disk when this returns.

        `sliding`: moves of one slider (the same action with the same argument `face`) within two seconds are one step,
        and so is what one job made (the same argument `job`), however long it took.
        The photo's state follows from the edit. Nothing happens where the edit is what it was. Raises LookupError for
        an unknown photo, and DiskFull, OutputForbidden, CatalogueNotWritten, after which the edit is as before.
        """
        arguments = dict(arguments or {})
        of = arguments.get("job", arguments.get("face"))
        with self._step(photo_id):
            self._first_entry(photo_id)
            if edit == self.edit(photo_id):
                return Change()
            position, at_s = self.position(photo_id), self._clock()
            last = self._slide
            goes_on = (
                sliding
                and last is not None
                and (last.photo_id, last.history_id) == (photo_id, position.current)
                and (last.action, last.of) == (action, of)
                and ("job" in arguments or at_s - last.at_s <= SLIDE_S)
                and position.redo is None
            )
            if goes_on and position.current is not None:
                history_id = position.current
                self._replace(history_id, edit, arguments)
            else:
                history_id = self._insert(photo_id, position.current, edit, action, arguments)
            self._stand_at(photo_id, history_id, edit)
        self._slide = _Slide(photo_id, history_id, action, of, at_s) if sliding else None
        return Change(photos=(photo_id,), edits=(photo_id,))

    def history(self, photo_id: int) -> list[HistoryEntry]:
        """All steps of a photo, oldest first."""
        rows = self._db.rows(
            "SELECT h.id, h.at, h.action, h.arguments, h.edit, h.id = p.history_id, h.parent_id"
            " FROM history h JOIN photos p ON p.id = h.photo_id WHERE h.photo_id = ? ORDER BY h.id",
            photo_id,
        )
        return [
            HistoryEntry(id, photo_id, at, action, from_text(arguments), bool(current), parent, _unpack(edit))
            for id, at, action, arguments, edit, current, parent in rows
        ]

    def steps(self, photo_id: int) -> list[HistoryStep]:
        """All steps without their edits, oldest first; a hundred edits of a group photo take half a second to read."""
        rows = self._db.rows(
            "SELECT h.id, h.at, h.action, h.arguments, h.id = p.history_id, h.parent_id"
            " FROM history h JOIN photos p ON p.id = h.photo_id WHERE h.photo_id = ? ORDER BY h.id",
            photo_id,
        )
        return [
            HistoryStep(id, photo_id, at, action, from_text(arguments), bool(current), parent)
            for id, at, action, arguments, current, parent in rows
        ]

    def position(self, photo_id: int) -> Position:
        """Where the photo stands; redo leads to the newest of the steps made from there."""
        row = self._db.row(
            "SELECT p.history_id, h.parent_id, (SELECT max(id) FROM history WHERE parent_id = p.history_id)"
            " FROM photos p LEFT JOIN history h ON h.id = p.history_id WHERE p.id = ?",
            photo_id,
        )
        if row is None:
            raise LookupError(photo_id)
        return Position(*row)

    def go_to(self, history_id: int) -> Change:
        """Go to any point of a photo's history, forth or back; raises as `apply` does."""
        row = self._db.row("SELECT photo_id, edit FROM history WHERE id = ?", history_id)
        if row is None:
            raise LookupError(history_id)
        photo_id, edit = row
        with self._step(photo_id):
            self._stand_at(photo_id, history_id, _unpack(edit))
        self._slide = None
        return Change(photos=(photo_id,), edits=(photo_id,))

    def undo(self, photo_id: int) -> Change:
        """Go one step back, where there is one."""
        target = self.position(photo_id).undo
        return Change() if target is None else self.go_to(target)

    def redo(self, photo_id: int) -> Change:
        """Take the newest step forth again, where there is one."""
        target = self.position(photo_id).redo
        return Change() if target is None else self.go_to(target)

    def picked_candidates(self) -> set[str]:
        """The picture files of all candidates picked anywhere in any history."""
        return {path for (path,) in self._db.rows("SELECT DISTINCT candidate FROM picks")}

    def sidecar(self, photo_id: int) -> Sidecar | None:
        """What the photo's sidecar says where it agrees; None before the file was read or anything was done."""
        row = self._db.row(
            "SELECT p.sha256, p.path, h.id, h.at, h.action, h.arguments, h.edit"
            " FROM photos p JOIN history h ON h.id = p.history_id WHERE p.id = ? AND p.sha256 != ''",
            photo_id,
        )
        if row is None:
            return None
        sha256, path, history_id, at, action, arguments, edit = row
        return Sidecar(sidecar.SCHEMA, sha256, path, history_id, at, action, from_text(arguments), _unpack(edit))

    def settle(self, photo_id: int, *, afresh: bool = False) -> Change:
        """Make catalogue and sidecar agree: the sidecar wins, and is written where there is none.

        `afresh`: the file's content is another one, so that only that content's sidecar counts. For `Photos` and
        recovery. A damaged sidecar is set aside.
        """
        with self._db.change():  # no other step can be taken, nor its sidecar be written, meanwhile
            row = self._db.row("SELECT sha256 FROM photos WHERE id = ?", photo_id)
            if row is None or not row[0]:
                return Change()
            read = sidecar.read(self._folder, row[0])
            found = None if read is None else read.sidecar
            if found is None and not afresh:
                ours = self.sidecar(photo_id)
                if ours is not None:
                    sidecar.write(self._folder, ours)
                return Change()
            edit = PhotoEdit() if found is None else found.edit
            if edit == self.edit(photo_id):
                return Change()
            self._first_entry(photo_id)
            parent = self.position(photo_id).current
            if found is None:
                history_id = self._insert(photo_id, parent, edit, FILE_CHANGED, {})
            else:
                known = self._known(photo_id, found)
                history_id = known or self._insert(photo_id, parent, edit, found.action, found.arguments, found.at)
            self._stand_at(photo_id, history_id, edit)
        return Change(photos=(photo_id,), edits=(photo_id,))

    def worked_on(self) -> list[tuple[int, str]]:
        """The photos with a history, and their SHA-256; those not read yet have no sidecar and are left out."""
        return self._db.rows("SELECT id, sha256 FROM photos WHERE history_id IS NOT NULL AND sha256 != ''")

    def settle_state(self, photo_id: int) -> None:
        """Let the photo's state follow from its edit, as part of a change; what it failed at is forgotten."""
        self._set_state(photo_id, self.edit(photo_id))

    def shelve_sidecar(self, sha256: str) -> None:
        """Put away the sidecar of a content that no photo has any more."""
        if sha256:
            sidecar.shelve(self._folder, sha256)

    @contextmanager
    def _step(self, photo_id: int) -> Iterator[None]:
        """A change of one photo; where it does not reach the disk, the sidecar is put back to what holds."""
        try:
            with self._db.change():
                yield
        except AlbumenError:
            with suppress(AlbumenError):
                holds = self.sidecar(photo_id)
                if holds is not None:
                    sidecar.write(self._folder, holds)
            raise

    def _known(self, photo_id: int, found: Sidecar) -> int | None:
        """The entry of the history that the sidecar means, where the catalogue still has it."""
        row = self._db.row("SELECT edit FROM history WHERE id = ? AND photo_id = ?", found.history_id, photo_id)
        return found.history_id if row is not None and _unpack(row[0]) == found.edit else None

    def _first_entry(self, photo_id: int) -> None:
        row = self._db.row("SELECT history_id, added FROM photos WHERE id = ?", photo_id)
        if row is None:
            raise LookupError(photo_id)
        if row[0] is None:
            history_id = self._insert(photo_id, None, PhotoEdit(), BEGINNING, {}, row[1])
            self._db.run("UPDATE photos SET history_id = ? WHERE id = ?", history_id, photo_id)

    def _insert(
        self,
        photo_id: int,
        parent: int | None,
        edit: PhotoEdit,
        action: str,
        arguments: dict[str, str],
        at: str | None = None,
    ) -> int:
        new = self._db.run(
            "INSERT INTO history (photo_id, parent_id, at, action, arguments, edit) VALUES (?, ?, ?, ?, ?, ?)",
            *(photo_id, parent, at or now(), action, to_text(arguments), _pack(edit)),
        )
        assert new.lastrowid is not None
        self._note_picks(new.lastrowid, edit)
        return new.lastrowid

    def _replace(self, history_id: int, edit: PhotoEdit, arguments: dict[str, str]) -> None:
        self._db.run(
            "UPDATE history SET at = ?, arguments = ?, edit = ? WHERE id = ?",
            *(now(), to_text(arguments), _pack(edit), history_id),
        )
        self._db.run("DELETE FROM picks WHERE history_id = ?", history_id)
        self._note_picks(history_id, edit)

    def _note_picks(self, history_id: int, edit: PhotoEdit) -> None:
        picks = {face.picked for face in edit.faces if face.picked is not None}
        self._db.run_each("INSERT INTO picks (history_id, candidate) VALUES (?, ?)", [(history_id, p) for p in picks])

    def _stand_at(self, photo_id: int, history_id: int, edit: PhotoEdit) -> None:
        """Make an entry the photo's current one, and write its sidecar; the last thing before the change ends."""
        self._db.run("UPDATE photos SET history_id = ? WHERE id = ?", history_id, photo_id)
        self._set_state(photo_id, edit)
        ours = self.sidecar(photo_id)
        if ours is not None:
            sidecar.write(self._folder, ours)

    def _set_state(self, photo_id: int, edit: PhotoEdit) -> None:
        """A photo once exported counts as exported as long as it has candidates."""
        if any(face.candidates for face in edit.faces):
            state = PhotoState.RESTORED
        else:
            state = PhotoState.FACES_FOUND if edit.faces_known else PhotoState.NEW
        self._db.run(
            "UPDATE photos SET state = CASE WHEN state = 'exported' AND ? = 'restored' THEN state ELSE ? END,"
            " error_kind = '', error_arguments = '{}' WHERE id = ?",
            *(state.value, state.value, photo_id),
        )


def _pack(edit: PhotoEdit) -> bytes:
    return zlib.compress(msgspec.json.encode(edit), 1)


def _unpack(packed: bytes) -> PhotoEdit:
    return _decoder.decode(zlib.decompress(packed))
