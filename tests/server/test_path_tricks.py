"""Files that a worker says it made: links that lead out of their folder are refused, links to the folder are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base.errors import PathRefused
from engine.protocol import Event, Export, Exported, FindFaces, Job, PatchReady, PhotoRead, Preview, ReadPhoto, Restore
from engine.protocol import ShowPhoto as Show
from engine.server.paths import check_event


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A job's folder beside another with a file; in it are links of every kind."""
    inside, outside = tmp_path / "job", tmp_path / "other"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.png").touch()
    try:
        (inside / "file.png").symlink_to(outside / "secret.png")
    except OSError:
        pytest.skip("links cannot be made here")
    (inside / "folder").symlink_to(outside, target_is_directory=True)
    (inside / "up").symlink_to("..", target_is_directory=True)
    (inside / "dangling.png").symlink_to(outside / "not there yet.png")
    (inside / "round.png").symlink_to(inside / "round.png")
    (inside / "real.png").touch()
    (tmp_path / "by another name").symlink_to(inside, target_is_directory=True)
    return inside


TRICKS = ("file.png", "folder/secret.png", "up/other/secret.png", "dangling.png", "../other/secret.png")


@pytest.mark.parametrize("name", TRICKS)
def test_a_link_that_leads_out(folder: Path, name: str) -> None:
    path = f"{folder}/{name}"
    for event, job in (
        (PatchReady("1", path, 0, 0), Show("/a.jpg", str(folder))),
        (Preview("1", 0, 0, path), Restore("/a.jpg", "/store", folder=str(folder))),
        (Exported("1", path), Export("/a.jpg", (), str(folder / "out.png"))),
    ):
        with pytest.raises(PathRefused):
            check_event(event, job)


def test_a_folder_by_another_name(folder: Path) -> None:
    linked = folder.parent / "by another name"
    check_event(PatchReady("1", str(folder / "real.png"), 0, 0), Show("/a.jpg", str(linked)))
    check_event(PatchReady("1", str(linked / "real.png"), 0, 0), Show("/a.jpg", str(folder)))


def test_a_link_to_itself_leads_nowhere_else(folder: Path) -> None:
    check_event(PatchReady("1", str(folder / "round.png"), 0, 0), Show("/a.jpg", str(folder)))


@pytest.mark.parametrize(
    ("event", "job"),
    [
        (PatchReady("1", "/job/a.png", 0, 0), FindFaces("/a.jpg")),
        (Preview("1", 0, 0, "/job/a.png"), Restore("/a.jpg", "/job")),
        (Exported("1", "/job/a.png"), ReadPhoto("/a.jpg", "/job")),
        (PhotoRead("1", "", 1, 1, 1, "JPEG", None, "/job/a.png"), Show("/a.jpg", "/job")),
    ],
)
def test_a_file_that_the_job_did_not_ask_for(event: Event, job: Job) -> None:
    with pytest.raises(PathRefused):
        check_event(event, job)
