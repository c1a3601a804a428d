"""The parts around a compressed picture: JPEG segments and PNG chunks, to read and to put in.

JPEG: ITU T.81 annex B; Exif 2.32, 4.7; ICC.1 annex B.4; XMP part 3. PNG: W3C PNG, third edition.
"""

from __future__ import annotations

import struct
import zlib

EXIF_HEAD = b"Exif\0\0"
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP_HEAD = b"http://ns.adobe.com/xmp/extension/\0"
_ICC_HEAD = b"ICC_PROFILE\0"
PHOTOSHOP_HEAD = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
_LARGEST_SEGMENT = 0xFFFF - 2
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_XMP_HEAD = b"XML:com.adobe.xmp\0\0\0\0\0"
_PNG_IPTC_HEAD = b"Raw profile type iptc\0\0"

LARGEST_JPEG_EXIF = _LARGEST_SEGMENT - len(EXIF_HEAD)
LARGEST_JPEG_XMP = 65_502  # by XMP part 3, 1.1.3
_MORE_XMP_STEP = 65_400  # by XMP part 3, 1.1.3.1


def with_jpeg_segments(
    jpeg: bytes,
    *,
    exif: bytes | None,
    xmp: bytes | None,
    icc: bytes | None,
    iptc: bytes | None,
    more_xmp: tuple[str, bytes] | None = None,
) -> bytes:
    """A JPEG with metadata put behind its JFIF segment; what is longer than its kind of segment allows is left out.

    `more_xmp` is a second packet behind its digest, which may have any length.
    """
    end = 4 + struct.unpack_from(">H", jpeg, 4)[0] if jpeg[2:4] == b"\xff\xe0" else 2
    segments = []
    if exif and len(exif) <= LARGEST_JPEG_EXIF:
        segments.append(_segment(0xE1, EXIF_HEAD + exif))
    if xmp and len(xmp) <= LARGEST_JPEG_XMP:
        segments.append(_segment(0xE1, _XMP_HEAD + xmp))
    if more_xmp:
        name, packet = more_xmp
        for start in range(0, len(packet), _MORE_XMP_STEP):
            place = name.encode() + struct.pack(">II", len(packet), start)
            segments.append(_segment(0xE1, _MORE_XMP_HEAD + place + packet[start : start + _MORE_XMP_STEP]))
    if icc:
        step = _LARGEST_SEGMENT - len(_ICC_HEAD) - 2
        parts = [icc[start : start + step] for start in range(0, len(icc), step)]
        if len(parts) <= 255:
            segments += [
                _segment(0xE2, _ICC_HEAD + bytes([i, len(parts)]) + part) for i, part in enumerate(parts, start=1)
            ]
    if iptc and len(block := PHOTOSHOP_HEAD + _resource(iptc)) <= _LARGEST_SEGMENT:
        segments.append(_segment(0xED, block))
    return b"".join([jpeg[:end], *segments, jpeg[end:]])


def more_xmp_of_segments(segments: list[bytes]) -> dict[str, bytes]:
    """The second packets among the APP1 segments of a JPEG, by their digests; parts may come in any order."""
    parts: dict[str, dict[int, bytes]] = {}
    start = len(_MORE_XMP_HEAD)
    for segment in segments:
        if segment.startswith(_MORE_XMP_HEAD) and len(segment) > start + 40:
            (offset,) = struct.unpack_from(">I", segment, start + 36)
            name = segment[start : start + 32].decode("ascii", "replace").upper()
            parts.setdefault(name, {})[offset] = segment[start + 40 :]
    return {name: b"".join(part for _, part in sorted(found.items())) for name, found in parts.items()}


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _resource(iptc: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)


def iptc_of_resources(block: bytes) -> bytes | None:
    """The IIM record among Photoshop's image resources: "8BIM", number, Pascal name, length, data; None without one."""
    at = 0
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        (number,) = struct.unpack_from(">H", block, at + 4)
        at += 6 + (block[at + 6] + 2) // 2 * 2  # a Pascal string, filled up to an even length
        if at + 4 > len(block):
            return None
        (length,) = struct.unpack_from(">I", block, at)
        if number == _IPTC_RESOURCE:
            return block[at + 4 : at + 4 + length] or None
        at += 4 + (length + 1) // 2 * 2
    return None


def bare_png(png: bytes) -> bytes:
    """A PNG without its metadata, of which libpng would tell on stderr what it does not like about profiles.

    Raises ValueError where the file ends before its end chunk does: decoders don't mind if only checksums are missing.
    """
    at, name, kept = len(PNG_SIGNATURE), b"", [PNG_SIGNATURE]
    while name != b"IEND":
        if at + 12 > len(png):
            raise ValueError("PNG cut short")
        length, name = struct.unpack_from(">I4s", png, at)
        if name[:1].isupper() or name == b"tRNS":  # critical chunks begin with a capital letter
            kept.append(png[at : at + 12 + length])
        at += 12 + length
    if at > len(png):
        raise ValueError("PNG cut short")
    return b"".join(kept)


def with_png_chunks(
    png: bytes,
    *,
    exif: bytes | None,
    xmp: bytes | None,
    icc: bytes | None,
    iptc: bytes | None,
    dpi: tuple[float, float] | None,
) -> bytes:
    """A PNG with metadata put behind its header chunk."""
    end = len(PNG_SIGNATURE) + 12 + 13
    chunks = []
    if icc:
        chunks.append(png_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc)))
    if dpi:
        x, y = (round(value / 0.0254) for value in dpi)
        chunks.append(png_chunk(b"pHYs", struct.pack(">IIB", x, y, 1)))  # dots a metre
    if exif:
        chunks.append(png_chunk(b"eXIf", exif))
    if xmp:
        chunks.append(png_chunk(b"iTXt", _PNG_XMP_HEAD + xmp))
    if iptc:
        block = _resource(iptc)
        lines = [block[start : start + 36].hex() for start in range(0, len(block), 36)]
        text = f"\niptc\n{len(block):8d}\n" + "\n".join(lines) + "\n"
        chunks.append(png_chunk(b"zTXt", _PNG_IPTC_HEAD + zlib.compress(text.encode())))
    return b"".join([png[:end], *chunks, png[end:]])


def profile_of_png_text(text: str) -> bytes:
    """The bytes in a text chunk "Raw profile type ...", the hexadecimal form that ImageMagick introduced; or none."""
    try:
        _, _, _, digits = text.split("\n", 3)
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG: length, name, content, checksum."""
    return struct.pack(">I4s", len(content), name) + content + struct.pack(">I", zlib.crc32(name + content))
