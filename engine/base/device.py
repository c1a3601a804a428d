"""Which device and precision a job runs on; chosen once and handed down. Torch is imported on use only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.base.errors import NoSuchDevice, UsageError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")


def device_name(text: str) -> str:
    """The name of a device if it is one of `DEVICES` or, for one of several graphics cards, cuda:N; else ValueError."""
    if text not in DEVICES and not re.fullmatch(r"cuda:(0|[1-9]\d{0,2})", text):
        raise ValueError(text)
    return text


def pick_device(name: str) -> torch.device:
    """The torch device for auto, cpu, cuda, cuda:N or mps (auto: the first there is of cuda, mps, cpu).

    Raises NoSuchDevice where the named one is absent, UsageError for another name.
    """
    import torch

    try:
        device_name(name)
    except ValueError:
        raise UsageError(detail=f"There is no device {name!r}; choose one of {', '.join(DEVICES)}.") from None
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = "cuda" if there["cuda"] else "mps" if there["mps"] else "cpu"
    device = torch.device(name)
    if not there[device.type] or (device.index or 0) >= max(1, torch.cuda.device_count()):
        raise NoSuchDevice(device=name)
    return device


def pick_precision(name: str, device: torch.device) -> str:
    """fp32, bf16 or fp16 for the device; auto is bf16 where the hardware has it, else fp16 on a GPU, else fp32."""
    import torch

    if name != "auto":
        if name not in PRECISIONS:
            raise UsageError(detail=f"There is no precision {name!r}; choose one of {', '.join(PRECISIONS)}.")
        return name
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    if device.type == "cpu":
        features = torch.cpu.get_capabilities()
        return "bf16" if features.get("avx512_bf16") or features.get("amx_bf16") else "fp32"
    return "fp32"


def dtype_of(precision: str) -> torch.dtype:
    """The torch dtype of fp32, bf16 or fp16."""
    import torch

    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
