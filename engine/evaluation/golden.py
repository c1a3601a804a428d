"""Golden numbers: whether networks and samplers still compute what the published method computes.

The networks get weights that anyone can make (`fill_golden`); their outputs, and trajectories of the samplers, are
compared with numbers stored from the public reference implementation.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.base.errors import GoldenMissing, UsageError
from engine.base.values import img01_from_pm1, pm1_from_01
from engine.diffusion.ddim import Noise, sample_ddim
from engine.diffusion.inpaint import sample_inpaint
from engine.diffusion.schedule import abar_table, ddim_subset, released_grid
from engine.networks.adm_unet import FFHQ256, FFHQ512, IMAGENET256, AdmUnet, AdmUnetConfig
from engine.networks.lama import LAMA256, Lama
from engine.networks.swinir import SWINIR512, SwinIR

LIMIT = 1e-4
"""Largest error, in standard deviations of the stored output, by which float32 runs may differ."""

STORED_PX = 64
"""The stored pictures are thinned out to this many pixels a side."""

Golden = Mapping[str, NDArray[Any]]
"""The arrays of one golden file by name."""


@dataclass(frozen=True)
class GoldenResult:
    """One comparison: the largest error in standard deviations of the stored output, and the seconds it took."""

    name: str
    error: float
    limit: float
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the error keeps the limit; an error that is not a number does not."""
        return self.error <= self.limit


@torch.no_grad()
def fill_golden(module: nn.Module) -> None:
    """Give a network the golden weights in place: each tensor drawn by a generator seeded with the CRC-32 of its key.

    Integer buffers and attention masks stay as they are.
    """
    for key, tensor in module.state_dict().items():
        if not tensor.is_floating_point() or "attn_mask" in key:
            continue
        rng = np.random.default_rng(zlib.crc32(key.encode()))
        r: NDArray[np.floating] = rng.standard_normal(tuple(tensor.shape)).astype(np.float32)
        if key.endswith("running_mean"):
            r *= 0.02
        elif key.endswith("running_var"):
            r = 1 + 0.05 * np.abs(r)
        elif r.ndim >= 2:
            r /= math.sqrt(math.prod(r.shape[1:]))  # fan-in: activations keep their size
        elif key.endswith("weight"):
            r = 1 + 0.05 * r
        else:
            r *= 0.02
        tensor.copy_(torch.from_numpy(r))


def run_golden(directory: Path, names: Sequence[str] | None = None) -> Iterator[GoldenResult]:
    """Compare with the files `golden_NAME.npz` of a folder, by default for all names in `CHECKS`.

    A name gives one result or more, as they are computed, with one network in memory at a time. Raises UsageError for
    an unknown name and GoldenMissing for a file that is not there, both before anything is computed.
    """
    names = tuple(CHECKS) if names is None else tuple(names)
    for name in names:
        if name not in CHECKS:
            raise UsageError(detail=f"There are no golden numbers for {name!r}; known are {', '.join(CHECKS)}.")
        if not _file(directory, name).is_file():
            raise GoldenMissing(path=_file(directory, name))
    return _run(directory, names)


def _file(directory: Path, name: str) -> Path:
    return directory / f"golden_{name}.npz"


def _run(directory: Path, names: Sequence[str]) -> Iterator[GoldenResult]:
    for name in names:
        with np.load(_file(directory, name)) as archive:
            golden = dict(archive)
        start = time.perf_counter()
        for part, error in CHECKS[name](golden):
            yield GoldenResult(f"{name} {part}".rstrip(), error, LIMIT, time.perf_counter() - start)
            start = time.perf_counter()


def _unet(config: AdmUnetConfig, golden: Golden) -> Iterator[tuple[str, float]]:
    """The prior at each stored timestep, with mean, deviation and absolute sum of the whole output."""
    unet = _golden_unet(config)
    x_t = _normal(np.random.default_rng(1), (1, 3, config.image_px, config.image_px))
    for t in (0, 100, 396, 999):
        out = _call(unet, x_t, torch.tensor([t]))
        yield f"t={t}", _worst(_error(_thinned(out), golden[f"out_t{t}"]), _stats_error(out, golden[f"stats_t{t}"]))


def _swinir(golden: Golden) -> Iterator[tuple[str, float]]:
    out = _golden_estimate()
    yield "", _worst(_error(_thinned(out), golden["out"]), _stats_error(out, golden["stats"]))


def _lama(golden: Golden) -> Iterator[tuple[str, float]]:
    """The inpainting estimator before its sigmoid, which hides errors where it saturates."""
    lama = Lama(LAMA256).eval()
    fill_golden(lama)
    img_01 = _uniform((1, 3, 256, 256))
    mask = torch.zeros(1, 1, 256, 256)
    mask[:, :, 64:160, 80:200] = 1
    out = _call(lama.logits, torch.cat([img_01 * (1 - mask), mask], dim=1))
    yield "", _worst(_error(_thinned(out), golden["out_logit"]), _stats_error(out, golden["stats_logit"]))


