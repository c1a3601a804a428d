"""The catalogue file: made, upgraded with a backup, refused when newer, set aside when damaged."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from album_samples import add_read, edit, everything, face

from desktop_app.album import migrate
from desktop_app.album.recovery import recover
from desktop_app.album.store.catalogue import FILE, Catalogue
from engine.base.errors import CatalogueDamaged, CataloguePartLost, CatalogueTooNew

RELEASED = {1: "58466c5e0215581f516461b1c28f011970ad7337374d470240104cdf6987324a"}
"""SHA-256 of each step's text. A step is never changed once libraries have taken it: add the next number instead."""


def test_no_step_of_the_schema_was_changed() -> None:
    assert {n: hashlib.sha256(sql.encode()).hexdigest() for n, sql in migrate.scripts().items()} == RELEASED
    assert sorted(RELEASED) == list(range(1, len(RELEASED) + 1))


def test_every_old_library_opens(data_dir: Path, tmp_path: Path) -> None:
    stored = data_dir / "catalogues"
    assert {path.name for path in stored.glob("*.db")} >= {
        f"v{number}.db" for number in RELEASED if number < max(RELEASED)
    }
    for path in stored.glob("*.db"):
        folder = tmp_path / path.stem
        folder.mkdir()
        shutil.copyfile(path, folder / FILE)
        with Catalogue.open(folder) as catalogue:
            assert everything(catalogue)


def pragma(path: Path, name: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_catalogue(library: Path) -> None:
    assert pragma(library / FILE, "user_version") == max(RELEASED)
    assert pragma(library / FILE, "application_id") == int.from_bytes(b"Albm", "big")
    assert pragma(library / FILE, "journal_mode") == "wal"


@pytest.fixture
def worked(library: Path) -> Path:
    """A library with a photo and a pick."""
    with Catalogue.open(library) as catalogue:
        recover(catalogue)
        photo = add_read(catalogue, Path("/p/a.jpg"), "a")
        catalogue.edits.apply(photo, edit(face(candidates=1, picked=0)), "pick")
    return library


def later(monkeypatch: pytest.MonkeyPatch, *steps: str) -> None:
    """Let the schema have more steps than it has."""
    known = migrate.scripts()
    more = {max(known) + n: sql for n, sql in enumerate(steps, 1)}
    monkeypatch.setattr(migrate, "scripts", lambda: known | more)


def test_an_upgrade_makes_a_backup_first(worked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, "ALTER TABLE photos ADD COLUMN place TEXT", "CREATE TABLE places (name TEXT)")
    with Catalogue.open(worked) as catalogue:
        assert len(everything(catalogue)) == 1
        assert not catalogue.needs_recovery
    assert pragma(worked / FILE, "user_version") == 3
    backup = worked / "catalogue.v1.backup"
    assert pragma(backup, "user_version") == 1
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT path FROM photos").fetchall() == [("/p/a.jpg",)]
    assert not list(worked.glob("*.tmp*"))


def test_only_the_newest_backups_stay(worked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        later(monkeypatch, *["SELECT 1"])
        Catalogue.open(worked).close()
        monkeypatch.undo()
        with closing(sqlite3.connect(worked / FILE)) as connection:
            connection.execute("PRAGMA user_version = 1")
        (worked / "catalogue.v1.backup").rename(worked / f"catalogue.v0{number}.backup")
    later(monkeypatch, "SELECT 1")
    Catalogue.open(worked).close()
    kept = sorted(path.name for path in worked.glob("catalogue.v*.backup"))
    assert kept == ["catalogue.v04.backup", "catalogue.v05.backup", "catalogue.v1.backup"]


@pytest.mark.parametrize("step", ["CREATE TABLE x (y); BAD SQL", "DELETE FROM photos"])
def test_a_step_that_fails_leaves_everything_as_it_was(
    worked: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    later(monkeypatch, "CREATE TABLE first (y)", step)  # the second one orphans the history
    with pytest.raises((sqlite3.Error, CatalogueDamaged)):
        Catalogue.open(worked)
    monkeypatch.undo()
    kept = next(iter(worked.glob("catalogue.damaged-*.db")), worked / FILE)
    assert pragma(kept, "user_version") == 2
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT count(*) FROM photos").fetchone() == (1,)
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'x'").fetchone()


def test_a_catalogue_of_a_newer_version_is_left_as_it_is(worked: Path) -> None:
    with closing(sqlite3.connect(worked / FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (worked / FILE).read_bytes()
    with pytest.raises(CatalogueTooNew, match=r"catalogue\.db"):
        Catalogue.open(worked)
    assert (worked / FILE).read_bytes() == before
    assert not list(worked.glob("*damaged*"))


def overwrite(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * length)


@pytest.mark.parametrize("with_backup", [False, True])
@pytest.mark.parametrize("kind", ["header", "first page", "cut short", "text", "of another program"])
def test_a_damaged_catalogue_is_set_aside_and_the_work_comes_back(worked: Path, kind: str, with_backup: bool) -> None:
    path = worked / FILE
    if with_backup:
        with Catalogue.open(worked) as catalogue:
            catalogue.albums.create("Seoul")
            assert catalogue.back_up()
            assert not catalogue.back_up()  # young enough
    match kind:
        case "header":
            overwrite(path, 0, 16)
        case "first page":
            overwrite(path, 100, 3900)
        case "cut short":
            with path.open("r+b") as file:
                file.truncate(6000)
        case "text":
            path.write_text("my notes")
        case _:
            path.unlink()
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("CREATE TABLE notes (x)")
    damaged = path.read_bytes()
    with pytest.raises(CatalogueDamaged, match="set aside") as caught:
        Catalogue.open(worked)
    assert Path(caught.value.arguments["aside"]).read_bytes()[100:] == damaged[100:]
    with Catalogue.open(worked) as catalogue:
        assert catalogue.needs_recovery
        recover(catalogue)
        (photo,) = everything(catalogue)
        assert catalogue.edits.edit(photo) == edit(face(candidates=1, picked=0))
        assert [album.name for album in catalogue.albums.all()] == (["Seoul"] if with_backup else [])


def test_damage_met_later_is_told_and_found_by_the_next_start(worked: Path) -> None:
    with Catalogue.open(worked) as catalogue:
        (photo,) = everything(catalogue)
    with closing(sqlite3.connect(worked / FILE)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'history'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    overwrite(worked / FILE, (page - 1) * size, size)
    with Catalogue.open(worked) as catalogue, pytest.raises(CataloguePartLost):
        catalogue.edits.edit(photo)
    with pytest.raises(CatalogueDamaged):
        Catalogue.open(worked)
    with Catalogue.open(worked) as catalogue:
        recover(catalogue)
        assert len(everything(catalogue)) == 1
