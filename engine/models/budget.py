"""A limit on what a list or a file of weights can make a network's constructor do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

MOST_TENSORS = 20_000
"""The largest networks here have about a thousand."""


@contextmanager
def parameter_budget(elements: int | None = None) -> Iterator[None]:
    """Raise RuntimeError in the block where a network gets very many parameters, or more `elements` than this.

    A parameter is counted when it is registered, which is before it is filled, so that memory was only reserved.
    """
    tensors = taken = 0

    def count(module: nn.Module, name: str, parameter: Any) -> None:
        nonlocal tensors, taken
        if isinstance(parameter, Tensor):
            tensors, taken = tensors + 1, taken + parameter.numel()
        if tensors > MOST_TENSORS or (elements is not None and taken > elements):
            raise RuntimeError("the network would be larger than any known one")

    handle = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        handle.remove()