def _toy(golden: Golden) -> Iterator[tuple[str, float]]:
    """Schedule and sampler trajectories with a toy network, eps = 0.3 x + 0.1 sin(t / 100)."""
    kept = np.array(ddim_subset("ddim250"))
    tables = {
        "alphas_cumprod_1000": abar_table(),
        "timesteps_ddim250": kept,
        "alphas_cumprod_ddim250": abar_table()[kept],
    }
    yield "schedule", _worst(*(_error(table, golden[name]) for name, table in tables.items()))

    states: dict[str, Tensor] = {}

    def eps_model(x_t: Tensor, t: Tensor) -> Tensor:
        states.setdefault("x_start", x_t)
        return 0.3 * x_t + 0.1 * torch.sin(t / 100)[:, None, None, None]

    def on_step(i: int, x0_hat: Tensor, x_t: Tensor) -> None:
        states[f"after_step_{i + 1}"] = x_t

    def error(prefix: str, half_way: str) -> float:
        names = ("x_start", "after_step_1", half_way, "final")
        return _worst(*(_error(states[name], golden[prefix + name]) for name in names))

    x0_est = _tensor(golden["x0_est"])
    for eta in (0.0, 0.5, 1.0):
        states.clear()
        noise = _stored_noise(golden["noise_in_order_q_then_steps"])
        states["final"] = sample_ddim(eps_model, x0_est, released_grid(100), noise, eta=eta, on_step=on_step)
        yield f"eta={eta}", error(f"eta{eta}_", "after_step_50")
    states.clear()
    y, mask = _tensor(golden["inpaint_y0_pm1"]), _tensor(golden["inpaint_mask_hole_is_1"])
    noise = _stored_noise(golden["inpaint_noise_in_order"])
    states["final"] = sample_inpaint(
        eps_model, x0_est, y, mask, released_grid(120), noise, eta=1.0, gamma=0.5, on_step=on_step
    )
    yield "inpainting", error("inpaint_", "after_step_60")


def _end_to_end(golden: Golden) -> Iterator[tuple[str, float]]:
    """One damaged picture through estimator and prior: three steps of "ddim250" at eta 0.5."""
    estimate_01 = _golden_estimate().clamp(0, 1)
    yield "estimate", _error(_thinned(estimate_01), golden["estimate_01"])
    rng = np.random.default_rng(4)
    sample = sample_ddim(
        _golden_unet(FFHQ512).eps,
        pm1_from_01(estimate_01),
        released_grid(3),
        lambda shape: _normal(rng, shape),
        eta=0.5,
    )
    sample_01 = img01_from_pm1(sample)
    stats_error = _stats_error(sample_01, golden["sample_mean_std"])
    yield "sample", _worst(_error(_thinned(sample_01), golden["sample_01"]), stats_error)


Check = Callable[[Golden], Iterator[tuple[str, float]]]
"""Golden file -> one (part, error) for each comparison."""

CHECKS: Mapping[str, Check] = {
    "diffusion_toy": _toy,
    "swinir512": _swinir,
    "unet_ffhq512": partial(_unet, FFHQ512),
    "end_to_end_512": _end_to_end,
    "lama256": _lama,
    "unet_ffhq256": partial(_unet, FFHQ256),
    "unet_imagenet256": partial(_unet, IMAGENET256),
}
"""What each golden file is compared with, in the order of a full run: quick ones first."""


def _golden_unet(config: AdmUnetConfig) -> AdmUnet:
    with torch.device("meta"):
        unet = AdmUnet(config)
    unet.to_empty(device="cpu").eval()
    fill_golden(unet)
    return unet


def _golden_estimate() -> Tensor:
    """Output (1,3,512,512) of the golden estimator for its stored input."""
    swinir = SwinIR(SWINIR512).eval()
    fill_golden(swinir)
    return _call(swinir, _uniform((1, 3, 512, 512)))


@torch.no_grad()
def _call(network: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
    return network(*inputs)


def _uniform(shape: tuple[int, ...]) -> Tensor:
    return _tensor(np.random.default_rng(2).uniform(size=shape))


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    return _tensor(rng.standard_normal(shape))


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


def _stored_noise(draws: NDArray[Any]) -> Noise:
    """Draws (K,3,H,W) one after another, as batches of one."""
    rest = iter(draws)
    return lambda shape: _tensor(next(rest)[None])


def _thinned(out: Tensor) -> Tensor:
    """(1, C, H, W) -> every n-th pixel, (1, C, 64, 64)."""
    step = out.shape[-1] // STORED_PX
    return out[:, :, ::step, ::step]


def _error(out: Tensor | NDArray[Any], stored: NDArray[Any]) -> float:
    """Largest difference in standard deviations of the stored values; infinite where the shapes differ."""
    array = np.asarray(out)
    if array.shape != stored.shape:
        return math.inf
    return float(np.abs(array.astype(np.float64) - stored).max() / stored.std(dtype=np.float64))


def _stats_error(out: Tensor, stored: NDArray[Any]) -> float:
    """Largest error of mean, deviation and (where stored) mean magnitude of the whole output, in stored deviations."""
    values = out.double()
    mean, std, *abs_sum = stored
    errors = [values.mean() - mean, values.std() - std, *(values.abs().mean() - s / values.numel() for s in abs_sum)]
    return _worst(*(abs(float(error)) for error in errors)) / float(std)


def _worst(*errors: float) -> float:
    """The largest error; not a number if one is not (which the built-in max would lose)."""
    return float(np.max(errors))
