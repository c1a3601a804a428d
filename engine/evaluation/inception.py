"""The Inception v3 of the published FID (Heusel et al. 2017), from a user's file of its weights.

It is torchvision's network with 1008 classes and other poolings: averages leave the padding out of their count, and the
last block takes maxima. Features agree with those of the public PyTorch port for equal weights; that the published
file gives the published distances has not been checked, since the file cannot be had offline.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.base.errors import WeightsMissing, WeightsUnfit, WeightsUnreadable
from engine.base.torchvision_import import make_torchvision_importable
from engine.base.values import pm1_from_01
from engine.evaluation.metrics import Picture

INCEPTION_FILE = "pt_inception-2015-12-05-6726825d.pth"
"""The port of the TensorFlow network of 2015-12-05, as releases of pytorch-fid offer it."""
SIDE_PX = 299


class Inception:
    """Features (2048,) of the last pooling."""

    def __init__(self, path: Path) -> None:
        """Read a state dict; raises WeightsMissing, WeightsUnreadable or WeightsUnfit."""
        if not path.is_file():
            raise WeightsMissing(path=path, model="inception", advice="Give their folder with --metric-weights.")
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
            raise WeightsUnreadable(path=path) from error
        self.network = fid_inception()
        try:
            self.network.load_state_dict(state)
        except (RuntimeError, TypeError) as error:
            raise WeightsUnfit(path=path, detail="they are not those of the FID's Inception v3") from error
        self.network.fc = nn.Identity()

    @torch.inference_mode()
    def __call__(self, picture: Picture) -> NDArray[np.float32]:
        x = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None]  # (1, 3, S, S)
        x = F.interpolate(x, size=(SIDE_PX, SIDE_PX), mode="bilinear", align_corners=False)
        return np.asarray(self.network(pm1_from_01(x))[0].numpy())


def fid_inception() -> nn.Module:
    """torchvision's Inception v3 with the FID's poolings and random weights, in eval mode."""
    make_torchvision_importable()
    from torchvision.models import inception

    network = inception.Inception3(num_classes=1008, aux_logits=False, init_weights=False)
    average = partial(F.avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False)
    largest = partial(F.max_pool2d, kernel_size=3, stride=1, padding=1)
    for name, block in network.named_children():
        if isinstance(block, (inception.InceptionA, inception.InceptionC, inception.InceptionE)):
            block.register_forward_hook(partial(_with_pooling, largest if name == "Mixed_7c" else average))
    return network.eval().requires_grad_(False)  # type: ignore[no-any-return]


def _with_pooling(pool: Callable[[Tensor], Tensor], block: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    """A block's output with its last branch, pooling and a convolution, computed with another pooling."""
    branch: Tensor = block.get_submodule("branch_pool")(pool(inputs[0]))
    return torch.cat([output[:, : -branch.shape[1]], branch], dim=1)
