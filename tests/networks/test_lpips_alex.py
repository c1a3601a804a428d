"""LPIPS on AlexNet: a distance worked out by hand, its gradient, and its file of weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.networks.lpips_alex import SCALE, SHIFT, LpipsAlex, LpipsAlexConfig, load_lpips_alex

SMALL = LpipsAlexConfig((4, 4, 4, 4, 4))


def _plain(value: float) -> Tensor:
    return torch.full((1, 3, 32, 32), value)


def _random(seed: int) -> LpipsAlex:
    torch.manual_seed(seed)
    return LpipsAlex(SMALL)


def test_equal_pictures_have_no_distance_and_order_does_not_matter() -> None:
    network = _random(0)
    a, b = torch.rand((2, 2, 3, 40, 40), generator=torch.Generator().manual_seed(0))
    assert torch.equal(network(a, a), torch.zeros(2))
    torch.testing.assert_close(network(a, b), network(b, a))
    assert network(a, b).shape == (2,)


@torch.no_grad()
def test_a_distance_worked_out_by_hand() -> None:
    """One convolution that passes red on beside a constant 1: the angle between (red_a, 1) and (red_b, 1)."""
    network = LpipsAlex(SMALL)
    for parameter in network.parameters():
        parameter.zero_()
    first = network.get_submodule("conv0")
    first.weight[0, 0, 5, 5] = 1  # the middle of the kernel never lies in the border
    first.bias[1] = 1
    network.get_submodule("lin0").weight.fill_(0.5)
    reds = [(2 * value - 1 - SHIFT[0]) / SCALE[0] for value in (0.6, 0.9)]
    units = [np.array([red, 1]) / np.hypot(red, 1) for red in reds]
    expected = 0.5 * np.square(units[0] - units[1]).sum()
    assert network(_plain(0.6), _plain(0.9)).item() == pytest.approx(expected, rel=1e-4)


def test_the_gradient_is_finite_where_all_features_are_zero() -> None:
    network = _random(0)
    with torch.no_grad():
        network.get_submodule("conv0").bias.fill_(-100)
    a = torch.rand((1, 3, 32, 32), requires_grad=True)
    network(a, torch.rand((1, 3, 32, 32))).sum().backward()
    assert a.grad is not None
    assert torch.isfinite(a.grad).all()


def test_the_gradient_is_the_slope() -> None:
    network = _random(1).double()
    a, b = torch.rand((2, 1, 3, 32, 32), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    a.requires_grad_()
    (gradient,) = torch.autograd.grad(network(a, b).sum(), a)
    h = 1e-6
    with torch.no_grad():
        slope = (network(a + h * gradient, b) - network(a - h * gradient, b)).item() / (2 * h)
    assert slope == pytest.approx(gradient.square().sum().item(), rel=1e-4)


def test_a_file_of_weights_comes_back_frozen(tmp_path: Path) -> None:
    network = _random(2)
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    np.savez(tmp_path / "lpips.npz", **arrays)
    loaded = load_lpips_alex(tmp_path / "lpips.npz")
    a, b = torch.rand((2, 1, 3, 32, 32))
    torch.testing.assert_close(loaded(a, b), network(a, b).detach())
    assert not any(p.requires_grad for p in loaded.parameters())
    np.savez(tmp_path / "other.npz", conv0=arrays["conv0.bias"])
    with pytest.raises(ValueError, match="not the weights of LPIPS"):
        load_lpips_alex(tmp_path / "other.npz")


def test_the_real_weights_tell_a_blurred_face_from_a_sharp_one(shared_dir: Path) -> None:
    network = load_lpips_alex(shared_dir / "weights" / "lpips_alex.npz")
    sharp = torch.rand((1, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    blurred = torch.nn.functional.avg_pool2d(sharp, 3, 1, 1)
    nearly = 0.9 * sharp + 0.1 * blurred
    assert 0 < network(nearly, sharp).item() < network(blurred, sharp).item()
