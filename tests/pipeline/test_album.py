"""What an album asks about photos: facts and thumbnail, the picture for the screen, where candidates differ."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.base.context import Context
from engine.base.errors import (
    AlbumenError,
    OutputForbidden,
    PhotoDamaged,
    PhotoEmpty,
    PhotoMissing,
    PhotoNotAnImage,
    UsageError,
)
from engine.faces.align import TEMPLATE_512
from engine.imaging.colour import srgb_u8
from engine.imaging.encode import Metadata, encode
from engine.imaging.load import load_photo
from engine.pipeline.album import SPREAD_FROM, SPREAD_TO, read_photo, show_photo, show_spread, spread
from engine.pipeline.compose import affine_of, face_in_photo
from engine.protocol import Event, FaceRecord, PatchReady, PhotoRead, PhotoShown, ReadPhoto, ShowPhoto, ShowSpread

ORIENTATION, EXIF_IFD, DATE = 0x0112, 0x8769, 0x0132
ORIGINAL, DIGITIZED, OFFSET_ORIGINAL = 0x9003, 0x9004, 0x9011


def scene(height: int, width: int) -> NDArray[np.uint8]:
    """Ramps, one a channel."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return np.rint(np.stack([x, y, (x + y) / 2], axis=-1) * 255).astype(np.uint8)


def read(path: Path, folder: Path, thumbnail_px: int = 512) -> PhotoRead:
    events: list[Event] = []
    read_photo("1", ReadPhoto(str(path), str(folder), thumbnail_px), events.append, Context())
    (event,) = events
    assert isinstance(event, PhotoRead)
    return event


def exif(tags: dict[int, object], inner: dict[int, object] | None = None) -> Image.Exif:
    block = Image.Exif()
    block.update(tags)
    block.get_ifd(EXIF_IFD).update(inner or {})
    return block


@pytest.mark.parametrize(
    ("suffix", "name"), [(".jpg", "JPEG"), (".png", "PNG"), (".tif", "TIFF"), (".webp", "WebP"), (".bmp", "BMP")]
)
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_facts_and_the_thumbnail(tmp_path: Path, suffix: str, name: str, orientation: int) -> None:
    path = tmp_path / f"photo{suffix}"
    turned = suffix != ".bmp" and orientation == 6
    Image.fromarray(scene(900, 1300)).save(
        path, **({} if suffix == ".bmp" else {"exif": exif({ORIENTATION: orientation})})
    )
    event = read(path, tmp_path / "new" / "thumbnails", 100)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (event.sha256, event.bytes, event.format) == (sha256, path.stat().st_size, name)
    assert (event.width, event.height) == ((900, 1300) if turned else (1300, 900))
    assert event.thumbnail == str(tmp_path / "new" / "thumbnails" / f"{sha256}-100.jpg")
    with Image.open(event.thumbnail) as thumbnail:
        assert thumbnail.format == "JPEG"
        assert thumbnail.size == ((69, 100) if turned else (100, 69))
        whole = cv2.resize(srgb_u8(load_photo(path)), thumbnail.size, interpolation=cv2.INTER_AREA)
        # The reduced decoding and JPEG's own error: on ramps without noise, a few levels.
        assert np.abs(np.asarray(thumbnail).astype(int) - whole).mean() < 3
    assert sorted(p.name for p in (tmp_path / "new" / "thumbnails").iterdir()) == [f"{sha256}-100.jpg"]


