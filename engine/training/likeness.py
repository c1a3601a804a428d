"""What an estimate may be asked beside L1: to look alike (LPIPS) and to be the same person (ArcFace)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from engine.base.errors import UsageError
from engine.faces.align import TEMPLATE_512, umeyama
from engine.models.checkpoints import read_checkpoint
from engine.models.load import read_safetensors
from engine.networks.arcface import ARCFACE_112, ArcFace
from engine.networks.lpips_alex import LpipsAlex, load_lpips_alex
from engine.training.config import TrainConfig


class Likeness(nn.Module):
    """Weighted sum of the terms the configuration turns on; their networks are frozen and run in float32."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.config = config
        self.perceptual = _perceptual(config) if config.perceptual_weight else None
        self.identity = _identity(config) if config.identity_weight else None

    def forward(self, estimate: Tensor, clean: Tensor) -> Tensor:
        """() for estimates and clean faces (B,3,S,S) in [0, 1]."""
        total = estimate.new_zeros((), dtype=torch.float32)
        with torch.autocast(estimate.device.type, enabled=False):
            estimate, clean = estimate.float(), clean.float()
            if self.perceptual is not None:
                total = total + self.config.perceptual_weight * self.perceptual(estimate, clean).mean()
            if self.identity is not None:
                cosine = (self.identity(estimate) * self.identity(clean)).sum(1)
                total = total + self.config.identity_weight * (1 - cosine).mean()
        return total


def _perceptual(config: TrainConfig) -> LpipsAlex:
    path = _file(config.perceptual_weights, "perceptual")
    try:
        return load_lpips_alex(path)
    except (OSError, ValueError) as error:
        raise UsageError(detail=f"{path}: these weights do not serve the perceptual term: {error}.") from error


def _identity(config: TrainConfig) -> ArcFace:
    path = _file(config.identity_weights, "identity")
    state = read_safetensors(path) if path.suffix == ".safetensors" else read_checkpoint(path)
    # Faces lie in the template, so one similarity serves them all (half a pixel: centres of pixels).
    landmarks = (TEMPLATE_512 + 0.5) * config.size_px / 512 - 0.5
    try:
        return ArcFace(umeyama(landmarks, ARCFACE_112), config.size_px, state)
    except RuntimeError:
        raise UsageError(detail=f"{path}: these are not the weights of ArcFace's IR-SE50.") from None


def _file(name: str, term: str) -> Path:
    if not name:
        raise UsageError(detail=f"The {term} term needs a file of weights: set {term}_weights in the configuration.")
    path = Path(name).expanduser()
    if not path.is_file():
        raise UsageError(detail=f"{path}: the weights of the {term} term are not there.")
    return path
