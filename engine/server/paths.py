"""Which paths a job may name, and where what it makes may lie."""

from __future__ import annotations

import os
from pathlib import Path

from engine.base.errors import PathRefused
from engine.protocol import (
    AcceptLicence,
    CandidateReady,
    Compose,
    Event,
    Export,
    Exported,
    FetchModel,
    FindFaces,
    ImportModel,
    Job,
    ListModels,
    PatchReady,
    PhotoRead,
    PhotoShown,
    Pick,
    Preview,
    ReadPhoto,
    Remake,
    Restore,
    ShowPhoto,
    ShowSpread,
    VerifyModels,
)


def check_job(job: Job) -> None:
    """Raise PathRefused unless every path in the job is absolute, without `..` and NUL."""
    for path in _paths(job):
        if not Path(path).is_absolute() or ".." in Path(path).parts or "\0" in path:
            raise PathRefused(path=path)


def check_event(event: Event, job: Job) -> None:
    """Raise PathRefused unless a file named by the event lies in the folder which the job named for it.

    Links are followed first. An event that names a file where the job has no folder for such files is refused too.
    """
    match event, job:
        case CandidateReady(), Restore() | Remake():
            _check_inside(event.path, job.store)
        case Preview(), Restore(folder=str() as folder):
            _check_inside(event.path, folder)
        case PatchReady() | PhotoShown(), Compose() | ShowPhoto() | ShowSpread():
            _check_inside(event.path, job.folder)
        case PhotoRead(), ReadPhoto():
            _check_inside(event.thumbnail, job.folder)
        case Exported(path=str() as path), Export():
            _check_inside(path, os.path.dirname(job.output))
        case ((CandidateReady() | Preview() | PatchReady() | PhotoShown() | Exported(path=str())), _):
            raise PathRefused(path=event.path)
        case PhotoRead(), _:
            raise PathRefused(path=event.thumbnail)


def _check_inside(path: str, folder: str) -> None:
    # realpath and not Path.resolve, which before Python 3.13 raises RuntimeError for links that go round.
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise PathRefused(path=path)


def _paths(job: Job) -> list[str]:
    match job:
        case FindFaces():
            return [job.photo]
        case Restore():
            return [job.photo, job.store] + ([] if job.folder is None else [job.folder])
        case Compose():
            return [job.photo, *_of_pick(job.pick), job.folder]
        case Export():
            sidecar = [] if job.sidecar is None else [job.sidecar]
            return [job.photo, job.output, *sidecar, *(path for pick in job.picks for path in _of_pick(pick))]
        case Remake():
            return [job.photo, job.store]
        case ReadPhoto() | ShowPhoto():
            return [job.photo, job.folder]
        case ShowSpread():
            return [job.photo, *job.candidates, job.folder]
        case ImportModel():
            return [job.file]
        case ListModels() | VerifyModels() | AcceptLicence() | FetchModel():
            return []


def _of_pick(pick: Pick) -> list[str]:
    brush = pick.blend.brush
    return [pick.candidate] if brush is None else [pick.candidate, brush.path]
