"""XMP packets: say in a photo's packet what was done to it, and leave the rest as it was.

XMP is RDF in XML (ISO 16684-1): properties stand in `rdf:Description` elements, as attributes or as child elements.
"""

from __future__ import annotations

from xml.dom import minidom
from xml.dom.minidom import Document, Element, Text
from xml.parsers.expat import ExpatError

from engine.base.sizes import Size

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_NOTE = "http://ns.adobe.com/xmp/note/"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
ALBUMEN = "urn:albumen:xmp:1.0/"

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's digital source type of a picture into which parts made by a trained model were laid."""

_PLACES = {
    *((_PHOTOSHOP, name) for name in ("City", "State", "Country")),
    *((_IPTC_CORE, name) for name in ("Location", "CountryCode")),
    *((_IPTC, name) for name in ("LocationCreated", "LocationShown")),
}
"""What tells a place, beside the properties of EXIF that begin with GPS (IPTC Photo Metadata 2023.1)."""

_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'.encode()

_STALE = [(_XMP, "Thumbnails"), (_NOTE, "HasExtendedXMP")]
"""What is no longer true of a changed picture: its thumbnails, and a second packet that is not carried over."""


def updated_packet(
    packet: bytes | None, size: Size, software: str, *, restored: bool, recipes_json: str | None, place: bool = True
) -> bytes:
    """The packet for a file that Albumen writes, beginning from the source's packet where that can be read.

    Sets the creator tool to `software`; with `restored`, the IPTC digital source type and the recipes (JSON). An
    orientation and a size in the packet are corrected, as the picture is upright and has `size`. Without `place`, what
    tells where the photo was taken is left out.
    """
    document = _parsed(packet) or minidom.parseString(_EMPTY)
    (rdf, *_) = document.getElementsByTagNameNS(_RDF, "RDF")
    told = {(_XMP, "CreatorTool"): software}
    if restored:
        told[_IPTC, "DigitalSourceType"] = SOURCE_TYPE
        if recipes_json is not None:
            told[ALBUMEN, "recipes"] = recipes_json
    descriptions = _children(rdf, _RDF, "Description") or [_new_description(document, rdf)]
    for description in descriptions:
        _correct(description, size)
        for namespace, name in {*told, *_STALE, (ALBUMEN, "recipes")}:
            _remove(description, namespace, name)
        if not place:
            _remove_place(description)
    for (namespace, name), value in told.items():
        descriptions[0].appendChild(_property(document, namespace, name, value))
    begin, end = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', '\n<?xpacket end="w"?>'
    tree = "".join(node.toxml() for node in document.childNodes if isinstance(node, Element))
    return (begin + tree + end).encode()


def _parsed(packet: bytes | None) -> Document | None:
    """The packet as a tree; None where there is none or it cannot be read. XMP has no document type: one is refused."""
    if not packet or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return None
    try:
        document = minidom.parseString(packet.strip(b"\0 \t\r\n"))
        document.toxml()  # a tree that is nested too deeply to be written again is of no use either
    except (ExpatError, ValueError, LookupError, RecursionError):
        return None
    return document if document.getElementsByTagNameNS(_RDF, "RDF") else None


def _children(parent: Element, namespace: str, name: str) -> list[Element]:
    nodes = [node for node in parent.childNodes if isinstance(node, Element)]
    return [node for node in nodes if (node.namespaceURI, node.localName) == (namespace, name)]


def _new_description(document: Document, rdf: Element) -> Element:
    element = document.createElementNS(_RDF, "rdf:Description")
    element.setAttributeNS(_XMLNS, "xmlns:rdf", _RDF)
    element.setAttributeNS(_RDF, "rdf:about", "")
    rdf.appendChild(element)
    return element


def _correct(description: Element, size: Size) -> None:
    values = {
        (_TIFF, "Orientation"): 1,
        (_TIFF, "ImageWidth"): size.width,
        (_TIFF, "ImageLength"): size.height,
        (_EXIF, "PixelXDimension"): size.width,
        (_EXIF, "PixelYDimension"): size.height,
    }
    for (namespace, name), value in values.items():
        attribute = description.getAttributeNodeNS(namespace, name)
        if attribute is not None:
            attribute.value = str(value)
        for child in _children(description, namespace, name):
            child.normalize()  # one text node each
            for text in child.childNodes:
                if isinstance(text, Text):
                    text.data = str(value)


def _remove(description: Element, namespace: str, name: str) -> None:
    if description.hasAttributeNS(namespace, name):
        description.removeAttributeNS(namespace, name)
    for child in _children(description, namespace, name):
        description.removeChild(child)


def _remove_place(description: Element) -> None:
    nodes = [node for node in description.childNodes if isinstance(node, Element)]
    for node in [*nodes, *(description.attributes or {}).values()]:
        namespace, name = str(node.namespaceURI), str(node.localName)
        if (namespace, name) in _PLACES or (namespace == _EXIF and name.startswith("GPS")):
            _remove(description, namespace, name)


def _property(document: Document, namespace: str, name: str, value: str) -> Element:
    """A property element that declares its own prefix, as the packet may use that for another namespace."""
    prefix = {_XMP: "xmp", _IPTC: "Iptc4xmpExt", ALBUMEN: "albumen"}[namespace]
    element = document.createElementNS(namespace, f"{prefix}:{name}")
    element.setAttributeNS(_XMLNS, f"xmlns:{prefix}", namespace)
    element.appendChild(document.createTextNode(value))
    return element
