"""Write and read the XMP properties that say that an image is AI-generated. Pure.

The vocabulary is IPTC's: https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata-2025.1.html and
https://cv.iptc.org/newscodes/digitalsourcetype; the packet is Adobe's: ISO 16684-1 (all 2026-11-30). Neither the prompt
nor a person is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from imagegen.model import AiMark

WORDS = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
EDIT = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
MAX_PACKET_BYTES = 64 * 1024  # of a packet that is read; a JPEG holds no larger one
END = b"</rdf:RDF>"
EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
NAMESPACES = (
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:wanvas="urn:wanvas:1.0:" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
)
_LABEL = "TC260:AIGC"
_SOURCE, _MODEL, _DATE, _JOB = (
    "Iptc4xmpExt:DigitalSourceType",
    "Iptc4xmpExt:AISystemUsed",
    "xmp:CreateDate",
    "wanvas:Job",
)


@dataclass(frozen=True)
class SeenMark:
    """What a file says about its origin. Everybody can write that, so nothing of it is known to be true.

    *source* is a URI of IPTC's vocabulary. *job_id* None: the file names no job of Wanvas.
    """

    source: str
    model: str = ""
    made_at: datetime | None = None
    job_id: int | None = None

    @property
    def is_edit(self) -> bool:
        """Return whether the file is said to come from given images."""
        return self.source == EDIT


def with_mark(mark: AiMark, packet: bytes = b"") -> bytes:
    """Return *packet* with what it lacks of *mark*, or a new packet. A packet without an end of RDF stays as it is."""
    packet = packet or EMPTY
    values = {
        _SOURCE: EDIT if mark.is_edit else WORDS,
        _MODEL: mark.model,
        _DATE: f"{mark.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        _JOB: str(mark.job_id),
    }
    return _with(values, packet)


def with_label(label: str, packet: bytes) -> bytes:
    """Return *packet* with the label for AI-generated content that China requires (GB 45438-2025), if it has none."""
    return _with({_LABEL: "".join(filter(str.isprintable, label))}, packet or EMPTY)


def _with(values: Mapping[str, str], packet: bytes) -> bytes:
    """Return *packet* with the properties of *values* that it lacks."""
    new = [f"<{name}>{escape(value)}</{name}>" for name, value in values.items() if name.encode() not in packet]
    before, end, after = packet.rpartition(END)
    if not new or not end:
        return packet
    described = f'<rdf:Description rdf:about="" {NAMESPACES}>{"".join(new)}</rdf:Description>'
    return b"".join((before, described.encode(), end, after))


def read_mark(packet: bytes) -> SeenMark | None:
    """Return what a packet says, of at most MAX_PACKET_BYTES; None if it does not say where the image comes from."""
    text = packet[:MAX_PACKET_BYTES].decode("utf-8", "replace")
    source, job = _value(text, _SOURCE), _value(text, _JOB)
    if not source:
        return None
    job_id = int(job) if re.fullmatch(r"[0-9]{1,18}", job) else None
    return SeenMark(source, _value(text, _MODEL), _date(_value(text, _DATE)), job_id)


def _value(text: str, name: str) -> str:
    """Return the value of a property, written as an element or as an attribute; empty without one."""
    found = re.search(name + r"""(?:>|=["'])([^<>"']{1,200})""", text)
    return found[1].strip() if found else ""


def _date(text: str) -> datetime | None:
    """Return a date of XMP with its time in UTC; None if it is none. A date without a zone counts as UTC."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
