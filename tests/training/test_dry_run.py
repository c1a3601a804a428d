"""The dry run: its figures against what can be counted, and that it writes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import torch
from toy_runs import ADM, ESTIMATOR, PRIOR

from engine.training import dry_run as module
from engine.training.config import TrainConfig, build_network
from engine.training.dry_run import dry_run

CPU = torch.device("cpu")
CONV = msgspec.structs.replace(ESTIMATOR, network="srcnn", config={"kernels": [3, 1, 3]}, size_px=128)


def _lines(text: str) -> dict[str, str]:
    return {line[:16].strip(): line[17:] for line in text.splitlines()}


@pytest.mark.parametrize("config", [ESTIMATOR, PRIOR, ADM], ids=["estimator", "guided_prior", "adm_unet"])
def test_every_kind_of_run_can_be_told_beforehand(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = msgspec.structs.replace(config, accumulate=3, total_steps=1000)
    lines = _lines(dry_run(config, None, CPU, world=2))
    assert lines["effective batch"].startswith(f"{6 * config.batch} faces = 2 x 3 x {config.batch} ")
    millions = sum(p.numel() for p in build_network(config).parameters()) / 1e6
    assert f"{millions:.1f} million parameters" in lines["network"]
    speed, step_s = map(float, re.findall(r"([\d.e+-]+) (?:images/s|s a step)", lines["speed"]))
    assert speed * step_s > 6  # images of a step
    assert lines["schedule"].startswith("1000 steps take ")
    assert list(tmp_path.iterdir()) == []


def test_memory_is_what_the_layers_keep() -> None:
    """SRCNN keeps the folded input and, once each, both hidden layers: 12, 64 and 32 channels of 64 x 64 in float32."""
    lines = _lines(dry_run(CONV, None, CPU, world=1))
    kept = 4 * 64 * 64 * (12 + 64 + 32) / 2**20
    (each,) = re.findall(r"activations 4 x (\d+)", lines["memory, MiB"])
    # L1 also keeps the difference of estimate and target: 3 channels of 128 x 128, for the sign.
    assert kept <= int(each) + 0.5 <= kept + 4 * 128 * 128 * 3 * 2 / 2**20 + 1


def test_a_slow_batch_is_told_from_one_face(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    lines = _lines(dry_run(ESTIMATOR, None, CPU, world=1))
    assert "(timed: 1 of 4 faces" in lines["speed"]
    assert "with one face" in lines["peak measured"]
