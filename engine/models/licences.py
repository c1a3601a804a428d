"""Licences that have to be accepted before weights are used, and which of them were.

What was accepted is kept in the user's folder, by the id of the weights and the name of the licence.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from engine.base import folders
from engine.base.errors import LicenceNotAccepted
from engine.models.files import write_file
from engine.models.packs import Located, catalogue

FILE = "licences.json"


@dataclass(frozen=True)
class Licence:
    """The licence of some weights, to be shown."""

    weights: str
    name: str
    text: str
    accepted: bool


def licences_of(id: str) -> tuple[Licence, ...]:
    """The licences with conditions that using a model (or weights) of this id needs; raises UnknownModel."""
    return tuple(
        Licence(
            part.weights.id,
            part.weights.licence,
            (part.licences / str(part.weights.licence_file)).read_text(encoding="utf-8"),
            is_accepted(part),
        )
        for part in catalogue().parts(id)
        if part.weights.use == "non-commercial"
    )


def accept_licence(id: str) -> None:
    """Note that the user accepts the licences of the model (or weights) of this id; raises UnknownModel."""
    accepted = _accepted() | {licence.weights: licence.name for licence in licences_of(id)}
    write_file(folders.data_dir() / FILE, msgspec.json.encode(accepted))


def is_accepted(part: Located) -> bool:
    """Whether nothing stands in the way of using these weights: a licence without conditions, or an accepted one."""
    return part.weights.use != "non-commercial" or _accepted().get(part.weights.id) == part.weights.licence


def require_licence(part: Located) -> None:
    """Raise LicenceNotAccepted where the licence of these weights is still to be accepted."""
    if not is_accepted(part):
        raise LicenceNotAccepted(model=part.weights.id, licence=part.weights.licence)


def _accepted() -> dict[str, str]:
    """Weights id -> licence name; a missing or broken file means that nothing was accepted."""
    try:
        return msgspec.json.decode((folders.data_dir() / FILE).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        return {}
