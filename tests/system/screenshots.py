"""Pictures of the window in all its looks, made by driving it: python tests/system/screenshots.py OUT [FOLDER ...].

Without photos it makes some from the demo's portrait. One process for each theme, language and scale, since Qt takes
the scale once, at its start.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTRAIT = ROOT / "resources" / "demo" / "portrait.png"
LOOKS = [*itertools.product(("dark", "light"), ("en",), (1,)), ("dark", "ko", 1), ("light", "ko", 2), ("dark", "en", 2)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("photos", type=Path, nargs="*")
    parser.add_argument("--look", nargs=2, metavar=("THEME", "LANGUAGE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.look:
        take(arguments.out, arguments.photos, *arguments.look)
        return 0
    for theme, language, scale in LOOKS:
        environment = {**os.environ, "QT_SCALE_FACTOR": str(scale)}
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        out = arguments.out / f"{theme}-{language}-{scale}00"
        command = [sys.executable, __file__, str(out), *map(str, arguments.photos), "--look", theme, language]
        subprocess.run(command, env=environment, check=True)
        print(out)
    return 0


def take(out: Path, photos: list[Path], theme: str, language: str) -> None:
    """All pictures in one look."""
    import msgspec
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    from desktop_app.album.records import JobState
    from desktop_app.app import App, open_catalogue
    from desktop_app.i18n import install_language
    from desktop_app.paths import Paths
    from desktop_app.settings import SettingsFile

    qt = QApplication([])
    qt.setQuitOnLastWindowClosed(False)
    install_language(qt, language)
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(Path(folder) / "Albumen")
        settings = SettingsFile(paths.settings)
        settings.change(theme=theme, language=language)
        catalogue, _ = open_catalogue(paths)
        app = App(qt, paths, settings, catalogue)
        app.window.resize(1440, 900)
        app.start()

        def wait(done: Callable[[], object], seconds: float = 180) -> None:
            until = time.monotonic() + seconds
            while not done() and time.monotonic() < until:
                qt.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

        def pause(seconds: float) -> None:
            wait(lambda: False, seconds)

        def shot(name: str) -> None:
            pause(0.6)
            app.window.grab().save(str(out / f"{name}.png"))

        def dialog(name: str) -> None:
            pause(1.5)
            for widget in qt.topLevelWidgets():
                if widget.isVisible() and widget is not app.window:
                    widget.grab().save(str(out / f"{name}.png"))
                    widget.close()
            pause(0.2)

        out.mkdir(parents=True, exist_ok=True)
        shot("empty")
        broken = Path(folder) / "torn.jpg"
        broken.write_bytes(b"\xff\xd8\xff\xe0 this was a photograph")
        app.importer.add([PORTRAIT, *(photos or variants(Path(folder) / "photos")), broken])
        wait(lambda: not app.importer.busy)
        app.window.messages.hide()
        shot("album")
        ids = app.library.ids(app.album.query)
        app.open_photo(ids[0])
        wait(lambda: app.work.edit.faces_known and not app.runner.busy)
        pause(1)
        shot("faces")
        app.work.set_options(msgspec.structs.replace(app.runner.options_of(app.work.edit), strength=0.2))
        app.photo.restore_button.click()
        wait(lambda: len(app.work.edit.faces[0].candidates) == 4 and not app.runner.busy)
        pause(1.5)
        shot("candidates")
        app.photo.strip.tile_shown_large.emit(2)
        shot("large")
        app.photo.strip.tile_shown_large.emit(-1)
        app.photo.spread.trigger()
        pause(1.5)
        shot("overlay")
        app.photo.spread.trigger()
        app.photo.compare["split"].trigger()
        app.photo.tabs.setCurrentIndex(1)
        shot("compare")
        app.photo.compare["after"].trigger()
        app.photo.tabs.setCurrentIndex(2)
        shot("history")
        failed = next(i for i in ids if app.library.photos([i])[0].path == broken)
        app.runner.find([failed, *ids[1:6]])
        wait(lambda: any(job.state is JobState.FAILED for job in app.runner.queue.jobs()))
        app.window.show_queue.trigger()
        shot("queue")
        app.window.show_queue.trigger()
        app.exporting.start(ids[:1])
        dialog("export")
        for name, action in (
            ("settings", app.window.settings),
            ("models", app.window.models),
            ("about", app.window.about),
            ("shortcuts", app.window.shortcuts),
        ):
            action.trigger()
            dialog(name)
        app.shut_down()
        wait(lambda: not any(app.supervisor.pid(role) for role in ("imaging", "compute", "models")), 20)
    os._exit(0)  # nothing is left to be tidied up, and Qt's own end is not what is looked at


def variants(folder: Path) -> list[Path]:
    """Forty photos from the one that the project ships: parts and tones of it."""
    from PIL import Image, ImageEnhance, ImageOps

    folder.mkdir()
    portrait = Image.open(PORTRAIT).convert("RGB")
    made = []
    for n in range(40):
        left, top = 8 * (n % 8), 6 * (n // 8)
        side = 512 - 8 * (n % 7) - left
        part = portrait.crop((left, top, left + side, top + side - 30 * (n % 3)))
        if n % 2:
            part = ImageOps.mirror(part)
        if n % 3 == 0:
            part = ImageOps.colorize(ImageOps.grayscale(part), "#20160c", "#f3e3c3", mid="#8f7350")
        elif n % 5 == 0:
            part = ImageOps.grayscale(part)
        made.append(folder / f"family {n + 1:02}.jpg")
        ImageEnhance.Brightness(part).enhance(0.85 + 0.03 * (n % 10)).save(made[-1], quality=90)
    return made


if __name__ == "__main__":
    sys.exit(main())
