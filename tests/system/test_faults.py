"""Restores during which everything that can fail does: no photo changes, nothing finished is lost or made twice.

Real workers and the shipped weights; workers are killed at random moments (`kill -9`) within the prior's work and
within an export, memory and disks run out, the program itself is killed. `pytest tests/system/test_faults.py --faults
200 --seed 7` goes on for 200 restores. What was counted is printed.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from engine.base.errors import AlbumenError, DiskFull, OutOfMemory, WorkerLost, WorkerWontStart
from engine.base.folders import resources_dir
from engine.client.blocking import BlockingClient
from engine.client.patience import Patience
from engine.protocol import (
    CandidateReady,
    Done,
    Event,
    Export,
    Exported,
    FaceRecord,
    FacesFound,
    FindFaces,
    Job,
    Pick,
    Progress,
    Restore,
    RestoreOptions,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kill -9 and limits as Linux has them"),
    pytest.mark.skipif(
        not (resources_dir() / "models" / "starter-prior.safetensors").is_file(), reason="no weights are shipped yet"
    ),
]
PHOTO_PX = 256
HANG_S = 240.0
"""Longer than any job here takes on a busy computer, a new start of its worker included; what takes longer hangs."""
GONE_S = 30.0
"""Within which all processes are gone after the end."""
UNTIRING = Patience(restarts=10**6)
SCRIPTED = Path(__file__).parents[1] / "fakes" / "scripted_worker.py"
MANY = 100
"""From so many restores on the longer checks are made too."""
FAULTS = ("none", "compute", "compute", "imaging", "imaging", "all", "memory", "store full", "output full")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def picture(path: Path) -> np.ndarray:
    decoded = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None, f"{path} cannot be decoded"
    return np.asarray(decoded)


def make_photos(folder: Path, count: int) -> list[Path]:
    """Small photos of one face, each lit a little differently, in the formats of cameras and scanners."""
    folder.mkdir()
    portrait = cv2.resize(picture(resources_dir() / "demo" / "portrait.png"), (PHOTO_PX, PHOTO_PX))
    paths = []
    for number in range(count):
        path = folder / f"photo {number}{('.jpg', '.png', '.tif')[number % 3]}"
        lit = np.clip(portrait.astype(float) * (0.8 + 0.4 * number / count), 0, 255).astype(np.uint8)
        assert cv2.imwrite(str(path), lit)
        paths.append(path)
    return paths


def gone(pids: set[int], within_s: float = GONE_S) -> list[int]:
    """Those of the processes that are still there after so long; a dead one that nobody waited for counts as gone."""
    until = time.monotonic() + within_s
    while True:
        left = []
        for pid in pids:
            try:
                if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                    left.append(pid)
            except psutil.NoSuchProcess:
                pass
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.1)


@dataclass
class Rig:
    """Two real workers, their photos, and everything they said was finished."""

    folder: Path
    dice: random.Random
    photos: list[Path]
    clients: dict[str, BlockingClient]
    told: dict[Path, str] = field(default_factory=dict)
    """Finished candidates and results, with their content when they were told."""
    pids: set[int] = field(default_factory=set)
    figures: Counter[str] = field(default_factory=Counter)
    _waiting: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def run(self, role: str, job: Job, on_event: Callable[[Event], None] = lambda event: None) -> list[Event]:
        """All events of a job, files that they name noted at once; fails where it hangs."""
        client = self.clients[role]

        def drain() -> list[Event]:
            events = []
            for event in client.run(job):
                if client.pid is not None:
                    self.pids.add(client.pid)
                if isinstance(event, CandidateReady | Exported) and event.path is not None:
                    self._note(Path(event.path))
                on_event(event)
                events.append(event)
            return events

        try:
            return self._waiting.submit(drain).result(HANG_S)
        except TooLong:
            for each in self.clients.values():
                if each.pid is not None:
                    os.kill(each.pid, signal.SIGKILL)
            pytest.fail(f"{type(job).__name__} hangs")

    def _note(self, path: Path) -> None:
        content = sha256(path)
        assert self.told.setdefault(path, content) == content, f"{path} is told twice and has changed"

    def kill(self, *roles: str) -> None:
        """End workers at once; they are dead when this returns."""
        for role in roles:
            pid = self.clients[role].pid
            if pid is not None and psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
                gone({pid})  # or the next job could still be given to it, and with another kill be lost twice
                self.figures[f"killed {role}"] += 1

    def check(self) -> None:
        """Everything that was told is still there, as it was, and decodable."""
        for path, content in self.told.items():
            assert path.is_file(), f"{path} is lost"
            assert sha256(path) == content, f"{path} has changed"
            picture(path)


@pytest.fixture
def rig(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    given = request.config.getoption("--seed")
    seed = random.randrange(10**6) if given is None else given
    print(f"seed {seed}")
    photos = make_photos(tmp_path / "photos", 4)
    logs = tmp_path / "logs"
    clients = {
        role: BlockingClient(role, log_path=logs / role, threads=1, patience=UNTIRING)  # type: ignore[arg-type]
        for role in ("compute", "imaging")
    }
    made = Rig(tmp_path, random.Random(seed), photos, clients)
    yield made
    for client in clients.values():
        client.close()
    made._waiting.shutdown()
    assert not gone(made.pids)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 32 KiB, too small for a candidate or a result; full of nothing yet."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def options(seed: int, candidates: int) -> RestoreOptions:
    return RestoreOptions(strength=0.05, steps=1, candidates=candidates, seed=seed)


def one_restore(rig: Rig, number: int, faces: tuple[FaceRecord, ...] | None, disk: Path, fault: str) -> None:
    """Restore and export one photo while `fault` happens at a random moment."""
    photo = rig.photos[number % len(rig.photos)]
    out = (disk if fault == "output full" else rig.folder / "out") / f"{number}.png"
    store = disk / "store" if fault == "store full" else rig.folder / "store"
    job = Restore(str(photo), str(store), faces, options=options(number, rig.dice.choice([1, 2])))
    timers: list[threading.Timer] = []
    strike_at = rig.dice.choice(["faces", "restore"])  # as soon as they are told, or within the prior's work
    delay_s = rig.dice.uniform(0, 1.0)

    def strike(event: Event) -> None:
        here = isinstance(event, FacesFound) if strike_at == "faces" else isinstance(event, Progress | CandidateReady)
        if timers or not here:
            return
        if fault in ("compute", "all"):
            timers.append(
                threading.Timer(delay_s, rig.kill, ("compute",) if fault == "compute" else tuple(rig.clients))
            )
            timers[0].start()
        elif fault == "memory":
            process = psutil.Process(rig.clients["compute"].pid)
            limit = process.memory_info().vms + rig.dice.choice([0, 8, 64]) * 2**20
            process.rlimit(psutil.RLIMIT_AS, (limit, limit))
            timers.append(threading.Timer(0, lambda: None))
            timers[0].start()

    try:
        events = rig.run("compute", job, strike)
    except AlbumenError as error:
        if not isinstance(error, {"store full": DiskFull, "memory": OutOfMemory}.get(fault, ())):
            pytest.fail(f"{fault}: {error!r}")
        rig.figures[f"{error.kind} told"] += 1
        if fault == "memory":
            rig.kill("compute")  # the limit was the test's
        return
    finally:
        for timer in timers:
            timer.cancel()
            timer.join()
        if fault == "memory":
            rig.kill("compute")
    last = max(n for n, event in enumerate(events) if isinstance(event, FacesFound))
    found = events[last]
    assert isinstance(found, FacesFound)
    candidates = [event for event in events[last:] if isinstance(event, CandidateReady)]
    assert len({(c.face, c.index) for c in candidates}) == len(candidates) == job.options.candidates * len(found.faces)
    rig.figures["restored"] += 1
    export(rig, photo, found.faces[0], candidates[0], out, fault)


def export(rig: Rig, photo: Path, face: FaceRecord, candidate: CandidateReady, out: Path, fault: str) -> None:
    job = Export(str(photo), (Pick(face, candidate.path),), str(out), sidecar=str(out.with_suffix(".json")))
    timer = threading.Timer(rig.dice.uniform(0, 0.4), rig.kill, ("imaging",))
    if fault == "imaging":
        timer.start()
    try:
        events = rig.run("imaging", job)
    except DiskFull:
        assert fault == "output full"
        assert not list(out.parent.glob("*.png"))
        rig.figures["disk_full told"] += 1
        return
    finally:
        timer.cancel()
        if timer.ident:
            timer.join()
    assert fault != "output full"
    (exported,) = [event for event in events if isinstance(event, Exported)]
    assert exported.path == str(out), "made twice"
    rig.figures["exported"] += 1


def test_nothing_is_lost_whatever_fails(
    rig: Rig, small_disk: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    count = request.config.getoption("--faults")
    before = {path: sha256(path) for path in rig.photos}
    started = time.monotonic()
    (found, *_) = [e for e in rig.run("compute", FindFaces(str(rig.photos[0]))) if isinstance(e, FacesFound)]
    plan = [FAULTS[n % len(FAULTS)] for n in range(count)]
    rig.dice.shuffle(plan)
    for number, fault in enumerate(plan):
        faces = found.faces if rig.dice.random() < 0.7 else None
        one_restore(rig, number, faces, small_disk, fault)
        assert {path: sha256(path) for path in rig.photos} == before, f"{fault} changed an original"
        rig.figures[f"fault: {fault}"] += 1
    rig.check()
    results = {path.name for path in (rig.folder / "out").iterdir() if not path.name.startswith(".")}
    told = {path.name for path in rig.told if path.parent == rig.folder / "out"}
    assert results == told | {f"{Path(name).stem}.json" for name in told}, "made twice, or not at all"
    assert len(told) == rig.figures["exported"]
    parts = [path for path in rig.folder.rglob(".*") if path.is_file()]
    with capsys.disabled():
        print(
            f"\n{count} restores, {time.monotonic() - started:.0f} s: {dict(sorted(rig.figures.items()))}; "
            f"{len(rig.told)} files told, 0 lost, 0 changed; 0 originals changed; 0 made twice; 0 hung; "
            f"{len(rig.pids)} workers; {len(parts)} unfinished files left by kills"
        )
    assert len(parts) <= rig.figures["killed compute"] + rig.figures["killed imaging"]


def albumen(folder: Path, photos: Path) -> subprocess.Popen[bytes]:
    """`albumen restore` over a folder of photos, as a process of its own."""
    command = [sys.executable, "-P", "-m", "desktop_app", "restore", str(photos), "-o", str(folder / "results"),
               "--strength", "0.05", "--steps", "1", "--candidates", "1", "--threads", "1"]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(resources_dir().parent),
        "PYTHONUTF8": "1",
        "ALBUMEN_HOME": str(folder / "home"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    with (folder / "said").open("ab") as said:
        return subprocess.Popen(command, env=environment, stdout=said, stderr=said)


def finish(process: subprocess.Popen[bytes], folder: Path, kill: Callable[[], bool]) -> set[int]:
    """Wait for a run, or kill it (and nothing else) when it is time; the processes it had started."""
    started, pids = time.monotonic(), {process.pid}
    while process.poll() is None:
        seconds = time.monotonic() - started
        if seconds > HANG_S:
            process.kill()
            pytest.fail(f"the run hangs: {(folder / 'said').read_text()}")
        try:
            pids |= {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
        except psutil.NoSuchProcess:
            break
        if kill():
            process.kill()
        time.sleep(0.05)
    process.wait()
    return pids


def moment(results: Path, dice: random.Random) -> Callable[[], bool]:
    """Says when it is time: a random while after the start, or after one or two more photos are done."""
    wanted = len(list(results.glob("*.restored*"))) + dice.randrange(3)
    delay_s = dice.uniform(0, 2)
    reached: list[float] = []

    def now() -> bool:
        if not reached and len(list(results.glob("*.restored*"))) >= wanted:
            reached.append(time.monotonic())
        return bool(reached) and time.monotonic() - reached[0] > delay_s

    return now


def test_a_batch_that_is_killed_goes_on_where_it_was(
    tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """`kill -9` of the command line while it works; the same command again, until it is through."""
    count, given = request.config.getoption("--faults"), request.config.getoption("--seed")
    seed = random.randrange(10**6) if given is None else given
    dice = random.Random(seed)
    kills = 2 if count < MANY else count // 10
    photos = make_photos(tmp_path / "photos", 4 if count < MANY else 40)
    before = {path: sha256(path) for path in photos}
    results = tmp_path / "results"
    finished: dict[Path, str] = {}
    killed = 0
    for number in range(kills + 1):
        process = albumen(tmp_path, tmp_path / "photos")
        pids = finish(process, tmp_path, (lambda: False) if number == kills else moment(results, dice))
        killed += process.returncode == -signal.SIGKILL
        assert not gone(pids), f"seed {seed}: workers outlive their client"
        assert {path: sha256(path) for path in photos} == before, f"seed {seed}: an original has changed"
        for path, content in finished.items():
            assert sha256(path) == content, f"seed {seed}: {path} was finished and has changed"
        finished = {path: sha256(path) for path in results.glob("*.restored*")}
        for path in finished:
            picture(path)
    assert process.returncode == 0, (tmp_path / "said").read_text()
    assert {path.name for path in finished} == {f"{p.stem}.restored{p.suffix}" for p in photos}, f"seed {seed}"
    assert not list(results.rglob("*.albumen-part")), f"seed {seed}: unfinished files are left"
    with capsys.disabled():
        print(
            f"\nbatch of {len(photos)}, seed {seed}: killed {killed} times; each photo done once, 0 originals changed"
        )


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("hangs", WorkerLost),
        ("rubbish-later", WorkerLost),
        ("mid-line", WorkerLost),
        ("rubbish", AlbumenError),
        ("never-ready", WorkerWontStart),
        ("twice", None),
    ],
)
def test_a_worker_that_misbehaves(tmp_path: Path, script: str, error: type[AlbumenError] | None) -> None:
    """It hangs, prints rubbish, dies within a line, or answers twice; its client is done with it in moments."""
    patience = Patience(start_s=2.0 if script == "never-ready" else 60.0, hang_s=0.5, leave_s=0.2)
    client = BlockingClient(
        "compute",
        log_path=tmp_path / "log",
        command=[sys.executable, "-S", str(SCRIPTED), "compute", script],
        patience=patience,
    )
    pids: set[int] = set()

    def work() -> list[list[Event]]:
        with client:
            pids.update({client.pid} - {None})  # type: ignore[arg-type]
            return [list(client.run(FindFaces("/photo.jpg"))) for _ in range(3)]

    with ThreadPoolExecutor(1) as waiting:
        working = waiting.submit(work)
        if error is None:
            answers = working.result(HANG_S)
            assert [[type(event) for event in events] for events in answers] == [[Done]] * 3
        else:
            with pytest.raises(error):
                working.result(HANG_S)
    assert not gone(pids)
    assert not psutil.Process().children(recursive=True)
