"""Writing photos: every sample, all metadata, no name taken twice, the original never touched."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import icc_profiles as icc
import numpy as np
import pictures
import pytest
import tifffile
from PIL import Image, JpegImagePlugin

from engine.base.errors import (
    AlbumenError,
    DiskFull,
    OutputForbidden,
    OutputTooLarge,
    PhotoNotAnImage,
    UsageError,
    WouldOverwriteOriginal,
)
from engine.imaging.load import load_photo
from engine.imaging.made import stored_recipe
from engine.imaging.photo import Photo
from engine.imaging.save import output_ending, save_photo, writing_error
from engine.imaging.xmp import ALBUMEN, SOURCE_TYPE

ENDINGS = [".jpg", ".png", ".tif", ".webp"]


def written(photo: Photo, path: Path, **options: object) -> Path:
    """Save a photo as it is; the folder holds that one file more and no temporary one."""
    before = set(path.parent.iterdir()) if path.parent.is_dir() else set()
    found = save_photo(photo, photo.pixels, photo.alpha, path, **options)  # type: ignore[arg-type]
    assert found is not None
    assert set(path.parent.iterdir()) == before | {found}
    return found


def source(folder: Path, ending: str, *, channels: int = 3, orientation: int = 1) -> Photo:
    """A photo that was read from a file with all metadata, written by Pillow."""
    pixels = pictures.smooth(channels).squeeze()
    profile = icc.grey_profile(1.8) if channels == 1 else icc.matrix_profile(icc.ADOBE_RGB, 2.2)
    block = b"Exif\0\0" + pictures.exif_block(orientation)
    options: dict[str, object] = {"icc_profile": profile, "exif": block, "dpi": (300, 300)}
    if ending == ".webp":
        options["lossless"] = True
    path = folder / f"source{ending}"
    Image.fromarray(pixels).save(path, **options)
    return load_photo(path)


def parsed_exif(path: Path) -> Image.Exif:
    return Image.open(io.BytesIO(path.read_bytes())).getexif()


@pytest.mark.parametrize("alpha", [False, True], ids=["opaque", "alpha"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_png_and_tiff_keep_every_sample(tmp_path: Path, ending: str, depth: int, channels: int, alpha: bool) -> None:
    opacity = pictures.samples(depth, 1, seed=1)[..., 0] if alpha else None
    photo = pictures.photo(pictures.samples(depth, channels), opacity)
    again = load_photo(written(photo, tmp_path / f"out{ending}"))
    assert again.pixels.dtype == photo.pixels.dtype
    assert np.array_equal(again.pixels, photo.pixels)
    assert (again.alpha is None) == (opacity is None)
    if opacity is not None:
        assert np.array_equal(again.alpha, opacity)


def test_other_programs_read_the_same_samples(tmp_path: Path) -> None:
    photo = pictures.photo(pictures.samples(8, 3), pictures.samples(8, 1)[..., 0])
    expected = np.concatenate([photo.pixels, photo.alpha[..., None]], axis=2)
    for ending in (".png", ".tif"):
        with Image.open(written(photo, tmp_path / f"out{ending}")) as img:
            assert img.mode == "RGBA"
            assert np.array_equal(np.asarray(img), expected)
    deep = pictures.photo(pictures.samples(16, 3))
    assert np.array_equal(tifffile.imread(written(deep, tmp_path / "deep.tif")), deep.pixels)


def test_webp_is_lossless_only_where_the_source_was(tmp_path: Path) -> None:
    alpha = pictures.samples(8, 1)[..., 0]
    photo = pictures.photo(pictures.samples(8, 3), alpha, lossless=True)
    again = load_photo(written(photo, tmp_path / "out.webp"))
    assert np.array_equal(again.pixels, photo.pixels)
    assert np.array_equal(again.alpha, alpha)
    assert load_photo(written(photo, tmp_path / "small.webp", quality=80)).lossless is False
    lossy = pictures.photo(pictures.smooth(), format="jpeg", lossless=False)
    assert load_photo(written(lossy, tmp_path / "lossy.webp")).lossless is False


@pytest.mark.parametrize(("channels", "subsampling"), [(1, 0), (3, 0), (3, 1), (3, 2)])
def test_jpeg_keeps_the_sources_tables(tmp_path: Path, channels: int, subsampling: int) -> None:
    path = tmp_path / "source.jpg"
    Image.fromarray(pictures.smooth(channels).squeeze()).save(path, quality=91, subsampling=subsampling)
    photo = load_photo(path)
    again = written(photo, tmp_path / "again.jpg")
    with Image.open(path) as before, Image.open(again) as after:
        assert [before.quantization[layer[3]] for layer in before.layer] == [
            after.quantization[layer[3]] for layer in after.layer
        ]
        assert [layer[1:3] for layer in before.layer] == [layer[1:3] for layer in after.layer]
    # with the same tables nearly every coefficient falls on its own step again
    change = np.abs(load_photo(again).pixels.astype(int) - photo.pixels)
    assert change.mean() < 0.5


def test_a_much_compressed_source_does_not_compress_the_restored_face_as_hard(tmp_path: Path) -> None:
    path = tmp_path / "source.jpg"
    Image.fromarray(pictures.smooth()).save(path, quality=40)
    with Image.open(path) as before, Image.open(written(load_photo(path), tmp_path / "again.jpg")) as after:
        assert sum(after.quantization[0]) < sum(before.quantization[0]) / 5  # quality 95 instead of 40


def test_jpeg_from_other_formats_is_of_high_quality(tmp_path: Path) -> None:
    photo = pictures.photo(pictures.smooth())
    with Image.open(written(photo, tmp_path / "out.jpg")) as img:
        expected = io.BytesIO()
        Image.fromarray(photo.pixels).save(expected, "JPEG", quality=95)
        with Image.open(expected) as reference:
            assert img.quantization == reference.quantization
        assert JpegImagePlugin.get_sampling(img) == 0
    with Image.open(written(photo, tmp_path / "small.jpg", quality=50)) as img:
        assert img.quantization[0][0] == 16  # the standard's table itself, ITU T.81 table K.1


def test_jpeg_of_sixteen_bits_is_rounded(tmp_path: Path) -> None:
    pixels = pictures.smooth()
    deep = pictures.photo(pixels.astype(np.uint16) * 257 + 100)
    first, second = written(pictures.photo(pixels), tmp_path / "8.jpg"), written(deep, tmp_path / "16.jpg")
    assert first.read_bytes() == second.read_bytes()


def test_jpeg_lays_transparent_parts_over_white(tmp_path: Path) -> None:
    pixels = np.full((16, 16, 3), 100, np.uint8)
    alpha = np.zeros((16, 16), np.uint8)
    alpha[:8] = 255
    again = load_photo(written(pictures.photo(pixels, alpha), tmp_path / "out.jpg"))
    assert np.abs(again.pixels[:8].astype(int) - 100).max() <= 1
    assert np.abs(again.pixels[8:].astype(int) - 255).max() <= 1
    grey = pictures.photo(pixels[..., :1], alpha)
    assert load_photo(written(grey, tmp_path / "grey.jpg")).pixels.shape == (16, 16, 1)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("source_ending", ENDINGS)
def test_metadata_goes_from_every_format_to_every_format(tmp_path: Path, source_ending: str, ending: str) -> None:
    photo = source(tmp_path, source_ending, orientation=1 if source_ending == ".tif" else 6)
    path = written(photo, tmp_path / f"out{ending}", recipes_json='[{"seed": 1}]')
    again = load_photo(path)
    assert again.icc == photo.icc
    assert again.size == photo.size  # turned once, and not again
    assert np.abs(again.pixels.astype(int) - photo.pixels).mean() < 2
    if ".webp" not in (source_ending, ending):  # which has no place for it but in EXIF
        assert again.dpi == pytest.approx((300, 300), abs=0.01)
    found = parsed_exif(path)
    assert found.get(0x0112, 1) == 1
    assert found[0x0132] == pictures.DATE
    assert found.get_ifd(0x8769)[0x9003] == pictures.DATE
    assert found.get_ifd(0x8769)[0xA002] == photo.size.width
    assert found.get_ifd(0x8769)[0xA003] == photo.size.height
    assert found.get_ifd(0x8825)[2] == pictures.LATITUDE
    with Image.open(path) as img:
        packet = img.tag_v2[700] if ending == ".tif" else img.info["xmp"]
        profile = img.info["icc_profile"]
    assert profile == photo.icc
    told = {e.tag: e.text for e in ElementTree.fromstring(packet).iter()}
    assert told["{http://ns.adobe.com/xap/1.0/}CreatorTool"].startswith("Albumen ")
    assert told["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"] == SOURCE_TYPE
    assert told[f"{{{ALBUMEN}}}recipes"] == '[{"seed": 1}]'


@pytest.mark.parametrize("ending", [".jpg", ".png", ".tif"])
def test_iptc_and_grey_profiles_are_kept(tmp_path: Path, ending: str) -> None:
    photo = pictures.photo(pictures.samples(8, 1), icc=icc.grey_profile(1.8), iptc=pictures.IPTC)
    again = load_photo(written(photo, tmp_path / f"out{ending}"))
    assert (again.iptc, again.icc) == (photo.iptc, photo.icc)


def test_iptc_is_where_pillow_looks_for_it(tmp_path: Path) -> None:
    photo = pictures.photo(pictures.smooth(), iptc=pictures.IPTC)
    with Image.open(written(photo, tmp_path / "out.jpg")) as img:
        assert img.info["photoshop"][0x0404] == pictures.IPTC


def test_exif_of_a_jpeg_is_patched_and_not_written_anew(tmp_path: Path) -> None:
    photo = source(tmp_path, ".jpg", orientation=6)
    again = load_photo(written(photo, tmp_path / "out.jpg"))
    assert photo.exif is not None
    assert again.exif is not None
    assert len(again.exif) == len(photo.exif)
    changed = sum(a != b for a, b in zip(photo.exif, again.exif, strict=True))
    assert 0 < changed <= 2 + 4 + 4  # orientation, width and height


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_orientation_is_applied_once_and_then_gone(tmp_path: Path, ending: str, orientation: int) -> None:
    path = tmp_path / f"source{ending}"
    if ending == ".tif":
        tifffile.imwrite(path, pictures.samples(8, 3), photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    else:
        Image.fromarray(pictures.samples(8, 3)).save(path, exif=b"Exif\0\0" + pictures.exif_block(orientation))
    photo = load_photo(path)
    again = load_photo(written(photo, tmp_path / f"out{ending}"))
    assert np.array_equal(again.pixels, photo.pixels)
    with Image.open(tmp_path / f"out{ending}") as img:
        assert np.array_equal(np.asarray(img), photo.pixels)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("block", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"nonsense"])
def test_metadata_that_makes_no_sense_does_no_harm(tmp_path: Path, ending: str, block: bytes) -> None:
    photo = pictures.photo(pictures.smooth(), exif=block, xmp=b"<not xml", icc=b"no profile", dpi=None)
    again = load_photo(written(photo, tmp_path / f"out{ending}"))
    assert again.size == photo.size


def test_what_a_jpeg_has_no_room_for(tmp_path: Path) -> None:
    """64 KiB a segment: maker notes give way before the date; recipes go into a second packet."""
    block = Image.Exif()
    block.load(b"Exif\0\0" + pictures.exif_block(1))
    block.get_ifd(0x8769)[0x927C] = bytes(70_000)
    packet = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<r:Description xmlns:a='urn:a/' a:b='c'/></r:RDF></x:xmpmeta>"
    )
    photo = pictures.photo(pictures.smooth(), exif=block.tobytes()[6:], xmp=packet)
    recipes = "[" + "1," * 40_000 + "1]"
    path = written(photo, tmp_path / "out.jpg", recipes_json=recipes)
    again = load_photo(path)
    assert again.xmp is not None
    assert b'a:b="c"' in again.xmp
    assert SOURCE_TYPE.encode() in again.xmp
    assert stored_recipe(path) == recipes
    second = load_photo(written(again, tmp_path / "again.jpg", recipes_json=recipes))
    assert second.xmp is not None
    assert second.xmp.count(b"</albumen:recipes>") == 1  # one element: what was said before is replaced
    assert parsed_exif(path).get_ifd(0x8769)[0x9003] == pictures.DATE
    again = load_photo(written(photo, tmp_path / "out.png", recipes_json=recipes))
    assert again.xmp is not None
    assert recipes.encode() in again.xmp
    assert again.exif is not None
    assert len(again.exif) > 70_000


def test_a_larger_picture_may_be_written(tmp_path: Path) -> None:
    """As after enlarging the background: the size in the metadata is the file's."""
    photo = source(tmp_path, ".jpg")
    double = photo.pixels.repeat(2, axis=0).repeat(2, axis=1)
    path = save_photo(photo, double, None, tmp_path / "out.jpg")
    assert path is not None
    assert parsed_exif(path).get_ifd(0x8769)[0xA002] == 2 * photo.size.width
    assert load_photo(path).size.width == 2 * photo.size.width


