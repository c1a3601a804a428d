"""The client's side of the protocol without any process: bytes in, events out."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from engine.base.errors import BadMessage, PathNotText, ProtocolMismatch
from engine.protocol import (
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Event,
    Hello,
    Ready,
    Request,
    Role,
    decode_event,
    encode,
)


class _AnyHello(msgspec.Struct):
    """As much of a `Hello` as every version of the protocol has."""

    type: str
    protocol: int


class Session:
    """What one worker has said so far; a restarted worker gets a new session."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._buffer = bytearray()
        self.hello: Hello | None = None
        self.ready: Ready | None = None

    def feed(self, data: bytes) -> Iterator[Event]:
        """Events completed by the next bytes of the worker's output, decoded as they are asked for.

        Raises BadMessage for a line that is no event or is too long, ProtocolMismatch for a worker of another
        version; the session is of no use after that. Iterate to the end before feeding more.
        """
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        for line in lines:
            yield self._event(bytes(line))
        if len(rest) >= MAX_LINE_BYTES:
            raise BadMessage(detail="A line is too long.")

    def _event(self, line: bytes) -> Event:
        if len(line) >= MAX_LINE_BYTES:
            raise BadMessage(detail="A line is too long.")
        try:
            if self.hello is None:
                self._check_hello(line)
            event = decode_event(line)
        except (ValueError, RecursionError) as error:
            raise BadMessage(detail=f"{error}, in {line[:200]!r}") from error
        if isinstance(event, Hello):
            if self.hello is not None or event.role != self._role:
                raise BadMessage(detail=f"A {event.role} worker introduced itself where none was expected.")
            self.hello = event
        elif isinstance(event, Ready):
            self.ready = event
        return event

    def _check_hello(self, line: bytes) -> None:
        """Read the version before the rest, which another version may have changed."""
        hello = msgspec.json.decode(line, type=_AnyHello)
        if hello.type != Hello.__name__:
            raise ValueError("the first line is no hello")
        if hello.protocol != PROTOCOL_VERSION:
            raise ProtocolMismatch(role=self._role, theirs=hello.protocol, ours=PROTOCOL_VERSION)


def encode_request(request: Request) -> bytes:
    """A request as its line; PathNotText where a path is not Unicode, BadMessage where the line is too long."""
    try:
        return encode(request)
    except UnicodeEncodeError as error:
        raise PathNotText(path=error.object) from error
    except ValueError as error:
        raise BadMessage(detail=error) from error
