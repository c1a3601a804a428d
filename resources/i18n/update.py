"""Bring the translations up to date with the program: `python resources/i18n/update.py`.

Sentences that are new come into the .ts files as unfinished, sentences that are gone leave them. Fill the new ones in
with a text editor or `pyside6-linguist`, take their `type="unfinished"` away, and run this again: it also writes the
.qm files the window loads. The English file holds only what has a singular and a plural.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import PySide6

from engine.base import errors

FOLDER = Path(__file__).parent
SOURCES = FOLDER.parents[1] / "desktop_app"
OPTIONS: dict[str, tuple[str, ...]] = {"en": ("-pluralonly",), "ko": ()}


def update(folder: Path = FOLDER) -> None:
    """Update the .ts files in a folder from the sources, then write their .qm files beside them."""
    with tempfile.TemporaryDirectory() as scratch:
        marked = Path(scratch) / "errors.py"
        marked.write_text(_marked_errors(), encoding="utf-8")
        listed = Path(scratch) / "sources.lst"
        names = sorted(path.as_posix() for path in SOURCES.rglob("*.py"))
        listed.write_text("\n".join([*names, marked.as_posix()]), encoding="utf-8")
        for language, options in OPTIONS.items():
            order = ("-locations", "none", "-no-obsolete", "-sort-messages", "-source-language", "en")
            _run("lupdate", *options, *order, f"@{listed}", "-ts", str(folder / f"albumen_{language}.ts"))
    release(folder)


def release(folder: Path = FOLDER) -> None:
    """Write the .qm files of a folder from its .ts files."""
    for language in OPTIONS:
        _run("lrelease", str(folder / f"albumen_{language}.ts"), "-qm", str(folder / f"albumen_{language}.qm"))


def error_sentences() -> list[str]:
    """The sentences of all errors the user may meet."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AlbumenError)]
    return sorted({kind.sentence for kind in kinds})


def _marked_errors() -> str:
    """The sentences of errors as a source for lupdate, because the engine itself knows no Qt."""
    literals = (json.dumps(sentence, ensure_ascii=False) for sentence in error_sentences())
    return "".join(f'QT_TRANSLATE_NOOP("Errors", {literal})\n' for literal in literals)


def _run(tool: str, *arguments: str) -> None:
    """Run one of the tools PySide6 brings along."""
    program = shutil.which(tool, path=str(Path(PySide6.__file__).parent))
    if program is None:
        raise SystemExit(f"{tool} comes with PySide6 and is not there. Install it with: pip install -e '.[window]'")
    subprocess.run([program, "-silent", *arguments], check=True)


if __name__ == "__main__":
    update()
