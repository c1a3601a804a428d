"""SRCNN over small configs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from engine.networks.srcnn import Srcnn, SrcnnConfig

VARIANTS = [
    SrcnnConfig(),
    SrcnnConfig(channels=(8, 4), unshuffle=1),
    SrcnnConfig(channels=(8, 8), kernels=(5, 3, 3), unshuffle=4),
    SrcnnConfig(in_channels=1),
]


@pytest.mark.parametrize("config", VARIANTS)
def test_saves_and_loads(config: SrcnnConfig, same_after_reload: Callable[..., None]) -> None:
    same_after_reload(Srcnn, config, torch.rand(2, config.in_channels, 16, 24))


@torch.no_grad()
def test_identity_kernels_give_the_picture_back() -> None:
    """Folding and unfolding are each other's inverse, and ReLU leaves values in [0, 1] alone."""
    srcnn = Srcnn(SrcnnConfig(channels=(12, 12), kernels=(3, 1, 3)))
    for conv in (srcnn.conv1, srcnn.conv2, srcnn.conv3):
        torch.nn.init.dirac_(conv.weight)
        torch.nn.init.zeros_(conv.bias)
    x = torch.rand(1, 3, 8, 10)
    torch.testing.assert_close(srcnn(x), x, rtol=0, atol=0)


def test_base_network_has_the_weights_of_the_paper() -> None:
    """Dong et al. 2014, 9-1-5 on one channel: 9*9*64 + 64*32 + 5*5*32 = 8,032 weights."""
    srcnn = Srcnn(SrcnnConfig(unshuffle=1, in_channels=1))
    assert sum(parameter.numel() for parameter in srcnn.parameters() if parameter.ndim > 1) == 8032


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 1, 16, 16), (1, 3, 15, 16), (1, 3, 16, 17)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="multiples of 2"):
        Srcnn(SrcnnConfig())(torch.zeros(shape))
