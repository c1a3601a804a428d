"""Files that cannot be opened: one sentence each, whatever is wrong, and little memory for bombs."""

from __future__ import annotations

import io
import os
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import icc_profiles as icc
import imagecodecs
import numpy as np
import pictures
import pytest
import tifffile
from PIL import Image

from engine.base.errors import (
    AlbumenError,
    PhotoDamaged,
    PhotoEmpty,
    PhotoFileTooLarge,
    PhotoForbidden,
    PhotoMissing,
    PhotoNotAnImage,
    PhotoTooLarge,
)
from engine.imaging.encode import Metadata, OutputFormat, encode
from engine.imaging.load import hash_photo, load_photo, photo_format


def refused(path: Path, kind: type[AlbumenError], **options: float) -> str:
    """The sentence with which a file is refused; it names the file and fits on a line."""
    with pytest.raises(kind) as caught:
        load_photo(path, **options)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence


def pillow(format: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pictures.samples(8, 3)).save(file, format, **options)
    return file.getvalue()


def tiff(**options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pictures.samples(8, 3), photometric="rgb", metadata=None, **options)  # type: ignore[arg-type]
    return file.getvalue()


FILES: dict[str, bytes] = {
    "jpeg": pillow("JPEG"),
    "progressive jpeg": pillow("JPEG", progressive=True),
    "png": pillow("PNG"),
    "png 16": imagecodecs.png_encode(pictures.samples(16, 3)),
    "tiff": tiff(),
    "tiff lzw": tiff(compression="lzw"),
    "tiff deflate": tiff(compression="zlib"),
    "webp": pillow("WEBP", lossless=True),
    "bmp": pillow("BMP"),
}


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("Dear grandmother, ...")
    refused(path, PhotoNotAnImage)


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    refused(path, PhotoEmpty)
    with pytest.raises(PhotoEmpty):
        photo_format(path)


@pytest.mark.parametrize("length", [1, 2, 3, 15])
def test_a_few_bytes(tmp_path: Path, length: int) -> None:
    path = tmp_path / "few.jpg"
    path.write_bytes(FILES["jpeg"][:length])
    refused(path, PhotoDamaged if length >= 3 else PhotoNotAnImage)


