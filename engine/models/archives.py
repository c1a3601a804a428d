"""Zip archives from anywhere: what must hold of one before anything in it is read.

Limits are on what an archive says of itself, which `zipfile` then holds it to: no more bytes come out of a member than
its entry tells.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
from pathlib import PurePosixPath

MOST_MEMBERS = 10_000
LARGEST_RATIO = 200
"""How many times its own size an archive may unpack to; weights hardly shrink, and a bomb shrinks a thousandfold."""
_ALLOWANCE_BYTES = 16 * 2**20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_SYSTEMS_WITH_MODES = (3, 19)  # Unix and macOS (APPNOTE 4.4.2)


class UnsafeArchive(zipfile.BadZipFile):
    """What makes an archive one that nobody packs by accident."""


def refuse_bombs(archive: zipfile.ZipFile, archive_bytes: int) -> None:
    """Raise UnsafeArchive where an archive of this many bytes unpacks to many times as much, or to very many files."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise UnsafeArchive(f"{len(members)} files")
    unpacked = sum(member.file_size for member in members)
    if unpacked > LARGEST_RATIO * archive_bytes + _ALLOWANCE_BYTES:
        raise UnsafeArchive(f"{archive_bytes} bytes unpack to {unpacked}")


def refuse_tricks(archive: zipfile.ZipFile) -> None:
    """Raise UnsafeArchive for members that are links, encrypted, compressed in a rare way, or have a trick in the name.

    Such a name leads out of the folder on some system (`..`, absolute, a drive, a backslash, NUL) or is there twice,
    be it in other case or in another Unicode form.
    """
    seen: set[str] = set()
    for member in archive.infolist():
        name = member.orig_filename
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or any(sign in name for sign in "\\:\0"):
            raise UnsafeArchive(f"a file called {name!r}")
        if member.create_system in _SYSTEMS_WITH_MODES:
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise UnsafeArchive(f"{name!r} is a link or a device")
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
            raise UnsafeArchive(f"{name!r} is encrypted, or compressed in a rare way")
        same = unicodedata.normalize("NFC", str(path)).casefold()
        if same in seen:
            raise UnsafeArchive(f"{name!r} is there twice")
        seen.add(same)