def test_endings(tmp_path: Path) -> None:
    img = Image.fromarray(pictures.smooth())
    for name, format, expected in [
        ("a.JPG", "JPEG", ".JPG"),
        ("b.jpeg", "JPEG", ".jpeg"),
        ("c.tiff", "TIFF", ".tiff"),
        ("d.bmp", "BMP", ".png"),
        ("e.jpg", "PNG", ".png"),
        ("f", "WEBP", ".webp"),
    ]:
        img.save(tmp_path / name, format)
        assert output_ending(tmp_path / name) == expected
    assert output_ending(tmp_path / "not looked at", "tif") == ".tif"
    (tmp_path / "text.jpg").write_text("no picture at all")
    with pytest.raises(PhotoNotAnImage):
        output_ending(tmp_path / "text.jpg")


def test_a_clash_gets_a_number(tmp_path: Path) -> None:
    photo = pictures.photo(pictures.samples(8, 3))
    names = [written(photo, tmp_path / "Ämilie 1900.restored.png").name for _ in range(3)]
    assert names == ["Ämilie 1900.restored.png", "Ämilie 1900.restored-2.png", "Ämilie 1900.restored-3.png"]


def test_a_clash_may_be_skipped(tmp_path: Path) -> None:
    photo = pictures.photo(pictures.samples(8, 3))
    path = tmp_path / "out.png"
    path.write_bytes(b"of somebody else")
    assert save_photo(photo, photo.pixels, None, path, overwrite="skip") is None
    assert path.read_bytes() == b"of somebody else"
    assert list(tmp_path.iterdir()) == [path]


