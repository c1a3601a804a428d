"""A job as the queue keeps it: its message as JSON, exactly as a worker will get it."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.base.errors import BadMessage, PathNotText
from engine.protocol import Export, FindFaces, Restore

Kind = Literal["find", "restore", "export"]
QueueJob = FindFaces | Restore | Export
"""The jobs that wait in the queue; all others are answered while the user looks on."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[QueueJob] = msgspec.json.Decoder(QueueJob)


def kind_of(job: QueueJob) -> Kind:
    match job:
        case FindFaces():
            return "find"
        case Restore():
            return "restore"
        case Export():
            return "export"


def encode_job(job: QueueJob) -> bytes:
    """A job for the queue; PathNotText where a path in it is not Unicode."""
    try:
        return _encoder.encode(job)
    except UnicodeEncodeError as error:
        raise PathNotText(path=error.object) from error


def decode_job(message: bytes) -> QueueJob:
    """A job of the queue; BadMessage where this version of Albumen cannot read it."""
    try:
        return _decoder.decode(message)
    except msgspec.DecodeError as error:
        raise BadMessage(detail=error) from error
