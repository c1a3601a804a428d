"""The worker's end of the wire: private copies of stdin and stdout that nothing else can read or write."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator

from engine.protocol import MAX_LINE_BYTES, Event, encode

_CHUNK_BYTES = 65536


class Wire:
    """Lines in, events out, over two file descriptors; events may be sent from any thread."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._sending = threading.Lock()
        self.gone = False
        """The client reads no more; whatever is sent is dropped."""

    @classmethod
    def take_stdio(cls) -> Wire:
        """Take fds 0 and 1 for the wire; from now on stdin is empty and what is printed goes to stderr.

        The copies are not inherited, so no child process can read a request or hold the wire open.
        """
        wire = cls(os.dup(0), os.dup(1))
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        if sys.platform == "win32":
            import msvcrt

            msvcrt.setmode(wire._read_fd, os.O_BINARY)
            msvcrt.setmode(wire._write_fd, os.O_BINARY)
        return wire

    def send(self, event: Event) -> None:
        """Write one event as one line; does nothing once the client is gone.

        ValueError where the event cannot be written as a line (too long, or text that is not Unicode).
        """
        rest = memoryview(encode(event))
        with self._sending:
            try:
                while rest and not self.gone:
                    rest = rest[os.write(self._write_fd, rest) :]
            except OSError:
                self.gone = True

    def lines(self) -> Iterator[bytes | None]:
        """Lines as they come, without their newline, until stdin ends; None in place of each that is too long.

        A last line without a newline is dropped: its sender died while writing it.
        """
        buffer = bytearray()
        skipping = False
        while chunk := self._read():
            buffer += chunk
            *whole, rest = buffer.split(b"\n")
            for line in whole:
                too_long = skipping or len(line) >= MAX_LINE_BYTES
                skipping = False
                yield None if too_long else bytes(line)
            buffer = rest
            if len(buffer) >= MAX_LINE_BYTES:
                skipping = True
                buffer.clear()

    def _read(self) -> bytes:
        try:
            return os.read(self._read_fd, _CHUNK_BYTES)
        except OSError:
            return b""
