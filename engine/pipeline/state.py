"""What the compute worker keeps between jobs: loaded weights and the device, nothing else."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import engine
from engine.base.device import dtype_of, pick_device, pick_precision

if TYPE_CHECKING:
    from engine.faces.detect import Detector
    from engine.models.load import LoadedPair


class ComputeState:
    """Device, threads and the models loaded so far; one model pair is kept, the one used last."""

    def __init__(self, device: str = "auto", threads: int = 0) -> None:
        import torch

        self.device = pick_device(device)
        if threads:
            torch.set_num_threads(threads)
        self.threads = torch.get_num_threads()
        self._detectors: dict[str, Detector] = {}
        self._pair: tuple[str, LoadedPair] | None = None

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
        return 4 if self.device.type == "cuda" else 1

    def detector(self, name: str) -> Detector:
        """The named face detector, loaded on first use."""
        from engine.faces.detect import load_detector

        if name not in self._detectors:
            self._detectors[name] = load_detector(name, self.device)
        return self._detectors[name]

    def pair(self, model: str) -> LoadedPair:
        """The estimator and prior of a model pack, loaded on first use."""
        from engine.models.load import load_pair

        if self._pair is None or self._pair[0] != model:
            self._pair = None  # free the old weights before the new ones come
            self._pair = (model, load_pair(model, self.device))
        return self._pair[1]

    def precision(self, name: str) -> str:
        return pick_precision(name, self.device)

    def autocast(self, precision: str):  # type: ignore[no-untyped-def]
        """A context in which networks run at the given precision (fp32: untouched)."""
        import torch

        return torch.autocast(self.device.type, dtype_of(precision), enabled=precision != "fp32")
