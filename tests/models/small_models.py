"""The shipped list in small: the same kinds of models, with networks of a few kilobytes."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.models.registry import build_on_meta

SRCNN = {"channels": [8, 4], "kernels": [3, 1, 3]}
PRIOR = {"image_px": 32, "base_channels": 64, "multipliers": [1, 1], "blocks": [1, 1], "attention_px": []}

LIST = """
id = "albumen"

[[weights]]
id = "starter-estimator"
name = "Starter estimator"
stage = "estimator"
network = "srcnn"
config = { channels = [8, 4], kernels = [3, 1, 3] }
file = "starter-estimator.safetensors"
shipped = true
size_px = 32
licence = "CC0-1.0"
use = "any"
source = "made for the tests"

[[weights]]
id = "starter-prior"
name = "Starter prior"
stage = "prior"
network = "adm_unet"
config = { image_px = 32, base_channels = 64, multipliers = [1, 1], blocks = [1, 1], attention_px = [] }
file = "starter-prior.safetensors"
shipped = true
size_px = 32
max_start_step = 499
licence = "CC0-1.0"
use = "any"
source = "made for the tests"

[[weights]]
id = "published-estimator"
name = "An estimator under conditions"
stage = "estimator"
network = "srcnn"
config = { channels = [6, 4], kernels = [3, 1, 3] }
file = "published-estimator.safetensors"
size_px = 64
licence = "Conditions 1.0"
licence_file = "conditions.txt"
use = "non-commercial"
source = "https://example.org/published.pth"

[[models]]
id = "starter"
name = "Starter"
estimator = "starter-estimator"
prior = "starter-prior"
strength = 0.2
eta = 0.25
steps = 10

[[models]]
id = "published"
name = "Published"
estimator = "published-estimator"
prior = "starter-prior"
strength = 0.4
"""

PUBLISHED = {"channels": [6, 4], "kernels": [3, 1, 3]}


def random_weights(network: str, config: dict[str, object] | str, seed: int = 0) -> dict[str, Tensor]:
    """Weights of the network's layout, from a seed."""
    generator = torch.Generator().manual_seed(seed)
    layout = build_on_meta(network, config).state_dict()
    return {name: torch.randn(t.shape, generator=generator) * 0.1 for name, t in layout.items()}
