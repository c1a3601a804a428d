"""XMP packets: say in a photo's packet what was done to it, and leave the rest as it was.

XMP is RDF in XML (ISO 16684-1): properties stand in `rdf:Description` elements, as attributes or as child elements.
"""

from __future__ import annotations

import hashlib
from xml.dom import minidom
from xml.dom.minidom import Attr, Document, Element, Node, Text
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
"""What is no longer true of a changed picture: its thumbnails, and the digest of a second packet (see `split`)."""

_DIGEST_PROPERTY_BYTES = 200


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
    return _serialised(document)


def recipes(packet: bytes | None) -> str | None:
    """The recipes (JSON) that `updated_packet` put into a packet; None where it has none or cannot be read."""
    document = _parsed(packet)
    for element in document.getElementsByTagNameNS(ALBUMEN, "recipes") if document else ():
        return "".join(node.data for node in element.childNodes if isinstance(node, Text))
    return None


def split(packet: bytes, limit: int) -> tuple[bytes, bytes | None]:
    """A packet of more than `limit` bytes as two: the second takes the largest properties, and the first its digest.

    XMP part 3, 1.1.3.1 (extended XMP in JPEG); `joined` undoes it.
    """
    document = _parsed(packet) if len(packet) > limit else None
    if document is None:
        return packet, None
    second = minidom.parseString(_EMPTY)
    (rdf, *_), (second_rdf, *_) = (tree.getElementsByTagNameNS(_RDF, "RDF") for tree in (document, second))
    moved = {description: second.importNode(description, False) for description in _children(rdf, _RDF, "Description")}
    properties: list[tuple[int, Element, Element | Attr]] = []
    for description, copy in moved.items():
        _declare(copy, description)
        for attribute in [*(description.attributes or {}).values()]:
            if attribute.namespaceURI not in (_XMLNS, _RDF):
                copy.removeAttribute(attribute.name)
                properties.append((len(attribute.value.encode()), description, attribute))
        nodes = [node for node in description.childNodes if isinstance(node, Element)]
        properties += [(len(node.toxml().encode()), description, node) for node in nodes]
    excess = len(_serialised(document)) + _DIGEST_PROPERTY_BYTES - limit
    for length, description, node in sorted(properties, key=lambda item: item[0], reverse=True):
        if excess <= 0:
            break
        excess -= length
        if isinstance(node, Attr):
            moved[description].setAttributeNS(node.namespaceURI, node.name, node.value)
            description.removeAttributeNode(node)
        else:
            moved[description].appendChild(second.importNode(node, True))
            description.removeChild(node)
    for copy in moved.values():
        second_rdf.appendChild(copy)
    tail = _tree(second).encode()
    first = next(iter(moved))
    first.appendChild(_property(document, _NOTE, "HasExtendedXMP", digest(tail)))
    return _serialised(document), tail


def joined(packet: bytes | None, extended: dict[str, bytes]) -> bytes | None:
    """A main packet with the properties of the second one of which it tells the digest, if that is whole.

    `extended` holds the second packets of a file by the digest that stands beside them.
    """
    document = _parsed(packet) if extended else None
    for description in document.getElementsByTagNameNS(_RDF, "Description") if document else ():
        told = description.getAttributeNS(_NOTE, "HasExtendedXMP")
        for child in _children(description, _NOTE, "HasExtendedXMP"):
            told = "".join(node.data for node in child.childNodes if isinstance(node, Text)).strip()
        second = extended.get(told.upper(), b"")
        more = _parsed(second) if second and digest(second) == told.upper() else None
        if document is None or more is None:
            continue
        _remove(description, _NOTE, "HasExtendedXMP")
        for other in _children(more.getElementsByTagNameNS(_RDF, "RDF")[0], _RDF, "Description"):
            copy = document.importNode(other, True)
            _declare(copy, other)
            document.getElementsByTagNameNS(_RDF, "RDF")[0].appendChild(copy)
        return _serialised(document)
    return packet


def digest(packet: bytes) -> str:
    """How a second packet is called: MD5 in capital hexadecimal digits."""
    return hashlib.md5(packet, usedforsecurity=False).hexdigest().upper()


def _declare(copy: Element, source: Element) -> None:
    """Declare on `copy` all prefixes that are known at `source`, as its ancestors stay behind."""
    node: Node | None = source
    while isinstance(node, Element):
        for attribute in (node.attributes or {}).values():
            if attribute.namespaceURI == _XMLNS and not copy.hasAttribute(attribute.name):
                copy.setAttributeNS(_XMLNS, attribute.name, attribute.value)
        node = node.parentNode


def _serialised(document: Document) -> bytes:
    begin, end = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', '\n<?xpacket end="w"?>'
    return (begin + _tree(document) + end).encode()


def _tree(document: Document) -> str:
    return "".join(node.toxml() for node in document.childNodes if isinstance(node, Element))


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
    prefix = {_XMP: "xmp", _IPTC: "Iptc4xmpExt", ALBUMEN: "albumen", _NOTE: "xmpNote"}[namespace]
    element = document.createElementNS(namespace, f"{prefix}:{name}")
    element.setAttributeNS(_XMLNS, f"xmlns:{prefix}", namespace)
    element.appendChild(document.createTextNode(value))
    return element
