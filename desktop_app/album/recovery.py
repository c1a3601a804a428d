"""After a session that ended badly or a catalogue that was damaged: the sidecars bring the work back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop_app.album import migrate, sidecar
from desktop_app.album.records import Change
from desktop_app.album.sidecar import Sidecar
from desktop_app.album.store.catalogue import FILE, Catalogue
from engine.base.errors import AlbumenError


@dataclass(frozen=True)
class Recovered:
    """What recovery did: what is another now, and which sidecars could not be read."""

    change: Change
    errors: tuple[AlbumenError, ...]


def recover(catalogue: Catalogue, cancelled: Callable[[], bool] = lambda: False) -> Recovered:
    """Compare the catalogue with the sidecars; photos that it lost come back, and the sidecars' edits win.

    A photo that comes back has no size and no thumbnail until it is read again. A damaged sidecar is set aside and
    written anew from what the catalogue knows. Reads every sidecar: for a background thread, and for when
    `Catalogue.needs_recovery` says so, which it does no more when this was not cancelled.
    """
    changes: list[Change] = []
    errors: list[AlbumenError] = []
    for path in sidecar.files(catalogue.folder):
        if cancelled():
            return Recovered(Change.of(changes), tuple(errors))
        found = sidecar.read_file(path)
        if found.error is not None:
            errors.append(found.error)
        if found.sidecar is not None:
            changes.append(_bring_back(catalogue, found.sidecar))
    for photo_id, sha256 in catalogue.edits.worked_on():
        if not sidecar.path_of(catalogue.folder, sha256).exists():
            changes.append(catalogue.edits.settle(photo_id))
    migrate.recovery_marker(catalogue.folder / FILE).unlink(missing_ok=True)
    return Recovered(Change.of(changes), tuple(errors))


def _bring_back(catalogue: Catalogue, found: Sidecar) -> Change:
    photo_id = catalogue.photos.find_by_sha256(found.sha256)
    if photo_id is None:
        return catalogue.photos.add_lost(Path(found.path), found.sha256)
    if catalogue.edits.edit(photo_id) == found.edit:
        return Change()
    return catalogue.edits.settle(photo_id)
