"""What a list of models says: weights, the models made of them, and the pack that holds both.

The shipped list is `resources/models.toml`; a pack of the user's has the same content in its `manifest.json`.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from engine.base.errors import ModelListDamaged
from engine.models.registry import NETWORKS, SPANDREL

MANIFEST = "manifest.json"

Stage = Literal["estimator", "prior", "inpainting estimator"]
Use = Literal["any", "non-commercial", "unknown"]
Id = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,63}\Z")]
WeightsName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.safetensors\Z")]
TEXT_NAME = r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(txt|md)\Z"
TextName = Annotated[str, Meta(pattern=TEXT_NAME)]
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Fraction = Annotated[float, Meta(ge=0, le=1)]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One file of weights and the network it belongs to.

    `config` is a table of the network's config fields or the name of a constant in the network's module.
    `size_px` is the side of the faces the network is made for, None where it takes any. `memory_mb` is what one
    face takes in float32, in MiB, 0 where unknown. `max_start_step` (priors) is the largest timestep it was
    trained for. `url` is where the authors' file can be fetched, `source_bytes` and `source_sha256` are its size and
    hash where known, `sha256` is that of `file`; `shipped` says that `file` comes with the program.
    """

    id: Id
    name: str
    stage: Stage
    network: str
    file: WeightsName
    licence: str
    use: Use
    source: str
    shipped: bool = False
    config: str | dict[str, Any] = {}
    size_px: Annotated[int, Meta(ge=16)] | None = None
    memory_mb: Annotated[int, Meta(ge=0)] = 0
    max_start_step: Annotated[int, Meta(ge=1, le=999)] | None = None
    licence_file: TextName | None = None
    sha256: Sha256 | None = None
    bytes: Annotated[int, Meta(ge=1)] | None = None
    url: str | None = None
    source_bytes: Annotated[int, Meta(ge=1)] | None = None
    source_sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        if self.network != SPANDREL and self.network not in NETWORKS:
            raise ValueError(f"{self.id}: there is no network {self.network!r}")
        if self.network == SPANDREL and self.stage != "estimator":
            raise ValueError(f"{self.id}: a foreign network can only be an estimator")
        if self.stage == "prior" and (self.size_px is None or self.max_start_step is None):
            raise ValueError(f"{self.id}: a prior needs size_px and max_start_step")
        if self.use == "non-commercial" and self.licence_file is None:
            raise ValueError(f"{self.id}: a licence that has to be accepted needs a licence_file")


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """An estimator and a prior that work together, by the ids of their weights, with the defaults they want."""

    id: Id
    name: str
    estimator: Id
    prior: Id | None = None
    strength: Fraction = 0.0
    eta: Fraction = 0.5
    steps: Annotated[int, Meta(ge=1, le=1000)] = 100

    def __post_init__(self) -> None:
        if self.prior is None and self.strength > 0:
            raise ValueError(f"{self.id}: without a prior the strength can only be 0")


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The content of a list of models; `id` names the pack's folder."""

    id: Id
    weights: tuple[Weights, ...]
    models: tuple[Model, ...] = ()

    def __post_init__(self) -> None:
        if len(ids_of(self)) < len(self.weights) + len(self.models):
            raise ValueError(f"{self.id}: an id is there twice")


def ids_of(pack: Pack) -> set[str]:
    """The ids of a pack's weights and models."""
    return {entry.id for entry in pack.weights} | {model.id for model in pack.models}


def read_pack(path: Path) -> Pack:
    """The list of models in a `.toml` or `.json` file; raises ModelListDamaged for whatever is wrong with it."""
    try:
        return parse_pack(path.read_bytes(), path)
    except OSError as error:
        raise ModelListDamaged(path=path, detail=error.strerror or "unreadable") from error


def parse_pack(content: bytes, path: Path) -> Pack:
    """The list of models in the bytes of the file `path`, whose ending says whether they are TOML or JSON."""
    try:
        table = tomllib.loads(content.decode()) if path.suffix == ".toml" else msgspec.json.decode(content)
        return msgspec.convert(table, Pack)
    except (ValueError, RecursionError) as error:  # each of their own errors is a ValueError
        raise ModelListDamaged(path=path, detail=str(error)) from error
