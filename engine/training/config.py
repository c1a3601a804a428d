"""What a training run is: a TOML file read into one frozen record."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from engine.base.errors import UsageError
from engine.degrade.model import DegradationRanges
from engine.networks.compact_unet import CompactUNetConfig
from engine.networks.guided_prior import GuidedPriorConfig

PRESETS = Path(__file__).parent / "presets"


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
    """One run. The rate warms up and stays constant, since training goes on in many pieces; `finish` lets it fall."""

    task: Literal["estimator", "prior"]
    size_px: int = 256
    batch: int = 16
    crop_px: int = 0
    """Side of the random crops a batch is cut to (0: whole faces); `size_px` pictures only."""
    whole_every: int = 0
    """With crops: one step of so many is made on whole faces, `whole_batch` of them."""
    whole_batch: int = 4
    learning_rate: float = 4e-4
    warmup_steps: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    ema: float = 0.998
    precision: Literal["fp32", "bf16"] = "bf16"
    largest_t: int = 500
    """Prior only: timesteps are drawn below this; sampling may start no higher."""
    focus_t: int = 250
    """Prior only: `focus` of the draws are uniform below `focus_t`, the rest uniform below `largest_t`."""
    focus: float = 0.5
    seed: int = 1
    checkpoint_minutes: float = 5.0
    augment: AugmentConfig = AugmentConfig()
    degradation: DegradationRanges = DegradationRanges()
    estimator: CompactUNetConfig = CompactUNetConfig()
    prior: GuidedPriorConfig = GuidedPriorConfig()


def read_config(name: str, task: str) -> TrainConfig:
    """Read a preset by name (see `presets/`) or a TOML file by path; UsageError in one sentence."""
    path = PRESETS / f"{name}-{task}.toml"
    if not path.is_file():
        path = Path(name)
    try:
        config = msgspec.toml.decode(path.read_bytes(), type=TrainConfig)
    except FileNotFoundError:
        known = ", ".join(sorted({p.stem.rsplit("-", 1)[0] for p in PRESETS.glob("*.toml")}))
        raise UsageError(detail=f"{name}: there is no such training configuration; presets are {known}.") from None
    except msgspec.DecodeError as error:
        raise UsageError(detail=f"{path}: this training configuration is wrong: {error}.") from None
    if config.task != task:
        raise UsageError(detail=f"{path}: this configuration is for the {config.task}, not the {task}.")
    return config
