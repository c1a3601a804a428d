"""Bringing a catalogue file to the newest schema, with a backup first, and setting aside what is damaged.

The numbered files in `schema/` are never changed once released: each takes a catalogue from the version before to its
own number, which SQLite keeps as `user_version`.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from desktop_app.album.durable import sync_folder, writing_error
from engine.base.errors import CatalogueDamaged, CatalogueTooNew

APPLICATION_ID = 0x416C626D
"""Marks an SQLite file as a catalogue of Albumen ("Albm")."""
KEPT_BACKUPS = 3
"""How many backups of older schema versions stay."""


def scripts() -> dict[int, str]:
    """The schema's steps by their number."""
    folder = Path(__file__).with_name("schema")
    return {int(path.stem): path.read_text(encoding="utf-8") for path in sorted(folder.glob("[0-9]*.sql"))}


def prepare(path: Path) -> None:
    """Make, check and upgrade the catalogue file; its folder is there and nobody else has the file open.

    After a session that ended badly, or where the file is new, `recovery_marker` is left for `recover`, and the whole
    file is checked. A damaged file is set aside and the last backup put in its place, for the next try; then
    CatalogueDamaged is raised. CatalogueTooNew leaves everything as it is.
    """
    marker = recovery_marker(path)
    if not _holds_something(path) or _holds_something(path.with_name(path.name + "-wal")):
        marker.touch()
    try:
        with closing(connect(path)) as connection:
            _check(connection, path, thorough=marker.exists())
            connection.execute("PRAGMA journal_mode = WAL")
            _upgrade(connection, path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        aside = _set_aside(path)
        marker.touch()
        raise CatalogueDamaged(path=path, aside=aside) from error


def connect(path: Path) -> sqlite3.Connection:
    """A connection whose transactions are begun and ended by hand, and are on disk when ended."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is no database any more, rather than out of reach."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def recovery_marker(path: Path) -> Path:
    """The file that lies beside the catalogue as long as it has to be compared with the sidecars."""
    return path.with_name("catalogue.recover")


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the catalogue, as it is in this moment, whole or not at all."""
    temporary = target.with_name(target.name + ".tmp")
    try:
        with closing(sqlite3.connect(temporary)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file by itself
            if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise _damage("the copy does not pass the check")
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _check(connection: sqlite3.Connection, path: Path, thorough: bool) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise _damage("not a catalogue of Albumen")
    if version > max(scripts()):
        raise CatalogueTooNew(path=path)
    if thorough and connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _damage("the file does not pass the check")


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    steps = {number: sql for number, sql in scripts().items() if number > version}
    if not steps:
        return
    if version:
        back_up(connection, path.with_name(f"catalogue.v{version}.backup"))
        backups = sorted(path.parent.glob("catalogue.v*.backup"), key=lambda p: p.stat().st_mtime_ns)
        for old in backups[:-KEPT_BACKUPS]:
            old.unlink()
    for number, sql in sorted(steps.items()):
        # Foreign keys are off here, so that a step may rebuild a table; they are checked before its end.
        try:
            connection.executescript(
                f"BEGIN EXCLUSIVE;\n{sql};\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {number};"
            )
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise _damage(f"step {number} finds rows that belong to nothing")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _set_aside(path: Path) -> Path:
    """Rename a damaged catalogue and put the last backup, where there is one, in its place."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"catalogue.damaged-{stamp}.db")
    try:
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
        backup = path.with_name("catalogue.backup")
        if backup.exists():
            shutil.copyfile(backup, path.with_suffix(".tmp"))
            path.with_suffix(".tmp").replace(path)
    except OSError as error:
        raise writing_error(error, path) from error
    return aside


def _damage(detail: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(detail)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
