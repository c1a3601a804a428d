"""The Fréchet distance against closed forms and against the definition with a matrix root."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.linalg

from engine.base.errors import WeightsMissing
from engine.evaluation.frechet import FEATURE_NETWORKS, frechet_distance, frechet_title


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _whitened(x: np.ndarray) -> np.ndarray:
    """Samples (N, D) moved to have exactly mean 0 and covariance 1."""
    x = x - x.mean(axis=0)
    return np.asarray(np.linalg.solve(np.linalg.cholesky(np.cov(x, rowvar=False)), x.T).T)


@pytest.mark.parametrize(("count", "dimensions"), [(200, 20), (15, 100)])
def test_a_set_is_at_no_distance_from_itself(count: int, dimensions: int, rng: np.random.Generator) -> None:
    a = rng.normal(3, 2, (count, dimensions)).astype(np.float32)
    assert 0 <= frechet_distance(a, a) < 1e-9 * np.square(a).sum()
    assert 0 <= frechet_distance(a, rng.permutation(a)) < 1e-9 * np.square(a).sum()


def test_a_shift_is_its_square(rng: np.random.Generator) -> None:
    a, shift = rng.standard_normal((40, 6)), np.arange(6.0)
    assert frechet_distance(a, a + shift) == pytest.approx(np.square(shift).sum())


def test_isotropic_gaussians(rng: np.random.Generator) -> None:
    a = _whitened(rng.standard_normal((100, 8)))
    b = _whitened(rng.standard_normal((60, 8)))
    # |mu_a - mu_b|^2 + D (s_a - s_b)^2
    assert frechet_distance(2 * a + 1, 5 * b - 3) == pytest.approx(8 * 4**2 + 8 * (2 - 5) ** 2)


def test_one_dimension(rng: np.random.Generator) -> None:
    a, b = rng.normal(1, 2, (50, 1)), rng.normal(-1, 5, (70, 1))
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected)


def test_diagonal_covariances_are_one_dimensional_each(rng: np.random.Generator) -> None:
    scale_a, scale_b = rng.uniform(0.1, 10, (2, 5))
    a = _whitened(rng.standard_normal((100, 5))) * scale_a
    b = _whitened(rng.standard_normal((100, 5))) * scale_b
    assert frechet_distance(a, b) == pytest.approx(np.square(scale_a - scale_b).sum())


def test_the_definition_with_a_matrix_root(rng: np.random.Generator) -> None:
    a = rng.standard_normal((300, 12)) @ rng.standard_normal((12, 12)) + 1
    b = rng.standard_normal((200, 12)) @ rng.standard_normal((12, 12))
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(cov_a @ cov_b).real
    expected = np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + np.trace(cov_a + cov_b - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_fewer_samples_than_features_in_separate_planes(rng: np.random.Generator) -> None:
    # Covariances without a common direction have a product of 0: only the traces are left.
    a, b = np.zeros((10, 60)), np.zeros((20, 60))
    a[:, :30], b[:, 30:] = rng.standard_normal((10, 30)), rng.standard_normal((20, 30))
    means = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    assert frechet_distance(a, b) == pytest.approx(means + a.var(axis=0, ddof=1).sum() + b.var(axis=0, ddof=1).sum())
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))


def test_one_picture_is_no_set(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="two pictures"):
        frechet_distance(rng.random((1, 4)), rng.random((5, 4)))


@pytest.mark.parametrize("name", FEATURE_NETWORKS)
def test_missing_weights_of_a_feature_network(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        FEATURE_NETWORKS[name](tmp_path)


def test_only_inception_makes_a_fid() -> None:
    assert [name for name in FEATURE_NETWORKS if "FID" in frechet_title(name)] == ["inception"]


@pytest.mark.parametrize(("name", "dimensions"), [("alexnet", 256), ("mobilefacenet", 128)])
def test_features_are_what_the_networks_say(name: str, dimensions: int, shared_dir: Path) -> None:
    features = FEATURE_NETWORKS[name](shared_dir / "weights")
    picture = np.random.default_rng(0).random((256, 256, 3)).astype(np.float32)
    found = features(picture)
    assert found.shape == (dimensions,)
    np.testing.assert_array_equal(found, features(picture))
    assert np.linalg.norm(found) != pytest.approx(1, abs=0.1)  # not normalised: lengths take part in the distance
