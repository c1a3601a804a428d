"""Reading PyTorch's own files (.pth, .pt, .ckpt) for their tensors alone."""

from __future__ import annotations

import pickle
import pickletools
import struct
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.base.errors import WeightsUnfit, WeightsUnreadable, WeightsUnsafe
from engine.models.archives import refuse_bombs

CONTAINERS = (
    "params_ema", "params-ema", "model_ema", "ema", "params", "state_dict", "model_state_dict", "model", "net",
)  # fmt: skip
"""Under which keys training programs keep the weights, averaged ones first."""

WRAPPERS = ("module.", "_orig_mod.", "netG.")
"""What DataParallel, torch.compile and GAN trainers put before every name."""

IMPORTS = {"GLOBAL", "STACK_GLOBAL", "INST"}
"""Pickle instructions that name something to be imported and called."""

_DAMAGED = (
    RuntimeError, EOFError, OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    AssertionError, MemoryError, struct.error,
)  # fmt: skip
"""What torch raises for files it cannot follow (found by damaging files at random)."""


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a PyTorch file by name, on the CPU, without the containers and prefixes around them.

    Nothing in the file is executed. Raises WeightsUnsafe where it asks for that, WeightsUnreadable where it is cut
    short or something else, WeightsUnfit where it has no tensors.
    """
    try:
        if zipfile.is_zipfile(path):
            _compare_checksums(path)
        with warnings.catch_warnings(action="ignore"):  # torch warns of what it then refuses
            content = torch.load(path, map_location="cpu", weights_only=True)
    except zipfile.BadZipFile as error:
        raise WeightsUnreadable(path=path) from error
    except pickle.UnpicklingError as error:
        raise (WeightsUnsafe if _asks_for_code(path) else WeightsUnreadable)(path=path) from error
    except _DAMAGED as error:
        raise (WeightsUnsafe if _is_torchscript(path) else WeightsUnreadable)(path=path) from error
    tensors = _unwrapped(content)
    if not tensors:
        raise WeightsUnfit(path=path, detail="there are none in the file")
    return tensors


def _unwrapped(content: Any) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        return {}
    for key in CONTAINERS:
        if isinstance(content.get(key), Mapping):
            return _unwrapped(content[key])
    tensors = {str(name): value.detach() for name, value in content.items() if isinstance(value, Tensor)}
    while tensors and (prefix := _common_prefix(tensors)):
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return tensors


def _common_prefix(names: Iterable[str]) -> str | None:
    return next((prefix for prefix in WRAPPERS if all(name.startswith(prefix) for name in names)), None)


def _compare_checksums(path: Path) -> None:
    """Read an archive through with its CRC-32s, which torch.load leaves alone; raises BadZipFile, for bombs too."""
    with zipfile.ZipFile(path) as archive:
        refuse_bombs(archive, path.stat().st_size)
        for member in archive.infolist():
            if member.CRC:  # 0 where torch was told to leave them out
                with archive.open(member) as file:
                    while file.read(1 << 20):
                        pass


def _asks_for_code(path: Path) -> bool:
    """Whether a refused file is a sound pickle that names something to import, rather than a broken one."""
    if zipfile.is_zipfile(path):
        return True  # the archive is whole, so what was refused in it was meant
    with path.open("rb") as file:
        try:
            while file.peek(1):  # older files are several pickles, one after another
                if any(instruction.name in IMPORTS for instruction, _, _ in pickletools.genops(file)):
                    return True
        except ValueError:
            pass
    return False


def _is_torchscript(path: Path) -> bool:
    """A TorchScript archive holds a program; torch.load refuses it, whatever the program does."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())
