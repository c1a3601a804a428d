"""IPTC records (IIM 4.2): datasets one after another, here to leave some of them out."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MARKER, _APPLICATION_RECORD = 0x1C, 2
_PLACES = {26, 27, 90, 92, 95, 100, 101}
"""Datasets of record 2 that tell a place: code and name of what is shown, city, sublocation, province, country."""


def without_place(iptc: bytes) -> bytes | None:
    """The record without the datasets that tell a place; None if nothing is left."""
    kept = [raw for record, dataset, raw in _datasets(iptc) if record != _APPLICATION_RECORD or dataset not in _PLACES]
    return b"".join(kept) or None


def _datasets(iptc: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Record, number and bytes of each dataset, up to the first that cannot be followed."""
    at = 0
    while at + 5 <= len(iptc) and iptc[at] == _MARKER:
        record, dataset, length = struct.unpack_from(">BBH", iptc, at + 1)
        start = at + 5
        if length & 0x8000:  # an extended dataset: the length's own length
            start += length & 0x7FFF
            length = int.from_bytes(iptc[at + 5 : start])
        yield record, dataset, iptc[at : start + length]
        at = start + length
