"""Conversions between value ranges: u8 (0..255), u16 (0..65535), 01 (0..1) and pm1 (-1..1).

The only place where these scale factors are written. The functions for 01 and pm1 work on numpy
arrays and torch tensors alike; those for integers are for numpy arrays.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = TypeVar("Array", bound=Any)


def pm1_from_01(img_01: Array) -> Array:
    """[0, 1] -> [-1, 1]."""
    return img_01 * 2 - 1  # type: ignore[no-any-return]


def img01_from_pm1(x_pm1: Array) -> Array:
    """[-1, 1] -> [0, 1]; not clipped."""
    return (x_pm1 + 1) / 2  # type: ignore[no-any-return]


def img01_from_int(img_int: NDArray[Any]) -> NDArray[np.float32]:
    """uint8 or uint16 picture -> float32 in [0, 1]; any shape."""
    return np.asarray(img_int.astype(np.float32) / np.float32(np.iinfo(img_int.dtype).max))


def u8_from_01(img_01: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Float picture -> uint8, clipped, rounded half to even; any shape."""
    return int_from_01(img_01, np.dtype(np.uint8)).astype(np.uint8, copy=False)


def u16_from_01(img_01: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Float picture -> uint16, clipped, rounded half to even; any shape."""
    return int_from_01(img_01, np.dtype(np.uint16)).astype(np.uint16, copy=False)


def int_from_01(img_01: NDArray[np.floating], dtype: np.dtype) -> NDArray[np.integer]:
    """Float picture -> the given unsigned integer type, clipped, rounded half to even; any shape."""
    top = np.float32(np.iinfo(dtype).max)
    return np.asarray(np.rint(np.clip(img_01, 0, 1) * top).astype(dtype))
