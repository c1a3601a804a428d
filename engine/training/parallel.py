"""One run in several processes: what `torchrun` started, joined by DistributedDataParallel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from engine.base.device import pick_device


@dataclass(frozen=True)
class Processes:
    """This process among `world` of them, which train one network on different faces."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and judges."""
        return self.rank == 0

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module as it has to be called, so that gradients are the mean over all processes."""
        return DistributedDataParallel(module, forward_sync_buffers=False) if self.world > 1 else module

    def agree(self, loss: float, stop: bool) -> tuple[float, bool]:
        """The mean loss over all processes, and whether any of them was asked to stop; the same in each."""
        if self.world == 1:
            return loss, stop
        both = torch.tensor([loss / self.world, float(stop)], device=self.device)
        dist.all_reduce(both)
        return both[0].item(), bool(both[1] > 0)


def without_sync(module: nn.Module) -> AbstractContextManager[None]:
    """For the time of a `with`, gradients stay in their process; the next backward outside it sums them all."""
    return module.no_sync() if isinstance(module, DistributedDataParallel) else nullcontext()


def launched_world() -> int:
    """Processes of this run, as `torchrun` tells in the environment; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def launched_rank() -> int:
    """This process's number among them; 0 without `torchrun`."""
    return int(os.environ.get("RANK", "0"))


@contextmanager
def processes(device: str) -> Iterator[Processes]:
    """Join the processes started beside this one for the time of a `with`; `device` as in `pick_device`."""
    picked = pick_device(device)
    if launched_world() == 1:
        yield Processes(picked)
        return
    if picked.type == "cuda":
        picked = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(picked)
    dist.init_process_group("nccl" if picked.type == "cuda" else "gloo")
    try:
        yield Processes(picked, dist.get_rank(), dist.get_world_size())
        dist.barrier()  # nobody hangs up while another still talks
    finally:
        dist.destroy_process_group()
