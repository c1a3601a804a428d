"""Opening photos: every format, depth, layout and orientation, written by other programs' code."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import icc_profiles as icc
import imagecodecs
import numpy as np
import pictures
import pytest
import tifffile
from PIL import Image, ImageOps

from engine.base.errors import PhotoKindNotSupported
from engine.base.sizes import Size
from engine.imaging.colour import rgb_from_cmyk
from engine.imaging.load import hash_photo, load_photo, looks_like_photo, photo_format


def png(pixels: np.ndarray, colour_type: int, depth: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of rows already packed to `depth` bits (uint8 or big-endian uint16), with chunks before its data."""
    height, width = pixels.shape[:2]
    if depth < 8:
        width = width * 8 // depth
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def load(folder: Path, data: bytes, name: str = "photo"):  # type: ignore[no-untyped-def]
    path = folder / name
    path.write_bytes(data)
    return load_photo(path)


def pillow(img: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    img.save(file, format, **options)
    return file.getvalue()


def tiff(samples: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, samples, metadata=None, **options)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("format", ["png", "tiff"])
def test_lossless_formats_come_sample_by_sample(tmp_path: Path, format: str, channels: int, depth: int) -> None:
    samples = pictures.samples(depth, channels)
    if format == "png":
        data = imagecodecs.png_encode(samples)
    else:
        kind = "rgb" if channels >= 3 else "minisblack"
        extra = ["unassalpha"] if channels % 2 == 0 else None
        stored, planes = (samples, "contig") if channels > 1 else (samples[..., 0], None)
        data = tiff(stored, photometric=kind, planarconfig=planes, extrasamples=extra, compression="lzw")
    photo = load(tmp_path, data)
    colours = channels - (channels % 2 == 0)
    assert photo.format == format
    assert photo.pixels.dtype == samples.dtype
    assert np.array_equal(photo.pixels, samples[..., :colours])
    assert (photo.alpha is not None) == (channels % 2 == 0)
    if photo.alpha is not None:
        assert np.array_equal(photo.alpha, samples[..., -1])
    assert photo.size == Size(pictures.WIDTH, pictures.HEIGHT)
    assert photo.lossless


def test_identity_and_read_only(tmp_path: Path) -> None:
    data = imagecodecs.png_encode(pictures.samples(8, 3))
    photo = load(tmp_path, data, "Großmutter 祖母.png")
    assert photo.path == tmp_path / "Großmutter 祖母.png"
    assert photo.sha256 == hashlib.sha256(data).hexdigest() == hash_photo(photo.path)
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0, 0, 0] = 1


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("options", [{"quality": 90}, {"quality": 90, "progressive": True}, {"subsampling": 2}])
def test_jpeg(tmp_path: Path, mode: str, options: dict[str, object]) -> None:
    data = pillow(Image.fromarray(pictures.smooth()).convert(mode), "JPEG", **options)
    photo = load(tmp_path, data)
    assert photo.format == "jpeg"
    assert not photo.lossless
    expected = np.asarray(Image.open(io.BytesIO(data)))
    assert np.array_equal(photo.pixels.squeeze(), expected)
    assert photo.jpeg is not None
    assert len(photo.jpeg.tables) == (1 if mode == "L" else 3)


def test_webp_and_bmp(tmp_path: Path) -> None:
    samples = pictures.samples(8, 4)
    photo = load(tmp_path, pillow(Image.fromarray(samples), "WEBP", lossless=True, exact=True))
    assert (photo.format, photo.lossless) == ("webp", True)
    assert np.array_equal(photo.pixels, samples[..., :3])
    assert np.array_equal(photo.alpha, samples[..., 3])
    photo = load(tmp_path, pillow(Image.fromarray(pictures.smooth()), "WEBP", quality=80))
    assert (photo.format, photo.lossless) == ("webp", False)
    photo = load(tmp_path, pillow(Image.fromarray(samples[..., :3]), "BMP"))
    assert (photo.format, photo.lossless) == ("bmp", True)
    assert np.array_equal(photo.pixels, samples[..., :3])


