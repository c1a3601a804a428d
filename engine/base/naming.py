"""Names of results from templates such as `{name}-{counter:3}`, fit for Windows, macOS and Linux."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from engine.base.errors import TemplateMalformed, TemplateUnknownField

LONGEST_BYTES = 200
"""Of a name without its ending: file systems hold 255, and a number may come behind it."""
COUNTER = "counter"
"""The only field with a width: `{counter:3}` is 007."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def filled(template: str, values: Mapping[str, str], counter: int) -> str:
    """The template with its fields filled in, not yet `fit`; the fields are those of `values`, `counter` among them.

    Raises TemplateUnknownField and TemplateMalformed.
    """
    try:
        found = list(string.Formatter().parse(template))
    except ValueError as error:
        raise TemplateMalformed(template=template) from error
    parts: list[str] = []
    for literal, field, spec, conversion in found:
        parts.append(literal)
        if field is None:
            continue
        if field not in values:
            raise TemplateUnknownField(field=field, known=", ".join(values))
        if conversion or (spec and (field != COUNTER or not re.fullmatch("0?[1-9]", spec))):
            raise TemplateMalformed(template=template)
        parts.append(str(counter).zfill(int(spec or 0)) if field == COUNTER else values[field])
    return "".join(parts)


def fit(name: str) -> str:
    """The name with what some system forbids replaced, and not too long; empty where nothing can be kept."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name))
    if _RESERVED.match(name.strip()):
        name = f"_{name.strip()}"
    name = re.sub(r"^\s*\.+", lambda dots: "_" * len(dots.group().strip()), name)  # a hidden file
    cut = name.strip().encode()[:LONGEST_BYTES].decode(errors="ignore")
    return cut.rstrip(". \t")


def same_file_key(path: Path) -> str:
    """Equal for two paths that some file system takes for one: without regard to case and composed accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())


def numbered(path: Path) -> Iterator[Path]:
    """NAME.EXT, NAME-2.EXT, NAME-3.EXT and so on."""
    yield path
    for number in count(2):
        yield path.with_stem(f"{path.stem}-{number}")