@pytest.mark.parametrize("name", FILES)
def test_cut_short_anywhere(tmp_path: Path, name: str) -> None:
    """At every tenth of the file, and near its end (rows of a BMP are filled up with as many as three bytes)."""
    data = FILES[name]
    path = tmp_path / "cut.jpg"
    for length in [*(len(data) * tenth // 10 for tenth in range(1, 10)), len(data) - 4]:
        path.write_bytes(data[:length])
        refused(path, PhotoDamaged)
    path.write_bytes(data)
    load_photo(path)


def test_missing(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.jpg", PhotoMissing)
    (tmp_path / "file").touch()
    refused(tmp_path / "file" / "inside.jpg", PhotoMissing)
    with pytest.raises(PhotoMissing):
        hash_photo(tmp_path / "nowhere.jpg")


def test_a_folder(tmp_path: Path) -> None:
    refused(tmp_path, PhotoNotAnImage)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are a thing of Unix")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.jpg"
    os.mkfifo(path)
    refused(path, PhotoNotAnImage)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Give up the administrator's rights, for whom no file is forbidden."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions of Unix")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_forbidden(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(FILES["jpeg"])
    path.chmod(0)
    request.getfixturevalue("nobody")
    refused(path, PhotoForbidden)


def header_of(data: bytes, name: str, width: int, height: int) -> bytes:
    """A file whose header tells another size."""
    if name == "png":
        header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
        return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    if name == "jpeg":
        at = data.index(b"\xff\xc0") + 5
        return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]
    if name == "bmp":
        return data[:18] + struct.pack("<ii", width, height) + data[26:]
    return data[:24] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + data[30:]


BOMBS = {
    "png": header_of(FILES["png"], "png", 60_000, 60_000),
    "jpeg": header_of(FILES["jpeg"], "jpeg", 60_000, 60_000),
    "bmp": header_of(FILES["bmp"], "bmp", 60_000, 60_000),
    "webp": header_of(pillow("WEBP", xmp=b"<x/>"), "webp", 16_000, 16_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_the_size_in_the_header_is_enough_to_refuse(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[name])
    sentence = refused(path, PhotoTooLarge)
    assert ("16000 x 16000" if name == "webp" else "60000 x 60000") in sentence


def test_tiff_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    data = bytearray(FILES["tiff"])
    entry = data.index(struct.pack("<HHI", 256, 4, 1))
    struct.pack_into("<I", data, entry + 8, 4_000_000_000)
    path.write_bytes(data)
    assert "4000000000 x 23" in refused(path, PhotoTooLarge)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is told by Linux")
def test_a_real_bomb_takes_no_memory(tmp_path: Path) -> None:
    """60,000 x 60,000 black pixels, 3.4 GiB once decoded, a whole and valid file: refused at its header."""
    side = 60_000
    squeeze = zlib.compressobj(1)
    row = bytes(1 + side // 8)
    data = b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush()
    parts = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)), (b"IDAT", data), (b"IEND", b"")]
    path = tmp_path / "bomb.png"
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for name, content in parts:
            file.write(struct.pack(">I", len(content)) + name + content)
            file.write(struct.pack(">I", zlib.crc32(name + content)))
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from engine.base.errors import PhotoTooLarge\n"
        "from engine.imaging.load import load_photo\n"
        "def peak():\n"
        "    (line,) = [l for l in open('/proc/self/status') if l.startswith('VmHWM')]\n"
        "    return 1024 * int(line.split()[1])\n"
        "before = peak()\n"
        "try:\n    load_photo(Path(sys.argv[1]))\n"
        "except PhotoTooLarge:\n    print(peak() - before)\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 16 * 2**20 + 2 * path.stat().st_size


def test_max_megapixels(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(FILES["png"])
    megapixels = pictures.WIDTH * pictures.HEIGHT / 1e6
    load_photo(path, max_megapixels=megapixels)
    refused(path, PhotoTooLarge, max_megapixels=0.99 * megapixels)


def test_a_file_too_long_to_be_a_photo_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "film.jpg"
    with path.open("wb") as file:
        file.write(FILES["jpeg"])
        file.truncate(80 * 2**20)  # 1 megapixel takes at most 8 MB, and 64 MiB are left for metadata
    assert "83 MB" in refused(path, PhotoFileTooLarge, max_megapixels=1)


def everything(format: OutputFormat) -> bytes:
    """A file with all kinds of metadata."""
    metadata = Metadata(
        icc=icc.matrix_profile(icc.DISPLAY_P3, 2.2),
        exif=pictures.exif_block(6),
        xmp=b"<x/>",
        iptc=pictures.IPTC,
        dpi=(300, 300),
    )
    depth = 16 if format in ("png", "tiff") else 8
    return bytes(encode(format, pictures.samples(depth, 3), None, metadata, lossless=True))


def cut(data: bytearray, dice: random.Random) -> bytearray:
    return data[: dice.randrange(16, len(data))]


def changed(data: bytearray, dice: random.Random) -> bytearray:
    for _ in range(dice.choice([1, 2, 5, 20])):
        data[dice.randrange(8, dice.choice([64, 400, len(data)]))] = dice.choice([0, 255, dice.randrange(256)])
    return data


@pytest.mark.parametrize("damage", [cut, changed])
@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp"])
def test_random_damage_never_ends_in_anything_but_a_sentence(
    tmp_path: Path,
    format: OutputFormat,
    damage: Callable[[bytearray, random.Random], bytearray],
    capfd: pytest.CaptureFixture[str],
) -> None:
    data, path, dice = everything(format), tmp_path / "photo", random.Random(7)
    outcomes = set()
    for _ in range(100):
        path.write_bytes(damage(bytearray(data), dice))
        try:
            outcomes.add(type(load_photo(path, max_megapixels=1)))
        except AlbumenError as error:
            outcomes.add(type(error))
    assert PhotoDamaged in outcomes
    assert capfd.readouterr().err == ""  # nor do the libraries underneath print theirs


def test_metadata_that_makes_no_sense_is_no_reason_to_refuse(tmp_path: Path) -> None:
    path = tmp_path / "odd.jpg"
    Image.fromarray(pictures.smooth()).save(
        path, exif=b"Exif\0\0II*\0\xff\xff\xff\x7f", icc_profile=b"no profile", xmp=b"<not xml"
    )
    photo = load_photo(path)
    assert (photo.exif, photo.icc, photo.xmp) == (b"II*\0\xff\xff\xff\x7f", b"no profile", b"<not xml")
    assert photo.pixels.shape == (64, 96, 3)
    assert np.abs(photo.pixels.astype(int) - pictures.smooth()).mean() < 3
