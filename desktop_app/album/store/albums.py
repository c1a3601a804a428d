"""Albums: named sets of photos."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from desktop_app.album.records import Album, Change
from desktop_app.album.store.database import Database
from desktop_app.album.store.text import search_key
from engine.base.errors import NameTaken, UsageError


class Albums:
    """The albums; names are told apart without regard to case."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[Album]:
        """All albums by name, with the number of their photos."""
        rows = self._db.rows(
            "SELECT a.id, a.name, count(p.id) FROM albums a LEFT JOIN album_photos ap ON ap.album_id = a.id"
            " LEFT JOIN photos p ON p.id = ap.photo_id AND p.removed = 0 GROUP BY a.id ORDER BY a.search_key"
        )
        return [Album(*row) for row in rows]

    def of_photo(self, photo_id: int) -> list[int]:
        """The albums that a photo is in."""
        return [id for (id,) in self._db.rows("SELECT album_id FROM album_photos WHERE photo_id = ?", photo_id)]

    def create(self, name: str, photos: Sequence[int] = ()) -> Change:
        """Make an album, `Change.albums`; raises NameTaken, and UsageError for an empty name."""
        name = _checked(name)
        with self._db.change():
            self._free(name)
            id = self._db.run("INSERT INTO albums (name, search_key) VALUES (?, ?)", name, search_key(name)).lastrowid
            assert id is not None
            add_to_album(self._db, id, photos)
        return Change(albums=(id,))

    def rename(self, album_id: int, name: str) -> Change:
        """Give an album another name; raises as `create` does."""
        name = _checked(name)
        with self._db.change():
            self._free(name, album_id)
            self._db.run("UPDATE albums SET name = ?, search_key = ? WHERE id = ?", name, search_key(name), album_id)
        return Change(albums=(album_id,))

    def delete(self, album_id: int) -> Change:
        """Delete an album; its photos stay in the catalogue."""
        with self._db.change():
            self._db.run("DELETE FROM albums WHERE id = ?", album_id)
        return Change(albums=(album_id,))

    def add(self, album_id: int, photos: Sequence[int]) -> Change:
        """Put photos into an album."""
        with self._db.change():
            add_to_album(self._db, album_id, photos)
        return Change(albums=(album_id,))

    def take_out(self, album_id: int, photos: Sequence[int]) -> Change:
        """Take photos out of an album; they stay in the catalogue."""
        with self._db.change():
            self._db.run_for("DELETE FROM album_photos WHERE album_id = ? AND photo_id IN (?)", photos, album_id)
        return Change(albums=(album_id,))

    def _free(self, name: str, album_id: int | None = None) -> None:
        row = self._db.row("SELECT id FROM albums WHERE search_key = ?", search_key(name))
        if row is not None and row[0] != album_id:
            raise NameTaken(name=name)


def add_to_album(database: Database, album_id: int, photos: Sequence[int]) -> None:
    """Put photos into an album as part of a change; LookupError where one or the other is not there."""
    try:
        database.run_each(
            "INSERT INTO album_photos (album_id, photo_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(album_id, photo) for photo in photos],
        )
    except sqlite3.IntegrityError as error:
        raise LookupError(f"album {album_id} or one of its photos is not there") from error


def _checked(name: str) -> str:
    if not name.strip():
        raise UsageError(detail="An album needs a name.")
    return name.strip()