def test_palette_png(tmp_path: Path) -> None:
    palette = pictures.samples(8, 3).reshape(-1, 3)[:256]
    index = pictures.samples(8, 1)
    opacity = bytes(range(256))
    data = png(index, 3, 8, (b"PLTE", palette.tobytes()))
    assert np.array_equal(load(tmp_path, data).pixels, palette[index[..., 0]])
    photo = load(tmp_path, png(index, 3, 8, (b"PLTE", palette.tobytes()), (b"tRNS", opacity)))
    assert np.array_equal(photo.pixels, palette[index[..., 0]])
    assert np.array_equal(photo.alpha, index[..., 0])


def test_one_bit_png_uses_the_whole_range(tmp_path: Path) -> None:
    bits = pictures.samples(8, 1)[:16, :16, 0] > 127
    photo = load(tmp_path, png(np.packbits(bits, axis=1), 0, 1))
    assert np.array_equal(photo.pixels[..., 0], np.where(bits, 255, 0))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("channels", [1, 3])
def test_transparent_colour_of_a_png(tmp_path: Path, channels: int, depth: int) -> None:
    samples = pictures.samples(depth, channels)
    see_through = samples[5, 7].astype(">u2").tobytes()
    stored = samples.astype(">u2") if depth == 16 else samples
    photo = load(tmp_path, png(stored, 0 if channels == 1 else 2, depth, (b"tRNS", see_through)))
    assert np.array_equal(photo.pixels, samples)
    assert photo.alpha is not None
    assert np.array_equal(photo.alpha == 0, (samples == samples[5, 7]).all(axis=2))


