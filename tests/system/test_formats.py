"""Forty photos of all formats, depths, profiles and orientations, restored, with exiftool as an independent reader.

`python tests/system/test_formats.py` prints the comparison as a table.
"""

from __future__ import annotations

import functools
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "imaging"))
import icc_profiles as icc

from engine.base.context import Context
from engine.faces.align import TEMPLATE_512
from engine.imaging.load import load_photo
from engine.imaging.made import stored_recipe
from engine.imaging.photo import Photo
from engine.imaging.save import output_ending
from engine.imaging.xmp import SOURCE_TYPE
from engine.pipeline.export import export
from engine.pipeline.store import write_candidate
from engine.protocol import Export, FaceRecord, ModelRecord, Pick, Recipe

pytestmark = pytest.mark.slow
PORTRAIT = Path(__file__).parents[2] / "resources" / "demo" / "portrait.png"
HEIC = Path(__file__).parents[1] / "data" / "heic"
EXIFTOOL = shutil.which("exiftool")
DATE = "1962:07:14 10:30:00"
MAKER_NOTE = bytes(range(256)) * 3
IPTC = b"\x1c\x02\x78\x00\x0bGrandmother"
XMP = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description"
    b" xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source='Shoebox 4'/></r:RDF></x:xmpmeta>"
)
P3, ADOBE, GREY = icc.matrix_profile(icc.DISPLAY_P3, 2.2), icc.matrix_profile(icc.ADOBE_RGB, 2.2), icc.grey_profile(1.8)
KEPT_TAGS = (
    "ExifIFD:DateTimeOriginal", "IFD0:ModifyDate", "IFD0:ImageDescription", "IFD0:Make", "GPS:GPSLatitude",
    "GPS:GPSLatitudeRef", "XMP-dc:Source", "IPTC:Caption-Abstract", "XResolution", "YResolution",
)  # fmt: skip
"""Equal in the result wherever the source has them. Others change: orientation and sizes, software, what tells of the
encoding, and XMP's creator tool, source type and recipes, which Albumen writes."""


@dataclass(frozen=True)
class Case:
    """A source's file name and its bytes; `exact`: its result must have the same samples outside the face."""

    name: str
    data: bytes
    exact: bool


@functools.cache
def portrait_u8() -> NDArray[np.uint8]:
    """Part of the demo's portrait; (190, 150, 3), sides unlike so that a wrong orientation shows."""
    with Image.open(PORTRAIT) as image:
        return np.asarray(image.convert("RGB").resize((200, 200)))[5:195, 25:175]


def exif_block(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112], block[0x0132], block[0x010E], block[0x010F] = orientation, DATE, "At the lake", "Agfa"
    block[0x011A], block[0x011B], block[0x0128] = 300.0, 300.0, 2
    inner = block.get_ifd(0x8769)
    inner[0x9003], inner[0x927C] = DATE, MAKER_NOTE
    place = block.get_ifd(0x8825)
    place[1], place[2] = "N", (41.0, 53.0, 24.0)
    return block.tobytes()


def by_pillow(image: Image.Image, format: str, orientation: int = 1, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, exif=exif_block(orientation), **options)
    return file.getvalue()


