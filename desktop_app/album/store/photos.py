"""Photos of the catalogue: adding, reading, rating, finding them again, and removing them from it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from desktop_app.album.records import Change, Flag, Photo, PhotoState, Query
from desktop_app.album.store.albums import add_to_album
from desktop_app.album.store.database import Database
from desktop_app.album.store.edits import Edits
from desktop_app.album.store.search import condition, order
from desktop_app.album.store.text import from_text, name_key, now, path_key, to_text
from engine.base.errors import NotTheSamePhoto, PathNotText
from engine.protocol import PhotoRead

_COLUMNS = (
    "id, path, added, sha256, bytes, mtime_ns, width, height, format, taken, thumbnail, state, rating, flag, missing,"
    " error_kind, error_arguments"
)


class Photos:
    """The photos; those removed by the user are not there for any method but `put_back`."""

    def __init__(self, database: Database, edits: Edits) -> None:
        self._db = database
        self._edits = edits

    def ids(self, query: Query) -> list[int]:
        """The photos that a query means, in its order."""
        where, values = condition(query)
        return [id for (id,) in self._db.rows(f"SELECT id FROM photos WHERE {where} ORDER BY {order(query)}", *values)]

    def photo(self, photo_id: int) -> Photo:
        """One photo; LookupError where there is none of that id."""
        return self.photos([photo_id])[0]

    def photos(self, ids: Sequence[int]) -> list[Photo]:
        """Photos in the order of their ids; LookupError where one is not there."""
        rows = self._db.rows_of(f"SELECT {_COLUMNS} FROM photos WHERE id IN (?) AND removed = 0", ids)
        found = {row[0]: _photo(row) for row in rows}
        return [found[id] for id in ids]

    def find_by_sha256(self, sha256: str) -> int | None:
        """The photo with that content."""
        row = self._db.row("SELECT id FROM photos WHERE sha256 = ? AND sha256 != '' AND removed = 0", sha256)
        return None if row is None else row[0]

    def find_by_path(self, path: Path) -> int | None:
        """The photo in that file."""
        row = self._db.row("SELECT id FROM photos WHERE path = ? AND removed = 0", str(path))
        return None if row is None else row[0]

    def add(self, paths: Iterable[Path], album_id: int | None = None) -> Change:
        """Add files by their absolute paths, and put them into an album; what is there already stays as it is.

        `Change.added` are the new ones, among them those that had been removed. Raises PathNotText.
        """
        added: list[int] = []
        all_of_them: list[int] = []
        at = now()
        with self._db.change():
            for path in paths:
                text = _text(path)
                row = self._db.row("SELECT id, removed FROM photos WHERE path = ?", text)
                if row is None:
                    new = self._db.run(
                        "INSERT INTO photos (path, added, search_key, name_key) VALUES (?, ?, ?, ?)",
                        *(text, at, path_key(text), name_key(text)),
                    )
                    row = (new.lastrowid, True)
                all_of_them.append(row[0])
                if row[1]:
                    added.append(row[0])
            self._db.run_for("UPDATE photos SET removed = 0 WHERE id IN (?)", added)
            if album_id is not None:
                add_to_album(self._db, album_id, all_of_them)
        return Change(added=tuple(added), albums=() if album_id is None else (album_id,))

    def set_read(self, photo_id: int, read: PhotoRead, mtime_ns: int) -> Change:
        """Keep what was read from the file, and bring the work back that its sidecar knows of.

        A duplicate of a photo in the catalogue goes out again (`Change.removed`, with the other in `Change.photos`):
        its albums are the other's too, and where the other's file is gone, this one takes its place. A file whose
        content is another than before starts afresh; its history keeps the earlier work.
        """
        with self._db.change():
            row = self._db.row("SELECT path, sha256 FROM photos WHERE id = ?", photo_id)
            if row is None:
                raise LookupError(photo_id)
            path, before = row
            other = self._db.row("SELECT id FROM photos WHERE sha256 = ? AND id != ?", read.sha256, photo_id)
            if other is not None:
                return self._merge(photo_id, path, before, other[0], mtime_ns)
            self._db.run(
                "UPDATE photos SET sha256 = ?, bytes = ?, width = ?, height = ?, format = ?, taken = ?, thumbnail = ?,"
                " mtime_ns = ?, missing = 0 WHERE id = ?",
                *(read.sha256, read.bytes, read.width, read.height, read.format, read.taken, read.thumbnail),
                *(mtime_ns, photo_id),
            )
            if self._db.row("SELECT 1 FROM photos WHERE id = ? AND state = 'failed'", photo_id):
                self._edits.settle_state(photo_id)
            afresh = before not in ("", read.sha256)
            return Change(photos=(photo_id,)) | self._edits.settle(photo_id, afresh=afresh)

    def _merge(self, photo_id: int, path: str, sha256: str, other_id: int, mtime_ns: int) -> Change:
        albums = [id for (id,) in self._db.rows("SELECT album_id FROM album_photos WHERE photo_id = ?", photo_id)]
        (other_path, removed), *_ = self._db.rows("SELECT path, removed FROM photos WHERE id = ?", other_id)
        for album in albums:
            add_to_album(self._db, album, [other_id])
        self._edits.shelve_sidecar(sha256)
        self._db.run("DELETE FROM photos WHERE id = ?", photo_id)
        self._db.run("UPDATE photos SET removed = 0 WHERE id = ?", other_id)
        if removed or not os.path.exists(other_path):
            self._move(other_id, path)
            self._db.run("UPDATE photos SET mtime_ns = ? WHERE id = ?", mtime_ns, other_id)
        return Change(
            added=(other_id,) if removed else (), removed=(photo_id,), photos=(other_id,), albums=tuple(albums)
        )

    def set_thumbnail(self, photo_id: int, thumbnail: str) -> Change:
        """Say where the thumbnail lies now; empty where there is none any more."""
        return self._set([photo_id], "thumbnail = ?", thumbnail)

    def set_rating(self, ids: Sequence[int], rating: int) -> Change:
        """Give 0 to 5 stars."""
        return self._set(ids, "rating = ?", rating)

    def set_flag(self, ids: Sequence[int], flag: Flag) -> Change:
        """Pick or reject photos, or neither."""
        return self._set(ids, "flag = ?", flag)

    def set_state(
        self,
        ids: Sequence[int],
        state: PhotoState,
        error_kind: str = "",
        error_arguments: Mapping[str, str] | None = None,
    ) -> Change:
        """Say that photos were exported, or failed and why; the other states follow from `Edits.apply` by itself."""
        arguments = to_text(dict(error_arguments or {}))
        return self._set(ids, "state = ?, error_kind = ?, error_arguments = ?", state.value, error_kind, arguments)

    def set_missing(self, ids: Sequence[int], missing: bool = True) -> Change:
        """Say that the files of photos are gone, or there again."""
        return self._set(ids, "missing = ?", int(missing))

    def below(self, folder: Path) -> list[Photo]:
        """The photos in a folder and in those below it."""
        start = str(folder / "_")[:-1]
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM photos WHERE removed = 0 AND substr(path, 1, ?) = ?", len(start), start
        )
        return [_photo(row) for row in rows]

    def relink(self, found: Mapping[int, tuple[Path, str]]) -> Change:
        """Say where photos lie now: {id: (path, SHA-256 of the file there)}; all of them or, by an error, none.

        A newer photo of the same file gives way. Raises NotTheSamePhoto for another content, and PathNotText.
        """
        removed: list[int] = []
        with self._db.change():
            for photo_id, (path, sha256) in found.items():
                text, photo = _text(path), self.photo(photo_id)
                if photo.sha256 not in ("", sha256):
                    raise NotTheSamePhoto(path=path)
                row = self._db.row("SELECT id, sha256 FROM photos WHERE path = ? AND id != ?", text, photo_id)
                if row is not None:
                    self._edits.shelve_sidecar(row[1])
                    self._db.run("DELETE FROM photos WHERE id = ?", row[0])
                    removed.append(row[0])
                self._move(photo_id, text)
        return Change(removed=tuple(removed), photos=tuple(found))

    def remove(self, ids: Sequence[int]) -> Change:
        """Take photos out of the catalogue, never their files; their jobs that wait or run are cancelled.

        `put_back` undoes it until the catalogue is opened again, and adding the file does at any time.
        """
        with self._db.change():
            to_do = "state IN ('queued', 'running', 'paused')"
            jobs = [id for (id,) in self._db.rows_of(f"SELECT id FROM queue WHERE photo_id IN (?) AND {to_do}", ids)]
            self._db.run_for("UPDATE queue SET state = 'cancelled' WHERE id IN (?)", jobs)
            self._db.run_for("UPDATE photos SET removed = 1 WHERE id IN (?)", ids)
            albums = self._db.rows_of("SELECT DISTINCT album_id FROM album_photos WHERE photo_id IN (?)", ids)
        return Change(removed=tuple(ids), jobs=tuple(jobs), albums=tuple(dict.fromkeys(id for (id,) in albums)))

    def put_back(self, ids: Sequence[int]) -> Change:
        """Undo `remove`."""
        with self._db.change():
            self._db.run_for("UPDATE photos SET removed = 0 WHERE id IN (?)", ids)
            albums = self._db.rows_of("SELECT DISTINCT album_id FROM album_photos WHERE photo_id IN (?)", ids)
        return Change(added=tuple(ids), albums=tuple(dict.fromkeys(id for (id,) in albums)))

    def forget_removed(self) -> None:
        """Delete what `remove` took out, for good but for the sidecars; done by opening the catalogue."""
        removed = self._db.rows("SELECT id, sha256 FROM photos WHERE removed = 1")
        if removed:
            for _, sha256 in removed:
                self._edits.shelve_sidecar(sha256)
            with self._db.change():
                self._db.run_for("DELETE FROM photos WHERE id IN (?)", [id for id, _ in removed])

    def add_lost(self, path: Path, sha256: str) -> Change:
        """Add a photo that only its sidecar knows of, unless another has its place by now; for recovery."""
        text = _text(path)
        with self._db.change():
            new = self._db.run(
                "INSERT INTO photos (path, added, search_key, name_key, sha256, missing) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                *(text, now(), path_key(text), name_key(text), sha256, int(not path.exists())),
            )
            if not new.rowcount or new.lastrowid is None:
                return Change()
            return Change(added=(new.lastrowid,)) | self._edits.settle(new.lastrowid)

    def _set(self, ids: Sequence[int], assignment: str, *values: object) -> Change:
        with self._db.change():
            self._db.run_for(f"UPDATE photos SET {assignment} WHERE id IN (?)", ids, *values)
        return Change(photos=tuple(ids))

    def _move(self, photo_id: int, path: str) -> None:
        self._db.run(
            "UPDATE photos SET path = ?, search_key = ?, name_key = ?, missing = 0 WHERE id = ?",
            *(path, path_key(path), name_key(path), photo_id),
        )


def _text(path: Path) -> str:
    if not path.is_absolute():
        raise ValueError(f"{path} is not absolute")
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PathNotText(path=ascii(text)) from error
    return text


def _photo(row: tuple[Any, ...]) -> Photo:
    facts: dict[str, Any] = dict(zip(_COLUMNS.split(", "), row, strict=True))
    facts["path"] = Path(facts["path"])
    facts["state"] = PhotoState(facts["state"])
    facts["missing"] = bool(facts["missing"])
    facts["error_arguments"] = from_text(facts["error_arguments"])
    return Photo(**facts)
