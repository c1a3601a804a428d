"""HEIC files in: small ones of `pictures.smooth()`, compressed by x265 at quality 90 without subsampling."""

from __future__ import annotations

import struct
from pathlib import Path

import icc_profiles as icc
import numpy as np
import pictures
import pytest

from engine.base.errors import AlbumenError, PhotoDamaged, PhotoKindNotSupported, PhotoTooLarge
from engine.imaging.colour import to_srgb
from engine.imaging.load import load_photo, looks_like_photo
from engine.imaging.save import output_ending, save_photo

FILES = Path(__file__).parents[1] / "data" / "heic"
LEVELS = 2  # of 255, for what the compression changes in ramps


def levels_off(pixels: np.ndarray, wanted_u8: np.ndarray) -> float:
    scale = 257 if pixels.dtype == np.uint16 else 1
    return float(np.abs(pixels / scale - wanted_u8.astype(float)).mean())


@pytest.mark.parametrize(
    ("name", "dtype", "channels"),
    [("deep10", np.uint16, 3), ("deep12", np.uint16, 3), ("grey", np.uint8, 1), ("alpha", np.uint8, 3)],
)
def test_samples_and_depth(name: str, dtype: type, channels: int) -> None:
    photo = load_photo(FILES / f"{name}.heic")
    assert photo.format == "heif"
    assert photo.pixels.dtype == dtype
    assert levels_off(photo.pixels, pictures.smooth(channels)) < LEVELS
    assert not photo.pixels.flags.writeable
    if name == "alpha":
        assert photo.alpha is not None
        assert np.all(photo.alpha == 128)


def test_samples_of_more_than_eight_bits_use_the_whole_range() -> None:
    """The largest sample of the ramps is 237.5 of 255, whatever the depth."""
    for name in ("deep10", "deep12"):
        largest = int(load_photo(FILES / f"{name}.heic").pixels.max())
        assert abs(largest / 65535 - 237.5 / 255) < LEVELS / 255


def test_the_containers_rotation_is_applied_and_that_of_exif_is_not_again() -> None:
    photo = load_photo(FILES / "rotated.heic")
    assert levels_off(photo.pixels, np.rot90(pictures.smooth(), -1)) < LEVELS  # orientation 6: a quarter to the right
    assert photo.exif is not None
    assert pictures.DATE.encode() in photo.exif
    assert photo.xmp is not None
    assert b"Grandmother" in photo.xmp
    assert photo.icc == icc.matrix_profile(icc.DISPLAY_P3, 2.2)


def test_a_heic_is_kept_as_a_jpeg(tmp_path: Path) -> None:
    source = FILES / "rotated.heic"
    assert output_ending(source) == ".jpg"
    photo = load_photo(source)
    path = save_photo(photo, photo.pixels, photo.alpha, tmp_path / "out.jpg")
    assert path is not None
    again = load_photo(path)
    assert again.size == photo.size
    assert again.icc == photo.icc
    assert again.exif is not None
    assert len(again.exif) == len(photo.exif or b"")


def test_primaries_that_are_told_by_number_become_a_profile() -> None:
    """The profile made for Display P3 takes its red to where the definition of P3 has it, in sRGB's light."""
    photo = load_photo(FILES / "display-p3.heic")
    red = np.asarray([[[0.5, 0.0, 0.0]]], np.float32)
    seen = to_srgb(red, photo)[0, 0]
    known = pictures.photo(np.zeros((1, 1, 3), np.uint8), icc=icc.matrix_profile(icc.DISPLAY_P3, 2.2))
    assert np.allclose(seen, to_srgb(red, known)[0, 0], atol=0.02)  # gamma 2.2 for sRGB's curve
    assert seen[0] > 0.5  # P3's red is purer than sRGB's


def refusal(data: bytes, tmp_path: Path) -> AlbumenError:
    path = tmp_path / "photo.heic"
    path.write_bytes(data)
    with pytest.raises(AlbumenError) as caught:
        load_photo(path)
    return caught.value


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    sound = (FILES / "grey.heic").read_bytes()
    for length in (16, 100, len(sound) // 2, len(sound) - 50):
        assert isinstance(refusal(sound[:length], tmp_path), PhotoDamaged)
    assert isinstance(refusal((FILES / "hdr.heic").read_bytes(), tmp_path), PhotoKindNotSupported)
    huge = bytearray(sound)
    struct.pack_into(">II", huge, sound.index(b"ispe") + 8, 60_000, 60_000)  # the size that is told
    assert isinstance(refusal(bytes(huge), tmp_path), PhotoTooLarge)


def test_names() -> None:
    assert looks_like_photo(Path("a.HEIC"))
    assert looks_like_photo(Path("a.heif"))


@pytest.mark.parametrize("name", [b"application/rdf+xml", b"Exif", b"hvc1"])
def test_an_item_whose_type_is_no_text(tmp_path: Path, data_dir: Path, name: bytes) -> None:
    """At these the decoder itself would end the process."""
    data = (data_dir / "heic" / "rotated.heic").read_bytes()
    assert name in data
    path = tmp_path / "odd.heic"
    path.write_bytes(data.replace(name, name[:1] + b"\xd3" + name[2:], 1))
    with pytest.raises(PhotoDamaged):
        load_photo(path)
