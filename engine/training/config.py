"""What a training run is: a TOML file read into one frozen record."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import torch
from msgspec import Meta
from torch import nn

from engine.base.errors import UsageError
from engine.degrade.model import DegradationRanges
from engine.degrade.old_photo import OldPhotoRanges
from engine.diffusion.schedule import T
from engine.models.registry import build_on_meta
from engine.networks.adm_unet import AdmUnetConfig
from engine.networks.guided_prior import GuidedPriorConfig

PRESETS = Path(__file__).parent / "presets"
NETWORKS = {"estimator": ("compact_unet", "srcnn", "swinir"), "prior": ("guided_prior", "adm_unet")}
"""What can be trained, by the names of `engine.models.registry`; the first is the default."""

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Weight = Annotated[float, Meta(ge=0)]


class AugmentConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Chances and sizes of the changes made to a clean face before it is used."""

    flip: float = 0.5
    affine: float = 0.35
    rotation_degrees: float = 6.0
    zoom: float = 0.08
    shift_px: float = 8.0
    colour: float = 0.5
    grey: float = 0.12
    sepia: float = 0.06


class TrainConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One run; the network and its `config` are named as in a list of models."""

    task: Literal["estimator", "prior"]
    network: str = ""
    """A name of `NETWORKS`; the task's first where it is not given."""
    config: str | dict[str, Any] = {}
    """The network's shape: a table, or the name of a constant in the network's module."""
    size_px: Positive = 256
    batch: Positive = 16
    """Faces one process learns from at once."""
    accumulate: Positive = 1
    """A step sums the gradients of so many batches of each process."""
    crop_px: Count = 0
    """Side of the random crops a batch is cut to (0: whole faces); `size_px` pictures only."""
    whole_every: Count = 0
    """With crops: one step of so many is made on whole faces, `whole_batch` of them."""
    whole_batch: Positive = 4
    learning_rate: float = 4e-4
    schedule: Literal["constant", "cosine"] = "constant"
    """constant: training goes on in many pieces, and `--finish` lets the rate fall; cosine: falls over all steps."""
    total_steps: Count = 0
    """Where the run ends by itself; 0: it goes on until stopped."""
    final_rate: Weight = 0.0
    """cosine only: the rate at `total_steps`."""
    warmup_steps: Count = 200
    weight_decay: float = 0.01
    clip_norm: Weight = 1.0
    """Longest gradient; 0: not clipped."""
    ema: Share = 0.998
    precision: Literal["fp32", "bf16"] = "bf16"
    perceptual_weight: Weight = 0.0
    """Estimator only: weight of the LPIPS distance beside L1; 0 is off."""
    perceptual_weights: str = ""
    """File (.npz) of LPIPS-AlexNet's weights."""
    identity_weight: Weight = 0.0
    """Estimator only: weight of 1 - cosine of the identity embeddings beside L1; 0 is off."""
    identity_weights: str = ""
    """File (.pth, .safetensors) of ArcFace's weights (IR-SE50, as facexlib has them)."""
    loss: Literal["simple", "hybrid"] = "simple"
    """Prior only: hybrid also learns the variance, with a network of six output channels."""
    largest_t: Annotated[int, Meta(ge=1, le=T)] = 500
    """Prior only: timesteps are drawn below this; sampling may start no higher."""
    focus_t: Annotated[int, Meta(ge=1, le=T)] = 250
    """Prior only: `focus` of the draws are uniform below `focus_t`, the rest uniform below `largest_t`."""
    focus: Share = 0.5
    seed: Count = 1
    workers: Positive = 1
    """Threads that make batches ahead."""
    checkpoint_minutes: Weight = 5.0
    log_every: Positive = 50
    augment: AugmentConfig = AugmentConfig()
    degradation: DegradationRanges = DegradationRanges()
    old_photo: OldPhotoRanges = OldPhotoRanges()
    """Estimator only: the damage of age; its `share` of 0 is off."""

    def __post_init__(self) -> None:
        if self.network_name not in NETWORKS[self.task]:
            raise ValueError(f"the {self.task} can be one of {', '.join(NETWORKS[self.task])}, not {self.network}")
        if self.schedule == "cosine" and self.total_steps <= self.warmup_steps:
            raise ValueError("a cosine schedule needs total_steps above warmup_steps")
        if self.crop_px and self.identity_weight:
            raise ValueError("the identity term needs whole faces, so crop_px must be 0")
        if self.loss == "hybrid" and self.network_name != "adm_unet":
            raise ValueError("the hybrid loss needs network adm_unet, which can learn the variance")

    @property
    def network_name(self) -> str:
        return self.network or NETWORKS[self.task][0]


def read_config(name: str, task: str) -> TrainConfig:
    """Read a preset by name (see `presets/`) or a TOML file by path; UsageError in one sentence."""
    path = PRESETS / f"{name}-{task}.toml"
    if not path.is_file():
        path = Path(name)
    try:
        table = msgspec.toml.decode(path.read_bytes())
        config = msgspec.convert(table, TrainConfig)
        _refuse_unknown_fields(table)
    except (FileNotFoundError, IsADirectoryError):
        known = ", ".join(sorted({p.stem.rsplit("-", 1)[0] for p in PRESETS.glob("*.toml")}))
        raise UsageError(detail=f"{name}: there is no such training configuration; presets are {known}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(detail=f"{path}: this training configuration is wrong: {error}.") from None
    if config.task != task:
        raise UsageError(detail=f"{path}: this configuration is for the {config.task}, not the {task}.")
    return config


def _refuse_unknown_fields(table: dict[str, Any]) -> None:
    """msgspec leaves out keys that a dataclass does not have; a misspelt one must not pass. Raises ValidationError."""
    for name, ranges in (("degradation", DegradationRanges), ("old_photo", OldPhotoRanges)):
        unknown = table.get(name, {}).keys() - {field.name for field in dataclasses.fields(ranges)}
        if unknown:
            raise msgspec.ValidationError(f"{name} has no field `{min(unknown)}`")


def build_network(config: TrainConfig) -> nn.Module:
    """The network with fresh weights, which follow from the seed; UsageError where its config does not fit."""
    try:
        checked = build_on_meta(config.network_name, config.config)
        _check_sizes(config, checked.config)
    except ValueError as error:
        raise UsageError(detail=f"This network cannot be trained: {error}.") from None
    torch.manual_seed(config.seed)
    network: nn.Module = type(checked)(checked.config)
    return network


def _check_sizes(config: TrainConfig, network: Any) -> None:
    """Raise ValueError where pictures, crops and channels of the network and the run disagree."""
    multiple = network.body.multiple if isinstance(network, GuidedPriorConfig) else network.multiple
    for name, side in (("size_px", config.size_px), ("crop_px", config.crop_px)):
        if side % multiple:
            raise ValueError(f"{name} must be a multiple of {multiple} for it, not {side}")
    if config.crop_px > config.size_px:
        raise ValueError(f"crop_px must not be above size_px, {config.size_px}")
    own = getattr(network, "size_px", getattr(network, "image_px", config.size_px))
    if own != config.size_px:
        raise ValueError(f"its own size is {own} px, but size_px is {config.size_px}")
    if config.loss == "hybrid" and isinstance(network, AdmUnetConfig) and network.out_channels != 6:
        raise ValueError("the hybrid loss needs out_channels = 6")
