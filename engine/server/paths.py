"""Which paths a job may name, and where what it makes may lie."""

from __future__ import annotations

import os
from pathlib import Path

from engine.base.errors import PathRefused
from engine.protocol import CandidateReady, Compose, Event, Export, Exported, FindFaces, Job, PatchReady, Restore


def check_job(job: Job) -> None:
    """Raise PathRefused unless every path in the job is absolute, without `..` and NUL."""
    for path in _paths(job):
        if not Path(path).is_absolute() or ".." in Path(path).parts or "\0" in path:
            raise PathRefused(path=path)


def check_event(event: Event, job: Job) -> None:
    """Raise PathRefused unless a file named by the event lies in the folder which the job named for it."""
    match event, job:
        case CandidateReady(), Restore():
            _check_inside(event.path, job.store)
        case PatchReady(), Compose():
            _check_inside(event.path, job.folder)
        case Exported(path=str() as path), Export():
            _check_inside(path, os.path.dirname(job.output))


def _check_inside(path: str, folder: str) -> None:
    if not Path(path).resolve().is_relative_to(Path(folder).resolve()):
        raise PathRefused(path=path)


def _paths(job: Job) -> list[str]:
    match job:
        case FindFaces():
            return [job.photo]
        case Restore():
            return [job.photo, job.store] + ([] if job.folder is None else [job.folder])
        case Compose():
            return [job.photo, job.pick.candidate, job.folder]
        case Export():
            return [job.photo, job.output, *(pick.candidate for pick in job.picks)]
