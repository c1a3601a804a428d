"""What is compared when photos are searched and sorted, and how small things are kept as text."""

from __future__ import annotations

import os
import re
import unicodedata
from datetime import UTC, datetime

import msgspec

_NUMBER = re.compile(r"\d+")
_SEPARATORS = re.compile(r"[/\\]")


def search_key(text: str) -> str:
    """The same for what a user takes for the same: case, and accents and Hangul composed or taken apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def name_key(path: str) -> str:
    """Sorts by file name without regard to case, numbers by their value: 9 before 10."""
    return _NUMBER.sub(lambda number: number.group().zfill(12), search_key(os.path.basename(path)))


def path_key(path: str) -> str:
    """A path to search in; its separators are the same on every system."""
    return _SEPARATORS.sub("/", search_key(path))


def now() -> str:
    """This moment in UTC, ISO 8601 with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def to_text(arguments: dict[str, str]) -> str:
    """Arguments of an error or action as JSON."""
    return msgspec.json.encode(arguments).decode()


def from_text(text: str) -> dict[str, str]:
    """The inverse of `to_text`."""
    return msgspec.json.decode(text, type=dict[str, str])
