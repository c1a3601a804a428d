"""EXIF as bytes: read the orientation, patch in place, carry from and into TIFF files.

EXIF is a TIFF structure: image file directories (IFDs) of tagged values (TIFF 6.0, section 2; Exif 2.32, section 4.6).
Libraries write it anew and lose what they do not know, so values are handled here as the bytes they are.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Literal, NamedTuple

from engine.base.sizes import Size

ORIENTATION, EXIF_IFD, GPS_IFD = 0x0112, 0x8769, 0x8825
XMP, IPTC, ICC = 700, 33723, 34675
_INTEROPERABILITY_IFD, _MAKER_NOTE = 0xA005, 0x927C
_WIDTHS, _HEIGHTS = {0x0100, 0xA002}, {0x0101, 0xA003}

_DESCRIPTIVE = (
    {0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C}  # names, camera, software, date, artist, host
    | {0x4746, 0x4749, 0x8298}  # rating, rating percent, copyright
    | set(range(0x9C9B, 0x9CA0))  # title, comment, author, keywords, subject as Windows writes them
)
"""Tags of IFD 0 that speak of the photo and not of how its samples lie in the file."""

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_ZONE = re.compile(r"[+-]\d\d:\d\d")
_LONG = 4
_WHOLE_NUMBERS = {1: "B", 3: "H", _LONG: "I", 13: "I", 16: "Q", 18: "Q"}
_LARGEST_KEPT_WHEN_TIGHT = 4096

BadExif = (struct.error, ValueError, OverflowError)
"""What a structure that cannot be followed raises."""


class Entry(NamedTuple):
    """One tagged value: its type, how many of that type, and their bytes in the structure's byte order."""

    kind: int
    items: int
    raw: bytes


Ifd = dict[int, Entry]
Blob = bytes | bytearray


class _Place(NamedTuple):
    tag: int
    kind: int
    items: int
    position: int


def byte_order(blob: Blob) -> Literal["<", ">"]:
    """The struct prefix of a TIFF structure, "<" or ">"; ValueError where it is none."""
    if blob[:2] == b"II":
        return "<"
    if blob[:2] == b"MM":
        return ">"
    raise ValueError("no TIFF structure")


def _first_ifd(blob: Blob) -> int:
    order = byte_order(blob)
    form = "Q" if _is_big(blob) else "I"
    return int(struct.unpack_from(order + form, blob, 8 if form == "Q" else 4)[0])


def _is_big(blob: Blob) -> bool:
    return bool(struct.unpack_from(byte_order(blob) + "H", blob, 2)[0] == 43)  # BigTIFF: 64-bit offsets


def _places(blob: Blob, offset: int) -> Iterator[_Place]:
    """Where the values of the IFD at `offset` lie; values that reach past the end are left out."""
    order, big = byte_order(blob), _is_big(blob)
    (number,) = struct.unpack_from(order + ("Q" if big else "H"), blob, offset)
    start, step, inline = (offset + 8, 20, 8) if big else (offset + 2, 12, 4)
    for at in range(start, min(start + step * number, len(blob) - step + 1), step):
        tag, kind, items = struct.unpack_from(order + ("HHQ" if big else "HHI"), blob, at)
        length = _TYPE_BYTES.get(kind, 0) * items
        position = at + step - inline
        if length > inline:
            (position,) = struct.unpack_from(order + ("Q" if big else "I"), blob, position)
        if 0 < length <= len(blob) - position:
            yield _Place(tag, kind, items, position)


def read_ifd(blob: Blob, offset: int | None = None) -> Ifd:
    """The values of the IFD at `offset` (IFD 0 where None); raises one of `BadExif`."""
    where = _first_ifd(blob) if offset is None else offset
    return {
        tag: Entry(kind, items, bytes(blob[position : position + _TYPE_BYTES[kind] * items]))
        for tag, kind, items, position in _places(blob, where)
    }


def number(entry: Entry, order: str) -> int:
    """The first value of an entry of whole numbers; ValueError where it holds something else."""
    form = _WHOLE_NUMBERS.get(entry.kind)
    if form is None:
        raise ValueError(f"a whole number was expected, not type {entry.kind}")
    return int(struct.unpack_from(order + form, entry.raw)[0])


