"""From a list's entry to a network ready to run: checked, strict, without executing anything from the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.base.errors import WeightsUnfit, WeightsUnreadable
from engine.base.sizes import TEMPLATE_PX
from engine.diffusion.schedule import abar_table
from engine.models.foreign import ForeignEstimator, Unsupported, describe
from engine.models.licences import require_licence
from engine.models.packs import Located, catalogue
from engine.models.registry import SPANDREL, build_on_meta
from engine.models.spec import Weights
from engine.networks.guided_prior import GuidedPrior


class Defaults(NamedTuple):
    """What a model wants where the user says nothing: strength and eta in [0, 1], and the number of steps."""

    strength: float
    eta: float
    steps: int


class Record(NamedTuple):
    """Which weights were loaded, for the recipe."""

    id: str
    sha256: str


@dataclass(frozen=True)
class LoadedPair:
    """An estimator and a prior on one device, in float32, with what their list says of them.

    `estimator`: y (B,3,S,S) in [0, 1] -> x0 estimate (B,3,S,S), about [0, 1], not clamped; where `inpainting`, it takes
    y * (1 - m) and the mask m (1 = hole) as a fourth channel. `prior`: (x_t (B,3,S,S), t (B,) long) -> eps_hat in the
    first three channels; None where the model has none. S is `size_px`; start steps go up to `max_start_step` (0
    without a prior). `records` has the estimator's, then the prior's.
    """

    id: str
    estimator: nn.Module
    prior: nn.Module | None
    size_px: int
    inpainting: bool
    defaults: Defaults
    max_start_step: int
    records: tuple[Record, ...]


def check_usable(id: str) -> None:
    """Raise UnknownModel, WeightsMissing or LicenceNotAccepted where `load_pair` would; nothing is read yet."""
    library = catalogue()
    for part in library.parts_of(library.find_model(id)):
        _require(part)


def load_pair(id: str, device: torch.device) -> LoadedPair:
    """Estimator and prior of the model `id`, or of an estimator's id with the starter's prior.

    The prior decides the size; an estimator made for another size sees the face at its own. Raises as `check_usable`
    and `load_network` do.
    """
    check_usable(id)  # before the first of two large files is read
    library = catalogue()
    model = library.find_model(id)
    parts = library.parts_of(model)
    networks = [load_network(part, device) for part in parts]
    said, prior = parts[0].weights, parts[1].weights if len(parts) > 1 else None
    size_px = (prior.size_px if prior else said.size_px) or TEMPLATE_PX
    inpainting = said.stage == "inpainting estimator"
    estimator = networks[0]
    if said.size_px is not None and said.size_px != size_px:
        if inpainting:
            raise WeightsUnfit(path=parts[0].path, detail=f"they fill holes at {said.size_px} px, not {size_px}")
        estimator = AtItsSize(estimator, said.size_px)
    return LoadedPair(
        id=id,
        estimator=estimator,
        prior=networks[1] if prior else None,
        size_px=size_px,
        inpainting=inpainting,
        defaults=Defaults(model.strength, model.eta, model.steps),
        max_start_step=(prior.max_start_step or 0) if prior else 0,
        records=tuple(Record(part.weights.id, part.checked()) for part in parts),
    )


class AtItsSize(nn.Module):
    """An estimator made for faces of another size than it is given: they are resized for it, and back."""

    def __init__(self, estimator: nn.Module, size_px: int) -> None:
        super().__init__()
        self.estimator = estimator
        self.size_px = size_px

    def forward(self, y_01: Tensor) -> Tensor:
        """Damaged faces (B,3,S,S) in [0, 1] -> estimates (B,3,S,S)."""
        faces = _resized(y_01, (self.size_px, self.size_px)).clamp(0, 1)  # bicubic overshoots
        return _resized(self.estimator(faces), (y_01.shape[-2], y_01.shape[-1]))


def _resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(picture.float(), size, mode="bicubic", align_corners=False, antialias=True)


def load_network(part: Located, device: torch.device) -> nn.Module:
    """The network with its weights in float32, whatever the file has, in eval mode and without gradients.

    The file is memory-mapped; its hash is compared, once while it does not change. Raises WeightsMissing,
    LicenceNotAccepted, WeightsDamaged, WeightsUnreadable, WeightsUnfit.
    """
    _require(part)
    part.checked()
    network = filled(part.weights, read_safetensors(part.path), part.path)
    if isinstance(network, GuidedPrior):  # a file in half precision rounds 1 - abar of the first timesteps to 0
        network.abar = torch.tensor(abar_table(), dtype=torch.float32)
    return network.to(device, torch.float32).eval().requires_grad_(False)


def _require(part: Located) -> None:
    part.require_file()
    require_licence(part)


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, memory-mapped; raises WeightsUnreadable."""
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsUnreadable(path=path) from error


def filled(weights: Weights, tensors: dict[str, Tensor], path: Path) -> nn.Module:
    """The network of a list's entry with these weights, on the CPU; WeightsUnfit (naming `path`) if they don't fit."""
    if weights.network == SPANDREL:
        try:
            return ForeignEstimator(describe(tensors))
        except Unsupported as error:
            raise WeightsUnfit(path=path, detail=error) from error
    try:
        network = build_on_meta(weights.network, weights.config)
    except ValueError as error:
        raise WeightsUnfit(path=path, detail=error) from error
    wrong = misfit(network, tensors)
    if wrong:
        raise WeightsUnfit(path=path, detail=f"they do not fit the network of {weights.id}: {wrong}")
    network.load_state_dict(tensors, strict=True, assign=True)
    return network


def misfit(network: nn.Module, tensors: dict[str, Tensor]) -> str:
    """In a few words where names or shapes of weights differ from a network's; empty where they are the same."""
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    shared = wanted.keys() & found.keys()
    differences = {
        "missing": wanted.keys() - found.keys(),
        "unknown": found.keys() - wanted.keys(),
        "of another shape": {name for name in shared if wanted[name] != found[name]},
    }
    return ", ".join(f"{len(names)} {what} ({min(names)} ...)" for what, names in differences.items() if names)
