"""Training configurations: presets, networks by name, and sentences for what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base.errors import UsageError
from engine.networks.adm_unet import FFHQ512
from engine.networks.swinir import SWINIR512
from engine.training.config import TrainConfig, build_network, read_config


@pytest.mark.parametrize("preset", ["starter256", "difface512"])
@pytest.mark.parametrize("task", ["estimator", "prior"])
def test_the_presets_read(preset: str, task: str) -> None:
    assert read_config(preset, task).task == task


def test_difface512_is_the_published_configuration() -> None:
    """Numbers of the paper and of the released configuration."""
    estimator, prior = read_config("difface512", "estimator"), read_config("difface512", "prior")
    assert (estimator.network, estimator.config) == ("swinir", "SWINIR512")
    assert (estimator.learning_rate, estimator.final_rate, estimator.schedule) == (5e-5, 5e-6, "cosine")
    assert (estimator.total_steps, 8 * estimator.batch) == (300_000, 32)
    assert (estimator.perceptual_weight, estimator.identity_weight, estimator.degradation.mild) == (0, 0, 0)
    assert (prior.network, prior.config, prior.loss) == ("adm_unet", "FFHQ512", "hybrid")
    assert (prior.learning_rate, prior.ema, prior.total_steps, 8 * prior.batch) == (1e-4, 0.999, 500_000, 64)
    assert (prior.largest_t, prior.focus) == (1000, 0)  # uniform over all timesteps
    assert SWINIR512.image_px == FFHQ512.image_px == estimator.size_px == prior.size_px


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('task = "prior"\nbatches = 3', "unknown field `batches`"),
        ('task = "estimator"', "is for the estimator, not the prior"),
        ('task = "prior"\nnetwork = "swinir"', "one of guided_prior, adm_unet, not swinir"),
        ('task = "prior"\nloss = "hybrid"', "needs network adm_unet"),
        ('task = "prior"\nschedule = "cosine"', "needs total_steps above warmup_steps"),
        ('task = "prior"\nlargest_t = 1001', "<= 1000"),
        ("task = ", "wrong"),
        ('task = "prior"\n[degradation]\nnoises = [0.0, 1.0]', "degradation has no field `noises`"),
        ('task = "prior"\n[old_photo]\nshares = 0.5', "old_photo has no field `shares`"),
    ],
)
def test_a_wrong_configuration_is_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(text + "\n")
    with pytest.raises(UsageError, match=said):
        read_config(str(path), "prior")


def test_an_unknown_preset_is_told_the_known_ones() -> None:
    with pytest.raises(UsageError, match="presets are difface512, starter256"):
        read_config("nothing", "prior")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (TrainConfig(task="estimator", config={"channel": [16]}), "has no field 'channel'"),
        (TrainConfig(task="estimator", network="swinir", config="SWINIR"), "no configuration 'SWINIR'"),
        (TrainConfig(task="estimator", size_px=250), "size_px must be a multiple of 16 for it, not 250"),
        (TrainConfig(task="estimator", crop_px=100), "crop_px must be a multiple of 16 for it, not 100"),
        (TrainConfig(task="estimator", crop_px=512), "crop_px must not be above size_px, 256"),
        (TrainConfig(task="prior", network="adm_unet", config="FFHQ512"), "its own size is 512 px, but size_px is 256"),
    ],
)
def test_a_network_that_does_not_fit_the_run_is_one_sentence(config: TrainConfig, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        build_network(config)
