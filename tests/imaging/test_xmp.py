"""XMP packets: the source's properties stay, and what was done is said in the words of IPTC."""

from __future__ import annotations

import hashlib
from xml.etree import ElementTree

import pytest

from engine.base.sizes import Size
from engine.imaging import xmp
from engine.imaging.xmp import ALBUMEN, SOURCE_TYPE, updated_packet

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
TIFF = "{http://ns.adobe.com/tiff/1.0/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
DC = "{http://purl.org/dc/elements/1.1/}"

SIZE = Size(300, 200)

SOURCE = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="uuid:1" xmlns:xap="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
   xmlns:note="http://ns.adobe.com/xmp/note/" xmlns:xmp="urn:somebody:else/"
   xap:CreatorTool="Lightroom" xap:Rating="5" tiff:Orientation="6" note:HasExtendedXMP="ABC" xmp:own="kept">
  <tiff:ImageWidth>999</tiff:ImageWidth>
 </rdf:Description>
 <rdf:Description rdf:about="uuid:1" xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xap="http://ns.adobe.com/xap/1.0/">
  <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Großmutter &amp; ich</rdf:li></rdf:Alt></dc:title>
  <exif:PixelXDimension>888</exif:PixelXDimension>
  <xap:Thumbnails><rdf:Alt><rdf:li>the old picture</rdf:li></rdf:Alt></xap:Thumbnails>
 </rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def told(packet: bytes) -> dict[str, str]:
    """Every property of a packet and its text, from attributes and elements alike."""
    root = ElementTree.fromstring(packet)
    assert root.tag == "{adobe:ns:meta/}xmpmeta"
    found: dict[str, str] = {}
    for description in root.findall(f"{RDF}RDF/{RDF}Description"):
        for name, value in [*description.attrib.items(), *((e.tag, "".join(e.itertext())) for e in description)]:
            if name != f"{RDF}about":
                assert name not in found, f"{name} is told twice"
                found[name] = value.strip()
    return found


def test_a_new_packet_says_what_was_done() -> None:
    recipes = '[{"seed":7,"note":"<&>\\"\'é祖"}]'
    packet = updated_packet(None, SIZE, "Albumen 1.2", restored=True, recipes_json=recipes)
    assert packet.startswith(b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert packet.endswith(b'<?xpacket end="w"?>')
    assert told(packet) == {
        f"{XMP}CreatorTool": "Albumen 1.2",
        f"{IPTC}DigitalSourceType": SOURCE_TYPE,
        f"{{{ALBUMEN}}}recipes": recipes,
    }
    assert SOURCE_TYPE == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def test_a_photo_that_was_not_restored_is_not_called_so() -> None:
    packet = updated_packet(None, SIZE, "Albumen 1.2", restored=False, recipes_json="[1]")
    assert told(packet) == {f"{XMP}CreatorTool": "Albumen 1.2"}


def test_the_sources_properties_stay_and_what_is_no_longer_true_is_corrected() -> None:
    packet = updated_packet(SOURCE.encode(), SIZE, "Albumen 1.2", restored=True, recipes_json="[]")
    assert told(packet) == {
        f"{XMP}CreatorTool": "Albumen 1.2",
        f"{XMP}Rating": "5",
        f"{TIFF}Orientation": "1",
        f"{TIFF}ImageWidth": "300",
        "{urn:somebody:else/}own": "kept",
        f"{DC}title": "Großmutter & ich",
        f"{EXIF}PixelXDimension": "300",
        f"{IPTC}DigitalSourceType": SOURCE_TYPE,
        f"{{{ALBUMEN}}}recipes": "[]",
    }
    title = ElementTree.fromstring(packet).find(f".//{DC}title/{RDF}Alt/{RDF}li")
    assert title is not None
    assert title.attrib == {"{http://www.w3.org/XML/1998/namespace}lang": "x-default"}


def test_restoring_again_replaces_what_was_said_before() -> None:
    first = updated_packet(SOURCE.encode(), SIZE, "Albumen 1.2", restored=True, recipes_json="[1]")
    second = updated_packet(first, SIZE, "Albumen 1.3", restored=True, recipes_json="[2]")
    assert told(second)[f"{XMP}CreatorTool"] == "Albumen 1.3"
    assert told(second)[f"{{{ALBUMEN}}}recipes"] == "[2]"
    assert len(second) == len(first)


def test_padding_and_zeros_around_a_packet_do_no_harm() -> None:
    packet = SOURCE.replace('<?xpacket end="w"?>', " " * 2000 + '<?xpacket end="w"?>').encode() + b"\0\0\n"
    assert told(updated_packet(packet, SIZE, "A", restored=False, recipes_json=None))[f"{XMP}Rating"] == "5"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no XML at all",
        SOURCE.encode()[:500],
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + SOURCE.encode()[len("<?xpacket ?>") :],
        b"\xff\xfe\xff\xff",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        + b"<a>" * 20_000
        + b"</a>" * 20_000
        + b"</r:RDF></x:xmpmeta>",
    ],
    ids=["empty", "text", "cut", "no RDF", "document type", "bytes", "encoding", "deep"],
)
def test_a_packet_that_cannot_be_read_gives_way_to_a_new_one(packet: bytes) -> None:
    found = updated_packet(packet, SIZE, "A", restored=False, recipes_json=None)
    assert told(found) == {f"{XMP}CreatorTool": "A"}


def test_a_long_packet_is_split_and_joined_again() -> None:
    """Elements and attributes move, with the prefixes that are declared above them; the second packet tells its MD5."""
    source = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:a="urn:a/"><rdf:RDF'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:b="urn:b/"'
        f' a:small="1" b:depth="{"d" * 900}"><a:list><rdf:Seq><rdf:li>{"e" * 700}</rdf:li></rdf:Seq></a:list>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
    main, second = xmp.split(source, 1000)
    assert second is not None
    assert len(main) <= 1000
    assert hashlib.md5(second).hexdigest().upper().encode() in main
    joined = xmp.joined(main, {xmp.digest(second): second})
    assert joined is not None
    for part in (b'a:small="1"', b"d" * 900, b"e" * 700):
        assert part in joined
    assert b"HasExtendedXMP" not in joined
    assert xmp.joined(main, {xmp.digest(second): second[:-1]}) == main  # not the one that was told
    assert xmp.split(source, len(source)) == (source, None)
