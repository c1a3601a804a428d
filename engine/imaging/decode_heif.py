"""From the bytes of a HEIF file whose picture is compressed as HEVC (HEIC) to samples and metadata.

Container: ISO/IEC 23008-12; colour properties: ISO/IEC 14496-12, 12.1.5, with the numbers of ITU-T H.273.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pi_heif

from engine.base.sizes import Size
from engine.imaging import colour, containers
from engine.imaging.decode import Decoded, NotSupported, SizeCheck, divided, full_range, split

_HDR = {16: "PQ", 18: "HLG"}  # H.273, table 3
_SRGB, _UNSPECIFIED = 1, 2  # H.273, table 2
_PRIMARIES = {9: colour.BT2020_PRIMARIES, 12: colour.P3_PRIMARIES}


def heif(data: bytes, check: SizeCheck) -> Decoded:
    """Decode the primary picture; 10 and 12 bits become 16.

    The container's own rotation and mirroring are applied by the decoder and what EXIF says of them is to be ignored
    (ISO/IEC 23008-12, 6.5.10 and annex A), so the orientation is always 1.
    """
    _check_texts(data)
    file = pi_heif.open_heif(data, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    image = file[file.primary_index]
    check(Size(*image.size))
    profile = _profile(image.info)
    samples = np.array(image)  # a copy, as its memory goes with the file
    if samples.dtype != np.uint8:
        samples = full_range(samples, int(image.info["bit_depth"]))
    pixels, alpha = split(samples)
    if alpha is not None and image.premultiplied_alpha:
        pixels = divided(pixels, alpha)
    exif = image.info.get("exif")
    metadata = {
        "icc": profile,
        "exif": exif.removeprefix(containers.EXIF_HEAD) or None if exif else None,
        "xmp": image.info.get("xmp") or None,
        "lossless": False,
    }
    return Decoded(pixels, alpha, 1, metadata | {"dpi": None})


def _check_texts(data: bytes) -> None:
    """Raise ValueError where the type or name of an item is not UTF-8, at which pi_heif ends the process (1.4 does)."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + length if length >= 8 else len(data)  # 0: to the end; 1: a length of 64 bits, as no `meta` has
        if kind == b"meta":
            entry = data.find(b"infe", at, end)
            while entry >= 0:
                (size,) = struct.unpack_from(">I", data, entry - 4)
                texts = entry + 8 + (4 if data[entry + 4] < 3 else 6)  # behind version, flags, number and protection
                data[texts : max(texts, entry - 4 + size)].decode()
                entry = data.find(b"infe", entry + 4, end)
        at = end


def _profile(info: dict[str, Any]) -> bytes | None:
    """The ICC profile, or one made for the primaries that are told by number; None means sRGB."""
    told = info.get("nclx_profile") or {}
    if (transfer := told.get("transfer_characteristics")) in _HDR:
        raise NotSupported(f"a HEIC in high dynamic range ({_HDR[transfer]})")
    if icc := info.get("icc_profile"):
        return bytes(icc)
    primaries = _PRIMARIES.get(told.get("color_primaries", _UNSPECIFIED))
    return None if primaries is None else colour.matrix_profile(primaries)
