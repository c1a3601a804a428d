"""Training the prior: mean squared error of eps_hat on noised faces (DDPM, L_simple), or the hybrid loss."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.base.values import img01_from_int, img01_from_pm1, pm1_from_01
from engine.diffusion.ddim import predict_eps, predict_x0, sample_ddim
from engine.diffusion.schedule import abar_table, make_grid
from engine.networks.guided_prior import GuidedPrior
from engine.training.batches import Batch, batch_rng, batch_size, cropped, draw_corners, is_whole, tensor_from
from engine.training.config import TrainConfig, build_network
from engine.training.faces import Faces, augment, draw, spread
from engine.training.linear_prior import fit_linear_prior
from engine.training.variational import VariationalBound, hybrid_loss

PROBE_TIMESTEPS = (50, 100, 200, 400)
LINEAR_FACES = 4096
"""Faces that principal components are taken of, at most about."""
COARSE_PX = 16
"""Samples of the sheet start from faces reduced to this side: what an estimator would know of a very small face."""


class PriorTask(nn.Module):
    """The network and its loss at x_t = sqrt(abar_t) x0 + sqrt(1 - abar_t) eps; calling it gives the loss."""

    abar: Tensor

    def __init__(self, config: TrainConfig, faces: Faces) -> None:
        super().__init__()
        self.config, self.faces = config, faces
        self.network = build_network(config)
        self.register_buffer("abar", torch.tensor(abar_table(), dtype=torch.float32))
        self.bound = VariationalBound() if config.loss == "hybrid" else None
        if isinstance(self.network, GuidedPrior):
            shape = self.network.config
            linear = fit_linear_prior(np.stack(spread(faces, LINEAR_FACES)), shape.linear_px, shape.components)
            self.network.set_linear(
                torch.from_numpy(linear.mean),
                torch.from_numpy(linear.basis),
                torch.from_numpy(linear.variance),
                linear.residual_variance,
                self.abar,
            )

    def make_batch(self, step: int, part: int) -> Batch:
        """Clean faces and noise (both whole), timesteps, and for crops their corners."""
        c = self.config
        rng, count = batch_rng(c, step, part), batch_size(c, step)
        x0 = tensor_from([augment(self.faces.picture(i), c.augment, rng) for i in draw(self.faces, rng, count)])
        t = np.where(
            rng.random(count) < c.focus, rng.integers(0, c.focus_t, count), rng.integers(0, c.largest_t, count)
        )
        batch = {"x0": pm1_from_01(x0), "t": torch.from_numpy(t)}
        if not is_whole(c, step):
            batch["corner"] = draw_corners(c, rng, count)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        batch["eps"] = torch.randn(x0.shape, generator=generator).contiguous(memory_format=torch.channels_last)
        return batch

    def noised(self, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """q(x_t | x0): (B, 3, S, S), (B, 3, S, S), (B,) -> (B, 3, S, S)."""
        abar_t = self.abar[t][:, None, None, None]
        return abar_t.sqrt() * x0 + (1 - abar_t).sqrt() * eps

    def forward(self, batch: Batch) -> Tensor:
        """The loss () of a batch on the network's device."""
        x0, eps, t = batch["x0"], batch["eps"], batch["t"]
        x_t = self.noised(x0, eps, t)
        if isinstance(self.network, GuidedPrior):
            # Crops are cut after the linear part, which sees whole faces.
            with torch.no_grad(), torch.autocast(x_t.device.type, enabled=False):
                inputs, eps_linear = self.network.guides(x_t, t)
            inputs, eps_linear, eps = self._cropped(batch, inputs, eps_linear, eps)
            out = self.network.body(inputs.contiguous(memory_format=torch.channels_last), t).float()
            return F.mse_loss(eps_linear + out, eps)
        x0, x_t, eps = self._cropped(batch, x0, x_t, eps)
        out = self.network(x_t.contiguous(memory_format=torch.channels_last), t).float()
        if self.bound is None:
            return F.mse_loss(out[:, :3], eps)
        with torch.autocast(x_t.device.type, enabled=False):
            return hybrid_loss(self.bound, out, eps, x0, x_t, t)

    def _cropped(self, batch: Batch, *pictures: Tensor) -> tuple[Tensor, ...]:
        if "corner" not in batch:
            return pictures
        return tuple(cropped(whole, batch["corner"], self.config.crop_px) for whole in pictures)

    def _held_out(self, faces: Faces, count: int) -> tuple[Tensor, Tensor]:
        """Held-out faces (N,3,S,S) in [-1, 1] and fixed noise."""
        x0 = pm1_from_01(tensor_from([img01_from_int(p) for p in spread(faces, count)]))
        eps = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
        return x0.to(self.abar.device), eps.to(self.abar.device)

    def _probes(self) -> list[int]:
        """Timesteps at which the network is looked at, none beyond what it is trained for."""
        return [t for t in PROBE_TIMESTEPS if t < self.config.largest_t] or [self.config.largest_t - 1]

    def validate(self, faces: Faces) -> dict[str, float]:
        """Mean squared eps error at the probe timesteps over held-out faces, fixed noise."""
        x0, eps = self._held_out(faces, 24)
        result = {}
        for timestep in self._probes():
            errors = []
            for one_x0, one_eps in zip(x0[:, None], eps[:, None], strict=True):
                t = torch.tensor([timestep], device=x0.device)
                out = self.network(self.noised(one_x0, one_eps, t), t)[:, :3].float()
                errors.append(F.mse_loss(out, one_eps).item())
            result[f"val_eps_{timestep}"] = float(np.mean(errors))
        return result

    def sheet(self, faces: Faces) -> list[list[Tensor]]:
        """Rows of pictures (3,S,S), about [0, 1]: x_t and x0_hat at each probe timestep, then one sample of each face.

        A sample starts from a very small version of the face, diffused to `largest_t`, in ten DDIM steps.
        """
        x0, eps = (both[:2] for both in self._held_out(faces, 2))
        columns = []
        for t in self._probes():
            x_t = self.noised(x0, eps, torch.full((len(x0),), t, device=x0.device))
            columns += [x_t, predict_x0(x_t, predict_eps(self.network, x_t, t), float(self.abar[t]))]
        coarse = F.interpolate(F.adaptive_avg_pool2d(x0, COARSE_PX), x0.shape[-2:], mode="bilinear")
        noise = torch.Generator().manual_seed(1)
        start = self.config.largest_t - 1
        grid = make_grid(start, min(10, start))
        columns += [coarse, sample_ddim(self.network, coarse, grid, lambda shape: torch.randn(shape, generator=noise))]
        return [[img01_from_pm1(column[n]) for column in columns] for n in range(len(x0))]
