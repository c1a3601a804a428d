"""GuidedPrior: a face prior that starts from a linear one.

Far from the data (large t) principal components of faces already denoise better than a young network,
so the prior computes their Wiener estimate of x0 at a low resolution, takes the eps it implies as the first
answer, and lets a UNet correct it. Symbols as in `engine/diffusion/schedule.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.compact_unet import CompactUNet, CompactUNetConfig

GUIDE_CHANNELS = 11
"""Channels the UNet sees: x_t, the linear estimate of x0, the eps it implies (three each), and x and y."""


def _default_body() -> CompactUNetConfig:
    return CompactUNetConfig(
        in_channels=GUIDE_CHANNELS,
        unshuffle=2,
        channels=(48, 96, 160, 224),
        blocks=(1, 1, 2, 2),
        time_channels=128,
        residual=False,
    )


@dataclass(frozen=True)
class GuidedPriorConfig:
    """Sizes: the pictures' side, the side and number of the principal components, and the UNet."""

    size_px: int = 256
    linear_px: int = 64
    components: int = 300
    body: CompactUNetConfig = field(default_factory=_default_body)


class GuidedPrior(nn.Module):
    """eps(x_t, t) for whole faces of `size_px`; the linear part is set once by `set_linear`."""

    mean: Tensor
    basis: Tensor
    variance: Tensor
    residual_variance: Tensor
    abar: Tensor

    def __init__(self, config: GuidedPriorConfig) -> None:
        super().__init__()
        self.config = config
        values = 3 * config.linear_px**2
        self.register_buffer("mean", torch.zeros(values))
        self.register_buffer("basis", torch.zeros(config.components, values))
        self.register_buffer("variance", torch.zeros(config.components))
        self.register_buffer("residual_variance", torch.ones(1))
        self.register_buffer("abar", torch.ones(1000))
        self.body = CompactUNet(config.body)

    def set_linear(self, mean: Tensor, basis: Tensor, variance: Tensor, residual_variance: float, abar: Tensor) -> None:
        """Set the principal components of the faces in [-1, 1] at `linear_px` and the schedule.

        mean (3*p*p,), basis (components, 3*p*p) with orthonormal rows, variance (components,) along them,
        residual_variance: mean square of what they leave of a face at full size, abar (1000,).
        """
        self.mean.copy_(mean)
        self.basis.copy_(basis)
        self.variance.copy_(variance)
        self.residual_variance.fill_(residual_variance)
        self.abar.copy_(abar)

    def linear_x0(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Wiener estimate of x0 from the principal components: (B,3,S,S), (B,) -> (B,3,S,S)."""
        factor = self.config.size_px // self.config.linear_px
        abar_t = self.abar[t].float()[:, None]
        small = F.avg_pool2d(x_t, factor).flatten(1)  # averaging f*f pixels divides the noise variance by f*f
        noise_variance = (1 - abar_t) / abar_t / factor**2
        coordinates = (small / abar_t.sqrt() - self.mean) @ self.basis.T  # (B, components)
        variance = self.variance.float()
        x0_small = self.mean + (coordinates * variance / (variance + noise_variance)) @ self.basis
        p = self.config.linear_px
        x0 = F.interpolate(x0_small.view(-1, 3, p, p), scale_factor=float(factor), mode="bilinear", align_corners=False)
        return x0

    def guides(self, x_t: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """What the UNet sees (B,11,S,S) and the linear part's eps_hat (B,3,S,S), in float32.

        With v the variance that the linear estimate leaves, (x_t - sqrt(abar) x0_lin) / sqrt(1 - abar) has variance
        1 + v abar / (1 - abar): divided by its root it is a unit-variance guide, divided by the whole the Wiener eps.
        """
        abar_t = self.abar[t].float()[:, None, None, None]
        x0 = self.linear_x0(x_t, t)
        spread = (1 + self.residual_variance.float() * abar_t / (1 - abar_t)).sqrt()
        guide = (x_t - abar_t.sqrt() * x0) / (1 - abar_t).sqrt() / spread
        s = self.config.size_px
        axis = torch.linspace(-1, 1, s, device=x_t.device)
        places = torch.stack([axis.expand(s, s), axis[:, None].expand(s, s)]).expand(len(x_t), 2, s, s)
        return torch.cat([x_t, x0, guide, places], dim=1), guide / spread

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """eps_hat of noisy faces: (B,3,S,S) in [-1, 1] before noise, timesteps (B,) of 0..999 -> (B,3,S,S)."""
        with torch.autocast(x_t.device.type, enabled=False):
            inputs, eps_linear = self.guides(x_t.float(), t)
        return eps_linear + self.body(inputs.contiguous(memory_format=torch.channels_last), t)  # type: ignore[no-any-return]
