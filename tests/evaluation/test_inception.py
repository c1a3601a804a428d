"""FID's Inception against the features that the public PyTorch port computes with the same made-up weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.base.errors import WeightsUnfit, WeightsUnreadable
from engine.evaluation.golden import fill_golden
from engine.evaluation.inception import Inception, fid_inception

EVERY_256TH = [1.63920467e-05, 8.76207894e-04, 3.23525853e-02, 8.35134555e-03]
EVERY_256TH += [2.10462877e-05, 7.15132710e-03, 0.0, 5.98924560e-03]
MEAN, DEVIATION = 0.015585518, 0.022156199
"""Of the port's 2,048 features for the picture and weights below; torchvision's own poolings are off by up to 0.019."""


@pytest.mark.slow
def test_features_are_the_ports(tmp_path: Path) -> None:
    network = fid_inception()
    fill_golden(network)
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    picture = np.random.default_rng(3).random((64, 64, 3)).astype(np.float32)
    features = Inception(tmp_path / "weights.pth")(picture)
    assert features.shape == (2048,)
    np.testing.assert_allclose(features[::256], EVERY_256TH, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose((features.mean(), features.std()), (MEAN, DEVIATION), rtol=1e-4)


def test_files_that_are_not_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"not a file of tensors")
    with pytest.raises(WeightsUnreadable):
        Inception(path)
    torch.save({"fc.weight": torch.zeros(1000, 2048)}, path)  # of the common network with 1,000 classes
    with pytest.raises(WeightsUnfit):
        Inception(path)
