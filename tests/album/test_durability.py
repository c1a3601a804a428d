"""What a method has said is done stays done: killed processes, full and forbidden disks, a second window."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from album_samples import add_read, edit, everything, face, sha

from desktop_app.album import sidecar
from desktop_app.album.records import PhotoEdit, PhotoState, Query
from desktop_app.album.recovery import recover
from desktop_app.album.store.catalogue import Catalogue
from engine.base.errors import AlbumenError, CatalogueLocked, CatalogueNotWritten, DiskFull, OutputForbidden

HERE = Path(__file__).parent

APPLY_FOR_EVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from album_samples import add_read, edit, face
from desktop_app.album.store.catalogue import Catalogue
catalogue = Catalogue.open(Path(sys.argv[1]))
photos = [add_read(catalogue, Path(f"/p/{n}.jpg"), str(n)) for n in range(3)]
print("ready", flush=True)
n = 0
while True:
    n += 1
    photo = photos[n % 3]
    catalogue.edits.apply(photo, edit(face(candidates=8, picked=n % 8, opacity=n / 1e6)), "blend", {"n": str(n)})
    print(photo, n, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.2])
def test_every_step_that_was_told_survives_a_kill(library: Path, after_s: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", APPLY_FOR_EVER, str(library), str(HERE)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout:
        assert process.stdout.readline() == "ready\n"
        first = process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        told = [tuple(map(int, line.split())) for line in [first, *process.stdout] if line.endswith("\n")]
    with Catalogue.open(library) as catalogue:
        assert catalogue.needs_recovery
        assert recover(catalogue).errors == ()
        kept = {
            (photo, int(entry.arguments["n"]))
            for photo in everything(catalogue)
            for entry in catalogue.edits.history(photo)[1:]
        }
        assert kept >= set(told)
        assert len(kept) <= len(told) + 1  # at most the one in hand besides
        for photo in everything(catalogue):
            found = sidecar.read(library, catalogue.photos.photo(photo).sha256)
            assert (None if found is None else found.sidecar) == catalogue.edits.sidecar(photo)


HOLD = """
import sys
from pathlib import Path
from desktop_app.album.store.catalogue import Catalogue
catalogue = Catalogue.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_second_window_is_told_so_until_the_first_is_gone(library: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(library)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    with first:
        assert first.stdout.readline() == "ready\n"
        with pytest.raises(CatalogueLocked, match="another window"):
            Catalogue.open(library)
        first.kill()
    Catalogue.open(library).close()


def test_a_second_catalogue_in_the_same_process_is_told_so_too(library: Path) -> None:
    with Catalogue.open(library), pytest.raises(CatalogueLocked):
        Catalogue.open(library)
    Catalogue.open(library).close()


def test_an_import_in_another_thread_goes_beside_the_window(catalogue: Catalogue) -> None:
    photo = add_read(catalogue, Path("/p/mine.jpg"), "mine")
    failed: list[BaseException] = []

    def add() -> None:
        try:
            with catalogue.for_thread() as mine:
                for start in range(0, 200, 50):
                    mine.photos.add([Path(f"/p/{n}.jpg") for n in range(start, start + 50)])
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=add)
    thread.start()
    for n in range(5):
        catalogue.edits.apply(photo, edit(face(opacity=n / 10)), "blend")
    thread.join()
    assert not failed
    assert len(everything(catalogue)) == 201
    assert len(catalogue.edits.history(photo)) == 6


@contextmanager
def files_no_larger_than(limit_bytes: int) -> Iterator[None]:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("limit_bytes", [0, 100, 4096])
def test_a_full_disk_is_told_and_nothing_is_half_done(catalogue: Catalogue, limit_bytes: int) -> None:
    photo = add_read(catalogue, Path("/p/a.jpg"), "a")
    before = edit(face(candidates=8, picked=0))
    catalogue.edits.apply(photo, before, "pick")
    kept = sidecar.read(catalogue.folder, sha("a"))
    with files_no_larger_than(limit_bytes):
        with pytest.raises((DiskFull, CatalogueNotWritten)) as caught:
            catalogue.edits.apply(photo, edit(face(candidates=8, picked=1)), "pick")
        with pytest.raises((DiskFull, CatalogueNotWritten)):
            catalogue.photos.set_rating([photo], 5)
    assert str(catalogue.folder) in str(caught.value)
    assert catalogue.edits.edit(photo) == before
    assert sidecar.read(catalogue.folder, sha("a")) == kept
    assert not list((catalogue.folder / "edits").glob(".*"))
    catalogue.edits.apply(photo, edit(face(candidates=8, picked=1)), "pick")  # there is room again
    assert catalogue.photos.ids(Query(states=frozenset({PhotoState.RESTORED}))) == [photo]


def test_a_step_whose_sidecar_fits_but_not_its_row_is_undone_in_both(catalogue: Catalogue) -> None:
    photo = add_read(catalogue, Path("/p/a.jpg"), "a")
    catalogue.edits.apply(photo, edit(face(candidates=1)), "restore")
    kept = sidecar.read(catalogue.folder, sha("a"))
    log = catalogue.folder / "catalogue.db-wal"
    for n in range(30):  # at least a page of 4096 bytes each: far more than a sidecar
        catalogue.photos.set_rating([photo], n % 2)
    assert log.stat().st_size > 100_000
    with files_no_larger_than(50_000), pytest.raises((DiskFull, CatalogueNotWritten)):
        catalogue.edits.apply(photo, edit(face(candidates=1, picked=0)), "pick")
    assert catalogue.edits.edit(photo) == edit(face(candidates=1))
    assert sidecar.read(catalogue.folder, sha("a")) == kept


def test_a_new_library_on_a_full_disk(tmp_path: Path) -> None:
    with files_no_larger_than(0), pytest.raises((DiskFull, CatalogueNotWritten)):
        Catalogue.open(tmp_path / "new")
    with Catalogue.open(tmp_path / "new") as catalogue:
        assert everything(catalogue) == []


@contextmanager
def without_rights() -> Iterator[None]:
    """As a user to whom files of others are closed."""
    if not hasattr(os, "geteuid"):
        pytest.skip("rights of Unix")
    administrator = os.geteuid() == 0
    if administrator:
        os.seteuid(65534)
    try:
        yield
    finally:
        if administrator:
            os.seteuid(0)


def test_a_folder_that_may_not_be_written_to() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o555)
        with without_rights(), pytest.raises(OutputForbidden, match="may not write"):
            Catalogue.open(Path(name))
        assert os.listdir(name) == []
    with tempfile.NamedTemporaryFile() as file, pytest.raises(OutputForbidden):
        Catalogue.open(Path(file.name))


def test_a_catalogue_that_may_not_be_written_to(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        library = Path(name)
        with Catalogue.open(library) as catalogue:
            photo = add_read(catalogue, Path("/p/a.jpg"), "a")
        library.chmod(0o555)
        (library / "catalogue.db").chmod(0o444)
        with without_rights(), pytest.raises(AlbumenError) as caught:
            Catalogue.open(library)
        assert isinstance(caught.value, OutputForbidden)
        library.chmod(0o755)
        with Catalogue.open(library) as catalogue:
            assert catalogue.edits.edit(photo) == PhotoEdit()