def by_tifffile(samples: NDArray[Any], orientation: int = 1, profile: bytes | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    tags = [(274, "H", 1, orientation, True), (306, "s", 0, DATE, True), (270, "s", 0, "At the lake", True),
            (700, "B", len(XMP), XMP, True), (33723, 7, len(IPTC), IPTC, True)]  # fmt: skip
    options |= {"resolution": (300, 300), "resolutionunit": 2}
    tifffile.imwrite(file, samples, metadata=None, extratags=tags, iccprofile=profile, **options)
    return file.getvalue()


def cases() -> Iterator[Case]:
    rgb = portrait_u8()
    image, grey = Image.fromarray(rgb), Image.fromarray(rgb).convert("L")
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    alpha[:9] = 40
    rgba = np.dstack([rgb, alpha])
    deep = rgb.astype(np.uint16) * 257
    deep[..., 0] ^= 0x55  # samples that eight bits do not hold
    for orientation in range(1, 9):
        data = by_pillow(image, "JPEG", orientation, quality=92, icc_profile=P3, xmp=XMP, dpi=(300, 300))
        yield Case(f"jpeg-{orientation}.jpg", data, False)
    yield Case("jpeg-grey.jpg", by_pillow(grey, "JPEG", icc_profile=GREY, quality=95), False)
    yield Case("jpeg-progressive.jpg", by_pillow(image, "JPEG", 6, progressive=True, quality=95), False)
    yield Case("jpeg-420.jpg", by_pillow(image, "JPEG", subsampling=2, quality=95, icc_profile=ADOBE), False)
    yield Case("jpeg-cmyk.jpg", by_pillow(image.convert("CMYK"), "JPEG", quality=95), False)
    yield Case("jpeg-cmyk-press.jpg", by_pillow(image.convert("CMYK"), "JPEG", icc_profile=icc.press_profile()), False)
    for orientation in (1, 3, 6):
        yield Case(f"png-{orientation}.png", by_pillow(image, "PNG", orientation, icc_profile=P3, dpi=(300, 300)), True)
    yield Case("png-grey.png", by_pillow(grey, "PNG", icc_profile=GREY), True)
    yield Case("png-alpha.png", by_pillow(Image.fromarray(rgba), "PNG"), True)
    yield Case("png-16.png", imagecodecs.png_encode(deep), True)
    yield Case("png-grey-alpha-16.png", imagecodecs.png_encode(deep[..., 1:].copy()), True)
    palette = image.quantize(64)
    yield Case("png-palette.png", by_pillow(palette, "PNG"), True)
    yield Case("png-palette-clear.png", by_pillow(palette, "PNG", transparency=3), True)
    yield Case("webp-lossless.webp", by_pillow(image, "WEBP", 8, lossless=True, icc_profile=P3, xmp=XMP), True)
    yield Case("webp-lossy.webp", by_pillow(image, "WEBP", icc_profile=ADOBE, quality=95), False)
    yield Case("webp-alpha.webp", by_pillow(Image.fromarray(rgba), "WEBP", lossless=True, exact=True), True)
    animated = by_pillow(image, "WEBP", lossless=True, save_all=True, append_images=[grey.convert("RGB")])
    yield Case("webp-animated.webp", animated, True)
    plain = io.BytesIO()
    image.save(plain, "BMP")
    yield Case("bmp.bmp", plain.getvalue(), True)
    for bits, samples in ((8, rgb), (16, deep)):
        yield Case(f"tiff-{bits}.tif", by_tifffile(samples, 5, ADOBE, photometric="rgb"), True)
    grey16 = deep[..., 1]
    yield Case("tiff-grey16.tif", by_tifffile(grey16, 6, GREY, photometric="minisblack"), True)
    options = {"photometric": "rgb", "extrasamples": ["unassalpha"]}
    yield Case("tiff-alpha16.tif", by_tifffile(np.dstack([deep, alpha.astype(np.uint16) * 257]), **options), True)
    planes = np.ascontiguousarray(np.moveaxis(deep, -1, 0))
    yield Case("tiff-planes.tif", by_tifffile(planes, photometric="rgb", planarconfig="separate"), True)
    yield Case("tiff-tiles.tif", by_tifffile(deep, 2, photometric="rgb", tile=(64, 64), compression="lzw"), True)
    yield Case("tiff-big.tif", by_tifffile(deep, photometric="rgb", bigtiff=True, compression="zlib"), True)
    yield Case("tiff-jpeg.tif", by_tifffile(rgb, photometric="ycbcr", compression="jpeg"), True)
    inks = np.asarray(image.convert("CMYK"))
    cmyk = {"photometric": "separated", "planarconfig": "contig"}
    yield Case("tiff-cmyk.tif", by_tifffile(inks, 3, icc.press_profile(), **cmyk), True)
    yield Case("tiff-float.tif", by_tifffile((rgb / np.float32(255)).astype(np.float32), photometric="rgb"), True)
    labs = np.dstack([np.asarray(grey), np.full(rgb.shape[:2], 10, np.uint8), alpha // 16])
    yield Case("tiff-lab.tif", by_tifffile(labs, photometric="cielab"), True)
    bilevel = np.asarray(grey) > 128
    yield Case("tiff-1bit.tif", by_tifffile(bilevel, photometric="minisblack"), True)
    yield Case("heic-rotated.heic", (HEIC / "rotated.heic").read_bytes(), False)


def pick_for(photo: Photo, store: Path) -> Pick:
    """A face in the middle, a third of the shorter side wide, that is to be replaced by noise."""
    centre, side_px = (photo.size.width / 2, photo.size.height / 2), min(photo.size.width, photo.size.height) / 2
    points = tuple((float(x), float(y)) for x, y in (TEMPLATE_512 - 255.5) * side_px / 512 + centre)
    box = (centre[0] - side_px / 3, centre[1] - side_px / 3, centre[0] + side_px / 3, centre[1] + side_px / 3)
    face = FaceRecord(box, points)  # type: ignore[arg-type]
    model = ModelRecord("starter", "cd" * 32)
    recipe = Recipe(
        photo_sha256=photo.sha256, landmarks=face.landmarks, estimator=model, prior=model, start_step=400, eta=0.5,
        eta_meaning="released", steps=100, sampler="ddim", seed=0, index=0, size_px=256, device="cpu", precision="fp32",
        batch_width=1, threads=1, runtime="torch", albumen="0",
    )  # fmt: skip
    noise = np.random.default_rng(0).random((256, 256, 3), np.float32)
    return Pick(face, str(write_candidate(store, recipe, noise)))


@dataclass(frozen=True)
class Comparison:
    """What the source and the result say; `tags` holds those of `KEPT_TAGS` that are not equal."""

    source: Path
    result: Path
    exact: bool
    before: Photo
    after: Photo
    largest_outside: int
    tags: tuple[str, ...]
    orientation: str
    source_type: str
    maker_note_kept: bool | None


def restored(folder: Path) -> list[Comparison]:
    """Write all sources, restore each through the imaging worker's job, and compare."""
    found: list[tuple[Case, Path, Path]] = []
    (folder / "in").mkdir()
    for case in cases():
        source = folder / "in" / case.name
        source.write_bytes(case.data)
        output = folder / "out" / f"{source.stem}{output_ending(source)}"
        photo = load_photo(source)
        export("1", Export(str(source), (pick_for(photo, folder / "store"),), str(output)), lambda _: None, Context())
        found.append((case, source, output))
    told = exif_of([path for _, *paths in found for path in paths]) if EXIFTOOL else {}
    return [compared(case, source, output, told) for case, source, output in found]


def exif_of(paths: list[Path]) -> dict[Path, dict[str, Any]]:
    """What exiftool says of files, by group and tag."""
    command = [EXIFTOOL or "", "-json", "-G1", "-n", "-b", "-warning", "-all", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    return {Path(entry["SourceFile"]): entry for entry in json.loads(done.stdout)}


def value_of(told: dict[str, Any], tag: str) -> Any:
    """A tag's value; without a group, that of any group which is no JFIF or PNG matter."""
    if ":" in tag:
        return told.get(tag)
    return next((told[f"{group}:{tag}"] for group in ("IFD0", "JFIF") if f"{group}:{tag}" in told), None)


def compared(case: Case, source: Path, output: Path, told: dict[Path, dict[str, Any]]) -> Comparison:
    before, after = load_photo(source), load_photo(output)
    edge = max(1, min(before.size.width, before.size.height) // 12)  # a frame that the face does not reach
    outside = np.ones(before.pixels.shape[:2], bool)
    outside[edge:-edge, edge:-edge] = False
    a, b = before.pixels.astype(np.int64)[outside], after.pixels.astype(np.int64)[outside]
    if before.pixels.dtype != after.pixels.dtype:
        a = a // 257
    says, said = told.get(output, {}), told.get(source, {})
    unequal = [tag for tag in KEPT_TAGS if (old := value_of(said, tag)) is not None and value_of(says, tag) != old]
    orientation = str(says.get("IFD0:Orientation", "-"))
    note = None if before.exif is None or MAKER_NOTE not in before.exif else MAKER_NOTE in (after.exif or b"")
    kind = str(says.get("XMP-iptcExt:DigitalSourceType", "-"))
    largest = int(np.abs(a - b).max())
    return Comparison(source, output, case.exact, before, after, largest, tuple(unequal), orientation, kind, note)


@pytest.fixture(scope="module")
def comparisons(tmp_path_factory: pytest.TempPathFactory) -> list[Comparison]:
    return restored(tmp_path_factory.mktemp("formats"))


def equal_alpha(c: Comparison) -> bool:
    """Whether both are equally transparent; encoders leave out an alpha that is opaque everywhere."""
    whole = np.iinfo(c.after.pixels.dtype).max
    before, after = (whole if photo.alpha is None else photo.alpha for photo in (c.before, c.after))
    return bool(np.all(np.equal(before, after)))


EACH: list[tuple[str, Callable[[Comparison], bool]]] = [
    ("is upright and as large", lambda c: c.after.size == c.before.size),
    ("keeps its depth", lambda c: c.after.pixels.dtype == c.before.pixels.dtype),
    ("keeps its profile, byte for byte", lambda c: c.after.icc == c.before.icc),
    ("keeps its samples outside the face", lambda c: not c.exact or c.largest_outside == 0),
    ("keeps its alpha", equal_alpha),
    ("keeps the maker note", lambda c: c.maker_note_kept is not False),
    ("has its recipe", lambda c: stored_recipe(c.result) is not None),
]


@pytest.mark.parametrize("what", [what for what, _ in EACH])
def test_every_result(comparisons: list[Comparison], what: str) -> None:
    assert len(comparisons) == 40
    holds = dict(EACH)[what]
    assert [c.source.name for c in comparisons if not holds(c)] == []


@pytest.mark.skipif(EXIFTOOL is None, reason="exiftool is not installed")
def test_exiftool_reads_the_same(comparisons: list[Comparison]) -> None:
    assert {c.source.name: c.tags for c in comparisons if c.tags} == {}
    assert {c.orientation for c in comparisons} <= {"1", "-"}
    assert {c.source_type for c in comparisons} == {SOURCE_TYPE}


def table(found: list[Comparison]) -> str:
    rows = ["| source | result | size | bits | profile | outside the face | orientation | tags | maker note |",
            "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for c in found:
        bits = 8 * c.after.pixels.dtype.itemsize
        profile = "none" if c.after.icc is None else f"{len(c.after.icc)} B " + "=≠"[c.after.icc != c.before.icc]
        if c.before.converted_from:
            profile += f" (from {c.before.converted_from})"
        note = {None: "none", True: "=", False: "lost"}[c.maker_note_kept]
        size = f"{c.after.size.width} x {c.after.size.height}"
        tags = ", ".join(c.tags) or "="
        outside = "=" if c.largest_outside == 0 else f"≤ {c.largest_outside}"
        cells = (c.source.name, c.result.suffix, size, str(bits), profile, outside, c.orientation, tags, note)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(table(restored(Path(name))))
