"""Candidates are found by their name, in the folder in use or in one used before; bringing them over loses nothing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from album_samples import face

from desktop_app.album.candidate_store import FOLDER, CandidateStore, bring, clear, file_name, folder_in


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(name.encode())
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_chosen_folder_gets_one_of_its_own_inside(tmp_path: Path) -> None:
    assert folder_in(tmp_path) == tmp_path / FOLDER
    assert folder_in(tmp_path / FOLDER) == tmp_path / FOLDER


@pytest.mark.parametrize("path", ["/home/a/candidates/1-0.png", r"C:\Users\a\candidates\1-0.png", "1-0.png"])
def test_a_candidate_is_named_by_its_file(path: str) -> None:
    assert file_name(path) == "1-0.png"


def test_a_candidate_is_found_by_name_in_the_folder_in_use_first(tmp_path: Path) -> None:
    store = CandidateStore(tmp_path / "usual")
    disk = put(tmp_path / "disk", "new.png", "both.png")
    put(tmp_path / "usual", "old.png", "both.png")
    store.follow(str(disk), [])
    assert (store.folder, store.older, store.missing) == (disk, (tmp_path / "usual",), None)
    assert store.locate(r"D:\elsewhere\new.png") == str(disk / "new.png")
    assert store.locate("/made/there/old.png") == str(tmp_path / "usual" / "old.png")
    assert store.locate("/made/there/both.png") == str(disk / "both.png")
    assert store.locate("/made/there/gone.png") == "/made/there/gone.png"


def test_where_the_chosen_folder_is_missing_the_usual_one_is_used_until_it_is_back(tmp_path: Path) -> None:
    store = CandidateStore(tmp_path / "usual")
    put(tmp_path / "usual", "meanwhile.png")
    store.follow(str(tmp_path / "unplugged"), [str(tmp_path / "never was")])
    assert (store.folder, store.older, store.missing) == (tmp_path / "usual", (), tmp_path / "unplugged")
    disk = put(tmp_path / "unplugged")
    store.follow(str(disk), [])
    assert (store.folder, store.older, store.missing) == (disk, (tmp_path / "usual",), None)


def test_a_face_is_told_with_the_places_where_its_candidates_are(tmp_path: Path) -> None:
    store = CandidateStore(tmp_path)
    made = face(1, 3, 1)
    put(tmp_path, *(file_name(candidate.path) for candidate in made.candidates))
    located = store.located(made)
    assert [candidate.path for candidate in located.candidates] == [str(tmp_path / f"1-{n}.png") for n in range(3)]
    assert located.picked == str(tmp_path / "1-1.png")
    assert [candidate.recipe for candidate in located.candidates] == [c.recipe for c in made.candidates]


@pytest.mark.parametrize("linked", [True, False], ids=["one disk", "two disks"])
def test_candidates_are_brought_whole_and_only_then_deleted(
    tmp_path: Path, linked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not linked:

        def refuse(*_: object) -> None:
            raise OSError(errno.EXDEV, "another disk")

        monkeypatch.setattr(os, "link", refuse)
    source = put(tmp_path / "a", "1.json", "1.png", "2.png", "notes.txt", "3.png.part")
    target = put(tmp_path / "b", "2.png")
    told: list[tuple[int, int]] = []
    files = bring(source, target, lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [path.name for path in files] == ["1.json", "1.png", "2.png"]
    assert names(target) == ["1.json", "1.png", "2.png"]
    assert (target / "1.png").read_bytes() == b"1.png"
    assert names(source) == ["1.json", "1.png", "2.png", "3.png.part", "notes.txt"]
    clear(source, files)
    assert names(source) == ["3.png.part", "notes.txt"]  # what is nobody's candidate stays, and so does its folder
    for path in source.iterdir():
        path.unlink()
    clear(source, ())
    assert not source.exists()


def test_bringing_stops_when_asked_and_goes_on_the_next_time(tmp_path: Path) -> None:
    source, target = put(tmp_path / "a", "1.png", "2.png", "3.png"), tmp_path / "b"
    done: list[int] = []
    files = bring(source, target, lambda n, _: done.append(n), lambda: len(done) == 2)
    assert [path.name for path in files] == names(target) == ["1.png", "2.png"]
    bring(source, target)
    assert names(target) == ["1.png", "2.png", "3.png"]
