"""Sidecars and recovery: what they know comes back, what is damaged is set aside, what is another's stays."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from album_samples import add_read, edit, everything, face, sha

from desktop_app.album import sidecar
from desktop_app.album.records import Change, PhotoEdit, PhotoState
from desktop_app.album.recovery import recover
from desktop_app.album.sidecar import Sidecar
from desktop_app.album.store.catalogue import Catalogue
from engine.base.errors import NameTaken, SidecarDamaged, SidecarTooNew

WORK = edit(face(candidates=2, picked=1))
BETTER = edit(face(candidates=2, picked=0))


@pytest.fixture
def photo_id(catalogue: Catalogue) -> int:
    """A photo with a pick."""
    photo_id = add_read(catalogue, Path("/p/a.jpg"), "a")
    catalogue.edits.apply(photo_id, WORK, "pick", {"face": "1"})
    return photo_id


def its_sidecar(catalogue: Catalogue, photo_id: int) -> Sidecar:
    found = catalogue.edits.sidecar(photo_id)
    assert found is not None
    return found


def test_where_they_agree_nothing_happens(catalogue: Catalogue, photo_id: int) -> None:
    assert catalogue.needs_recovery  # it is new
    found = recover(catalogue)
    assert (found.change, found.errors) == (Change(), ())
    assert len(catalogue.edits.history(photo_id)) == 2
    assert not catalogue.needs_recovery


def test_the_sidecar_wins_with_the_step_the_catalogue_lost(catalogue: Catalogue, photo_id: int) -> None:
    ours = its_sidecar(catalogue, photo_id)
    lost = msgspec.structs.replace(ours, history_id=99, at="2026-01-01T00:00:00Z", action="lost", edit=BETTER)
    sidecar.write(catalogue.folder, lost)
    assert recover(catalogue).change == Change(photos=(photo_id,), edits=(photo_id,))
    assert catalogue.edits.edit(photo_id) == BETTER
    last = catalogue.edits.history(photo_id)[-1]
    assert (last.action, last.arguments, last.at) == ("lost", {"face": "1"}, "2026-01-01T00:00:00Z")
    catalogue.edits.undo(photo_id)
    assert catalogue.edits.edit(photo_id) == WORK
    assert not recover(catalogue).change


def test_the_sidecar_wins_with_a_position_that_the_catalogue_knows(catalogue: Catalogue, photo_id: int) -> None:
    earlier = its_sidecar(catalogue, photo_id)
    catalogue.edits.apply(photo_id, BETTER, "pick")
    sidecar.write(catalogue.folder, earlier)  # as if going back had not reached the catalogue
    recover(catalogue)
    assert catalogue.edits.position(photo_id).current == earlier.history_id
    assert len(catalogue.edits.history(photo_id)) == 3


def test_a_lost_catalogue_comes_back_from_the_sidecars(library: Path, tmp_path: Path) -> None:
    here = tmp_path / "here.jpg"
    here.touch()
    with Catalogue.open(library) as catalogue:
        for path, content in ((here, "a"), (Path("/gone.jpg"), "b")):
            catalogue.edits.apply(add_read(catalogue, path, content), WORK, "pick")
        removed = add_read(catalogue, Path("/p/removed.jpg"), "c")
        catalogue.edits.apply(removed, WORK, "pick")
        catalogue.photos.remove([removed])
    with Catalogue.open(library):
        pass  # what was removed is forgotten now
    (library / "catalogue.db").unlink()
    with Catalogue.open(library) as catalogue:
        assert catalogue.needs_recovery
        found = recover(catalogue)
        assert len(found.change.added) == 2
        photos = catalogue.photos.photos(everything(catalogue))
        assert {(p.path, p.missing, p.state) for p in photos} == {
            (here, False, PhotoState.RESTORED),
            (Path("/gone.jpg"), True, PhotoState.RESTORED),
        }
        assert [catalogue.edits.edit(p.id) for p in photos] == [WORK, WORK]
        assert [(p.sha256, p.width) for p in photos if p.path == here] == [(sha("a"), 0)]  # to be read again


def test_a_cancelled_recovery_is_still_needed(catalogue: Catalogue, photo_id: int) -> None:
    recover(catalogue, cancelled=lambda: True)
    assert catalogue.needs_recovery


@pytest.mark.parametrize("content", [b"", b"\xff", b'{"schema": 1}', b"[" * 100_000, b'{"schema": 1, "sha256": "x"}'])
def test_a_damaged_sidecar_is_set_aside_and_written_anew(catalogue: Catalogue, photo_id: int, content: bytes) -> None:
    path = sidecar.path_of(catalogue.folder, sha("a"))
    for _ in range(2):  # one set aside before does not stand in the way
        path.write_bytes(content)
        (error,) = recover(catalogue).errors
        assert isinstance(error, SidecarDamaged)
        assert Path(error.arguments["aside"]).read_bytes() == content
        assert sidecar.read_file(path).sidecar == its_sidecar(catalogue, photo_id)
    assert len(list(path.parent.glob("*.damaged"))) == 2
    assert catalogue.edits.edit(photo_id) == WORK


def test_the_sidecar_of_another_photo_under_this_ones_name_is_damaged(catalogue: Catalogue, photo_id: int) -> None:
    ours = sidecar.path_of(catalogue.folder, sha("a"))
    other = sidecar.path_of(catalogue.folder, sha("b"))
    other.write_bytes(ours.read_bytes())
    assert isinstance(sidecar.read_file(other).error, SidecarDamaged)


def test_a_missing_sidecar_is_written_anew(catalogue: Catalogue, photo_id: int) -> None:
    path = sidecar.path_of(catalogue.folder, sha("a"))
    path.unlink()
    assert not recover(catalogue).change
    assert sidecar.read_file(path).sidecar == its_sidecar(catalogue, photo_id)


def test_a_sidecar_of_a_newer_version_is_left_as_it_is(catalogue: Catalogue, photo_id: int) -> None:
    path = sidecar.path_of(catalogue.folder, sha("a"))
    path.write_bytes(b'{"schema": 2, "work": "unknown"}')
    (error,) = recover(catalogue).errors
    assert isinstance(error, SidecarTooNew)
    assert path.read_bytes() == b'{"schema": 2, "work": "unknown"}'


def test_beside_the_original_only_over_its_own(catalogue: Catalogue, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo_id = add_read(catalogue, photo, "a")
    for work in (WORK, BETTER):
        catalogue.edits.apply(photo_id, work, "pick")
        path = sidecar.write_beside(its_sidecar(catalogue, photo_id))
        assert path == tmp_path / "a.jpg.albumen.json"
        assert msgspec.json.decode(path.read_bytes(), type=Sidecar).edit == work
    foreign = msgspec.json.encode(Sidecar(1, sha("b"), str(photo), 1, "", "pick", {}, PhotoEdit()))
    for content in (b"my notes", foreign):
        path.write_bytes(content)
        with pytest.raises(NameTaken):
            sidecar.write_beside(its_sidecar(catalogue, photo_id))
        assert path.read_bytes() == content
