"""A job as the queue keeps it: its message as JSON, exactly as a worker will get it."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.base.errors import AlbumenError, BadMessage, CandidateUnreadable, PathNotText
from engine.protocol import Compose, Export, FindFaces, Job, Restore, ShowSpread

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


def told_of(error: AlbumenError, job: Job) -> AlbumenError:
    """What a worker said of a job; where a picture could not be read that is no photo, it says so."""
    match job:
        case Export():
            candidates = {pick.candidate for pick in job.picks}
        case Compose():
            candidates = {job.pick.candidate}
        case ShowSpread():
            candidates = set(job.candidates)
        case _:
            return error
    path = error.arguments.get("path")
    return CandidateUnreadable(path=path) if error.kind.startswith("photo_") and path in candidates else error


def decode_job(message: bytes) -> QueueJob:
    """A job of the queue; BadMessage where this version of Albumen cannot read it."""
    try:
        return _decoder.decode(message)
    except msgspec.DecodeError as error:
        raise BadMessage(detail=error) from error
