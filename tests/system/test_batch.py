"""Batches as a studio runs them: killed and gone on with, watched folders, reports; real workers and weights."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from engine.base.folders import resources_dir

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="process groups and signals of POSIX"),
    pytest.mark.skipif(
        not (resources_dir() / "models" / "starter-prior.safetensors").is_file(), reason="no weights are shipped yet"
    ),
]
FAST = ["--candidates", "2", "--steps", "2", "--strength", "0.1", "--threads", "1"]
Start = Callable[..., "subprocess.Popen[str]"]
LIMIT_S = 300.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the command line as the first process of a group; all groups are killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str | Path) -> subprocess.Popen[str]:
        own = {"ALBUMEN_HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "desktop_app", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(resources_dir().parent), **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            kill(process)
        process.communicate()


def kill(process: subprocess.Popen[str]) -> None:
    """Kill the client and both workers at once."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, err


def lines(folder: Path) -> list[dict[str, str]]:
    journal = folder / ".albumen-done.jsonl"
    whole = journal.read_bytes().split(b"\n")[:-1] if journal.is_file() else []
    return [json.loads(line) for line in whole]


def wait_for(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def results(folder: Path) -> dict[str, bytes]:
    """Every file but the journal, which has times in it, and the lock."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".albumen-"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four photos of one face each, two of them of one name and one in a subfolder, and a file that is none."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    with Image.open(resources_dir() / "demo" / "portrait.png") as portrait:
        face = portrait.convert("RGB").crop((90, 0, 410, 320))
    for n, name in enumerate(("a.png", "a.jpg", "b.png", "sub/a.png")):
        face.resize((320 - 8 * n, 320 - 8 * n)).save(folder / name)
    (folder / "letter.jpg").write_bytes(b"no picture")
    return folder


def test_a_run_killed_twice_and_stopped_once_ends_as_one_that_was_not(
    tmp_path: Path, photos: Path, start: Start
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    common = [photos, "--recursive", "--format", "png", "--keep-candidates", *FAST]
    before = results(photos)
    code, _, told = end(start("restore", *common, "-o", whole, "--workers", "2"))
    assert code == 1, told
    assert "4 done, 1 failed" in told

    first = start("restore", *common, "-o", cut)
    wait_for(lambda: bool(lines(cut)))  # within the first export, before or after its file has its name
    kill(first)
    second = start("restore", *common, "-o", cut)
    wait_for(lambda: sum(line["state"] == "done" for line in lines(cut)) >= 2)
    kill(second)
    third = start("restore", *common, "-o", cut)
    wait_for(lambda: sum(line["state"] == "done" for line in lines(cut)) >= 3)
    os.killpg(third.pid, signal.SIGINT)
    code, _, told = end(third)
    assert code == 130, told
    assert "the same command again goes on" in told

    code, out, told = end(start("restore", *common, "-o", cut, "--json", "--report"))
    assert code == 1, told
    rows = {Path(row["path"]).relative_to(photos).as_posix(): row for row in map(json.loads, out.splitlines())}
    assert list(rows) == ["a.jpg", "a.png", "b.png", "letter.jpg", "sub/a.png"]
    assert rows["letter.jpg"]["error"]["kind"] == "photo_not_an_image"
    assert len(rows["b.png"]["faces"]) == 1

    got = results(cut)
    with (cut / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        assert Counter(row["state"] == "failed" for row in csv.DictReader(file)) == {False: 4, True: 1}
    report = [name for name in got if name.startswith("report")]
    assert len(report) == 2 + 4 + 4  # a small picture of each photo and of each result
    assert {name: content for name, content in got.items() if name not in report} == results(whole)
    assert Counter(line["output"] for line in lines(cut) if line["state"] == "done") == {
        "a.restored.png": 1,
        "a.restored-2.png": 1,
        "b.restored.png": 1,
        "sub/a.restored.png": 1,
    }
    assert list((tmp_path / "cache" / "albumen" / "batch").iterdir()) == []
    assert results(photos) == before


def test_a_watched_folder_is_restored_as_photos_come(tmp_path: Path, photos: Path, start: Start) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "first.png").write_bytes((photos / "a.png").read_bytes())
    process = start("watch", folder, "-o", folder, "--name", "{counter}-{name}", *FAST)
    wait_for((folder / "1-first.png").exists)
    content = (photos / "b.png").read_bytes()
    (folder / "second.png").write_bytes(content[: len(content) // 2])
    time.sleep(2.5)  # long enough to be looked at while it is half there
    with (folder / "second.png").open("ab") as file:
        file.write(content[len(content) // 2 :])
    wait_for(lambda: sum(line["state"] == "done" for line in lines(folder)) == 2)
    process.send_signal(signal.SIGTERM)
    code, _, told = end(process)
    assert (code, "2 done, 0 failed" in told) == (0, True), told
    assert sorted(results(folder)) == ["1-first.png", "2-second.png", "first.png", "second.png"]