def test_many_writers_of_one_name_each_get_their_own(tmp_path: Path) -> None:
    def write(level: int) -> Path:
        photo = pictures.photo(np.full((40, 40, 3), level, np.uint8))
        path = save_photo(photo, photo.pixels, None, tmp_path / "out.png")
        assert path is not None
        return path

    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(write, range(24)))
    assert len(set(paths)) == 24
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert [int(load_photo(path).pixels[0, 0, 0]) for path in paths] == list(range(24))


def test_missing_folders_are_made(tmp_path: Path) -> None:
    photo = pictures.photo(pictures.samples(8, 3))
    assert written(photo, tmp_path / "new" / "ordner für später" / "out.png").is_file()


@pytest.mark.parametrize("way", ["itself", "symbolic link", "hard link"])
def test_the_original_is_never_written_to(tmp_path: Path, way: str) -> None:
    photo = source(tmp_path, ".png")
    before = photo.path.read_bytes()
    target = photo.path if way == "itself" else tmp_path / "alias.png"
    try:
        if way == "symbolic link":
            target.symlink_to(photo.path)
        elif way == "hard link":
            target.hardlink_to(photo.path)
    except OSError:
        pytest.skip("no links here")
    for overwrite in ("never", "skip"):
        with pytest.raises(WouldOverwriteOriginal):
            save_photo(photo, 255 - photo.pixels, None, target, overwrite=overwrite)
    assert photo.path.read_bytes() == before


