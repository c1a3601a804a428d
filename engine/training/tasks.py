"""What a step is for each network: the batch it learns from, its loss, and how it is judged on held-out faces."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.base.values import img01_from_int, pm1_from_01
from engine.degrade.model import degrade, to_grey
from engine.diffusion.schedule import abar_table
from engine.networks.compact_unet import CompactUNet
from engine.networks.guided_prior import GuidedPrior
from engine.training.config import TrainConfig
from engine.training.faces import FaceSet, augment
from engine.training.linear_prior import fit_linear_prior

Batch = dict[str, Tensor]
PROBE_TIMESTEPS = (50, 100, 200, 400)


def _crops(pictures: Tensor, corners: Tensor, side: int) -> Tensor:
    """One square of each picture: (B, C, S, S), top left corners (B, 2) -> (B, C, side, side)."""
    places = zip(pictures, corners.tolist(), strict=True)
    return torch.stack([picture[:, y : y + side, x : x + side] for picture, (y, x) in places])


class Task(Protocol):
    """One kind of training; a batch is made on another thread, from its step number alone."""

    network: nn.Module

    def make_batch(self, step: int) -> Batch: ...

    def loss(self, batch: Batch) -> Tensor: ...

    def validate(self, network: nn.Module, faces: FaceSet) -> dict[str, float]: ...


def make_task(config: TrainConfig, faces: FaceSet) -> Task:
    torch.manual_seed(config.seed)
    return EstimatorTask(config, faces) if config.task == "estimator" else PriorTask(config, faces)


def tensor_from(pictures: list[NDArray[np.float32]]) -> Tensor:
    """List of (S, S, 3) -> (B, 3, S, S) float32, channels last in memory."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)


def batch_rng(config: TrainConfig, step: int) -> np.random.Generator:
    """The same step draws the same batch, so that a resumed run goes on as if it had never stopped."""
    return np.random.default_rng((config.seed, step))


class EstimatorTask:
    """L1 between f(y) and the clean face, y from the degradation model."""

    def __init__(self, config: TrainConfig, faces: FaceSet) -> None:
        self.config, self.faces = config, faces
        self.network: nn.Module = CompactUNet(config.estimator)

    def _pair(self, img_u8: NDArray[np.uint8], rng: np.random.Generator, augmented: bool) -> tuple[NDArray, NDArray]:
        clean = augment(img_u8, self.config.augment, rng) if augmented else img01_from_int(img_u8)
        d = self.config.degradation.draw(rng)
        return (to_grey(clean) if d.grey else clean), degrade(clean, d, rng)

    def make_batch(self, step: int) -> Batch:
        rng = batch_rng(self.config, step)
        chosen = self.faces.draw(rng, self.config.batch)
        pairs = [self._pair(self.faces.pictures[i], rng, augmented=True) for i in chosen]
        return {"clean": tensor_from([p[0] for p in pairs]), "damaged": tensor_from([p[1] for p in pairs])}

    def loss(self, batch: Batch) -> Tensor:
        return F.l1_loss(self.network(batch["damaged"]).float(), batch["clean"])

    def validate(self, network: nn.Module, faces: FaceSet) -> dict[str, float]:
        """Mean absolute error of the estimate and of its input over held-out faces, one fixed damage each."""
        errors = []
        for n, picture in enumerate(faces.pictures[:: max(1, len(faces.names) // 32)]):
            clean, damaged = self._pair(picture, np.random.default_rng((0, n)), augmented=False)
            y, x = tensor_from([damaged]), tensor_from([clean])
            errors.append((F.l1_loss(network(y).float().clamp(0, 1), x).item(), F.l1_loss(y, x).item()))
        mean = np.mean(errors, axis=0)
        return {"val_l1": float(mean[0]), "val_l1_input": float(mean[1])}


class PriorTask:
    """Mean squared error of eps_hat on noised faces: x_t = sqrt(abar_t) x0 + sqrt(1 - abar_t) eps (DDPM, L_simple)."""

    def __init__(self, config: TrainConfig, faces: FaceSet) -> None:
        self.config, self.faces = config, faces
        self.network: nn.Module = GuidedPrior(config.prior)
        self.abar = torch.tensor(abar_table(), dtype=torch.float32)
        linear = fit_linear_prior(faces.pictures, config.prior.linear_px, config.prior.components)
        self.network.set_linear(
            torch.from_numpy(linear.mean),
            torch.from_numpy(linear.basis),
            torch.from_numpy(linear.variance),
            linear.residual_variance,
            self.abar,
        )

    def make_batch(self, step: int) -> Batch:
        c = self.config
        rng = batch_rng(c, step)
        whole = not c.crop_px or (c.whole_every > 0 and step % c.whole_every == 0)
        count = c.whole_batch if whole and c.crop_px else c.batch
        x0 = tensor_from([augment(self.faces.pictures[i], c.augment, rng) for i in self.faces.draw(rng, count)])
        t = np.where(
            rng.random(count) < c.focus, rng.integers(0, c.focus_t, count), rng.integers(0, c.largest_t, count)
        )
        corner = np.zeros((count, 2), np.int64)
        if not whole:
            corner = 4 * rng.integers(0, (c.size_px - c.crop_px) // 4 + 1, (count, 2))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        eps = torch.randn(x0.shape, generator=generator).contiguous(memory_format=torch.channels_last)
        return {"x0": pm1_from_01(x0), "eps": eps, "t": torch.from_numpy(t), "corner": torch.from_numpy(corner)}

    def noised(self, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """q(x_t | x0): (B, 3, S, S), (B, 3, S, S), (B,) -> (B, 3, S, S)."""
        abar_t = self.abar[t][:, None, None, None]
        return abar_t.sqrt() * x0 + (1 - abar_t).sqrt() * eps

    def loss(self, batch: Batch) -> Tensor:
        network = self.network
        assert isinstance(network, GuidedPrior)
        eps, t = batch["eps"], batch["t"]
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            inputs, eps_linear = network.guides(self.noised(batch["x0"], eps, t), t)
        if self.config.crop_px and len(t) == self.config.batch:
            inputs, eps_linear, eps = (
                _crops(whole, batch["corner"], self.config.crop_px) for whole in (inputs, eps_linear, eps)
            )
        out = network.body(inputs.contiguous(memory_format=torch.channels_last), t).float()
        return F.mse_loss(eps_linear + out, eps)

    def validate(self, network: nn.Module, faces: FaceSet) -> dict[str, float]:
        """Mean squared eps error at the probe timesteps over held-out faces, fixed noise."""
        x0 = pm1_from_01(tensor_from([img01_from_int(p) for p in faces.pictures[:: max(1, len(faces.names) // 24)]]))
        eps = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
        result = {}
        for timestep in PROBE_TIMESTEPS:
            errors = []
            for one_x0, one_eps in zip(x0[:, None], eps[:, None], strict=True):
                t = torch.tensor([timestep])
                errors.append(F.mse_loss(network(self.noised(one_x0, one_eps, t), t).float(), one_eps).item())
            result[f"val_eps_{timestep}"] = float(np.mean(errors))
        return result
