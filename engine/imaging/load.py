"""Open photos: read once, told apart by content, size checked before decoding, upright, with all their metadata."""

from __future__ import annotations

import hashlib
import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.base.errors import (
    OutOfMemory,
    PhotoDamaged,
    PhotoEmpty,
    PhotoFileTooLarge,
    PhotoForbidden,
    PhotoKindNotSupported,
    PhotoMissing,
    PhotoNotAnImage,
    PhotoTooLarge,
)
from engine.base.sizes import Size
from engine.imaging import decode, decode_heif, decode_tiff
from engine.imaging.containers import PNG_SIGNATURE
from engine.imaging.photo import Format, Photo, Samples

MAX_MEGAPIXELS = 200.0
PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif"}
)

_HEAD_BYTES = 16
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx")
_LARGEST_PIXEL_BYTES = 8  # RGBA of 16 bits, not compressed
_METADATA_BYTES = 64 * 2**20
_DECODERS: dict[Format, Callable[[bytes, decode.SizeCheck], decode.Decoded]] = {
    "jpeg": decode.jpeg,
    "png": decode.png,
    "tiff": decode_tiff.tiff,
    "webp": decode.webp,
    "bmp": decode.bmp,
    "heif": decode_heif.heif,
}
_SIGNATURES: tuple[tuple[Format, tuple[bytes, ...]], ...] = (
    ("jpeg", (b"\xff\xd8\xff",)),
    ("png", (PNG_SIGNATURE,)),
    ("tiff", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("bmp", (b"BM",)),
)


def looks_like_photo(path: Path) -> bool:
    """Whether a folder's file is one to try, by its name; hidden ones (as macOS puts beside photos) are not."""
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")


def hash_photo(path: Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal; raises as `load_photo` does for files that cannot be read."""
    with _reading_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def photo_format(path: Path) -> Format:
    """The format that the first bytes of a file show, whatever its name says; raises `PhotoNotAnImage` for others."""
    with _reading_errors(path):
        _check_regular(path)
        with path.open("rb") as file:
            return _sniffed(file.read(_HEAD_BYTES), path)


def load_photo(path: Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> Photo:
    """Open a photo, apply its orientation and return it in its own colour space.

    Raises the errors of `engine.base.errors` under "Photos", and `OutOfMemory`; a photo of more than `max_megapixels`
    is refused before memory is taken for it.
    """
    return _load(path, max_megapixels, None)[0]


class Reduced(NamedTuple):
    """A photo as `load_photo` opens it, but perhaps reduced; its whole size, upright, and the bytes of its file."""

    photo: Photo
    size: Size
    bytes: int


def load_reduced(path: Path, least_px: int) -> Reduced:
    """Open a photo of which only `least_px` along its longer side are needed; raises as `load_photo` does.

    JPEG is decoded at an eighth, a quarter or half of its size where that is enough, which takes a fraction of the
    time; other formats are decoded whole.
    """
    return _load(path, MAX_MEGAPIXELS, least_px)


def _load(path: Path, max_megapixels: float, least_px: int | None) -> Reduced:
    data, format = _read(path, max_megapixels)
    sizes: list[Size] = []

    def check(size: Size) -> None:
        if size.pixels > max_megapixels * 1e6:
            raise PhotoTooLarge(path=path, width=size.width, height=size.height, limit_mp=f"{max_megapixels:g}")
        sizes.append(size)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which is kept as it is
            reduced = format == "jpeg" and least_px is not None
            decoded = decode.jpeg(data, check, least_px) if reduced else _DECODERS[format](data, check)
    except decode.NotSupported as error:
        raise PhotoKindNotSupported(path=path, what=error) from error
    except decode.DecoderErrors as error:
        raise PhotoDamaged(path=path) from error
    except MemoryError as error:
        raise OutOfMemory(path=path) from error
    metadata, size = decoded.metadata, sizes[0]
    if decoded.orientation >= 5:
        size = Size(size.height, size.width)
        if metadata["dpi"]:
            metadata = metadata | {"dpi": metadata["dpi"][::-1]}
    photo = Photo(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        format=format,
        pixels=_upright(decoded.pixels, decoded.orientation),
        alpha=None if decoded.alpha is None else _upright(decoded.alpha, decoded.orientation),
        **metadata,
    )
    return Reduced(photo, size, len(data))


def _read(path: Path, max_megapixels: float) -> tuple[bytes, Format]:
    """All bytes of a file that begins like a picture; what begins otherwise, or is far too long, is not read."""
    limit = round(max_megapixels * 1e6 * _LARGEST_PIXEL_BYTES) + _METADATA_BYTES
    with _reading_errors(path):
        length = _check_regular(path)
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            format = _sniffed(head, path)
            if length > limit:
                raise PhotoFileTooLarge(path=path, size_mb=length // 10**6, limit_mb=limit // 10**6)
            return head + file.read(), format


def _check_regular(path: Path) -> int:
    """The length of an ordinary file; opening a pipe or a device could wait for ever."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise PhotoNotAnImage(path=path)
    return status.st_size


def _sniffed(head: bytes, path: Path) -> Format:
    if not head:
        raise PhotoEmpty(path=path)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "heif"
    for format, signatures in _SIGNATURES:
        if head.startswith(signatures):
            return format
    raise PhotoNotAnImage(path=path)


@contextmanager
def _reading_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise PhotoForbidden(path=path) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PhotoMissing(path=path) from error
    except OSError as error:
        raise PhotoDamaged(path=path) from error
    except MemoryError as error:
        raise OutOfMemory(path=path) from error


def _upright(samples: Samples, orientation: int) -> Samples:
    """Apply an EXIF orientation 1..8 (TIFF 6.0, tag 274) to samples (H, W, ...); contiguous and read-only."""
    if orientation >= 5:  # row and column change places
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    samples = np.ascontiguousarray(samples)
    samples.flags.writeable = False
    return samples
