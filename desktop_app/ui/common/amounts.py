"""Amounts as people say them."""

from __future__ import annotations

from PySide6.QtCore import QLocale


def size_text(size_bytes: int) -> str:
    """The size of a file, such as "4.0 GB" (of 1024 MB each)."""
    places = 1 if size_bytes >= 2**30 else 0
    return QLocale().formattedDataSize(size_bytes, places, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