def orientation(blob: bytes | None) -> int:
    """The orientation 1..8 that a TIFF structure tells; 1 where it tells none or nonsense."""
    try:
        told = number(read_ifd(blob)[ORIENTATION], byte_order(blob)) if blob else 1
    except (*BadExif, KeyError):
        return 1
    return told if 1 <= told <= 8 else 1


def upright(blob: bytes, size: Size) -> bytes:
    """EXIF for the upright picture of that size: orientation 1, its width and height, no thumbnail of the old picture.

    Patched in place, every other byte as it was, so that offsets inside maker notes stay true. The thumbnail is only
    unlinked. A structure that cannot be followed comes back as far as it could be patched.
    """
    patched = bytearray(blob)
    try:
        order, first = byte_order(blob), _first_ifd(blob)
        for place in list(_places(blob, first)):
            _patch(patched, order, place, size)
            if place.tag == EXIF_IFD:
                (inner,) = struct.unpack_from(order + "I", blob, place.position)
                for deeper in _places(blob, inner):
                    _patch(patched, order, deeper, size)
        (entries,) = struct.unpack_from(order + "H", blob, first)
        struct.pack_into(order + "I", patched, first + 2 + 12 * entries, 0)
    except BadExif:
        pass
    return bytes(patched)


def _patch(blob: bytearray, order: str, place: _Place, size: Size) -> None:
    values = {ORIENTATION: 1} | dict.fromkeys(_WIDTHS, size.width) | dict.fromkeys(_HEIGHTS, size.height)
    form = _WHOLE_NUMBERS.get(place.kind)
    if place.tag in values and form is not None:
        largest = 256 ** _TYPE_BYTES[place.kind] - 1
        struct.pack_into(order + form, blob, place.position, min(values[place.tag], largest))


def without_place(blob: bytes) -> bytes | None:
    """EXIF without its GPS directory, every other value where it was; None for a structure that cannot be followed.

    The values are overwritten, and the entry that points at them goes; a maker note is left alone.
    """
    patched = bytearray(blob)
    try:
        order, first = byte_order(blob), _first_ifd(blob)
        if _is_big(blob):  # no EXIF block is; its entries have another length
            return None
        (entries,) = struct.unpack_from(order + "H", blob, first)
        tags = [struct.unpack_from(order + "H", blob, first + 2 + 12 * n)[0] for n in range(entries)]
        for place in _places(blob, first):
            if place.tag == GPS_IFD:
                _clear_ifd(patched, order, *struct.unpack_from(order + "I", blob, place.position))
    except BadExif:
        return None
    table = b"".join(patched[first + 2 + 12 * n :][:12] for n, tag in enumerate(tags) if tag != GPS_IFD)
    (following,) = struct.unpack_from(order + "I", blob, first + 2 + 12 * entries)
    end = first + 2 + 12 * entries + 4
    left = struct.pack(order + "H", len(table) // 12) + table + struct.pack(order + "I", following)
    patched[first:end] = left.ljust(end - first, b"\0")
    return bytes(patched)


def _clear_ifd(blob: bytearray, order: str, offset: int) -> None:
    """Overwrite an IFD and its values with zeros."""
    (entries,) = struct.unpack_from(order + "H", blob, offset)
    for place in list(_places(blob, offset)):
        length = _TYPE_BYTES[place.kind] * place.items
        blob[place.position : place.position + length] = bytes(length)
    length = min(2 + 12 * entries, len(blob) - offset)
    blob[offset : offset + length] = bytes(length)


def date_taken(blob: bytes | None) -> str | None:
    """When a photo was taken, in ISO 8601: local time, with its distance from UTC where that is told; None if unknown.

    The first that is a date of DateTimeOriginal, DateTimeDigitized and DateTime (Exif 2.32, 4.6.4 and 4.6.5).
    """
    try:
        main = read_ifd(blob) if blob else {}
        inner = read_ifd(blob, number(main[EXIF_IFD], byte_order(blob))) if blob and EXIF_IFD in main else {}
    except BadExif:
        return None
    for ifd, date, offset in ((inner, 0x9003, 0x9011), (inner, 0x9004, 0x9012), (main, 0x0132, 0x9010)):
        told, zone = (_text(source.get(tag)) for source, tag in ((ifd, date), (inner, offset)))
        with suppress(ValueError):
            moment = datetime.strptime(told, "%Y:%m:%d %H:%M:%S").isoformat()
            return moment + zone if _ZONE.fullmatch(zone) else moment
    return None


def _text(entry: Entry | None) -> str:
    return "" if entry is None else entry.raw.split(b"\0")[0].decode("ascii", "replace").strip()


def is_readable(blob: bytes) -> bool:
    """Whether the directories of an EXIF block can be followed."""
    try:
        _collect(blob)
    except BadExif:
        return False
    return True


def from_tiff(data: bytes) -> bytes | None:
    """EXIF of a whole TIFF file: what IFD 0 says of the photo, with the Exif and GPS directories; None if nothing."""
    order = byte_order(data)
    try:
        main, exif, gps = _collect(data)
    except BadExif:
        return None
    return _build(order, main, exif, gps) if main or exif or gps else None


def tightened(blob: bytes) -> bytes:
    """EXIF without its largest values, maker notes and thumbnail foremost, for files with room for less than 64 KiB."""
    order = byte_order(blob)
    main, exif, gps = (
        {tag: entry for tag, entry in ifd.items() if len(entry.raw) <= _LARGEST_KEPT_WHEN_TIGHT and tag != _MAKER_NOTE}
        for ifd in _collect(blob)
    )
    return _build(order, main, exif, gps)


def _collect(blob: bytes) -> tuple[Ifd, Ifd, Ifd]:
    order = byte_order(blob)
    everything = read_ifd(blob)
    inner: list[Ifd] = []
    for pointer in (EXIF_IFD, GPS_IFD):
        inner.append({})
        if pointer in everything:
            try:
                inner[-1] = read_ifd(blob, number(everything[pointer], order))
            except BadExif:
                continue
    inner[0].pop(_INTEROPERABILITY_IFD, None)  # an offset, which would point astray
    return {tag: entry for tag, entry in everything.items() if tag in _DESCRIPTIVE}, inner[0], inner[1]


def _build(order: str, main: Ifd, exif: Ifd, gps: Ifd) -> bytes:
    blob = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 0))
    _append_ifds(blob, main, exif, gps)
    return bytes(blob)


