"""Damage at random to files and lines: what disks, cables and ill will do to them."""

from __future__ import annotations

import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

Mutation = Callable[[bytes, random.Random], bytes]

ODD_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63, 2**70, 10**400, 1e308, "", "x" * 5000, "\0", "../../up", "/etc/passwd", "C:x.txt",
    "\ud800", "\u202e", "CON", [], {}, [[]], [0] * 2000, {"type": "Run"}, float("nan"), float("inf"),
)  # fmt: skip
"""What a value of a JSON text is replaced by."""
HOSTILE_NAMES = (
    "../up.txt", "..\\up.txt", "/abs.txt", "C:drive.txt", "C:\\drive.txt", "\\\\host\\share.txt", "a/../../up.txt",
    "nul.txt\0.md", "MANIFEST.JSON", "./manifest.json", "manifest.json", "readme.txt/", "x" * 300 + ".txt", "a//b.txt",
    "CON.txt", "\u202etxt.md", " ", "",
)  # fmt: skip


def flip_bits(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice([1, 2, 8, 64])):
        changed[_place(changed, dice)] ^= 1 << dice.randrange(8)
    return bytes(changed)


def set_bytes(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice([1, 2, 5, 20])):
        changed[_place(changed, dice)] = dice.choice([0, 1, 127, 128, 255, dice.randrange(256)])
    return bytes(changed)


def set_numbers(data: bytes, dice: random.Random) -> bytes:
    """Put odd numbers, most of them huge, where sizes, counts and offsets may be."""
    changed = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 4])):
        form = dice.choice(["<H", ">H", "<I", ">I", "<I", ">I", "<Q"])
        at = min(_place(changed, dice), len(changed) - struct.calcsize(form))
        if at >= 0:
            number = dice.choice([*ODD_NUMBERS, len(data), dice.randrange(2**32)])
            struct.pack_into(form, changed, at, number % 2 ** (8 * struct.calcsize(form)))
    return bytes(changed)


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))]


def take_out(data: bytes, dice: random.Random) -> bytes:
    start = _place(data, dice)
    return data[:start] + data[start + dice.choice([1, 2, 4, 16, 400]) :]


def put_in(data: bytes, dice: random.Random) -> bytes:
    at = _place(data, dice)
    return data[:at] + dice.choice([bytes(4), b"\xff" * 16, dice.randbytes(40), data[at : at + 100]]) + data[at:]


def blank(data: bytes, dice: random.Random) -> bytes:
    """Fill a piece with zeros, as a file has it that was copied from a bad disk."""
    start = _place(data, dice)
    length = min(dice.choice([16, 512, 4096]), len(data) - start)
    return data[:start] + bytes(length) + data[start + length :]


def spliced(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """The beginning of one file and a piece of another."""
    start = _place(other, dice)
    return data[: _place(data, dice)] + other[start : start + dice.choice([8, 64, 1000, len(other)])]


BYTES: tuple[Mutation, ...] = (flip_bits, set_bytes, set_numbers, cut, take_out, put_in, blank)


def damaged(data: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """A file after one to three accidents; `others` lend their pieces."""
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        if not data:
            return data
        if dice.random() < 0.1:
            data = spliced(data, dice.choice(others) or data, dice)
        else:
            data = dice.choice(BYTES)(data, dice)
    if data.startswith(b"\x89PNG") and dice.random() < 0.7:
        data = with_checksums(data)
    return data


def with_checksums(png: bytes) -> bytes:
    """A PNG whose chunks have true checksums, so that decoders look at what is in them."""
    fixed, at = bytearray(png), 8
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if at + 12 + length > len(png):
            break
        struct.pack_into(">I", fixed, at + 8 + length, zlib.crc32(fixed[at + 4 : at + 8 + length]))
        at += 12 + length
    return bytes(fixed)


def other_values(text: bytes, dice: random.Random) -> bytes:
    """A JSON text with values replaced, left out, doubled or nested a thousand times."""
    value = json.loads(text)
    for _ in range(dice.choice([1, 1, 2, 3])):
        value = _with_other_value(value, dice)
    changed = json.dumps(value, ensure_ascii=dice.random() < 0.7).encode(errors="surrogatepass")
    if dice.random() < 0.05:
        at = changed.find(b":") + 1
        changed = changed[:at] + b"[" * 100_000 + changed[at:]
    return changed


def _with_other_value(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(list(value))
        kept = {name: item for name, item in value.items() if name != key}
        match dice.randrange(12):
            case 0:
                return kept
            case 1:
                return kept | {dice.choice(["", "type", "extra", key.upper()]): value[key]}
            case _:
                return value | {key: _with_other_value(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        match dice.randrange(8):
            case 0:
                return value[:at] + value[at + 1 :]
            case 1:
                return value * dice.choice([2, 3])
            case _:
                return [*value[:at], _with_other_value(value[at], dice), *value[at + 1 :]]
    return dice.choice(ODD_VALUES)


def hostile_zip(members: dict[str, bytes], dice: random.Random) -> bytes:
    """An archive of these members with one that a careful program does not take: names, links, bombs, doubles."""
    file = BytesIO()
    method = dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    with zipfile.ZipFile(file, "w", method) as archive:
        entries = list(members.items())
        dice.shuffle(entries)
        for name, content in entries:
            archive.writestr(name, content)
        info = zipfile.ZipInfo(dice.choice([*HOSTILE_NAMES, *members]) or "?")
        info.orig_filename = info.filename = dice.choice([info.filename, *HOSTILE_NAMES])
        info.compress_type = method
        content = b"hello"
        match dice.randrange(4):
            case 0:  # a link
                info.external_attr = 0o120777 << 16
                content = b"/etc/passwd"
            case 1:  # a bomb
                info.compress_type, content = zipfile.ZIP_DEFLATED, bytes(20 * 2**20)
        archive.writestr(info, content)
    return file.getvalue()


def _place(data: bytes | bytearray, dice: random.Random) -> int:
    """Somewhere, often near the beginning, where headers are."""
    return dice.randrange(min(len(data), dice.choice([32, 128, 512, len(data), len(data)])) or 1)
