"""EXIF as bytes: patched in place, carried into and out of TIFF, read back by Pillow."""

from __future__ import annotations

import struct

import pictures
import pytest
from PIL import Image

from engine.base.sizes import Size
from engine.imaging import exif


def parsed(block: bytes) -> Image.Exif:
    found = Image.Exif()
    found.load(b"Exif\0\0" + block)
    return found


def by_hand(order: str, orientation_type: int = 3) -> bytes:
    """IFD 0 (orientation; Exif: maker note and width) and IFD 1 (a thumbnail), with nothing between them to spare.

    The maker note's first word is the offset of its second, counted from the start of the structure, as many are.
    """
    form = {1: "B3x", 3: "H2x", 4: "I"}[orientation_type]
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    ifd0, exif_ifd, note, ifd1, thumbnail = 8, 38, 68, 76, 106
    block = head + struct.pack(order + "H", 2)
    block += struct.pack(order + "HHI" + form, 0x0112, orientation_type, 1, 6)
    block += struct.pack(order + "HHII", 0x8769, 4, 1, exif_ifd) + struct.pack(order + "I", ifd1)
    block += struct.pack(order + "H", 2) + struct.pack(order + "HHII", 0x927C, 7, 8, note)
    block += struct.pack(order + "HHIH2x", 0xA002, 3, 1, 400) + struct.pack(order + "I", 0)
    block += struct.pack(order + "I", note + 4) + b"NOTE"
    block += struct.pack(order + "H", 2) + struct.pack(order + "HHII", 0x0201, 4, 1, thumbnail)
    block += struct.pack(order + "HHII", 0x0202, 4, 1, 4) + struct.pack(order + "I", 0) + b"\xff\xd8\xff\xd9"
    assert len(block) == thumbnail + 4
    assert block[ifd0:].startswith(struct.pack(order + "H", 2))
    return block


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation_type", [1, 3, 4])
def test_orientation_is_read_in_every_type_that_writers_use(order: str, orientation_type: int) -> None:
    assert exif.orientation(by_hand(order, orientation_type)) == 6


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation_type", [1, 3, 4])
def test_upright_changes_three_values_and_nothing_else(order: str, orientation_type: int) -> None:
    source = by_hand(order, orientation_type)
    patched = exif.upright(source, Size(300, 200))
    found = parsed(patched)
    assert found.get(0x0112) in (1, b"\1")  # Pillow hands bytes over as they are
    assert found.get_ifd(0x8769)[0xA002] == 300
    assert found.get_ifd(1) == {}  # the thumbnail showed the photo before
    note = 68
    assert patched[note : note + 8] == source[note : note + 8]
    allowed = {*range(18, 22), *range(34, 38), *range(60, 64)}  # orientation, link to IFD 1, width
    assert {at for at, (a, b) in enumerate(zip(source, patched, strict=True)) if a != b} <= allowed


def test_upright_keeps_date_and_place() -> None:
    found = parsed(exif.upright(pictures.exif_block(8), Size(pictures.HEIGHT, pictures.WIDTH)))
    assert found[0x0112] == 1
    assert found[0x0132] == pictures.DATE
    assert found.get_ifd(0x8769)[0x9003] == pictures.DATE
    assert found.get_ifd(0x8769)[0xA002] == pictures.HEIGHT
    assert found.get_ifd(0x8825)[2] == pictures.LATITUDE


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II",
        b"XX*\0\x08\0\0\0",
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
        b"II+\0\x08\0\0\0" + b"\xff" * 8,
        by_hand("<")[:30],
    ],
)
def test_what_cannot_be_followed_is_left_as_it_is(block: bytes) -> None:
    assert exif.orientation(block) in (1, 6)
    patched = exif.upright(block, Size(1, 1))
    assert len(patched) == len(block)
    assert exif.orientation(patched) == 1


def test_every_cut_of_a_block_is_survived() -> None:
    block = by_hand("<")
    for length in range(len(block)):
        exif.is_readable(block[:length])
        assert exif.orientation(exif.upright(block[:length], Size(1, 1))) == 1


def test_tightened_keeps_what_matters() -> None:
    block = pictures.exif_block(1)
    large = parsed(block)
    large.get_ifd(0x8769)[0x927C] = bytes(70_000)
    tight = exif.tightened(large.tobytes()[6:])
    assert len(tight) < 1000
    found = parsed(tight)
    assert found.get_ifd(0x8769)[0x9003] == pictures.DATE
    assert found.get_ifd(0x8825)[2] == pictures.LATITUDE
    assert 0x927C not in found.get_ifd(0x8769)
