"""The protocol as it was agreed: one stored line for each message, every field given.

A line that no longer reads or writes the same is a changed protocol: raise `PROTOCOL_VERSION` and store the lines
of the new version under its own number, `wire_v3.jsonl` and so on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from engine.protocol import (
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Cancel,
    Done,
    Event,
    Job,
    Request,
    Run,
    decode_event,
    decode_request,
    encode,
)

LINES = (Path(__file__).parent / f"wire_v{PROTOCOL_VERSION}.jsonl").read_bytes().splitlines()


def decode(line: bytes) -> Request | Event:
    """A request or an event, by its tag."""
    tag = msgspec.json.decode(line)["type"]
    return decode_request(line) if tag in {cls.__name__ for cls in get_args(Request)} else decode_event(line)


def structs_in(value: Any) -> list[msgspec.Struct]:
    """Every message and record within a message."""
    if isinstance(value, tuple):
        return [struct for item in value for struct in structs_in(item)]
    if isinstance(value, msgspec.Struct):
        return [value, *structs_in(tuple(getattr(value, field) for field in value.__struct_fields__))]
    return []


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:50].decode())
def test_every_message_reads_and_writes_as_agreed(line: bytes) -> None:
    assert encode(decode(line)) == line + b"\n"


def test_there_is_a_line_for_every_message() -> None:
    seen = {type(struct) for line in LINES for struct in structs_in(decode(line))}
    assert seen >= {*get_args(Request), *get_args(Event), *get_args(Job)}


def test_no_field_is_left_at_its_default() -> None:
    """A field at its default, None above all, would hide a change of what else it takes."""
    given: dict[type, set[str]] = {}
    for line in LINES:
        for struct in structs_in(decode(line)):
            for info in msgspec.structs.fields(struct):
                if info.required or getattr(struct, info.name) != info.default:
                    given.setdefault(type(struct), set()).add(info.name)
    missing = {cls.__name__: set(cls.__struct_fields__) - names for cls, names in given.items()}
    assert {name: fields for name, fields in missing.items() if fields} == {}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:50].decode())
def test_an_unknown_field_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="unknown field"):
        decode(line.replace(b"{", b'{"added":1,', 1))


def test_requests_are_no_events_and_events_no_requests() -> None:
    with pytest.raises(ValueError, match="Invalid value"):
        decode_event(encode(Cancel("1")))
    with pytest.raises(ValueError, match="Invalid value"):
        decode_request(encode(Done("1", 1.0, 1)))


def test_a_message_may_fill_a_line_but_not_more() -> None:
    room = MAX_LINE_BYTES - len(encode(Cancel("")))
    assert len(encode(Cancel("x" * room))) == MAX_LINE_BYTES
    with pytest.raises(ValueError, match="longer than a line"):
        encode(Cancel("x" * (room + 1)))


def test_deep_nesting_is_an_error_like_any_other() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(ValueError, match="nested too deeply"):
        decode_request(b'{"x":' + deep + b',"type":"Cancel","id":"1"}')


def test_a_job_is_read_back_as_what_it_is() -> None:
    for cls in get_args(Job):
        assert any(isinstance(request, Run) and isinstance(request.job, cls) for request in map(decode, LINES))
