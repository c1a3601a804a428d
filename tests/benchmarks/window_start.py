"""How soon the album with many photos shows its first thumbnails, and how it scrolls, in a fresh process.

    python tests/benchmarks/window_start.py [--photos 10000] [--library FOLDER]

Makes a library of real JPEG files (each its own content and its own thumbnail), once, then starts the window on it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORTRAIT = Path(__file__).parents[2] / "resources" / "demo" / "portrait.png"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--library", type=Path, help="keep the library here, to use it again")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.library)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        home = (arguments.library or Path(scratch)).resolve()
        if not (home / "library").exists():
            make_library(home, arguments.photos)
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
        command = [sys.executable, __file__, "--measure", "--library", str(home)]
        for run in ("first run", "second run"):
            started = time.time()
            answer = subprocess.run(
                command, env={**environment, "STARTED": str(started)}, check=True, capture_output=True, text=True
            )
            print(run, json.dumps(json.loads(answer.stdout.splitlines()[-1])))
    return 0


def make_library(home: Path, count: int) -> None:
    """Real files, thumbnails as the imaging worker names them, and a catalogue that has read them all."""
    import hashlib

    from PIL import Image

    from desktop_app.album.store.catalogue import Catalogue
    from desktop_app.paths import Paths
    from engine.protocol import PhotoRead

    paths = Paths(home)
    folder = home / "photos"
    for made in (folder, paths.thumbnails):
        made.mkdir(parents=True)
    portrait = Image.open(PORTRAIT).convert("RGB")
    looks = []
    for n in range(24):
        side = 500 - 10 * n
        buffer = io.BytesIO()
        portrait.crop((n, n, n + side, n + side - 4 * n)).resize((512, 480)).save(buffer, "JPEG", quality=88)
        looks.append(buffer.getvalue())
    with Catalogue.open(paths.library) as catalogue:
        files = [folder / f"{n:05}.jpg" for n in range(count)]
        for n, file in enumerate(files):
            file.write_bytes(looks[n % 24] + str(n).encode())  # behind the end of the picture
        ids = catalogue.photos.add(files).added
        with catalogue.together():
            for n, (photo_id, file) in enumerate(zip(ids, files, strict=True)):
                data = file.read_bytes()
                sha256 = hashlib.sha256(data).hexdigest()
                thumbnail = f"{sha256}-512.jpg"
                (paths.thumbnails / thumbnail).write_bytes(looks[n % 24])
                read = PhotoRead("", sha256, len(data), 512, 480, "JPEG", None, thumbnail)
                catalogue.photos.set_read(photo_id, read, file.stat().st_mtime_ns)


def measure(home: Path) -> None:
    """Start the window and print, in seconds since the process was started, what was painted when."""
    started = float(os.environ["STARTED"])
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    from desktop_app.app import App, open_catalogue
    from desktop_app.paths import Paths
    from desktop_app.settings import SettingsFile

    qt = QApplication([])
    qt.setQuitOnLastWindowClosed(False)
    paths = Paths(home)
    catalogue, _ = open_catalogue(paths)
    app = App(qt, paths, SettingsFile(paths.settings), catalogue)
    app.window.resize(1440, 900)
    app.start()
    grid, model = app.album.grid, app.album.model
    result: dict[str, float] = {"window": time.time() - started, "photos": model.rowCount()}
    result["window, of it processor"] = time.process_time()

    def live() -> None:
        qt.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)

    def visible() -> list[int]:
        first = grid.indexAt(grid.viewport().rect().topLeft() + grid.viewport().rect().topLeft()).row()
        first = max(0, first)
        return [row for row in range(first, min(first + 60, model.rowCount())) if shown(row)]

    def shown(row: int) -> bool:
        return grid.visualRect(model.index(row)).intersects(grid.viewport().rect())

    def painted() -> int:
        rows = visible()
        return sum(model.index(row).data(model.THUMBNAIL) is not None for row in rows) if rows else 0

    while painted() == 0:
        live()
    grid.viewport().repaint()
    result["first thumbnail"] = time.time() - started
    result["first thumbnail, of it processor"] = time.process_time()
    while painted() < len(visible()):
        live()
    grid.viewport().repaint()
    result["all thumbnails in view"] = time.time() - started

    bar = grid.verticalScrollBar()
    steps: list[float] = []
    cpu: list[float] = []
    for n in range(300):
        before, cpu_before = time.perf_counter(), time.thread_time()
        bar.setValue(round(bar.maximum() * n / 300))
        live()
        grid.viewport().repaint()
        steps.append(time.perf_counter() - before)
        cpu.append(time.thread_time() - cpu_before)
    steps.sort()
    cpu.sort()
    result["scroll step ms, median"] = 1000 * steps[150]
    result["scroll step ms, 99 %"] = 1000 * steps[297]
    result["scroll step cpu ms, 99 %"] = 1000 * cpu[297]
    print(json.dumps({name: round(value, 3) for name, value in result.items()}))
    app.supervisor.kill_and_wait()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
