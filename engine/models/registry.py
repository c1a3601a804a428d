"""The networks by name: where each class and its config lie, imported when first built."""

from __future__ import annotations

import dataclasses
import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from torch import nn

SPANDREL = "spandrel"
"""Network name of the foreign estimators, whose architecture the library spandrel finds from the weights."""


class Network(NamedTuple):
    """Module, class and config class of a network."""

    module: str
    cls: str
    config: str


NETWORKS = {
    "adm_unet": Network("engine.networks.adm_unet", "AdmUnet", "AdmUnetConfig"),
    "compact_unet": Network("engine.networks.compact_unet", "CompactUNet", "CompactUNetConfig"),
    "guided_prior": Network("engine.networks.guided_prior", "GuidedPrior", "GuidedPriorConfig"),
    "lama": Network("engine.networks.lama", "Lama", "LamaConfig"),
    "srcnn": Network("engine.networks.srcnn", "Srcnn", "SrcnnConfig"),
    "swinir": Network("engine.networks.swinir", "SwinIR", "SwinIRConfig"),
}


def build_on_meta(name: str, config: str | dict[str, Any]) -> nn.Module:
    """The network `name` without storage (device `meta`).

    `config` is the name of a constant in the network's module or a table of config fields, nested where the
    config is. Raises ValueError where it does not fit the config class.
    """
    import torch

    from engine.models.budget import parameter_budget

    network = NETWORKS[name]
    module = importlib.import_module(network.module)
    config_class = getattr(module, network.config)
    if isinstance(config, str):
        built = getattr(module, config, None)
        if not isinstance(built, config_class):
            raise ValueError(f"{name} has no configuration {config!r}")
    else:
        try:
            built = msgspec.convert(config, config_class)
        except msgspec.ValidationError as error:
            raise ValueError(f"{name}: {error}") from error
        _refuse_unknown_fields(config, built)
    try:
        with torch.device("meta"), parameter_budget():
            return getattr(module, network.cls)(built)  # type: ignore[no-any-return]
    except (ArithmeticError, LookupError, RuntimeError, TypeError) as error:
        raise ValueError(f"{name} cannot be built with {built}: {error}") from error


def _refuse_unknown_fields(table: dict[str, Any], config: Any) -> None:
    """msgspec leaves out keys that a dataclass does not have; a misspelt one must not pass."""
    for key, value in table.items():
        if key not in {field.name for field in dataclasses.fields(config)}:
            raise ValueError(f"{type(config).__name__} has no field {key!r}")
        if isinstance(value, dict):
            _refuse_unknown_fields(value, getattr(config, key))
