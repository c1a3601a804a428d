"""One connection to the catalogue file: transactions, and SQLite's errors as the user's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from desktop_app.album import migrate
from engine.base.errors import AlbumenError, CatalogueNotWritten, CataloguePartLost, DiskFull, OutputForbidden

_BATCH = 500
"""Values of one statement; SQLite's own limit was 999 for long."""


class Database:
    """A connection for the thread that made it; `change` is a transaction, everything else reads.

    With `settled_later`, a change does not wait for the disk: it outlives the program at once, and a failure of power
    only after the next change, or `settle`, of a connection that does wait. The file is whole in any case.
    """

    def __init__(self, path: Path, settled_later: bool = False) -> None:
        self.path = path
        with understood(path):
            self._connection = migrate.connect(path)
            self._connection.execute("PRAGMA foreign_keys = ON")
            if settled_later:
                self._connection.execute("PRAGMA synchronous = NORMAL")
                self._connection.execute("PRAGMA wal_autocheckpoint = 0")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows that a query answers."""
        with understood(self.path):
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """The first row that a query answers."""
        with understood(self.path):
            row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
            return row

    def rows_of(self, sql: str, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """Rows for any number of ids, in any order; `sql` has `(?)` where they stand, and nothing else to fill in."""
        return [
            row
            for start in range(0, len(ids), _BATCH)
            for row in self.rows(_for_many(sql, ids[start : start + _BATCH]), *ids[start : start + _BATCH])
        ]

    @contextmanager
    def change(self) -> Iterator[None]:
        """A transaction; kept when left, undone when left by an error. One inside another is part of it."""
        if self._in_change():
            yield
            return
        with understood(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._in_change():  # some errors end it by themselves
                    self._connection.execute("ROLLBACK")
                raise

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Write one row, inside `change`; its cursor knows the new row's id and how many rows were touched."""
        assert self._in_change()
        with understood(self.path):
            return self._connection.execute(sql, values)

    def run_for(self, sql: str, ids: Sequence[int], *values: object) -> None:
        """Write the rows of any number of ids; `values` come before them in `sql`, which has `(?)` for the ids."""
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            self.run(_for_many(sql, batch), *values, *batch)

    def run_each(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Write many rows by one statement, inside `change`."""
        assert self._in_change()
        with understood(self.path):
            self._connection.executemany(sql, rows)

    def _in_change(self) -> bool:
        return self._connection.in_transaction

    def settle(self) -> None:
        """Wait until the changes of all connections so far are on disk.

        A commit that waits for the disk writes the whole log out, so the smallest one is made. A checkpoint would do it
        as well, but the log then starts again, for which the next commit has to wait, whoever makes it.
        """
        (version,) = self.rows("PRAGMA user_version")[0]
        with self.change():
            self.run(f"PRAGMA user_version = {version}")

    def back_up(self, target: Path) -> None:
        """Copy the whole catalogue into a file of its own."""
        with understood(target):
            migrate.back_up(self._connection, target)

    def close(self) -> None:
        self._connection.close()


def _for_many(sql: str, ids: Sequence[int]) -> str:
    return sql.replace("(?)", f"({','.join('?' * len(ids))})")


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn errors of SQLite that are the world's fault into the user's; the others are ours and pass."""
    try:
        yield
    except sqlite3.Error as error:
        known = _known(error, path)
        if known is None:
            raise
        raise known from error


def _known(error: sqlite3.Error, path: Path) -> AlbumenError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if migrate.is_damage(error):
        with suppress(OSError):
            migrate.recovery_marker(path).touch()  # the next start checks the whole file
        return CataloguePartLost(path=path)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(path=path)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return OutputForbidden(path=path)
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY):
        return CatalogueNotWritten(path=path, detail=error)
    return None