@pytest.mark.parametrize("compression", [None, "packbits", "lzw", "zlib", "zstd"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("layout", ["contig", "separate"])
def test_tiff_layouts(tmp_path: Path, layout: str, byteorder: str, compression: str | None) -> None:
    samples = pictures.samples(16, 3)
    stored = np.moveaxis(samples, -1, 0) if layout == "separate" else samples
    data = tiff(
        stored, photometric="rgb", planarconfig=layout, byteorder=byteorder, compression=compression, rowsperstrip=5
    )
    assert np.array_equal(load(tmp_path, data).pixels, samples)


def test_tiff_tiles_bigtiff_and_pages(tmp_path: Path) -> None:
    samples = pictures.samples(8, 3)
    assert np.array_equal(load(tmp_path, tiff(samples, photometric="rgb", tile=(16, 16))).pixels, samples)
    profile = icc.matrix_profile(icc.ADOBE_RGB, 2.2)
    photo = load(tmp_path, tiff(samples, photometric="rgb", bigtiff=True, iccprofile=profile))
    assert np.array_equal(photo.pixels, samples)
    assert photo.icc == profile
    first, second = Image.fromarray(samples), Image.fromarray(255 - samples)
    pages = pillow(first, "TIFF", save_all=True, append_images=[second])
    assert np.array_equal(load(tmp_path, pages).pixels, samples)


def test_tiff_kinds(tmp_path: Path) -> None:
    grey = pictures.samples(8, 1)
    assert np.array_equal(load(tmp_path, tiff(grey[..., 0], photometric="miniswhite")).pixels, 255 - grey)
    bits = grey[..., 0] > 127
    fax = pillow(Image.fromarray(bits), "TIFF", compression="group4")
    assert np.array_equal(load(tmp_path, fax).pixels[..., 0], np.where(bits, 255, 0))
    img = Image.fromarray(pictures.samples(8, 3)).quantize(64)
    assert np.array_equal(load(tmp_path, pillow(img, "TIFF")).pixels, np.asarray(img.convert("RGB")))


def test_tiff_of_twelve_bits_uses_the_whole_range(tmp_path: Path) -> None:
    twelve = pictures.samples(16, 1) >> 4
    twelve[0, :2, 0] = 0, 4095
    data = tiff(twelve[..., 0], photometric="minisblack", bitspersample=12)
    photo = load(tmp_path, data)
    assert np.array_equal(photo.pixels, np.rint(twelve / 4095 * 65535).astype(np.uint16))


def test_tiff_with_multiplied_alpha_is_divided(tmp_path: Path) -> None:
    samples = np.array([[[100, 50, 0, 128], [10, 20, 30, 255], [0, 0, 0, 0]]], np.uint8)
    photo = load(tmp_path, tiff(samples, photometric="rgb", extrasamples=["assocalpha"]))
    assert photo.pixels[0].tolist() == [[199, 100, 0], [10, 20, 30], [0, 0, 0]]  # 100 * 255 / 128 = 199.2
    assert photo.alpha is not None
    assert photo.alpha[0].tolist() == [128, 255, 0]


def test_other_extra_channels_are_no_alpha(tmp_path: Path) -> None:
    samples = pictures.samples(8, 4)
    photo = load(tmp_path, tiff(samples, photometric="rgb", extrasamples=["unspecified"]))
    assert np.array_equal(photo.pixels, samples[..., :3])
    assert photo.alpha is None


@pytest.mark.parametrize("profile", [None, icc.press_profile()], ids=["none", "press"])
def test_cmyk_becomes_srgb_and_says_so(tmp_path: Path, profile: bytes | None) -> None:
    inks = pictures.samples(8, 4)
    img = Image.fromarray(inks, "CMYK")
    photo = load(tmp_path, pillow(img, "TIFF", icc_profile=profile))
    assert np.array_equal(photo.pixels, rgb_from_cmyk(inks, profile))
    assert photo.converted_from == "CMYK"
    assert photo.icc not in (None, profile)

    data = pillow(img, "JPEG", quality=95, icc_profile=profile)
    photo = load(tmp_path, data)
    decoded = np.asarray(Image.open(io.BytesIO(data)))
    assert np.array_equal(photo.pixels, rgb_from_cmyk(decoded, profile))
    assert photo.converted_from == "CMYK"
    assert photo.jpeg is None  # tables for four inks are of no use for RGB


def test_cmyk_of_sixteen_bits(tmp_path: Path) -> None:
    inks = pictures.samples(16, 4)
    photo = load(tmp_path, tiff(inks, photometric="separated", planarconfig="contig", iccprofile=icc.press_profile()))
    assert np.array_equal(photo.pixels, rgb_from_cmyk(inks, icc.press_profile()))


def test_a_jpeg_of_twelve_bits_is_refused_as_such(tmp_path: Path) -> None:
    data = bytearray(pillow(Image.fromarray(pictures.smooth()), "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12  # the precision in the frame header (ITU T.81, B.2.2)
    with pytest.raises(PhotoKindNotSupported, match="other than 8 bits"):
        load(tmp_path, bytes(data))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_floats_become_sixteen_bits(tmp_path: Path, dtype: type) -> None:
    levels = np.asarray([[0, 0.25, 0.5, 1], [-1, 2, np.nan, 0.75]], dtype)
    photo = load(tmp_path, tiff(levels, photometric="minisblack"))
    assert photo.pixels[..., 0].tolist() == [[0, 16384, 32768, 65535], [0, 65535, 0, 49151]]


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("kind", ["cielab", "icclab"])
def test_lab_becomes_wide_rgb(tmp_path: Path, kind: str, depth: int) -> None:
    """L* 100 is white, 50 a grey whose linear light is ((50 + 16) / 116)^3, and a* leads to red."""
    light = {("cielab", 8): 255, ("cielab", 16): 65535, ("icclab", 8): 255, ("icclab", 16): 0xFF00}[kind, depth]
    step, shift = (256, 128) if depth == 16 else (1, 128)
    a, zero = ((60 + shift) * step, shift * step) if kind == "icclab" else (60 * step, 0)
    stored = np.asarray([[[light, zero, zero], [round(light / 2), zero, zero], [round(light / 2), a, zero]]])
    photo = load(tmp_path, tiff(stored.astype({8: np.uint8, 16: np.uint16}[depth]), photometric=kind))
    assert photo.converted_from == "Lab"
    assert photo.pixels.dtype == np.uint16
    white, grey, red = photo.pixels[0] / 65535
    assert np.allclose(white, 1, atol=1e-3)
    linear = ((50 + 16) / 116) ** 3
    assert np.allclose(grey, 1.055 * linear ** (1 / 2.4) - 0.055, atol=3e-3)
    assert red[0] > grey[0] > red[1]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (pillow(Image.fromarray(pictures.smooth()).convert("YCbCr"), "TIFF"), "YCBCR"),
        (tiff(np.zeros((4, 4), np.uint32), photometric="minisblack"), "16 bits"),
        (tiff(np.zeros((4, 4, 4), np.uint8), photometric="separated", extratags=[(332, "H", 1, 2, True)]), "inks"),
    ],
    ids=["YCbCr", "32 bits", "other inks"],
)
def test_kinds_that_would_come_out_wrong_are_refused(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(PhotoKindNotSupported, match=what):
        load(tmp_path, data)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "PNG 16", "TIFF", "WEBP"])
def test_orientation_is_applied_once(tmp_path: Path, format: str, orientation: int) -> None:
    """As Pillow's exif_transpose turns the samples."""
    samples = pictures.samples(8, 4)
    block = Image.Exif()
    block[0x0112] = orientation
    if format == "TIFF":
        data = tiff(
            samples, photometric="rgb", extrasamples=["unassalpha"], extratags=[(274, "H", 1, orientation, True)]
        )
    elif format == "PNG 16":
        raw = pillow(Image.new("L", (1, 1)), "PNG", exif=block)
        chunk = raw[raw.index(b"eXIf") + 4 :][: struct.unpack(">I", raw[raw.index(b"eXIf") - 4 :][:4])[0]]
        data = png(samples.astype(">u2") * 257, 6, 16, (b"eXIf", chunk))
    else:
        img = Image.fromarray(samples[..., :3] if format == "JPEG" else samples)
        data = pillow(img, format, exif=block, **({"lossless": True, "exact": True} if format == "WEBP" else {}))
    photo = load(tmp_path, data)
    stored = np.asarray(Image.open(io.BytesIO(data))) if format == "JPEG" else samples
    upright = Image.fromarray(stored)
    upright.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(upright))
    scale = 257 if format == "PNG 16" else 1
    assert np.array_equal(photo.pixels, expected[..., :3].astype(np.uint16) * scale)
    if format != "JPEG":
        assert photo.alpha is not None
        assert np.array_equal(photo.alpha, expected[..., 3].astype(np.uint16) * scale)
    assert photo.size == Size(*((pictures.HEIGHT, pictures.WIDTH) if orientation >= 5 else upright.size))


