"""Metrics against closed forms, and against published values where their weights lie beside the project."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.base.errors import WeightsMissing
from engine.evaluation.metrics import IDENTITY_FILE, LPIPS_FILE, Identity, Lpips, angle_degrees, psnr, ssim

LPIPS_OF_NOISE = 0.1220794


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)


def test_psnr_of_a_constant_difference(picture: np.ndarray) -> None:
    assert psnr(picture, picture + np.float32(0.1)) == pytest.approx(20, abs=1e-4)  # -10 log10(0.01)
    assert psnr(picture, picture) == float("inf")


def test_ssim_of_equal_and_of_flat_pictures(picture: np.ndarray) -> None:
    assert ssim(picture, picture) == pytest.approx(1)
    # Without variance only the luminance term is left: (2ab + c1) / (a^2 + b^2 + c1).
    a, b = np.full((32, 32, 3), 0.2, np.float32), np.full((32, 32, 3), 0.4, np.float32)
    assert ssim(a, b) == pytest.approx((2 * 0.08 + 1e-4) / (0.04 + 0.16 + 1e-4), abs=1e-4)


def test_ssim_is_that_of_scikit_image(picture: np.ndarray) -> None:
    skimage_metrics = pytest.importorskip("skimage.metrics")
    other = np.clip(picture + np.random.default_rng(1).normal(0, 0.1, picture.shape), 0, 1).astype(np.float32)
    expected = skimage_metrics.structural_similarity(
        picture, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2, data_range=1.0
    )
    assert ssim(picture, other) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("cosine", "degrees"), [(1, 0), (0.5, 60), (0, 90), (-1, 180), (1.0000001, 0)])
def test_the_angle_of_a_cosine(cosine: float, degrees: float) -> None:
    assert angle_degrees(cosine) == pytest.approx(degrees)


@pytest.mark.parametrize(("metric", "name"), [(Lpips, LPIPS_FILE), (Identity, IDENTITY_FILE)])
def test_missing_weights_are_one_sentence(metric: type, name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=name):
        metric(tmp_path / name)


def _face(path: Path) -> np.ndarray:
    img = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert img is not None
    small = cv2.resize(img[..., ::-1].astype(np.float32) / 255, (256, 256), interpolation=cv2.INTER_AREA)
    return np.asarray(small)


def test_lpips_is_0_for_equal_pictures_and_grows_with_blur(shared_dir: Path) -> None:
    lpips = Lpips(shared_dir / "weights" / LPIPS_FILE)
    face = _face(shared_dir / "data" / "eval_london512" / "001_n.jpg")
    blurred = [cv2.GaussianBlur(face, (0, 0), sigma) for sigma in (1, 3, 8)]
    distances = [lpips(face, b) for b in blurred]
    assert lpips(face, face) == pytest.approx(0, abs=1e-6)
    assert distances == sorted(distances)
    assert distances[0] > 0.01


def test_lpips_of_the_metrics_own_weights_is_stored(shared_dir: Path) -> None:
    # Computed before features and distance shared their layers.
    lpips = Lpips(shared_dir / "weights" / LPIPS_FILE)
    a, b = (np.random.default_rng(n).random((64, 64, 3)).astype(np.float32) for n in (0, 1))
    assert lpips(a, b) == pytest.approx(LPIPS_OF_NOISE, rel=1e-4)


def test_the_same_person_is_nearer_than_others(shared_dir: Path) -> None:
    identity = Identity(shared_dir / "weights" / IDENTITY_FILE)
    folder = shared_dir / "data" / "eval_london512"
    people = ["001", "004", "007", "010", "013", "016", "019", "022"]
    neutral = [identity.embedding(_face(folder / f"{p}_n.jpg")) for p in people]
    smiling = [identity.embedding(_face(folder / f"{p}_s.jpg")) for p in people]
    cosines = np.array([[a @ b for b in smiling] for a in neutral])
    same, others = np.diag(cosines), cosines[~np.eye(len(people), dtype=bool)]
    # The whole set gives .91 for the same person and .04 for others.
    assert same.mean() == pytest.approx(0.91, abs=0.05)
    assert others.mean() == pytest.approx(0.04, abs=0.08)
