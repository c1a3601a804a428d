"""What models there are: the shipped list and the user's packs, brought together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.base import folders
from engine.base.errors import ModelListDamaged, UnknownModel, WeightsDamaged, WeightsMissing
from engine.models.files import sha256_of, shipped_dir, user_dir
from engine.models.spec import MANIFEST, Model, Pack, Weights, read_pack

STARTER = "starter"
"""The shipped model; its prior and defaults also serve an estimator that is asked for alone."""


@dataclass(frozen=True)
class Located:
    """Weights as a list names them, and where their file and the text of their licence are.

    `ours` says that the shipped list names them, `expected` that the file should be there: shipped or imported.
    """

    weights: Weights
    folder: Path
    licences: Path
    ours: bool
    expected: bool

    @property
    def path(self) -> Path:
        return self.folder / self.weights.file

    @property
    def installed(self) -> bool:
        return self.path.is_file()

    def require_file(self) -> None:
        """Raise WeightsMissing, with what to do about it, where there is no file."""
        if not self.installed:
            raise WeightsMissing(path=self.path, model=self.weights.id, advice=self._advice())

    def checked(self) -> str:
        """SHA-256 of the file, compared with the list's. Raises WeightsMissing or WeightsDamaged."""
        self.require_file()
        found = sha256_of(self.path)
        if self.weights.sha256 not in (None, found):
            raise WeightsDamaged(path=self.path, model=self.weights.id)
        return found

    def _advice(self) -> str:
        if not self.ours:
            return "Import them again with: albumen models import FILE"
        if self.weights.shipped:
            return "Install Albumen again."
        if self.weights.url is not None:
            return f"Fetch them with: albumen models fetch {self.weights.id}"
        return f"Get the file from {self.weights.source}, then run: albumen models import FILE"


@dataclass(frozen=True)
class Catalogue:
    """All weights and models by id; `damaged` names the user's packs whose list cannot be read, and why."""

    weights: dict[str, Located]
    models: dict[str, Model]
    damaged: dict[str, ModelListDamaged]

    def find_model(self, id: str) -> Model:
        """The model of this id; an estimator's id alone means it together with the starter's prior.

        Raises UnknownModel.
        """
        if id in self.models:
            return self.models[id]
        alone = {key: part.weights for key, part in self.weights.items() if part.weights.stage == "estimator"}
        if id not in alone:
            raise UnknownModel(model=id, known=", ".join(sorted([*self.models, *alone])))
        return msgspec.structs.replace(self.models[STARTER], id=id, name=alone[id].name, estimator=id)

    def parts(self, id: str) -> list[Located]:
        """What the model, or the weights, of this id consist of: estimator, then prior; raises UnknownModel."""
        if id in self.weights:
            return [self.weights[id]]
        return self.parts_of(self.find_model(id))

    def parts_of(self, model: Model) -> list[Located]:
        """Estimator, and prior if there is one, of a model."""
        return [self.weights[part] for part in (model.estimator, model.prior) if part is not None]


def catalogue() -> Catalogue:
    """Read the shipped list and the user's packs; raises ModelListDamaged only for the shipped one."""
    shipped = shipped_pack()
    licences = folders.resources_dir() / "licences"
    weights = {}
    for entry in shipped.weights:
        folder = shipped_dir() if entry.shipped else user_dir() / entry.id
        weights[entry.id] = Located(entry, folder, licences, ours=True, expected=entry.shipped)
    models = {model.id: model for model in shipped.models}
    packs, damaged = user_packs()
    for folder, pack in packs:
        for entry in pack.weights:
            known = weights.get(entry.id)
            if known is None:
                weights[entry.id] = Located(entry, folder, folder, ours=False, expected=True)
            elif known.ours and not known.weights.shipped:  # the file is the user's, all that is said of it ours
                said = msgspec.structs.replace(known.weights, file=entry.file, sha256=entry.sha256, bytes=entry.bytes)
                weights[entry.id] = Located(said, folder, licences, ours=True, expected=True)
        for model in pack.models:
            if model.estimator in weights and (model.prior is None or model.prior in weights):
                models.setdefault(model.id, model)
    return Catalogue(weights, models, damaged)


def shipped_pack() -> Pack:
    """The list of models that comes with the program; raises ModelListDamaged."""
    return read_pack(folders.resources_dir() / "models.toml")


def user_packs() -> tuple[list[tuple[Path, Pack]], dict[str, ModelListDamaged]]:
    """The user's packs with their folders, by name, and the names of those that cannot be read."""
    packs: list[tuple[Path, Pack]] = []
    damaged: dict[str, ModelListDamaged] = {}
    for manifest in sorted(user_dir().glob(f"[!.]*/{MANIFEST}")):
        try:
            packs.append((manifest.parent, read_pack(manifest)))
        except ModelListDamaged as error:
            damaged[manifest.parent.name] = error
    return packs, damaged
