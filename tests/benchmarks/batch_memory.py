"""Memory of both workers while the command line restores a long batch; flat where nothing is kept from photo to photo.

    python tests/benchmarks/batch_memory.py [--photos 300] [--every 50] [--from FOLDER] [OPTIONS OF albumen restore]

Photos are made of those in FOLDER (the shared data, or the demo's portrait): small ones, each lit differently, in
several formats, since only their number matters here.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import psutil

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
PHOTO_PX = 400
ENDINGS = (".jpg", ".png", ".tif", ".webp")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--every", type=int, default=50, help="photos between two samples")
    parser.add_argument("--from", dest="source", type=Path, default=SHARED)
    arguments, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_photos(arguments.source, folder / "photos", arguments.photos)
        options = options or ["--strength", "0.05", "--steps", "1", "--candidates", "1"]
        command = [sys.executable, "-P", "-m", "desktop_app", "restore", str(folder / "photos")]
        command += ["-o", str(folder / "results"), "--json", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "ALBUMEN_HOME": str(folder / "home")}
        started = time.monotonic()
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
            assert run.stdout is not None
            failed = 0
            for number, line in enumerate(run.stdout, start=1):
                failed += "error" in json.loads(line)
                if number % arguments.every == 0:
                    memory = ", ".join(f"{role} {mb:.0f} MiB" for role, mb in workers(run.pid).items())
                    print(f"photo {number}: {memory}; {time.monotonic() - started:.0f} s", flush=True)
        results = len(list((folder / "results").glob("*.restored*")))
        print(f"{number} photos, {failed} without a face or failed, {results} results, exit code {run.returncode}")
    return 0


def make_photos(source: Path, folder: Path, count: int) -> None:
    """`count` files of no more than `PHOTO_PX` a side, no two alike."""
    folder.mkdir()
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    pictures = itertools.cycle(found or [ROOT / "resources" / "demo" / "portrait.png"])
    for number in range(count):
        picture = cv2.imdecode(np.frombuffer(next(pictures).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        scale = min(1.0, PHOTO_PX / max(picture.shape))
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        lit = np.clip(small * (0.9 + 0.2 * number / count), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:04d}{ENDINGS[number % len(ENDINGS)]}"), lit)


def workers(pid: int) -> dict[str, float]:
    """Resident memory of the run's workers in MiB, by role."""
    sizes = {}
    for child in psutil.Process(pid).children(recursive=True):
        words = child.cmdline()
        if "--role" in words:
            sizes[f"{words[words.index('--role') + 1]} ({child.pid})"] = child.memory_info().rss / 2**20
    return sizes


if __name__ == "__main__":
    sys.exit(main())
