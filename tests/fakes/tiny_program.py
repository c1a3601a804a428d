"""The program with two small models and a photo of a face, so that whole jobs take a fraction of a second."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import save_file

from engine.faces.align import TEMPLATE_512
from engine.models.registry import build_on_meta
from engine.protocol import FaceRecord

SIZE_PX = 32
_ESTIMATOR = "channels = [8, 4], kernels = [3, 1, 3], unshuffle = 1"
_PRIOR = "image_px = 32, base_channels = 64, multipliers = [1], blocks = [1], attention_px = []"
_NETWORKS = {"estimator": ("srcnn", _ESTIMATOR), "prior": ("adm_unet", _PRIOR)}


def make_program(resources: Path) -> Path:
    """Write a list of the models `starter` and `second` with random weights; returns the folder.

    Both have a default strength of 0.2 with 6 calls, and a prior made for 32 pixels.
    """
    (resources / "models").mkdir(parents=True)
    (resources / "licences").mkdir()
    text = 'id = "albumen"\n'
    for n, model in enumerate(("starter", "second")):
        for stage, (network, config) in _NETWORKS.items():
            id, limit = f"{model}-{stage}", "max_start_step = 499\n" if stage == "prior" else ""
            text += (
                f'[[weights]]\nid = "{id}"\nname = "{id}"\nstage = "{stage}"\nnetwork = "{network}"\n'
                f'config = {{ {config} }}\nfile = "{id}.safetensors"\nshipped = true\nsize_px = {SIZE_PX}\n{limit}'
                'licence = "CC0-1.0"\nuse = "any"\nsource = "made for the tests"\n'
            )
            write_weights(resources / "models" / f"{id}.safetensors", stage, seed=n)
        text += (
            f'[[models]]\nid = "{model}"\nname = "{model}"\nestimator = "{model}-estimator"\n'
            f'prior = "{model}-prior"\nstrength = 0.2\neta = 0.5\nsteps = 6\n'
        )
    (resources / "models.toml").write_text(text)
    return resources


def write_weights(path: Path, stage: str, seed: int) -> None:
    """Random weights from a seed, in the layout of the small networks."""
    tables = {
        "estimator": {"channels": [8, 4], "kernels": [3, 1, 3], "unshuffle": 1},
        "prior": {"image_px": 32, "base_channels": 64, "multipliers": [1], "blocks": [1], "attention_px": []},
    }
    layout = build_on_meta(_NETWORKS[stage][0], tables[stage]).state_dict()
    generator = torch.Generator().manual_seed(seed)
    save_file({name: torch.randn(t.shape, generator=generator) * 0.1 for name, t in layout.items()}, path)


def write_photo(path: Path, seed: int = 0, side: int = 160) -> Path:
    """A soft random picture, whose content no network knows."""
    noise = np.random.default_rng(seed).standard_normal((side, side, 3))
    soft = cv2.GaussianBlur(noise, (0, 0), 4)
    ok, data = cv2.imencode(path.suffix, (255 * (soft - soft.min()) / np.ptp(soft)).astype(np.uint8))
    assert ok
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.tobytes())
    return path


def face_at(x: float, y: float, side_px: float) -> FaceRecord:
    """A face whose template square has its centre at (x, y) and this side."""
    points = (TEMPLATE_512 - 255.5) * side_px / 512 + (x, y)
    landmarks = tuple((float(px), float(py)) for px, py in points)
    half = side_px / 3
    return FaceRecord((x - half, y - half, x + half, y + half), landmarks)  # type: ignore[arg-type]
