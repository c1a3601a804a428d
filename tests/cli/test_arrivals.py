"""Photos that come into a folder: taken once, and only when they are whole."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from engine.base.errors import PhotoDamaged
from engine.cli.batch.arrivals import STILL_S, WAIT_S, Arrivals
from engine.cli.batch.plan import Places

WHOLE = b"whole"


def opens(path: Path) -> None:
    if path.read_bytes() != WHOLE:
        raise PhotoDamaged(path=path)


@pytest.fixture
def arrivals(tmp_path: Path) -> Arrivals:
    places = Places([tmp_path], recursive=True)
    return Arrivals(places, tmp_path / "out", opens, lambda path: path.name == "mine.jpg", threading.Event())


def looked(arrivals: Arrivals, now: float) -> list[tuple[str, str]]:
    return [(found.path.name, found.error.kind if found.error else "") for found in arrivals.ready(now)]


def test_a_file_is_taken_once_when_it_lay_still(arrivals: Arrivals, tmp_path: Path) -> None:
    for name in ("a.jpg", "mine.jpg", "sub/b.png", "out/c.jpg", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(WHOLE)
    assert looked(arrivals, 0) == []
    assert looked(arrivals, STILL_S / 2) == []
    assert looked(arrivals, STILL_S) == [("a.jpg", ""), ("b.png", "")]
    assert looked(arrivals, 9) == []
    os.utime(tmp_path / "a.jpg", ns=(1, 1))  # another file under the same name
    assert looked(arrivals, 10) == []
    assert looked(arrivals, 10 + STILL_S) == [("a.jpg", "")]


def test_one_that_is_cut_short_waits_and_is_named_once(arrivals: Arrivals, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(WHOLE[:3])
    assert looked(arrivals, 0) == []
    assert looked(arrivals, STILL_S) == []
    assert looked(arrivals, WAIT_S) == [("a.jpg", "photo_damaged")]
    assert looked(arrivals, 2 * WAIT_S) == []
    path.write_bytes(WHOLE)
    assert looked(arrivals, 200) == []
    assert looked(arrivals, 200 + STILL_S) == [("a.jpg", "")]


def test_one_that_goes_away_is_forgotten(arrivals: Arrivals, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(WHOLE[:3])
    assert looked(arrivals, 0) == []
    path.unlink()
    assert looked(arrivals, WAIT_S) == []
