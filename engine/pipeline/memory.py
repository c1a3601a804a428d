"""The one place where running out of memory is caught: the job goes on with less of it, one rung at a time.

whole, as asked; narrow, one candidate at a time; half precision, where the device has it; tiles, for estimators that
see only their neighbourhood; cpu, on the processor. A rung that would change nothing is left out. Priors, and
estimators that look at the whole face (the starter's normalises over it, SwinIR's layers reach across it), cannot be
tiled. Every job begins whole again, so that what it makes does not depend on the jobs before it.
"""

from __future__ import annotations

import dataclasses
import gc
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, get_args

import psutil
import torch
from torch import Tensor, nn

from engine.base.device import pick_precision
from engine.base.errors import OutOfMemory
from engine.base.memory import is_out_of_memory
from engine.models.foreign import ForeignEstimator
from engine.models.load import LoadedPair
from engine.models.packs import catalogue
from engine.networks.srcnn import Srcnn
from engine.pipeline.state import ComputeState
from engine.protocol import Rung

RUNGS: tuple[Rung, ...] = get_args(Rung)
TILE_PX = 128
_FOREIGN_REACH_PX = 32
_BF16_ON_CPU = ("avx512_bw", "amx_bf16", "arm_bf16")
"""What oneDNN computes in bf16 with; elsewhere it would take more memory than float32."""
_HOPELESS = 2
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Means:
    """What a job computes with."""

    rung: Rung
    device: torch.device
    precision: str
    batch_width: int


def whole(state: ComputeState, precision: str) -> Means:
    """As the worker was started and the job asks for; UsageError for a precision there is not."""
    return Means("whole", state.device, state.precision(precision), state.batch_width)


class Planned(Protocol):
    """What a job works by, with the networks it uses."""

    @property
    def pair(self) -> LoadedPair: ...


P = TypeVar("P", bound=Planned)
T = TypeVar("T")


class Ladder(Generic[P]):
    """Does the parts of a job, each again with less memory where there was not enough; a rung is kept to the end."""

    def __init__(
        self,
        path: str,
        state: ComputeState,
        begin: Means,
        make_plan: Callable[[ComputeState, Means], P],
        told: Callable[[Rung], None],
    ) -> None:
        """`path` names the job's photo in errors; `told` is called at each step down, before the work goes on."""
        self._path, self._state, self._make_plan, self._told = path, state, make_plan, told
        self._plan: P | None = None
        self._tiles = False
        self.means = begin

    def do(self, work: Callable[[ComputeState, P], T]) -> T:
        """The result of `work(state, plan)`, called again after each step down; it must bear to be begun anew.

        Raises OutOfMemory where the last rung is not enough, and what `work` and `make_plan` raise.
        """
        while True:
            try:
                means = self.means
                with self._state.set_to(means.device, self._state.threads, means.batch_width) as state:
                    if self._plan is None:
                        self._plan = self._make_plan(state, means)
                        self._tiles = reach_px(self._plan.pair.estimator) is not None
                    return work(state, self._plan)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                _logger.warning("out of memory (%s): %s: %s", self.means.rung, type(error).__name__, error)
            # Only here: until its handler is left, the error keeps everything alive that the work had.
            self._plan = None
            free_memory()
            self._step_down()

    def _step_down(self) -> None:
        later = RUNGS[RUNGS.index(self.means.rung) + 1 :]
        below = next((means for rung in later if (means := self._at(rung)) is not None), None)
        if below is None:
            raise OutOfMemory(path=self._path)
        self.means = below
        self._told(below.rung)

    def _at(self, rung: Rung) -> Means | None:
        """The means of a lower rung; None where it would change nothing."""
        now, half = self.means, half_precision(self.means.device)
        if rung == "narrow" and now.batch_width > 1:
            return dataclasses.replace(now, rung=rung, batch_width=1)
        if rung == "half" and now.precision == "fp32" and half is not None:
            return dataclasses.replace(now, rung=rung, precision=half)
        if rung == "tiles" and self._tiles:
            return dataclasses.replace(now, rung=rung)
        if rung == "cpu" and now.device.type != "cpu":
            cpu = torch.device("cpu")
            return Means(rung, cpu, pick_precision("auto", cpu), batch_width=1)
        return None


def half_precision(device: torch.device) -> str | None:
    """bf16 or fp16 where the device computes in it, else None."""
    if device.type == "cpu":
        features = torch.cpu.get_capabilities()
        return "bf16" if any(features.get(name) for name in _BF16_ON_CPU) else None
    automatic = pick_precision("auto", device)
    return "fp16" if automatic == "fp32" else automatic


def free_memory() -> None:
    """Give back what nothing uses any more, the device's caches too."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def check_memory(path: str, model: str, device: torch.device) -> None:
    """Raise OutOfMemory where a model wants so much more than is free that no rung can help; nothing is read yet.

    What its list states is compared with the larger of the main memory (with swap) and the graphics card's.
    """
    library = catalogue()
    wanted_mb = max(part.weights.memory_mb for part in library.parts_of(library.find_model(model)))
    free = psutil.virtual_memory().available + psutil.swap_memory().free
    if device.type == "cuda":
        free = max(free, torch.cuda.mem_get_info(device)[0])
    if wanted_mb > _HOPELESS * free / 2**20:
        raise OutOfMemory(path=path)


def reach_px(estimator: nn.Module) -> int | None:
    """How far around a pixel an estimator looks; None where that is everywhere, or not known."""
    if isinstance(estimator, Srcnn):
        config = estimator.config
        return config.unshuffle * (1 + sum(kernel // 2 for kernel in config.kernels))
    if isinstance(estimator, ForeignEstimator) and estimator.can_be_tiled:
        return _FOREIGN_REACH_PX
    return None


def in_tiles(estimator: nn.Module) -> Callable[[Tensor], Tensor]:
    """The same estimator, a tile at a time with what lies around it: (B, 3, H, W) -> (B, 3, H, W).

    Exact where the reach is; ValueError for an estimator without one.
    """
    reach = reach_px(estimator)
    if reach is None:
        raise ValueError(f"{type(estimator).__name__} looks at the whole picture")
    margin = -(-reach // 16) * 16  # tiles begin where a network that folds its picture begins a cell

    def tiled(y_01: Tensor) -> Tensor:
        height, width = y_01.shape[-2:]
        estimate = torch.empty_like(y_01, dtype=torch.float32)
        for y in range(0, height, TILE_PX):
            for x in range(0, width, TILE_PX):
                top, left = max(0, y - margin), max(0, x - margin)
                outer = estimator(y_01[..., top : y + TILE_PX + margin, left : x + TILE_PX + margin])
                inner = outer[..., y - top : y - top + TILE_PX, x - left : x - left + TILE_PX]
                estimate[..., y : y + TILE_PX, x : x + TILE_PX] = inner
        return estimate

    return tiled
