"""A worker with the real loop and toy jobs: the last part of a job's photo path names what it does.

Arguments: `--grace-s`, `--alive-s`, and `--until PATH`, which holds the worker back between `hello` and `ready` until
the file is there. A name with `when-open` waits for the photo file itself to appear.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.base.context import Context
from engine.base.errors import NoSuchDevice, PhotoMissing
from engine.protocol import (
    Announced,
    CandidateReady,
    Event,
    FaceRecord,
    FacesFound,
    FindFaces,
    ModelRecord,
    Ready,
    Recipe,
    Restore,
)
from engine.server.execute import Handlers
from engine.server.wire import Wire
from engine.server.worker import Worker

Emit = Callable[[Event], None]
FACE = FaceRecord((0.0, 0.0, 9.0, 9.0), ((1.0, 1.0), (8.0, 1.0), (5.0, 5.0), (2.0, 8.0), (7.0, 8.0)))
HEAVY = ("torch", "cv2", "numpy")


def main() -> int:
    wire = Wire.take_stdio()
    parser = argparse.ArgumentParser()
    parser.add_argument("--grace-s", type=float, default=5.0)
    parser.add_argument("--alive-s", type=float, default=5.0)
    parser.add_argument("--until", type=Path)
    parser.add_argument("--no-device", action="store_true")
    options = parser.parse_args()

    def prepare() -> tuple[Ready, Handlers]:
        if options.no_device:
            raise NoSuchDevice(device="toy")
        while options.until is not None and not options.until.exists():
            time.sleep(0.01)
        heavy = tuple(name for name in HEAVY if name in sys.modules)
        toys = Toys(wire)
        return Ready("cpu", "toy", 0, 1, heavy), {FindFaces: toys.do, Restore: toys.do}

    return Worker("compute", prepare, wire, options.grace_s, options.alive_s).serve()


class Toys:
    """The toy jobs, one method each; `-` in a name is `_` here."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def do(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        getattr(self, Path(job.photo).stem.replace("-", "_"))(job_id, job, emit, context)

    def easy(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        context.share(0, 1, "toy").report(1.0)
        emit(FacesFound(job_id, "", 9, 9, (FACE,)))

    def prints(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        print("a stray print", flush=True)
        os.write(1, b"a stray write\n")
        subprocess.run([sys.executable, "-c", "import sys; print('a child', sys.stdin.read())"], check=True)
        self.easy(job_id, job, emit, context)

    def fails(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        raise PhotoMissing(path=job.photo)

    def when_open(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        """Hold the main thread until the photo's file is there."""
        emit(Announced(job_id, "toy", 1.0))
        while not Path(job.photo).exists():
            time.sleep(0.01)
        self.easy(job_id, job, emit, context)

    def candidates_when_open(self, job_id: str, job: Restore, emit: Emit, context: Context) -> None:
        """Two candidates, the first once the photo's file is there."""
        emit(Announced(job_id, "toy", 1.0))
        while not Path(job.photo).exists():
            time.sleep(0.01)
        for index in (0, 1):
            emit(CandidateReady(job_id, 0, index, str(Path(job.store) / f"{index}.png"), recipe(index)))

    def patient(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        """Report progress for ever; stops when it is asked to."""
        while True:
            context.share(0, 1, "toy").report(0.5)
            time.sleep(0.01)

    def quiet(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        """Say one thing, then nothing; stops when it is asked to."""
        emit(Announced(job_id, "toy", 1.0))
        while True:
            context.check()
            time.sleep(0.01)

    def deaf(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        """Never stop."""
        emit(Announced(job_id, "toy", 1.0))
        while True:
            time.sleep(0.01)

    def stops_once(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        """Stop the whole process, as a hang, unless the photo's file is there, after making it."""
        if not Path(job.photo).exists():
            Path(job.photo).touch()
            os.kill(os.getpid(), signal.SIGSTOP)
        self.easy(job_id, job, emit, context)

    def in_c(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        """Never come back from a call of a library."""
        emit(Announced(job_id, "toy", 1.0))
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)

    def dies(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        emit(Announced(job_id, "toy", 1.0))
        print("last words", flush=True)
        os._exit(9)

    def dies_once(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        """Die unless the photo's file is there, after making it."""
        if not Path(job.photo).exists():
            Path(job.photo).touch()
            os._exit(9)
        self.easy(job_id, job, emit, context)

    def junk(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        os.write(self._wire._write_fd, b"no message\n")
        self.deaf(job_id, job, emit, context)

    def flood(self, job_id: str, job: FindFaces | Restore, emit: Emit, context: Context) -> None:
        """Fill every pipe there is several times over."""
        for _ in range(40):
            emit(FacesFound(job_id, "", 9, 9, (FACE,) * 1000))
            print("x" * 100_000)


def recipe(index: int) -> Recipe:
    return Recipe(
        photo_sha256="",
        landmarks=FACE.landmarks,
        estimator=ModelRecord("toy", ""),
        prior=None,
        start_step=0,
        eta=0.0,
        eta_meaning="released",
        steps=0,
        sampler="ddim",
        seed=0,
        index=index,
        size_px=9,
        device="cpu",
        precision="fp32",
        batch_width=1,
        threads=1,
        runtime="toy",
        albumen="0",
    )


if __name__ == "__main__":
    sys.exit(main())