@pytest.mark.parametrize("orientation", [0, 9, 60000])
def test_nonsense_orientations_are_none(tmp_path: Path, orientation: int) -> None:
    block = Image.Exif()
    block[0x0112] = orientation
    data = pillow(Image.fromarray(pictures.samples(8, 3)), "PNG", exif=block)
    assert np.array_equal(load(tmp_path, data).pixels, pictures.samples(8, 3))


def test_metadata_of_jpeg(tmp_path: Path) -> None:
    profile = icc.matrix_profile(icc.DISPLAY_P3, 2.2) + bytes(70_000)  # two segments
    exif = pictures.exif_block(6)
    data = pillow(
        Image.fromarray(pictures.smooth()),
        "JPEG",
        icc_profile=profile,
        exif=b"Exif\0\0" + exif,
        xmp=b"<x/>",
        dpi=(300, 200),
    )
    resources = b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0" + struct.pack(">I", 16) + bytes(16)
    resources += b"8BIM\x04\x04\x03abc" + struct.pack(">I", len(pictures.IPTC)) + pictures.IPTC
    data = data[:2] + b"\xff\xed" + struct.pack(">H", len(resources) + 2) + resources + data[2:]
    photo = load(tmp_path, data)
    assert photo.icc == profile
    assert photo.exif == exif
    assert photo.xmp == b"<x/>"
    assert photo.iptc == pictures.IPTC
    assert photo.dpi == (200, 300)  # turned with the photo


