"""The report of a run: `report.csv`, and `report.html` with small pictures before and after, readable offline."""

from __future__ import annotations

import csv
import html
import io
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine.base.errors import AlbumenError
from engine.cli.workers import Workers
from engine.pipeline.scratch import write_scratch
from engine.protocol import Event, PhotoRead, ReadPhoto

CSV_NAME, HTML_NAME, PICTURES = "report.csv", "report.html", "report"
_PICTURE_PX = 320
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 1rem 0; }
.pair { display: flex; gap: .5rem; flex-wrap: wrap; }
figure { margin: 0; flex: 1 1 14rem; max-width: 22rem; }
figure img { width: 100%; height: auto; border-radius: 4px; }
figcaption, .more { opacity: .75; font-size: .85rem; }
h2 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
.failed { color: light-dark(#a3290f, #ff9d85); }
"""


@dataclass(frozen=True)
class Pictures:
    """Small pictures of a photo and of its result; None where there is none."""

    before: Path | None = None
    after: Path | None = None


@dataclass(frozen=True)
class ReportRow:
    """A photo as it stands in the report; `row` is its JSON object."""

    photo: Path
    row: dict[str, Any]
    pictures: Pictures

    @property
    def error(self) -> str:
        sentence: str = self.row["error"]["sentence"] if "error" in self.row else ""
        return sentence

    @property
    def state(self) -> str:
        return "failed" if self.error else "before" if "skipped" in self.row else "done"

    @property
    def faces(self) -> int:
        return len(self.row.get("faces", ()))


def small_pictures(workers: Workers, output: Path, photo: Path, row: dict[str, Any]) -> Pictures:
    """Have the imaging worker make them, in OUTPUT/report; what cannot be read has none."""
    folder = output.absolute() / PICTURES

    def small(path: str | None) -> Path | None:
        read: list[str] = []

        def take(event: Event) -> None:
            if isinstance(event, PhotoRead):
                read.append(event.thumbnail)

        if path is not None:
            with suppress(AlbumenError):
                workers.imaging(ReadPhoto(os.path.abspath(path), str(folder), _PICTURE_PX), take)
        return Path(read[-1]) if read else None

    return Pictures(small(str(photo)), small(row.get("output")))


def write_report(output: Path, rows: list[ReportRow], summary: str) -> None:
    """Write both files into the output folder; raises DiskFull and OutputForbidden."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["photo", "state", "result", "faces", "seconds", "error"])
    for row in rows:
        seconds = row.row.get("seconds", "")
        table.writerow(
            [_text(str(row.photo)), row.state, _text(row.row.get("output", "")), row.faces, seconds, _text(row.error)]
        )
    write_scratch(output / CSV_NAME, b"\xef\xbb\xbf" + text.getvalue().encode())  # Excel takes it for UTF-8
    write_scratch(output / HTML_NAME, _page(output, rows, summary).encode())


def _page(output: Path, rows: list[ReportRow], summary: str) -> str:
    articles = "\n".join(_article(output, row) for row in rows)
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Albumen: restored photos</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n'
        f"<h1>Restored photos</h1>\n<p>{_escaped(summary)}</p>\n{articles}\n</html>\n"
    )


def _article(output: Path, row: ReportRow) -> str:
    figures = "".join(
        f'<figure><a href="{_link(output, whole)}"><img loading="lazy" src="{_link(output, small)}" '
        f'alt="{_escaped(f"{words}: {row.photo.name}")}"></a><figcaption>{words}</figcaption></figure>'
        for small, whole, words in (
            (row.pictures.before, row.photo, "Before"),
            (row.pictures.after, Path(row.row.get("output", "")), "After"),
        )
        if small is not None
    )
    if row.error:
        more = f'<p class="failed">{_escaped(row.error)}</p>'
    else:
        parts = [f"{row.faces} {'face' if row.faces == 1 else 'faces'}"] if "faces" in row.row else ["left out"]
        parts += [f"{row.row['seconds']} s"] if "seconds" in row.row else []
        parts += ["done in an earlier run"] if row.state == "before" and "faces" in row.row else []
        more = f'<p class="more">{_escaped(row.row["output"])} · {" · ".join(parts)}</p>'
    return f'<article><h2>{_escaped(str(row.photo))}</h2><div class="pair">{figures}</div>{more}</article>'


def _link(output: Path, path: Path) -> str:
    """A link from the page: relative where that is possible, so that the folder may be moved."""
    try:
        relative = Path(os.path.relpath(path.absolute(), output.absolute())).as_posix()
    except ValueError:  # another drive of Windows
        return _escaped(path.absolute().as_uri())
    return _escaped(quote(os.fsencode(relative)))


def _escaped(text: str) -> str:
    return html.escape(_text(text))


def _text(text: str) -> str:
    """What can be written as UTF-8: bytes of a file's name that are no text become question marks."""
    return text.encode(errors="replace").decode()
