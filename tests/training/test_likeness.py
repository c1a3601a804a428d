"""Terms beside L1: weights as files, zero for equal faces, gradients to the estimate only."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from toy_runs import ESTIMATOR, toy_faces

from engine.base.errors import UsageError
from engine.networks.lpips_alex import LpipsAlex, LpipsAlexConfig
from engine.training.learner import Learner
from engine.training.likeness import Likeness
from engine.training.parallel import Processes


@pytest.fixture
def lpips_file(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    network = LpipsAlex(LpipsAlexConfig((4, 4, 4, 4, 4)))
    path = tmp_path / "lpips.npz"
    np.savez(path, **{n: t.abs().numpy() if "lin" in n else t.numpy() for n, t in network.state_dict().items()})
    return path


def test_the_perceptual_term_adds_its_weight_times_lpips(lpips_file: Path) -> None:
    config = msgspec.structs.replace(ESTIMATOR, perceptual_weight=2.0, perceptual_weights=str(lpips_file))
    learner, plain = Learner(config, toy_faces(), Processes()), Learner(ESTIMATOR, toy_faces(), Processes())
    batch = learner.task.make_batch(0, 0)
    likeness = learner.task.likeness
    assert isinstance(likeness, Likeness)
    assert likeness.perceptual is not None
    distance = likeness.perceptual(batch["damaged"], batch["clean"]).mean()  # a new network gives its input back
    torch.testing.assert_close(learner.task(batch), plain.task(batch) + 2.0 * distance)
    assert distance > 0
    assert likeness(batch["clean"], batch["clean"]) == 0
    learner.update([batch])
    assert all(p.grad is None for p in likeness.parameters())
    assert [n for n in learner.state()["network"] if "conv0" in n] == []  # a checkpoint has none of it


@pytest.mark.parametrize("term", ["perceptual", "identity"])
def test_weights_that_are_not_there_are_one_sentence(term: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"set {term}_weights"):
        Likeness(msgspec.structs.replace(ESTIMATOR, **{f"{term}_weight": 1.0}))
    missing = {f"{term}_weight": 1.0, f"{term}_weights": str(tmp_path / "none.npz")}
    with pytest.raises(UsageError, match=r"none\.npz: the weights of the .* term are not there"):
        Likeness(msgspec.structs.replace(ESTIMATOR, **missing))


def test_a_file_of_other_weights_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "lpips.npz").write_bytes(b"no archive")
    config = msgspec.structs.replace(ESTIMATOR, perceptual_weight=1.0, perceptual_weights=str(tmp_path / "lpips.npz"))
    with pytest.raises(UsageError, match="do not serve the perceptual term"):
        Likeness(config)


@pytest.mark.slow
def test_the_identity_term_is_one_minus_the_cosine(tmp_path: Path) -> None:
    from engine.networks.arcface import ArcFace

    torch.manual_seed(0)
    torch.save(ArcFace(np.eye(2, 3) * 112 / 32, 32).backbone.state_dict(), tmp_path / "arcface.pth")
    config = msgspec.structs.replace(ESTIMATOR, identity_weight=0.5, identity_weights=str(tmp_path / "arcface.pth"))
    likeness = Likeness(config)
    clean = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    assert likeness(clean, clean).item() == pytest.approx(0, abs=1e-6)
    estimate = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(1)).requires_grad_()
    loss = likeness(estimate, clean)
    assert likeness.identity is not None
    one, other = likeness.identity(torch.cat([estimate, clean])).detach()
    assert loss.detach().item() == pytest.approx(0.5 * (1 - float(one @ other)), abs=1e-5)
    loss.backward()
    assert estimate.grad is not None
    assert estimate.grad.abs().max() > 0
