"""How fluid brushing and exporting stay while a group of 29 people is restored.

    python tests/benchmarks/window_fluency.py [--strokes 10] [--exports 3]

Makes a group picture of the demo's portrait, lets the compute worker restore all of its faces, and as soon as the first
has a version, brushes it and exports the photo again and again. The same is measured afterwards with nothing to do.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from math import ceil
from pathlib import Path

import msgspec
from PIL import Image, ImageFilter

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))
PORTRAIT = ROOT / "resources" / "demo" / "portrait.png"
FACES = 29


def group_picture(path: Path) -> None:
    """The portrait 29 times, with faces 60 to 90 px high, somewhat soft as in an old photo."""
    with Image.open(PORTRAIT) as file:
        portrait = file.convert("RGB")
    group = Image.new("RGB", (1600, 1200), (118, 108, 96))
    for n in range(FACES):
        side = 150 + 12 * (n % 7)
        one = portrait.resize((side, side), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.8))
        group.paste(one, (20 + 225 * (n % 7), 10 + 235 * (n // 7)))
    group.save(path)


def measure(driver: object, folder: Path, name: str, face_id: int, strokes: int, exports: int) -> None:
    """Print how long steps of strokes, the longest wait of the window's thread, and exports take."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from desktop_app.settings import ExportSettings
    from desktop_app.ui.photo.geometry import box_of

    app = driver.app  # type: ignore[attr-defined]
    canvas = app.photo.canvas
    face = app.work.face(face_id)
    canvas.select_face(face_id)
    app.photo.brush.mode_chosen.emit("hide")
    middle = canvas.view.to_view(box_of(face.record).center()).toPoint()
    steps: list[float] = []
    turns: list[float] = []

    def turn() -> None:
        began = time.perf_counter()
        driver.qt.processEvents()  # type: ignore[attr-defined]
        turns.append(time.perf_counter() - began)

    for stroke in range(strokes):
        start = middle + QPoint(-15, 3 * (stroke - strokes // 2))
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
        for n in range(1, 31):
            began = time.perf_counter()
            QTest.mouseMove(canvas, start + QPoint(n, n % 3))
            canvas.repaint()
            steps.append(time.perf_counter() - began)
            turn()
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(30, 0))
        turn()
    app.photo.brush.mode_chosen.emit("")
    waits: list[float] = []
    for n in range(exports):
        ended: list[bool] = []
        connection = app.runner.exported.connect(lambda *_: ended.append(True))  # noqa: B023
        began = time.perf_counter()
        settings = ExportSettings(folder=str(folder), template=f"{{name}} {name} {n}", format="png")
        app.exporting._export([(app.work.photo, app.work.edit)], settings)
        while not ended:
            turn()
            time.sleep(0.002)
        waits.append(time.perf_counter() - began)
        app.runner.exported.disconnect(connection)
    busy = app.supervisor.state("compute") == "busy"
    print(f"{name} (compute {'busy' if busy else 'idle'}):")
    print(f"  step of a stroke: {told(steps)}")
    print(f"  turn of the window's thread: {told(turns)}")
    print(f"  export: {told(waits)}")


def told(seconds: list[float]) -> str:
    ms = sorted(1000 * s for s in seconds)
    late = ms[ceil(0.95 * len(ms)) - 1]
    return f"median {statistics.median(ms):.1f} ms, 95 % {late:.1f} ms, longest {ms[-1]:.1f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=10)
    parser.add_argument("--exports", type=int, default=3)
    arguments = parser.parse_args()
    from window_driver import Driver

    with tempfile.TemporaryDirectory() as folder:
        group = Path(folder) / "group.png"
        group_picture(group)
        driver = Driver(Path(folder) / "home")
        app = driver.app
        driver.drop(group)
        driver.open(group.name)
        print(f"{len(app.work.edit.faces)} faces found")
        options = msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.3, candidates=1)
        app.work.set_options(options)
        app.photo.restore_button.click()
        driver.wait(lambda: any(face.candidates for face in app.work.edit.faces), 600)
        face_id = next(face.id for face in app.work.edit.faces if face.candidates)
        driver.wait(lambda: app.photo.canvas._scene.composition.patch(face_id) is not None, 60)
        measure(driver, Path(folder) / "out", "while restoring", face_id, arguments.strokes, arguments.exports)
        done = sum(bool(face.candidates) for face in app.work.edit.faces)
        print(f"  {done} of {len(app.work.edit.faces)} faces were done by then")
        for job in app.runner.of_photo(app.work.photo.id):
            app.runner.cancel(job.id)
        driver.wait(lambda: app.supervisor.state("compute") != "busy", 60)
        measure(driver, Path(folder) / "out", "at rest", face_id, arguments.strokes, arguments.exports)
        driver.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
