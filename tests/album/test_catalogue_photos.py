"""Photos in the catalogue: added once, found by words and filters, moved, removed and put back."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from album_samples import add_read, edit, everything, face, only_album, read_of, sha

from desktop_app.album.records import Change, JobState, PhotoState, Query
from desktop_app.album.store.catalogue import Catalogue
from engine.base.errors import NameTaken, NotTheSamePhoto, PathNotText, UsageError


def test_a_file_is_added_once_and_comes_back_as_it_went_in(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "할머니 é.jpg"
    change = catalogue.photos.add([path, path])
    (photo_id,) = change.added
    assert catalogue.photos.add([path]) == Change()
    photo = catalogue.photos.photo(photo_id)
    assert (photo.path, photo.state, photo.sha256) == (path, PhotoState.NEW, "")
    change = catalogue.photos.set_read(photo_id, read_of("a", taken="1957-06-01T00:00:00"), 7)
    assert change == Change(photos=(photo_id,))
    photo = catalogue.photos.photo(photo_id)
    assert (photo.sha256, photo.width, photo.height, photo.mtime_ns) == (sha("a"), 60, 40, 7)
    assert (photo.taken, photo.format) == ("1957-06-01T00:00:00", "jpeg")
    assert catalogue.photos.find_by_sha256(sha("a")) == catalogue.photos.find_by_path(path) == photo_id
    assert catalogue.photos.find_by_sha256("") is None


def test_paths_that_are_no_text_or_not_absolute(catalogue: Catalogue) -> None:
    with pytest.raises(PathNotText) as caught:
        catalogue.photos.add([Path("/photos/a.jpg"), Path("/photos/\udcff.jpg")])
    assert str(caught.value).isascii()
    with pytest.raises(ValueError, match="absolute"):
        catalogue.photos.add([Path("a.jpg")])
    assert everything(catalogue) == []  # all or none


def test_a_duplicate_goes_out_again_and_leaves_its_album_to_the_first(catalogue: Catalogue, tmp_path: Path) -> None:
    first, second = tmp_path / "a.jpg", tmp_path / "copy of a.jpg"
    first.touch()
    kept = add_read(catalogue, first, "a")
    album = only_album(catalogue.albums.create("Seoul"))
    (duplicate,) = catalogue.photos.add([second], album).added
    change = catalogue.photos.set_read(duplicate, read_of("a"), 1)
    assert change == Change(removed=(duplicate,), photos=(kept,), albums=(album,))
    assert everything(catalogue) == [kept]
    assert catalogue.photos.photo(kept).path == first
    assert catalogue.photos.ids(Query(album=album)) == [kept]


def test_a_photo_that_moved_is_found_by_importing_it_again(catalogue: Catalogue, tmp_path: Path) -> None:
    photo_id = add_read(catalogue, tmp_path / "gone.jpg", "a")
    catalogue.photos.set_missing([photo_id])
    (again,) = catalogue.photos.add([tmp_path / "here.jpg"]).added
    catalogue.photos.set_read(again, read_of("a"), 9)
    photo = catalogue.photos.photo(photo_id)
    assert (photo.path, photo.missing, photo.mtime_ns) == (tmp_path / "here.jpg", False, 9)


def test_a_file_with_another_content_starts_afresh_and_keeps_its_history(catalogue: Catalogue) -> None:
    photo_id = add_read(catalogue, Path("/p/a.jpg"), "a")
    catalogue.edits.apply(photo_id, edit(face(candidates=2, picked=1)), "pick")
    change = catalogue.photos.set_read(photo_id, read_of("b"), 2)
    assert change == Change(photos=(photo_id,), edits=(photo_id,))
    assert catalogue.edits.edit(photo_id).faces == ()
    assert catalogue.photos.photo(photo_id).state is PhotoState.NEW
    assert [entry.action for entry in catalogue.edits.history(photo_id)] == ["beginning", "pick", "file_changed"]
    # The old content is back: so is its work, from its sidecar.
    catalogue.photos.set_read(photo_id, read_of("a"), 3)
    assert catalogue.edits.edit(photo_id) == edit(face(candidates=2, picked=1))


@pytest.fixture
def family(catalogue: Catalogue) -> dict[str, int]:
    """Four photos by name."""
    ids = {
        name: add_read(catalogue, Path("/photos") / path, name, taken=taken)
        for name, path, taken in [
            ("ten", "Seoul 1957/img10.jpg", "1957-06-01T00:00:00"),
            ("nine", "Seoul 1957/IMG9.jpg", None),
            ("cafe", "Café/" + unicodedata.normalize("NFD", "할머니") + ".png", "1932-01-01T00:00:00"),
            ("plain", "100%_sure.jpg", "1990-01-01T00:00:00"),
        ]
    }
    catalogue.photos.set_rating([ids["ten"]], 5)
    catalogue.photos.set_rating([ids["cafe"]], 3)
    catalogue.photos.set_flag([ids["nine"]], "rejected")
    catalogue.photos.set_state([ids["plain"]], PhotoState.FAILED, "photo_damaged", {"path": "x"})
    catalogue.albums.create("Großmutter", [ids["nine"]])
    return ids


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query(), ["ten", "nine", "cafe", "plain"]),
        (Query(reverse=True), ["plain", "cafe", "nine", "ten"]),
        (Query(sort="name"), ["plain", "nine", "ten", "cafe"]),
        (Query(sort="taken"), ["cafe", "ten", "plain", "nine"]),
        (Query(sort="taken", reverse=True), ["plain", "ten", "cafe", "nine"]),
        (Query(sort="rating", reverse=True), ["ten", "cafe", "plain", "nine"]),
        (Query(text="seoul"), ["ten", "nine"]),
        (Query(text="1957 IMG9"), ["nine"]),
        (Query(text="CAFÉ"), ["cafe"]),
        (Query(text=unicodedata.normalize("NFD", "café")), ["cafe"]),
        (Query(text="머니"), ["cafe"]),
        (Query(text="%_"), ["plain"]),
        (Query(text="GROSSMUTTER"), ["nine"]),
        (Query(text="  "), ["ten", "nine", "cafe", "plain"]),
        (Query(text="nowhere"), []),
        (Query(states=frozenset({PhotoState.FAILED})), ["plain"]),
        (Query(states=frozenset({PhotoState.FAILED, PhotoState.NEW}), min_rating=3), ["ten", "cafe"]),
        (Query(flag="rejected"), ["nine"]),
        (Query(missing=True), []),
        (Query(album=99), []),
    ],
)
def test_queries(catalogue: Catalogue, family: dict[str, int], query: Query, names: list[str]) -> None:
    assert catalogue.photos.ids(query) == [family[name] for name in names]


def test_more_photos_than_a_statement_takes_values(catalogue: Catalogue) -> None:
    added = catalogue.photos.add([Path(f"/photos/{n}.jpg") for n in range(1203)]).added
    assert [photo.id for photo in catalogue.photos.photos(added[::-1])] == list(added[::-1])
    catalogue.photos.set_rating(added, 2)
    assert catalogue.photos.ids(Query(min_rating=2, sort="name")) == list(added)


def test_changes_made_together_are_all_there_or_none(catalogue: Catalogue) -> None:
    with catalogue.together():
        ids = [add_read(catalogue, Path(f"/p/{n}.jpg"), str(n)) for n in range(3)]
    with pytest.raises(PathNotText), catalogue.together():  # noqa: PT012 - the first of the two stands until the second
        catalogue.photos.set_rating(ids, 5)
        catalogue.photos.add([Path("/p/\udcff.jpg")])
    assert [photo.rating for photo in catalogue.photos.photos(ids)] == [0, 0, 0]


def test_failure_is_told_with_its_arguments_and_forgotten_by_the_next_step(catalogue: Catalogue) -> None:
    photo_id = add_read(catalogue, Path("/p/a.jpg"), "a")
    catalogue.photos.set_state([photo_id], PhotoState.FAILED, "photo_damaged", {"path": "/p/a.jpg"})
    photo = catalogue.photos.photo(photo_id)
    assert (photo.state, photo.error_kind, photo.error_arguments) == (
        PhotoState.FAILED,
        "photo_damaged",
        {"path": "/p/a.jpg"},
    )
    catalogue.photos.set_read(photo_id, read_of("a"), 2)
    assert catalogue.photos.photo(photo_id).state is PhotoState.NEW
    catalogue.photos.set_state([photo_id], PhotoState.FAILED, "out_of_memory", {"path": "/p/a.jpg"})
    catalogue.edits.apply(photo_id, edit(face()), "find")
    photo = catalogue.photos.photo(photo_id)
    assert (photo.state, photo.error_kind, photo.error_arguments) == (PhotoState.FACES_FOUND, "", {})


def test_state_follows_the_edit_and_an_exported_photo_stays_exported(catalogue: Catalogue) -> None:
    photo_id = add_read(catalogue, Path("/p/a.jpg"), "a")

    def state() -> PhotoState:
        return catalogue.photos.photo(photo_id).state

    catalogue.edits.apply(photo_id, edit(face()), "find")
    assert state() is PhotoState.FACES_FOUND
    catalogue.edits.apply(photo_id, edit(face(candidates=1)), "restore")
    assert state() is PhotoState.RESTORED
    catalogue.photos.set_state([photo_id], PhotoState.EXPORTED)
    catalogue.edits.apply(photo_id, edit(face(candidates=1, picked=0)), "pick")
    assert state() is PhotoState.EXPORTED
    catalogue.edits.go_to(catalogue.edits.history(photo_id)[0].id)
    assert state() is PhotoState.NEW


def test_relinking_takes_the_same_content_only(catalogue: Catalogue, tmp_path: Path) -> None:
    photo_id = add_read(catalogue, Path("/old/a.jpg"), "a")
    catalogue.photos.set_missing([photo_id])
    with pytest.raises(NotTheSamePhoto):
        catalogue.photos.relink({photo_id: (tmp_path / "b.jpg", sha("b"))})
    (unread,) = catalogue.photos.add([tmp_path / "a.jpg"]).added
    change = catalogue.photos.relink({photo_id: (tmp_path / "a.jpg", sha("a"))})
    assert change == Change(photos=(photo_id,), removed=(unread,))
    photo = catalogue.photos.photo(photo_id)
    assert (photo.path, photo.missing) == (tmp_path / "a.jpg", False)
    assert catalogue.photos.ids(Query(text=tmp_path.name)) == [photo_id]


def test_photos_below_a_folder(catalogue: Catalogue) -> None:
    paths = [Path("/photos/a.jpg"), Path("/photos/x/b.jpg"), Path("/photos2/c.jpg"), Path("/photos/%/d.jpg")]
    added = catalogue.photos.add(paths).added
    assert [photo.id for photo in catalogue.photos.below(Path("/photos"))] == [added[0], added[1], added[3]]
    assert [photo.id for photo in catalogue.photos.below(Path("/photos/%"))] == [added[3]]


def test_removing_keeps_the_file_and_can_be_undone(library: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a")
    photo_id = add_read(catalogue, path, "a")
    album = only_album(catalogue.albums.create("Seoul", [photo_id]))
    catalogue.edits.apply(photo_id, edit(face(candidates=1, picked=0)), "pick")
    (job,) = catalogue.queue.put([(photo_id, "restore", b"{}")]).jobs
    change = catalogue.photos.remove([photo_id])
    assert change == Change(removed=(photo_id,), jobs=(job,), albums=(album,))
    assert path.read_bytes() == b"a"
    assert everything(catalogue) == catalogue.photos.ids(Query(album=album)) == []
    assert catalogue.queue.all() == []
    assert [a.count for a in catalogue.albums.all()] == [0]
    with pytest.raises(LookupError):
        catalogue.photos.photo(photo_id)
    assert catalogue.photos.put_back([photo_id]) == Change(added=(photo_id,), albums=(album,))
    assert catalogue.edits.edit(photo_id) == edit(face(candidates=1, picked=0))
    assert catalogue.photos.ids(Query(album=album)) == [photo_id]
    assert [each.state for each in catalogue.queue.all()] == [JobState.CANCELLED]


def test_adding_a_removed_photo_brings_its_work_back_even_after_a_restart(library: Path) -> None:
    work = edit(face(candidates=1, picked=0))
    with Catalogue.open(library) as catalogue:
        photo_id = add_read(catalogue, Path("/p/a.jpg"), "a")
        catalogue.edits.apply(photo_id, work, "pick")
        catalogue.photos.remove([photo_id])
        assert catalogue.photos.add([Path("/p/a.jpg")]) == Change(added=(photo_id,))
        assert catalogue.edits.edit(photo_id) == work
        catalogue.photos.remove([photo_id])
    with Catalogue.open(library) as catalogue:
        catalogue.photos.put_back([photo_id])
        assert everything(catalogue) == []
        again = add_read(catalogue, Path("/elsewhere/a.jpg"), "a")
        assert again != photo_id  # ids never mean another photo
        assert catalogue.edits.edit(again) == work
        assert catalogue.photos.photo(again).state is PhotoState.RESTORED


def test_albums(catalogue: Catalogue) -> None:
    ids = catalogue.photos.add([Path(f"/p/{n}.jpg") for n in range(3)]).added
    first = only_album(catalogue.albums.create(" Wedding ", ids[:2]))
    second = only_album(catalogue.albums.create("baby"))
    catalogue.albums.add(second, ids)
    catalogue.albums.add(second, ids)
    catalogue.albums.take_out(second, ids[:1])
    assert [(a.id, a.name, a.count) for a in catalogue.albums.all()] == [(second, "baby", 2), (first, "Wedding", 2)]
    assert catalogue.albums.of_photo(ids[0]) == [first]
    with pytest.raises(NameTaken):
        catalogue.albums.create("WEDDING")
    with pytest.raises(NameTaken):
        catalogue.albums.rename(second, "wedding")
    with pytest.raises(UsageError):
        catalogue.albums.create(" ")
    catalogue.albums.rename(first, "WEDDING")  # of itself, another case is no clash
    with pytest.raises(LookupError):
        catalogue.albums.add(99, ids)
    assert catalogue.albums.delete(first) == Change(albums=(first,))
    assert len(everything(catalogue)) == 3
