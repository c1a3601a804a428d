"""Estimators that are not ours: any architecture the library spandrel finds from the weights.

Error contraction works on any f(y), so a restoration, face or enlarging network can take the estimator's place.
"""

from __future__ import annotations

import importlib
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.base.torchvision_import import make_torchvision_importable
from engine.models.budget import parameter_budget

Descriptor = Any
"""spandrel's ImageModelDescriptor (the library is imported on use and has no types)."""

_SPARE = 2
"""A network may have so many times the numbers that its file has: no more than buffers and doubles can explain."""
MORE = "the package spandrel-extra-arches, if you install it, adds some"


class Unsupported(ValueError):
    """Why weights cannot serve as an estimator."""


class ForeignEstimator(nn.Module):
    """Any picture network as f(y): keeps the size, whatever sides and scale the network itself wants."""

    def __init__(self, descriptor: Descriptor) -> None:
        super().__init__()
        self.net = descriptor.model
        self._descriptor = descriptor

    @property
    def can_be_tiled(self) -> bool:
        """Whether a part of the picture is estimated as well by itself, with some of what lies around it."""
        return self._descriptor.tiling.name == "SUPPORTED"  # type: ignore[no-any-return]

    def forward(self, y_01: Tensor) -> Tensor:
        """Damaged pictures (B,3,H,W) in [0, 1] -> estimates (B,3,H,W) in [0, 1], float32.

        Sides are padded to what the network needs; the result of an enlarging network is averaged back to H x W.
        Under autocast to a type the network does not work in, it stays in float32.
        """
        device = y_01.device.type
        works_in = {
            torch.float16: self._descriptor.supports_half,
            torch.bfloat16: self._descriptor.supports_bfloat16,
        }
        cast = torch.is_autocast_enabled(device) and works_in.get(torch.get_autocast_dtype(device), True)
        with torch.autocast(device, enabled=cast):
            # spandrel takes one picture at a time
            estimates = [self._estimate(picture) for picture in torch.split(y_01.float(), 1)]
        return torch.cat(estimates).float()

    def _estimate(self, picture: Tensor) -> Tensor:
        result: Tensor = self._descriptor(picture)  # (1,3,H,W) -> (1,3,scale*H,scale*W)
        return result if result.shape == picture.shape else F.interpolate(result, picture.shape[-2:], mode="area")


def describe(tensors: dict[str, Tensor]) -> Descriptor:
    """The network these weights belong to, with the weights in it, on the CPU.

    Raises Unsupported where spandrel knows none, or it is no network from one RGB picture to one.
    """
    _prepare_imports()
    spandrel = importlib.import_module("spandrel")
    try:
        with parameter_budget(_SPARE * sum(tensor.numel() for tensor in tensors.values())):
            descriptor = spandrel.ModelLoader().load_from_state_dict(dict(tensors))
    except spandrel.UnsupportedModelError as error:
        raise Unsupported(f"no network with such weights is known ({MORE})") from error
    except (RuntimeError, KeyError, ValueError, AssertionError, IndexError) as error:
        # Recognised by a few keys, and then the rest is not as that architecture expects.
        raise Unsupported(f"the weights are incomplete ({str(error).splitlines()[0]})") from error
    if not isinstance(descriptor, spandrel.ImageModelDescriptor):
        raise Unsupported("an inpainting network cannot be an estimator")
    if (descriptor.input_channels, descriptor.output_channels) != (3, 3):
        raise Unsupported(
            f"{descriptor.input_channels} channels become {descriptor.output_channels}, where RGB has to become RGB"
        )
    return descriptor


def _prepare_imports() -> None:
    """Make `import spandrel` work, with the architectures of spandrel-extra-arches where the user installed them."""
    make_torchvision_importable()
    try:
        extra = importlib.import_module("spandrel_extra_arches")
    except ModuleNotFoundError:
        return
    extra.install(ignore_duplicates=True)