def into_tiff(tiff: bytearray, exif: bytes | None, extra: Ifd) -> None:
    """Write IFD 0 of a TIFF file anew at its end: its own values, `extra`, and what the EXIF says of the photo.

    Both structures must have one byte order (see `byte_order`), as values are copied as they are.
    """
    main, inner, gps = ({}, {}, {}) if exif is None else _collect(exif)
    _append_ifds(tiff, main | read_ifd(tiff) | extra, inner, gps)


def _append_ifds(blob: bytearray, main: Ifd, exif: Ifd, gps: Ifd) -> None:
    """Write IFDs behind a TIFF structure's present end; `main` becomes IFD 0."""
    order = byte_order(blob)
    pointers: Ifd = {}
    for pointer, ifd in ((EXIF_IFD, exif), (GPS_IFD, gps)):
        if ifd:
            pointers[pointer] = Entry(_LONG, 1, struct.pack(order + "I", _append_ifd(blob, order, ifd)))
    struct.pack_into(order + "I", blob, 4, _append_ifd(blob, order, main | pointers))


def _append_ifd(blob: bytearray, order: str, ifd: Ifd) -> int:
    """Write an IFD at the end, values too long for their entry behind it; its offset."""
    blob.extend(bytes(len(blob) % 2))  # IFDs and values begin on even offsets
    offset = len(blob)
    behind = offset + 2 + 12 * len(ifd) + 4
    table, values = bytearray(struct.pack(order + "H", len(ifd))), bytearray()
    for tag, entry in sorted(ifd.items()):
        table += struct.pack(order + "HHI", tag, entry.kind, entry.items)
        if len(entry.raw) <= 4:
            table += entry.raw.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", behind + len(values))
            values += entry.raw + bytes(len(entry.raw) % 2)
    blob.extend(table + bytes(4) + values)
    return offset
