"""Below their limit in size: the oldest go first, picks never."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from album_samples import add_read, edit, face, sha

from desktop_app.album.pruning import YOUNG_S, prune_candidates, prune_thumbnails, usage
from desktop_app.album.records import FaceEdit
from desktop_app.album.store.catalogue import Catalogue


def put(path: Path, bytes: int, at_s: float) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * bytes)
    os.utime(path, (at_s, at_s))
    return path


def test_thumbnails_least_recently_used_go_first(tmp_path: Path) -> None:
    thumbs = tmp_path / "thumbs"
    a, b, c, d = (put(thumbs / f"{name}.jpg", 100, 1000 * n) for n, name in enumerate("abcd", 1))
    os.utime(a, (5000, 1000))  # written first, but looked at last
    notes = put(thumbs / "notes.txt", 100, 1)
    assert usage(thumbs) == 500
    assert not prune_thumbnails(thumbs, 500).deleted
    pruned = prune_thumbnails(thumbs, 310, shown={b})
    assert (pruned.deleted, pruned.freed_bytes, pruned.left_bytes) == ((c, d), 200, 300)
    assert a.exists()
    assert notes.exists()
    assert prune_thumbnails(tmp_path / "none", 0).left_bytes == usage(tmp_path / "none") == 0


def picking(store: Path, index: int, candidates: int = 6) -> FaceEdit:
    """A face whose candidates lie in the store, one of them picked."""
    made = face(1, candidates, index)
    moved = tuple(msgspec.structs.replace(c, path=str(store / Path(c.path).name)) for c in made.candidates)
    return msgspec.structs.replace(made, candidates=moved, picked=moved[index].path)


NOW_S = 1e9


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Six candidates of 100 bytes with recipes of 10, the first the oldest; and what is no candidate."""
    store = tmp_path / "store"
    for n in range(6):
        put(store / f"1-{n}.png", 100, NOW_S - 10 * YOUNG_S + n)
        put(store / f"1-{n}.json", 10, NOW_S - 10 * YOUNG_S + n)
    put(store / "notes.txt", 40, 0)
    return store


def test_candidates_go_oldest_first_but_for_picks_of_any_step(catalogue: Catalogue, store: Path) -> None:
    photo = add_read(catalogue, Path("/p/a.jpg"), "a")
    catalogue.edits.apply(photo, edit(picking(store, 0)), "pick")
    catalogue.edits.apply(photo, edit(picking(store, 2)), "pick")  # the first stays in history
    assert usage(store) == 700
    assert not prune_candidates(catalogue, store, 700, lambda: NOW_S).deleted
    pruned = prune_candidates(catalogue, store, 500, lambda: NOW_S)
    assert (pruned.deleted, pruned.freed_bytes, pruned.left_bytes) == ((store / "1-1.png", store / "1-3.png"), 220, 480)
    assert prune_candidates(catalogue, store, 0, lambda: NOW_S).left_bytes == 260  # two picks and the notes
    assert sorted(path.name for path in store.iterdir()) == ["1-0.json", "1-0.png", "1-2.json", "1-2.png", "notes.txt"]


def test_candidates_just_made_stay(catalogue: Catalogue, store: Path) -> None:
    put(store / "new.png", 100, NOW_S - YOUNG_S / 2)
    prune_candidates(catalogue, store, 0, lambda: NOW_S)
    assert [path.name for path in store.glob("*.png")] == ["new.png"]


def test_picks_that_only_a_sidecar_knows_stay(library: Path, store: Path) -> None:
    with Catalogue.open(library) as catalogue:
        for name, index in (("removed", 1), ("lost", 4)):
            photo = add_read(catalogue, Path(f"/p/{name}.jpg"), name)
            catalogue.edits.apply(photo, edit(picking(store, index)), "pick")
        catalogue.photos.remove([1])
    with Catalogue.open(library):
        pass
    assert (library / "edits" / "removed" / f"{sha('removed')}.json").exists()
    (library / "catalogue.db").unlink()
    with Catalogue.open(library) as catalogue:
        prune_candidates(catalogue, store, 0, lambda: NOW_S)
    assert sorted(path.name for path in store.glob("*.png")) == ["1-1.png", "1-4.png"]
