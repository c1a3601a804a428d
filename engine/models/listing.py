"""The table of models and the check of their files, for the command line and the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.models.files import sha256_afresh
from engine.models.licences import is_accepted
from engine.models.packs import Catalogue, Located, catalogue
from engine.models.spec import Use


@dataclass(frozen=True)
class ModelRow:
    """A line of the table: a model (an estimator with its prior) or weights by themselves.

    `missing` are the ids of weights that are not installed. `bytes` is None while a size is unknown. `where` has for
    each part its file, or where to get it. `accepted` is False while a licence waits to be accepted.
    """

    id: str
    name: str
    kind: Literal["model", "weights"]
    stages: tuple[str, ...]
    size_px: int | None
    missing: tuple[str, ...]
    use: Use
    licence: str
    bytes: int | None
    where: tuple[str, ...]
    accepted: bool

    @property
    def installed(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class FileCheck:
    """What was found out about a file that should be there."""

    id: str
    path: Path
    state: Literal["ok", "damaged", "missing"]


def list_models() -> tuple[ModelRow, ...]:
    """All models, then all weights, in the order of the lists."""
    library = catalogue()
    models = (_row(library, model.id, model.name, "model") for model in library.models.values())
    weights = (_row(library, id, part.weights.name, "weights") for id, part in library.weights.items())
    return (*models, *weights)


def _row(library: Catalogue, id: str, name: str, kind: Literal["model", "weights"]) -> ModelRow:
    parts = library.parts(id)
    sizes = [_bytes(part) for part in parts]
    uses = {part.weights.use for part in parts}
    strictest: tuple[Use, ...] = ("non-commercial", "unknown", "any")
    return ModelRow(
        id=id,
        name=name,
        kind=kind,
        stages=tuple(part.weights.stage for part in parts),
        size_px=parts[-1].weights.size_px,
        missing=tuple(part.weights.id for part in parts if not part.installed),
        use=next(use for use in strictest if use in uses),
        licence=", ".join(dict.fromkeys(part.weights.licence for part in parts)),
        bytes=None if None in sizes else sum(size or 0 for size in sizes),
        where=tuple(str(part.path) if part.installed else part.weights.source for part in parts),
        accepted=all(is_accepted(part) for part in parts),
    )


def _bytes(part: Located) -> int | None:
    return part.path.stat().st_size if part.installed else part.weights.bytes or part.weights.source_bytes


def verify() -> Iterator[FileCheck]:
    """Hash every file that should be there, shipped or imported, and compare; then the lists that can't be read."""
    library = catalogue()
    for id, part in library.weights.items():
        if part.installed:
            good = part.weights.sha256 in (None, sha256_afresh(part.path))
            yield FileCheck(id, part.path, "ok" if good else "damaged")
        elif part.expected:
            yield FileCheck(id, part.path, "missing")
    for name, error in library.damaged.items():
        yield FileCheck(name, Path(error.arguments["path"]), "damaged")