def test_the_thumbnail_is_in_srgb(tmp_path: Path) -> None:
    """Adobe RGB's green is far outside of sRGB: its numbers would be wrong there."""
    icc = bytes(imagecodecs.cms_profile("adobergb"))
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.full((64, 64, 3), (120, 160, 90), np.uint8)).save(path, icc_profile=icc, quality=95)
    expected = srgb_u8(load_photo(path))[32, 32].astype(int)
    assert np.abs(expected - (120, 160, 90)).max() > 5
    with Image.open(read(path, tmp_path).thumbnail) as thumbnail:
        assert "icc_profile" not in thumbnail.info
        assert np.abs(np.asarray(thumbnail)[32, 32].astype(int) - expected).max() <= 3


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "P", "LA", "RGBA"])
def test_every_kind_of_photo_has_a_thumbnail(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("photo.jpg" if mode in ("L", "CMYK") else "photo.png")
    Image.fromarray(scene(200, 300)).convert(mode).save(path)
    with Image.open(read(path, tmp_path, 64).thumbnail) as thumbnail:
        assert (thumbnail.mode, thumbnail.size) == ("RGB", (64, 43))


def test_transparent_is_white_in_a_thumbnail(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)  # black, transparent
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    with Image.open(read(tmp_path / "photo.png", tmp_path, 32).thumbnail) as thumbnail:
        assert np.asarray(thumbnail).min() > 250


def test_a_thumbnail_that_is_there_is_kept(tmp_path: Path) -> None:
    Image.fromarray(scene(60, 90)).save(tmp_path / "photo.png")
    thumbnail = Path(read(tmp_path / "photo.png", tmp_path, 32).thumbnail)
    thumbnail.write_bytes(b"kept")
    assert read(tmp_path / "photo.png", tmp_path, 32).thumbnail == str(thumbnail)
    assert thumbnail.read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("tags", "inner", "taken"),
    [
        ({DATE: "1962:07:14 10:30:00"}, {}, "1962-07-14T10:30:00"),
        ({DATE: "1970:01:01 00:00:00"}, {DIGITIZED: "1962:07:14 10:30:00"}, "1962-07-14T10:30:00"),
        ({}, {ORIGINAL: "1962:07:14 10:30:00", DIGITIZED: "2001:02:03 04:05:06"}, "1962-07-14T10:30:00"),
        ({}, {ORIGINAL: "2019:07:14 10:30:00", OFFSET_ORIGINAL: "+09:00"}, "2019-07-14T10:30:00+09:00"),
        ({}, {ORIGINAL: "2019:07:14 10:30:00", OFFSET_ORIGINAL: "   :  "}, "2019-07-14T10:30:00"),
        ({DATE: "1962:07:14 10:30:00"}, {ORIGINAL: "0000:00:00 00:00:00"}, "1962-07-14T10:30:00"),
        ({DATE: "    :  :     :  :  "}, {ORIGINAL: "in the summer"}, None),
        ({DATE: "1962:13:14 10:30:00"}, {}, None),
        ({}, {}, None),
    ],
)
def test_when_it_was_taken(
    tmp_path: Path, tags: dict[int, object], inner: dict[int, object], taken: str | None
) -> None:
    blob = exif(tags, inner).tobytes().removeprefix(b"Exif\0\0")
    for format, suffix in (("jpeg", ".jpg"), ("tiff", ".tif")):
        path = tmp_path / f"photo{suffix}"
        path.write_bytes(encode(format, scene(30, 40), None, Metadata(exif=blob)))
        assert read(path, tmp_path).taken == taken


def cut(path: Path) -> None:
    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (800, 800, 3), np.uint8)).save(data, "JPEG")
    path.write_bytes(data.getvalue()[: data.tell() // 2])


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: None, PhotoMissing),
        (lambda path: path.write_bytes(b""), PhotoEmpty),
        (lambda path: path.write_text("no picture"), PhotoNotAnImage),
        (cut, PhotoDamaged),
    ],
)
def test_bad_files_are_told_as_loading_tells_them(tmp_path: Path, make: object, error: type[AlbumenError]) -> None:
    path = tmp_path / "photo.jpg"
    make(path)  # type: ignore[operator]
    for job in (lambda: read(path, tmp_path / "out"), lambda: load_photo(path)):
        with pytest.raises(error):
            job()
    with pytest.raises(error):
        show_photo("1", ShowPhoto(str(path), str(tmp_path / "out")), print, Context())
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    Image.fromarray(scene(30, 40)).save(tmp_path / "photo.png")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputForbidden):
        read(tmp_path / "photo.png", tmp_path / "file" / "below")


@pytest.mark.parametrize("thumbnail_px", [0, -1, 5000])
def test_thumbnails_have_sizes_that_make_sense(tmp_path: Path, thumbnail_px: int) -> None:
    with pytest.raises(UsageError, match=str(thumbnail_px)):
        read(tmp_path / "photo.png", tmp_path, thumbnail_px)