def test_metadata_of_png(tmp_path: Path) -> None:
    exif, profile = pictures.exif_block(1), icc.grey_profile(1.8)
    lines = "\niptc\n      16\n" + pictures.IPTC.hex() + "\n"
    texts = (b"tEXt", b"Raw profile type iptc\0" + lines.encode())
    packet = (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>")
    chunks = [(b"iCCP", b"p\0\0" + zlib.compress(profile)), (b"pHYs", struct.pack(">IIB", 11811, 11811, 1))]
    photo = load(tmp_path, png(pictures.samples(16, 1).astype(">u2"), 0, 16, *chunks, (b"eXIf", exif), texts, packet))
    assert (photo.icc, photo.exif, photo.xmp, photo.iptc) == (profile, exif, b"<x/>", pictures.IPTC)
    assert photo.dpi == pytest.approx((300, 300), abs=0.01)  # 11811 dots a metre


def test_exif_that_imagemagick_hides_in_a_png(tmp_path: Path) -> None:
    block = b"Exif\0\0" + pictures.exif_block(3)
    text = b"Raw profile type exif\0\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n"
    photo = load(tmp_path, png(pictures.samples(8, 1), 0, 8, (b"tEXt", text)))
    assert photo.exif == block[6:]
    assert np.array_equal(photo.pixels, pictures.samples(8, 1)[::-1, ::-1])


def test_metadata_of_webp_and_bmp(tmp_path: Path) -> None:
    exif, profile = pictures.exif_block(1), icc.matrix_profile(icc.ADOBE_RGB, 2.2)
    img = Image.fromarray(pictures.smooth())
    photo = load(tmp_path, pillow(img, "WEBP", icc_profile=profile, exif=exif, xmp=b"<x/>"))
    assert (photo.icc, photo.exif, photo.xmp) == (profile, exif, b"<x/>")
    photo = load(tmp_path, pillow(img, "BMP", dpi=(300, 300)))
    assert photo.dpi == pytest.approx((300, 300), abs=0.1)  # whole dots a metre


def test_metadata_of_tiff(tmp_path: Path) -> None:
    """A scan as Pillow writes it: dates, place and names are found in the EXIF made of it."""
    block = Image.Exif()
    block[0x010E], block[0x0132] = "At the lake", pictures.DATE
    block.get_ifd(0x8769)[0x9003] = pictures.DATE
    block.get_ifd(0x8825)[2] = pictures.LATITUDE
    profile = icc.matrix_profile(icc.ADOBE_RGB, 2.2)
    block[700], block[33723] = b"<x/>", pictures.IPTC
    img = Image.fromarray(pictures.samples(8, 3))
    photo = load(tmp_path, pillow(img, "TIFF", icc_profile=profile, dpi=(1200, 600), exif=block.tobytes()))
    assert (photo.icc, photo.xmp, photo.iptc, photo.dpi) == (profile, b"<x/>", pictures.IPTC, (1200, 600))
    assert photo.exif is not None
    found = Image.Exif()
    found.load(b"Exif\0\0" + photo.exif)
    assert (found[0x010E], found[0x0132]) == ("At the lake", pictures.DATE)
    assert found.get_ifd(0x8769)[0x9003] == pictures.DATE
    assert found.get_ifd(0x8825)[2] == pictures.LATITUDE
    assert 0x0111 not in found  # nothing about how samples lie in the TIFF


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "really a png.jpg"
    path.write_bytes(imagecodecs.png_encode(pictures.samples(8, 3)))
    assert photo_format(path) == load_photo(path).format == "png"


@pytest.mark.parametrize("name", ["a.jpg", "B.JPEG", "c.Tiff", "d.webp", "e.bmp", "f.png"])
def test_looks_like_photo(name: str) -> None:
    assert looks_like_photo(Path("folder") / name)


@pytest.mark.parametrize("name", ["g.txt", "jpg", "._h.jpg", "i.jpg.xmp"])
def test_does_not_look_like_photo(name: str) -> None:
    assert not looks_like_photo(Path("folder") / name)


def test_real_old_photos(shared_dir: Path) -> None:
    paths = [path for path in sorted((shared_dir / "data" / "old_photos").rglob("*")) if looks_like_photo(path)]
    assert len(paths) >= 6
    for path in paths[:20]:
        photo = load_photo(path)
        with Image.open(path) as img:
            mode = "L" if img.mode in ("1", "L", "LA") else "RGB"
            expected = np.asarray(ImageOps.exif_transpose(img).convert(mode))
        assert np.array_equal(photo.pixels.squeeze(), expected)
