"""What all tests of networks share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

Check = Callable[..., None]


@pytest.fixture
def same_after_reload(tmp_path: Path) -> Check:
    """Random weights, saved, loaded into a network built on meta from the config's JSON, give the same output."""

    @torch.no_grad()
    def check(network_class: type[nn.Module], config: Any, *inputs: Tensor) -> None:
        torch.manual_seed(0)
        network = network_class(config).eval()
        for parameter in network.parameters():
            parameter.normal_(0, 0.1)  # also the layers that start at zero
        save_file(network.state_dict(), tmp_path / "weights.safetensors")
        with torch.device("meta"):
            again = network_class(msgspec.json.decode(msgspec.json.encode(config), type=type(config))).eval()
        again.load_state_dict(load_file(tmp_path / "weights.safetensors"), strict=True, assign=True)
        out = network(*inputs)
        assert out.std() > 0
        # Not to the bit: loaded tensors lie elsewhere in memory, and sums over unaligned vectors are ordered otherwise.
        torch.testing.assert_close(again(*inputs), out, rtol=0, atol=1e-4 * float(out.std()))

    return check


@pytest.fixture(params=["autocast", "weights"])
def near_in_bf16(request: pytest.FixtureRequest) -> Check:
    """Under autocast or with bf16 weights the error's spread stays below 5 % of the output's spread.

    bf16 keeps 8 bits, so each of some ten layers adds about half a per cent.
    """

    @torch.no_grad()
    def check(network: nn.Module, call: Callable[..., Tensor], *inputs: Tensor) -> None:
        exact = call(*inputs)
        if request.param == "autocast":
            with torch.autocast("cpu", torch.bfloat16):
                half = call(*inputs)
        else:
            network.bfloat16()
            half = call(*(x.bfloat16() if x.is_floating_point() else x for x in inputs))
        assert not torch.equal(half.float(), exact)
        assert (half.float() - exact).std() < 0.05 * exact.std()

    return check