def shown(path: Path, folder: Path) -> PhotoShown:
    events: list[Event] = []
    show_photo("1", ShowPhoto(str(path), str(folder)), events.append, Context())
    (event,) = events
    assert isinstance(event, PhotoShown)
    return event


def test_the_shown_photo_is_upright_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    Image.fromarray(scene(40, 60)).save(path, exif=exif({ORIENTATION: 6}))
    event = shown(path, tmp_path / "out")
    assert Path(event.path).name == f"{hashlib.sha256(path.read_bytes()).hexdigest()}.png"
    assert (event.width, event.height) == (40, 60)
    with Image.open(event.path) as png:
        assert np.array_equal(np.asarray(png), np.rot90(scene(40, 60), -1))
    time = Path(event.path).stat().st_mtime_ns
    assert shown(path, tmp_path / "out") == event
    assert Path(event.path).stat().st_mtime_ns == time


CENTRE, SIDE = 150.0, 200.0
POINTS = (TEMPLATE_512 - 255.5) * SIDE / 512 + CENTRE
FACE = FaceRecord((80.0, 80.0, 220.0, 220.0), tuple((float(x), float(y)) for x, y in POINTS))  # type: ignore[arg-type]


def flat(tmp_path: Path, name: str, level: float) -> str:
    """A candidate of one grey whose mouth is of another."""
    picture = np.full((64, 64, 3), 0.5)
    picture[42:52, 22:42] = level
    cv2.imwrite(str(tmp_path / name), np.rint(picture * 65535).astype(np.uint16))
    return str(tmp_path / name)


def test_the_spread_marks_where_candidates_differ(tmp_path: Path) -> None:
    Image.fromarray(scene(300, 300)).save(tmp_path / "photo.png")
    candidates = tuple(flat(tmp_path, f"{n}.png", level) for n, level in enumerate((0.3, 0.7)))
    events: list[Event] = []
    job = ShowSpread(str(tmp_path / "photo.png"), FACE, candidates, str(tmp_path / "out"))
    show_spread("1", job, events.append, Context())
    (event,) = events
    assert isinstance(event, PatchReady)
    box, mask = face_in_photo(load_photo(tmp_path / "photo.png"), affine_of(FACE))
    with Image.open(event.path) as png:
        rgba = np.asarray(png)
    assert (event.x, event.y) == (box.x0, box.y0)
    assert rgba.shape == (*mask.shape, 4)
    x, y = (POINTS[3] + POINTS[4]) / 2 - (event.x, event.y)  # between the corners of the mouth
    red, green, blue, opacity = (int(value) for value in rgba[round(y), round(x)])
    assert red > 150 > green >= blue
    assert opacity > 150
    x, y = POINTS[0] - (event.x, event.y)  # an eye, on which they agree
    assert rgba[round(y), round(x), 3] == 0
    assert rgba[mask == 0, 3].max(initial=0) == 0


def test_the_scale_of_the_spread_is_fixed() -> None:
    """Two pictures that differ by d in luma everywhere deviate by d / 2."""

    def of(deviation: float) -> float:
        pictures = [np.full((32, 32, 3), 0.5 + sign * deviation, np.float32) for sign in (-1, 1)]
        return float(spread(pictures)[16, 16])

    assert of(0.0) == of(SPREAD_FROM) == 0
    assert of((SPREAD_FROM + SPREAD_TO) / 2) == pytest.approx(0.5, abs=0.01)
    assert of(SPREAD_TO) == pytest.approx(1, abs=0.01)
    assert of(0.4) == 1


def test_candidates_of_several_sizes_can_be_compared() -> None:
    pictures = [np.full((size, size, 3), 0.5, np.float32) for size in (32, 64)]
    assert spread(pictures).shape == (32, 32)
    assert spread(pictures).max() == 0


def test_one_candidate_differs_from_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two or more"):
        show_spread("1", ShowSpread(str(tmp_path / "a.png"), FACE, ("/c.png",), str(tmp_path)), print, Context())
