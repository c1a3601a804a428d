"""What Albumen is built on: name, version and licence of every part installed with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_LICENCE_NAME = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
_REQUIRED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OWN = "albumen"
_OWN_EXTRAS = ("window", "background")
_LONGEST_NAME = 60
"""Some write the whole text where its name belongs."""


@dataclass(frozen=True)
class ThirdParty:
    """A part that others made; `texts` are its licences as shipped with it."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...] = ()


def third_parties() -> tuple[ThirdParty, ...]:
    """Read what is installed, by name; takes about a second, so not on the window's thread."""
    parts = [_describe(part) for part in _needed()]
    return tuple(sorted(parts, key=lambda part: part.name.lower()))


def licences_in(folder: Path) -> tuple[tuple[str, str], ...]:
    """The licence texts in a folder as (name, text)."""
    files = sorted(folder.glob("*.txt"))
    return tuple((file.stem, file.read_text(encoding="utf-8", errors="replace")) for file in files)


def _needed() -> Iterator[metadata.Distribution]:
    """What Albumen requires, directly or not; everything there is where Albumen runs from its source."""
    try:
        waiting = [_key(_OWN)]
        metadata.distribution(_OWN)
    except metadata.PackageNotFoundError:
        yield from {_key(part.name): part for part in metadata.distributions() if part.name}.values()
        return
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        try:
            part = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system, or an extra nobody asked for
        if name != _OWN:
            yield part
        for requirement in part.requires or ():
            extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", requirement)
            if extra and not (name == _OWN and extra.group(1) in _OWN_EXTRAS):
                continue
            found = _REQUIRED_NAME.match(requirement)
            if found and _key(found.group()) not in seen:
                seen.add(_key(found.group()))
                waiting.append(_key(found.group()))


def _describe(part: metadata.Distribution) -> ThirdParty:
    about = part.metadata
    licence = " ".join((about.get_all("License-Expression") or about.get_all("License") or [""])[0].split())
    if not licence or len(licence) > _LONGEST_NAME:
        classifiers = [c.rsplit("::", 1)[-1].strip() for c in about.get_all("Classifier") or () if "License ::" in c]
        licence = ", ".join(classifiers) or licence[:_LONGEST_NAME]
    files = [file for file in part.files or () if ".dist-info" in str(file) and _LICENCE_NAME.search(file.name)]
    return ThirdParty(part.name, part.version, licence, tuple(filter(None, (_read(file) for file in files))))


def _read(file: metadata.PackagePath) -> str:
    try:
        return Path(str(file.locate())).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
