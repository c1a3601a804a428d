"""What is taken away from a compute worker under its feet, in one real process with the shipped models."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.base.errors import DiskFull, OutOfMemory
from engine.client.blocking import BlockingClient
from engine.protocol import CandidateReady, Done, Event, FaceRecord, Restore, RestoreOptions

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="limits of a running process")]
PORTRAIT = Path(__file__).parents[2] / "resources" / "demo" / "portrait.png"
SPARE_BYTES = 4 * 2**20
"""Enough for the photo, not for a network, even in half precision."""
FACE = FaceRecord(
    (60.0, 60.0, 200.0, 200.0), ((100.0, 110.0), (150.0, 110.0), (125.0, 140.0), (105.0, 165.0), (145.0, 165.0))
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingClient]:
    log = tmp_path_factory.mktemp("log") / "compute.log"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MALLOC_MMAP_THRESHOLD_", "262144")  # what is freed is given back, and has to be had anew
        with BlockingClient("compute", log_path=log, device="cpu", threads=1) as client:
            yield client


def job(folder: Path, candidates: int = 2) -> Restore:
    options = RestoreOptions(strength=0.1, steps=2, candidates=candidates, precision="fp32")
    return Restore(str(PORTRAIT), str(folder / "store"), (FACE,), options=options, folder=str(folder / "scratch"))


def run(client: BlockingClient, job: Restore, at_candidate: Callable[[], object] = lambda: None) -> list[Event]:
    """All events of a job; something is done when its first candidate is there."""
    events: list[Event] = []
    for event in client.run(job):
        if isinstance(event, CandidateReady) and not any(isinstance(e, CandidateReady) for e in events):
            at_candidate()
        events.append(event)
    return events


def limited(client: BlockingClient, kind: int, soft: int) -> Any:
    """Limit a resource of the worker; returns the limits there were."""
    return psutil.Process(client.pid).rlimit(kind, (soft, -1))


def test_store_and_scratch_folder_removed_during_a_job(client: BlockingClient, tmp_path: Path) -> None:
    def remove() -> None:
        shutil.rmtree(tmp_path / "store")
        shutil.rmtree(tmp_path / "scratch", ignore_errors=True)

    events = run(client, job(tmp_path, candidates=3), remove)
    assert isinstance(events[-1], Done)
    kept = [Path(event.path) for event in events if isinstance(event, CandidateReady)][1:]
    assert len(kept) == 2
    assert all(path.is_file() and path.with_suffix(".json").is_file() for path in kept)


def test_a_disk_that_is_full_is_told_and_nothing_is_half_written(client: BlockingClient, tmp_path: Path) -> None:
    pid = client.pid
    limited(client, psutil.RLIMIT_FSIZE, 20_000)  # a recipe fits, a picture does not
    try:
        with pytest.raises(DiskFull):
            run(client, job(tmp_path))
    finally:
        limited(client, psutil.RLIMIT_FSIZE, -1)
    assert [path.suffix for path in (tmp_path / "store").iterdir()] == [".json"]
    assert isinstance(run(client, job(tmp_path))[-1], Done)
    assert client.pid == pid


def test_memory_that_is_not_there_is_told_and_the_worker_survives(client: BlockingClient, tmp_path: Path) -> None:
    run(client, job(tmp_path, candidates=1))  # the models are loaded
    pid = client.pid
    limited(client, psutil.RLIMIT_AS, psutil.Process(pid).memory_info().vms + SPARE_BYTES)
    try:
        with pytest.raises(OutOfMemory) as caught:
            run(client, job(tmp_path, candidates=2))
    finally:
        limited(client, psutil.RLIMIT_AS, -1)
    assert caught.value.arguments == {"path": str(PORTRAIT)}
    assert isinstance(run(client, job(tmp_path))[-1], Done)
    assert client.pid == pid
