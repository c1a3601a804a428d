"""What the compute worker keeps between jobs: loaded weights and the device, nothing else."""

from __future__ import annotations

import copy
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import engine
from engine.base.device import dtype_of, pick_device, pick_precision

if TYPE_CHECKING:
    import torch

    from engine.faces.detect import Detector
    from engine.models.load import LoadedPair

_Stamp = dict[Path, tuple[int, int] | None]


class ComputeState:
    """Device, threads and the models loaded so far; one model pair is kept, the one used last."""

    def __init__(self, device: str = "auto", threads: int = 0) -> None:
        import torch

        self.device = pick_device(device)
        if threads:
            torch.set_num_threads(threads)
        self.threads = torch.get_num_threads()
        self._detectors: dict[str, Detector] = {}
        self._batch_width = 0
        self._pairs: dict[tuple[str, str], tuple[LoadedPair, _Stamp]] = {}

    @property
    def runtime(self) -> str:
        """What computed a candidate, for its recipe: torch's version and the processor's kind."""
        import torch

        if self.device.type == "cuda":
            processor = torch.cuda.get_device_name(self.device)
        else:
            processor = f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"
        return f"torch {torch.__version__} {processor}"

    @property
    def version(self) -> str:
        return engine.__version__

    @property
    def batch_width(self) -> int:
        """Candidates sampled at once; a constant of the device, since float sums differ with the batch's shape.

        On a CPU wider batches gain next to nothing (measured: 15 % at width 4) and would pad every short one.
        """
        return self._batch_width or (4 if self.device.type == "cuda" else 1)

    @contextmanager
    def set_to(self, device: torch.device, threads: int, batch_width: int) -> Iterator[ComputeState]:
        """This state as of another worker, for the time of a block; the models kept are the same ones."""
        import torch

        other = copy.copy(self)
        other.device, other.threads, other._batch_width = device, threads, batch_width
        torch.set_num_threads(threads)
        try:
            yield other
        finally:
            torch.set_num_threads(self.threads)

    def detector(self, name: str) -> Detector:
        """The named face detector, loaded on first use."""
        from engine.faces.detect import load_detector

        if name not in self._detectors:
            self._detectors[name] = load_detector(name, self.device)
        return self._detectors[name]

    def pair(self, model: str) -> LoadedPair:
        """The estimator and prior of a model pack, loaded on first use, and again once their files have changed.

        Raises what `load_pair` raises, WeightsMissing and WeightsDamaged above all.
        """
        from engine.models.load import load_pair
        from engine.models.packs import catalogue

        key = model, str(self.device)
        if key not in self._pairs or self._pairs[key][1] != _stamp(self._pairs[key][1]):
            self._pairs.clear()  # free the old weights before the new ones come
            library = catalogue()
            stamp = _stamp(part.path for part in library.parts_of(library.find_model(model)))
            self._pairs[key] = load_pair(model, self.device), stamp
        return self._pairs[key][0]

    def precision(self, name: str) -> str:
        return pick_precision(name, self.device)

    def autocast(self, precision: str):  # type: ignore[no-untyped-def]
        """A context in which networks run at the given precision (fp32: untouched)."""
        import torch

        return torch.autocast(self.device.type, dtype_of(precision), enabled=precision != "fp32")


def _stamp(files: Iterable[Path]) -> _Stamp:
    """Size and time in ns of each file, None where it is gone; cheap enough for every job, unlike their hashes."""
    stamp: _Stamp = {}
    for path in files:
        try:
            stat = path.stat()
        except OSError:
            stamp[path] = None
        else:
            stamp[path] = stat.st_size, stat.st_mtime_ns
    return stamp
