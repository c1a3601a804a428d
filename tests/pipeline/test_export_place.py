"""Exported photos without the place where they were taken, read back by other programs' rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.base.context import Context
from engine.imaging.encode import Metadata, OutputFormat, encode
from engine.imaging.exif import without_place as exif_without_place
from engine.imaging.iptc import without_place as iptc_without_place
from engine.imaging.load import load_photo
from engine.pipeline.export import export
from engine.protocol import Export

FORMATS: dict[str, OutputFormat] = {".jpg": "jpeg", ".png": "png", ".webp": "webp", ".tif": "tiff"}
GPS_IFD, EXIF_IFD, MAKER, DATE, MAKER_NOTE = 0x8825, 0x8769, 0x010F, 0x9003, 0x927C
SECRET = (41.0, 53.0, 24.0)
XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:p="http://ns.adobe.com/photoshop/1.0/" exif:GPSLatitude="41,53.4N" p:City="Secretville" exif:FNumber="28/10">
 <exif:GPSLongitude>12,29.5E</exif:GPSLongitude><p:Country>Secretland</p:Country><dc:format>kept</dc:format>
 <c:Location xmlns:c="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">Secret Street</c:Location>
 <e:LocationShown xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><rdf:Bag><rdf:li rdf:parseType="Resource">
  <e:City>Secretville</e:City></rdf:li></rdf:Bag></e:LocationShown>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def dataset(number: int, text: bytes) -> bytes:
    return b"\x1c\x02" + bytes([number]) + len(text).to_bytes(2, "big") + text


CAPTION = dataset(120, b"Grandmother")
IPTC = CAPTION + dataset(90, b"Secretville") + dataset(92, b"Secret Street") + dataset(101, b"Secretland")


def photo_with_place(path: Path) -> Path:
    block = Image.Exif()
    block[MAKER] = "A maker of cameras"
    block.get_ifd(EXIF_IFD).update({DATE: "1962:07:14 10:30:00", MAKER_NOTE: b"offsets inside"})
    block.get_ifd(GPS_IFD).update({1: "N", 2: SECRET, 3: "E", 4: SECRET})
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    metadata = Metadata(exif=block.tobytes().removeprefix(b"Exif\0\0"), xmp=XMP, iptc=IPTC)
    path.write_bytes(encode(FORMATS[path.suffix], pixels, None, metadata))
    return path


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_the_place_is_dropped_and_everything_else_kept(tmp_path: Path, source: str, target: str) -> None:
    photo = photo_with_place(tmp_path / f"photo{source}")
    for location, there in (("keep", True), ("drop", False)):
        output = tmp_path / f"{location}{target}"
        export("1", Export(str(photo), (), str(output), location=location), lambda _: None, Context())  # type: ignore[arg-type]
        with Image.open(output) as image:
            block = image.getexif()
            assert (block.get_ifd(GPS_IFD).get(2) == SECRET) is there
            assert (GPS_IFD in block) is there
            assert block[MAKER] == "A maker of cameras"
            assert block.get_ifd(EXIF_IFD)[DATE] == "1962:07:14 10:30:00"
            assert block.get_ifd(EXIF_IFD)[MAKER_NOTE] == b"offsets inside"
        after = load_photo(output)
        assert after.xmp is not None
        for secret in (b"GPS", b"Secretville", b"Secret Street", b"Secretland"):
            assert (secret in after.xmp) is there
        assert b"kept" in after.xmp
        assert b"28/10" in after.xmp
        if source != ".webp" and target != ".webp":  # which holds none
            assert after.iptc is not None
            assert after.iptc == (IPTC if there else CAPTION)
        if not there:
            assert b"Secret" not in output.read_bytes()


def test_values_in_exif_stay_where_they_were() -> None:
    """What maker notes point at by their distance from the beginning must not move."""
    block = Image.Exif()
    block[MAKER] = "A maker of cameras"
    block.get_ifd(GPS_IFD).update({2: SECRET})
    blob = block.tobytes().removeprefix(b"Exif\0\0")
    left = exif_without_place(blob)
    assert left is not None
    assert len(left) == len(blob)
    assert left.index(b"A maker of cameras") == blob.index(b"A maker of cameras")
    assert (41).to_bytes(4, "little") + (1).to_bytes(4, "little") in blob
    assert (41).to_bytes(4, "little") + (1).to_bytes(4, "little") not in left


@pytest.mark.parametrize("blob", [b"", b"II", b"nonsense", b"II*\0\xff\xff\xff\xff"])
def test_exif_that_cannot_be_followed_goes_as_a_whole(blob: bytes) -> None:
    assert exif_without_place(blob) is None


def test_an_extended_dataset_is_followed() -> None:
    long = b"\x1c\x02\x78\x80\x04" + (70_000).to_bytes(4, "big") + b"x" * 70_000
    assert iptc_without_place(long + dataset(90, b"Secretville") + CAPTION) == long + CAPTION
    assert iptc_without_place(dataset(90, b"Secretville")) is None
