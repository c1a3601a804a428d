"""ICC profiles for tests, built from their definition (ICC.1:2001-04), so that no profile file has to be shipped."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.6400, 0.3300), (0.2100, 0.7100), (0.1500, 0.0600))
D65_XY = (0.3127, 0.3290)


def _xyz(xy: tuple[float, float]) -> NDArray[np.float64]:
    return np.array([xy[0] / xy[1], 1.0, (1 - xy[0] - xy[1]) / xy[1]])


def rgb_to_xyz_d50(primaries: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """The matrix linear RGB -> XYZ adapted from D65 to D50 by Bradford's transform; columns are the primaries."""
    white = _xyz(D65_XY)
    columns = np.stack([_xyz(xy) for xy in primaries], axis=1)
    matrix = columns * np.linalg.solve(columns, white)
    cones = np.diag((_BRADFORD @ D50) / (_BRADFORD @ white))
    return np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ matrix


def _fixed(values: NDArray[np.float64] | list[float]) -> bytes:
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in np.ravel(values))


def _profile(device_class: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {
        b"desc": b"desc" + struct.pack(">II", 0, 5) + b"test\0" + bytes(4 + 4 + 2 + 1 + 67),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + _fixed(D50),
    } | tags
    table, data, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        table += struct.pack(">4sII", name, offset + len(data), len(value))
        data += value
    header = bytearray(128)
    struct.pack_into(
        ">I4sI4s4s4s", header, 0, offset + len(data), b"\0" * 4, 0x02400000, device_class, space, connection
    )
    struct.pack_into(">6H4s", header, 24, 2026, 1, 1, 0, 0, 0, b"acsp")
    header[68:80] = _fixed(D50)
    return bytes(header) + table + data


def _gamma(value: float) -> bytes:
    return b"curv" + struct.pack(">IIH", 0, 1, round(value * 256)) + bytes(2)


def matrix_profile(primaries: tuple[tuple[float, float], ...], gamma: float) -> bytes:
    """A monitor profile of three primaries, white D65 and one gamma."""
    matrix = rgb_to_xyz_d50(primaries)
    colorants = {name: b"XYZ " + bytes(4) + _fixed(matrix[:, i]) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma(gamma))
    return _profile(b"mntr", b"RGB ", b"XYZ ", colorants | curves)


def grey_profile(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _gamma(gamma)})


def table_profile(
    device_class: bytes,
    space: bytes,
    channels: int,
    nodes: int,
    xyz: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> bytes:
    """A profile with nothing but a table from the device to Lab (lut16Type), as scanners' and presses' profiles have.

    `xyz` maps device values (M, channels) in [0, 1] to XYZ under D50 (M, 3).
    """
    axis = np.linspace(0, 1, nodes)
    device = np.stack(np.meshgrid(*[axis] * channels, indexing="ij"), axis=-1).reshape(-1, channels)
    t = xyz(device) / D50
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1)
    coded = np.stack([lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], axis=-1)  # ICC.1, 6.3.4.2
    straight = np.array([0, 65535], ">u2").tobytes()
    table = b"mft2" + struct.pack(">IBBBx", 0, channels, 3, nodes) + _fixed(np.eye(3)) + struct.pack(">HH", 2, 2)
    table += straight * channels + np.clip(np.rint(coded), 0, 65535).astype(">u2").tobytes() + straight * 3
    return _profile(device_class, space, b"Lab ", {b"A2B0": table})


def scanner_profile() -> bytes:
    """An RGB scanner with Adobe RGB's primaries and gamma 1.8, which leads out of its space and not back."""
    matrix = rgb_to_xyz_d50(ADOBE_RGB)
    return table_profile(b"scnr", b"RGB ", 3, 33, lambda rgb: rgb**1.8 @ matrix.T)


def press_profile() -> bytes:
    """A CMYK press with ideal inks: each absorbs a part of one primary of Adobe RGB, black of all."""
    matrix = rgb_to_xyz_d50(ADOBE_RGB)
    return table_profile(
        b"prtr", b"CMYK", 4, 9, lambda cmyk: (0.02 + 0.98 * (1 - 0.9 * cmyk[:, :3]) * (1 - cmyk[:, 3:])) @ matrix.T
    )
