"""The window's changes do not wait for the disk, and are on it after another thread settled them."""

from __future__ import annotations

from pathlib import Path

from desktop_app.album.records import JobState
from desktop_app.album.store.catalogue import Catalogue


def test_only_the_windows_catalogue_is_settled_later(catalogue: Catalogue) -> None:
    def pragma(of: Catalogue, name: str) -> int:
        value: int = of._database.rows(f"PRAGMA {name}")[0][0]
        return value

    normal, full = 1, 2  # SQLite's values of `synchronous`
    assert (pragma(catalogue, "synchronous"), pragma(catalogue, "wal_autocheckpoint")) == (normal, 0)
    with catalogue.for_thread() as other:
        assert pragma(other, "synchronous") == full
        assert pragma(other, "wal_autocheckpoint") > 0


def test_settling_writes_to_the_log_and_keeps_the_version(catalogue: Catalogue, tmp_path: Path) -> None:
    log = catalogue.folder / "catalogue.db-wal"
    (photo,) = catalogue.photos.add([tmp_path / "a.jpg"]).added
    (job,) = catalogue.queue.put([(photo, "find", b"{}")]).jobs
    catalogue.queue.set_state(job, JobState.DONE)
    version, before = catalogue._database.rows("PRAGMA user_version"), log.stat().st_size
    with catalogue.for_thread() as other:
        other.settle()
        assert other.queue.all()[0].state is JobState.DONE
    assert log.stat().st_size > before  # a commit that is not written would wait for nothing
    assert catalogue._database.rows("PRAGMA user_version") == version
