"""The session: bytes in, events out, no process."""

from __future__ import annotations

import pytest

from engine.base.errors import BadMessage, PathNotText, ProtocolMismatch
from engine.client.session import Session, encode_request
from engine.protocol import (
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Cancel,
    Event,
    Failed,
    FindFaces,
    Hello,
    Progress,
    Ready,
    Run,
    decode_request,
    encode,
)

HELLO = Hello(PROTOCOL_VERSION, "compute", "0", 1)
READY = Ready("cpu", "toy", 0, 1, ("starter",))
EVENTS = [HELLO, READY, Progress("1", "Gesichter für 祖母", 0.5, 2.0), Failed("1", "cancelled")]


def fed(session: Session, *chunks: bytes) -> list[Event]:
    return [event for chunk in chunks for event in session.feed(chunk)]


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_events_come_whole_however_the_bytes_are_cut(size: int) -> None:
    data = b"".join(map(encode, EVENTS))
    session = Session("compute")
    assert fed(session, *(data[i : i + size] for i in range(0, len(data), size))) == EVENTS
    assert session.hello == HELLO
    assert session.ready == READY


def test_events_before_junk_are_not_lost() -> None:
    events = Session("compute").feed(encode(HELLO) + encode(READY) + b"junk\n")
    assert next(events) == HELLO
    assert next(events) == READY
    with pytest.raises(BadMessage):
        next(events)


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"type":"Hello"}',
        b'{"type":"Progress","id":"1","stage":"toy","fraction":0.5,"more":1}',
        b'{"type":"Cancel","id":"1"}',
        encode(HELLO).strip(),
        b"x" * MAX_LINE_BYTES,
    ],
    ids=lambda line: f"{line[:30]!r}, {len(line)} bytes",
)
def test_junk_is_an_error(junk: bytes) -> None:
    session = Session("compute")
    fed(session, encode(HELLO))
    with pytest.raises(BadMessage):
        fed(session, junk + b"\n")


def test_a_line_without_an_end_is_not_kept_for_ever() -> None:
    session = Session("compute")
    fed(session, encode(HELLO), b"x" * (MAX_LINE_BYTES - 1))
    with pytest.raises(BadMessage):
        fed(session, b"x")


@pytest.mark.parametrize(
    "first", [encode(READY), b'{"type":"Hello"}\n', encode(Hello(PROTOCOL_VERSION, "imaging", "0", 1))]
)
def test_the_first_line_is_the_hello_of_the_role(first: bytes) -> None:
    with pytest.raises(BadMessage):
        fed(Session("compute"), first)


def test_a_hello_of_another_version_is_understood_as_such() -> None:
    newer = b'{"type":"Hello","greeting":{"new":[1,2]},"protocol":%d}\n' % (PROTOCOL_VERSION + 1)
    with pytest.raises(ProtocolMismatch) as caught:
        fed(Session("compute"), newer)
    assert caught.value.arguments == {
        "role": "compute",
        "theirs": str(PROTOCOL_VERSION + 1),
        "ours": str(PROTOCOL_VERSION),
    }


def test_requests_are_encoded() -> None:
    run = Run("1", FindFaces("/Großmutter.jpg"))
    line = encode_request(run)
    assert line.endswith(b"\n")
    assert decode_request(line) == run


def test_a_name_that_is_not_text_is_refused_kindly() -> None:
    with pytest.raises(PathNotText) as caught:
        encode_request(Run("1", FindFaces("/caf\udce9.jpg")))
    assert caught.value.arguments == {"path": "/caf\udce9.jpg"}


def test_a_request_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadMessage):
        encode_request(Cancel("x" * MAX_LINE_BYTES))