def no_links(*_: object) -> None:
    """What a FAT disk says."""
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_disk_without_links_has_no_clashes_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    photo = pictures.photo(pictures.samples(8, 3))
    paths = [save_photo(photo, photo.pixels, None, tmp_path / "out.png") for _ in range(2)]
    assert paths == [tmp_path / "out.png", tmp_path / "out-2.png"]
    assert sorted(tmp_path.iterdir()) == sorted(path for path in paths if path is not None)
    assert save_photo(photo, photo.pixels, None, tmp_path / "out.png", overwrite="skip") is None
    assert len(list(tmp_path.iterdir())) == 2


def test_a_result_of_a_killed_process_is_found_again(tmp_path: Path) -> None:
    """Killed when its file had a name and nobody knew; the same job of the next process must not make a second one."""
    program = (
        "import os, pictures\nfrom pathlib import Path\nfrom engine.imaging.save import save_photo\n"
        "photo = pictures.photo(pictures.samples(8, 3))\n"
        "save_photo(photo, photo.pixels, None, Path('out.png'), on_written=lambda path: os._exit(9))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment).returncode == 9
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("no hard links here")
    photo, told = pictures.photo(pictures.samples(8, 3)), []
    assert save_photo(photo, 255 - photo.pixels, None, tmp_path / "out.png") == tmp_path / "out-2.png"  # another's
    for number in ("", "-3"):  # found again once
        path = save_photo(photo, photo.pixels, None, tmp_path / "out.png", on_written=told.append)
        assert path == told[-1] == tmp_path / f"out{number}.png"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(sys.platform == "win32", reason="files are renamed in another way there")
@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """The disk's answer may come as late as when the file is flushed to it, or renamed (where no links can be made)."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    if failing == "replace":
        monkeypatch.setattr(os, "link", no_links)
    photo = pictures.photo(pictures.samples(8, 3))
    with pytest.raises(DiskFull, match=r"out\.png"):
        save_photo(photo, photo.pixels, None, tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_the_system_lets_grow_no_further(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    photo = pictures.photo(pictures.samples(8, 3))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # the samples alone are 2139 bytes
    try:
        with pytest.raises(DiskFull):
            save_photo(photo, photo.pixels, None, tmp_path / "out.png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EACCES, OutputForbidden)]
)
def test_what_the_system_says_becomes_a_sentence(number: int, kind: type[AlbumenError]) -> None:
    error = writing_error(OSError(number, "in the system's words"), Path("out.png"))
    assert type(error) is kind
    assert "out.png" in str(error)


def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    photo = pictures.photo(pictures.samples(8, 3))
    (tmp_path / "file").touch()
    with pytest.raises(OutputForbidden):
        save_photo(photo, photo.pixels, None, tmp_path / "file" / "out.png")
    if not hasattr(os, "geteuid"):
        return
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    administrator = os.geteuid() == 0
    if administrator:
        os.seteuid(65534)
    try:
        with pytest.raises(OutputForbidden):
            save_photo(photo, photo.pixels, None, locked / "out.png")
    finally:
        if administrator:
            os.seteuid(0)
    assert list(locked.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions of Unix")
def test_others_may_read_what_the_user_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        path = written(pictures.photo(pictures.samples(8, 3)), tmp_path / "out.png")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_endings_that_are_not_written(tmp_path: Path) -> None:
    photo = pictures.photo(pictures.samples(8, 3))
    for name in ("out.bmp", "out.gif", "out"):
        with pytest.raises(UsageError, match="writes"):
            save_photo(photo, photo.pixels, None, tmp_path / name)


@pytest.mark.parametrize(("ending", "side"), [(".jpg", 65_501), (".webp", 16_384)])
def test_pictures_that_a_format_cannot_hold(tmp_path: Path, ending: str, side: int) -> None:
    """65,500 is libjpeg's limit, 16,383 that of WebP."""
    photo = pictures.photo(np.zeros((1, side, 1), np.uint8))
    with pytest.raises(OutputTooLarge, match=str(side)):
        save_photo(photo, photo.pixels, None, tmp_path / f"out{ending}")
    fits = pictures.photo(photo.pixels[:, 1:])
    assert load_photo(written(fits, tmp_path / f"out{ending}")).size.width == side - 1


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("ending", ENDINGS)
def test_exiftool_finds_nothing_wrong(tmp_path: Path, ending: str) -> None:
    path = written(source(tmp_path, ".jpg", orientation=6), tmp_path / f"out{ending}", recipes_json="[]")
    command = ["exiftool", "-validate", "-warning", "-a", str(path)]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Error" not in report
