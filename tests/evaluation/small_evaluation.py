"""An evaluation in small: networks of a few kilobytes, random weights for the metrics, faces of 64 pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import save_file

from engine.models.registry import build_on_meta

SRCNN = {"channels": [8, 4], "kernels": [3, 1, 3]}
PRIOR = {"image_px": 32, "base_channels": 64, "multipliers": [1, 1], "blocks": [1, 1], "attention_px": []}
_WEIGHTS = """
[[weights]]
id = "{id}"
name = "{id}"
stage = "{stage}"
network = "{network}"
config = {{ {config} }}
file = "{id}.safetensors"
shipped = true
size_px = {size_px}
{more}
licence = "CC0-1.0"
use = "any"
source = "made for the tests"
"""
_MODEL = """
[[models]]
id = "{id}"
name = "{id}"
estimator = "{estimator}"
"""


def write_program(resources: Path) -> None:
    """Resources with the models starter, wide (estimator at 64 pixels, prior at 32) and alone (no prior)."""
    text = 'id = "albumen"\n'
    for id, network, config, size_px in (
        ("small-estimator", "srcnn", SRCNN, 32), ("wide-estimator", "srcnn", SRCNN, 64),
        ("small-prior", "adm_unet", PRIOR, 32),
    ):  # fmt: skip
        stage, more = ("prior", "max_start_step = 499") if "prior" in id else ("estimator", "")
        said = ", ".join(f"{key} = {value}" for key, value in config.items())
        text += _WEIGHTS.format(id=id, stage=stage, network=network, config=said, size_px=size_px, more=more)
        generator = torch.Generator().manual_seed(size_px)
        layout = build_on_meta(network, config).state_dict()
        weights = {name: torch.randn(t.shape, generator=generator) * 0.1 for name, t in layout.items()}
        (resources / "models").mkdir(parents=True, exist_ok=True)
        save_file(weights, resources / "models" / f"{id}.safetensors")
    for id, estimator in ("starter", "small-estimator"), ("wide", "wide-estimator"):
        text += _MODEL.format(id=id, estimator=estimator) + 'prior = "small-prior"\nstrength = 0.2\nsteps = 2\n'
    text += _MODEL.format(id="alone", estimator="small-estimator")
    (resources / "models.toml").write_text(text, encoding="utf-8")


def write_faces(folder: Path, names: list[str], side: int = 64) -> None:
    """Coloured clouds of the given side."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, name in enumerate(names):
        coarse = np.random.default_rng(n).integers(0, 256, (8, 8, 3)).astype(np.uint8)
        write_picture(folder / name, cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC))


def write_picture(path: Path, img: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, img)[1].tobytes())


def write_metric_weights(folder: Path) -> None:
    """LPIPS with random weights, and an "identity" network that averages squares of 28 pixels: 48 numbers a face."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    shapes = (64, 3, 11), (192, 64, 5), (384, 192, 3), (256, 384, 3), (256, 256, 3)
    arrays: dict[str, np.ndarray] = {}
    for n, (out, into, kernel) in enumerate(shapes):
        fan_in = into * kernel**2
        arrays[f"conv{n}.weight"] = rng.normal(0, (2 / fan_in) ** 0.5, (out, into, kernel, kernel)).astype(np.float32)
        arrays[f"conv{n}.bias"] = np.zeros(out, np.float32)
        arrays[f"lin{n}.weight"] = np.full((1, out, 1, 1), 0.1, np.float32)
    np.savez(folder / "lpips_alex.npz", **arrays)
    (folder / "MobileFaceNet.onnx").write_bytes(_averaging_onnx())


def _averaging_onnx() -> bytes:
    """A model in ONNX's protobuf: AveragePool of 28 pixels, then Flatten; (1, 3, 112, 112) -> (1, 48)."""

    def field(number: int, value: int | bytes | str) -> bytes:
        if isinstance(value, int):
            return _varint(number << 3) + _varint(value)
        data = value.encode() if isinstance(value, str) else value
        return _varint(number << 3 | 2) + _varint(len(data)) + data

    def ints(name: str) -> bytes:
        return field(5, field(1, name) + field(8, 28) + field(8, 28) + field(20, 7))

    def value(name: str, *shape: int) -> bytes:
        dims = b"".join(field(1, field(1, side)) for side in shape)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))

    pool = field(1, "x") + field(2, "p") + field(4, "AveragePool") + ints("kernel_shape") + ints("strides")
    flatten = field(1, "p") + field(2, "y") + field(4, "Flatten")
    graph = field(1, pool) + field(1, flatten) + field(2, "g")
    graph += field(11, value("x", 1, 3, 112, 112)) + field(12, value("y", 1, 48))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
