"""NIQE: its parts in closed form, features of an independent implementation, and what damage does to it."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.base.errors import UsageError
from engine.evaluation.niqe import (
    PATCH_PX,
    PRISTINE,
    Niqe,
    fit_aggd,
    fit_pristine,
    luminance,
    main,
    mscn,
    patch_features,
)

MEAN_FEATURES = np.array(
    [
        2.65117, 1.07836, 0.931, 0.15437, 0.19546, 0.33405, 0.92733, 0.15518, 0.1925, 0.33091, 0.92467, -0.04442,
        0.28377, 0.24462, 0.91683, -0.04228, 0.28152, 0.24435, 3.1215, 1.25523, 1.0015, 0.11303, 0.31955, 0.43383,
        1.06117, 0.11202, 0.34834, 0.46838, 0.98617, -0.04662, 0.39725, 0.35149, 0.99833, -0.04651, 0.40479, 0.35719,
    ]
)  # fmt: skip
"""Mean over six patches of `_texture`, by pyiqa 0.1.16, which follows the published code, in single precision."""


def _texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Noise averaged over 3 x 3 pixels, the same on every machine, as a grey picture."""
    noise = np.random.default_rng(seed).integers(0, 256, (height + 2, width + 2))
    plane = sum(noise[y : y + height, x : x + width] for y in range(3) for x in range(3)) / 9
    return np.repeat((plane / 255)[..., None], 3, axis=2).astype(np.float32)


def test_features_are_those_of_another_implementation() -> None:
    features, _ = patch_features(_texture(128, 192), 64)
    assert features.shape == (6, 36)
    np.testing.assert_allclose(features.mean(axis=0), MEAN_FEATURES, atol=2e-5)


def test_luminance_is_rec_601_in_whole_numbers() -> None:
    primaries = np.eye(3, dtype=np.float32)[None]
    np.testing.assert_array_equal(luminance(primaries), [[76, 150, 29]])  # 255 times .299, .587, .114, rounded
    np.testing.assert_array_equal(luminance(np.full((1, 1, 3), 1.2, np.float32)), [[255]])


def test_mscn_of_a_constant_picture_is_0() -> None:
    normalised, deviation = mscn(np.full((20, 20), 137.0))
    np.testing.assert_allclose(normalised, 0, atol=1e-9)
    np.testing.assert_allclose(deviation, 0, atol=1e-5)


def test_mscn_of_one_bright_pixel() -> None:
    plane = np.zeros((21, 21))
    plane[10, 10] = 100
    kernel = cv2.getGaussianKernel(7, 7 / 6)
    w = float(kernel[3, 0]) ** 2  # weight of the window's middle
    normalised, deviation = mscn(plane)
    assert deviation[10, 10] == pytest.approx(100 * np.sqrt(w - w * w))
    assert normalised[10, 10] == pytest.approx(100 * (1 - w) / (100 * np.sqrt(w - w * w) + 1))
    assert normalised[10, 14] == 0  # beyond the window


@pytest.mark.parametrize(
    ("shape", "left", "right"), [(2.0, 1.0, 1.0), (1.0, 0.5, 2.0), (0.7, 3.0, 1.0), (4.0, 1.0, 1.5)]
)
def test_aggd_parameters_are_recovered(shape: float, left: float, right: float) -> None:
    rng = np.random.default_rng(0)
    # (|x| / scale)^shape is Gamma(1 / shape), and a side is as probable as its scale is large.
    x = rng.gamma(1 / shape, size=(3, 200_000)) ** (1 / shape)
    on_left = rng.random(x.shape) < left / (left + right)
    fitted = fit_aggd(np.where(on_left, -left * x, right * x))
    for values, true in zip(fitted, (shape, left, right), strict=True):
        np.testing.assert_allclose(values, true, rtol=0.03)


def test_aggd_scales_with_its_samples() -> None:
    x = np.random.default_rng(1).laplace(size=(2, 5000))
    shape, left, right = fit_aggd(x)
    again, left_7, right_7 = fit_aggd(7 * x)
    np.testing.assert_array_equal(again, shape)
    np.testing.assert_allclose((left_7, right_7), (7 * left, 7 * right))
    mirrored, left_m, right_m = fit_aggd(-x)
    np.testing.assert_array_equal(mirrored, shape)
    np.testing.assert_allclose((left_m, right_m), (right, left))


def _model(path: Path, mean: np.ndarray, covariance: np.ndarray) -> Niqe:
    np.savez(path, mean=mean, covariance=covariance, patch_px=32)
    return Niqe(path)


def test_the_distance_of_two_gaussians(tmp_path: Path) -> None:
    picture = _texture(160, 320)  # 50 patches: a covariance of full rank
    features, _ = patch_features(picture, 32)
    mean, covariance = features.mean(axis=0), np.cov(features, rowvar=False)
    assert _model(tmp_path / "same.npz", mean, covariance)(picture) == pytest.approx(0, abs=1e-6)
    shift = np.linspace(-1, 1, 36)
    expected = np.sqrt(shift @ np.linalg.solve((covariance + np.eye(36)) / 2, shift))
    assert _model(tmp_path / "apart.npz", mean + shift, np.eye(36))(picture) == pytest.approx(expected)


def test_pictures_that_cannot_be_measured() -> None:
    assert np.isnan(Niqe()(np.full((256, 256, 3), 0.5, np.float32)))
    with pytest.raises(UsageError, match="two patches"):
        Niqe()(np.zeros((100, 100, 3), np.float32))


def test_only_sharp_patches_make_the_model() -> None:
    sharp = _texture(128, 192)
    picture = sharp.copy()
    picture[:, 96:] = (
        0.5 + (sharp[:, 96:] - 0.5) / 4
    )  # the third column of patches and half of the second lose contrast
    features, deviation = patch_features(picture, 64)
    kept = deviation > 0.75 * deviation.max()
    assert kept.tolist() == [True, False, False] * 2
    mean, _ = fit_pristine([picture], 64)
    np.testing.assert_allclose(mean, features[[0, 3]].mean(axis=0))


def test_the_command_takes_free_sharp_training_faces_with_corners(tmp_path: Path) -> None:
    good = {"licence": "public domain", "face_px": "300", "corners": "", "split": "train"}
    others = [{"licence": "CC-BY 4.0"}, {"face_px": "255"}, {"corners": "round"}, {"split": "val"}]
    rows = [good, good | {"licence": "CC0 1.0"}, *(good | other for other in others)]
    with (tmp_path / "index.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["file", *good])
        writer.writeheader()
        for n, row in enumerate(rows):
            picture = np.rint(_texture(128, 128, seed=n) * 255).astype(np.uint8)
            cv2.imwrite(str(tmp_path / f"{n}.png"), picture)
            writer.writerow({"file": f"{n}.png", **row})
    main([str(tmp_path), str(tmp_path / "model.npz")])
    pictures = [np.rint(_texture(128, 128, seed=n) * 255).astype(np.float32) / 255 for n in (0, 1)]
    mean, covariance = fit_pristine(pictures)
    model = Niqe(tmp_path / "model.npz")
    np.testing.assert_allclose(model.mean, mean)
    np.testing.assert_allclose(model.covariance, covariance)
    assert model.patch_px == PATCH_PX


def test_the_shipped_model_is_a_gaussian_of_full_rank() -> None:
    niqe = Niqe()
    assert niqe.mean.shape == (36,)
    np.testing.assert_array_equal(niqe.covariance, niqe.covariance.T)
    assert np.linalg.eigvalsh(niqe.covariance).min() > 0
    assert 1.5 < niqe.mean[0] < 3.5  # coefficients of undamaged pictures are near a Gaussian's 2 (Mittal et al. 2013)


@pytest.mark.slow
def test_the_shipped_model_is_what_the_command_makes(shared_dir: Path, tmp_path: Path) -> None:
    main([str(shared_dir / "data" / "faces256"), str(tmp_path / "model.npz")])
    made, shipped = np.load(tmp_path / "model.npz"), np.load(PRISTINE)
    for name in ("mean", "covariance", "patch_px"):
        np.testing.assert_allclose(made[name], shipped[name], rtol=1e-4, atol=1e-6)


def _held_out(shared_dir: Path) -> list[np.ndarray]:
    folder = shared_dir / "data" / "faces256"
    with (folder / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val" and float(row["face_px"] or 0) >= 256]
    return [cv2.imread(str(folder / row["file"]))[..., ::-1].astype(np.float32) / 255 for row in rows]


def test_blur_noise_and_jpeg_raise_it_on_held_out_faces(shared_dir: Path) -> None:
    niqe, rng = Niqe(), np.random.default_rng(0)
    faces = _held_out(shared_dir)
    clean = np.array([niqe(face) for face in faces])
    assert len(faces) >= 20
    blurs = [np.array([niqe(cv2.GaussianBlur(face, (0, 0), sigma)) for face in faces]) for sigma in (1, 2.5)]
    noises = [
        np.array([niqe(face + rng.normal(0, n / 255, face.shape).astype(np.float32)) for face in faces])
        for n in (10, 20)
    ]
    for little, much in (blurs, noises):
        assert np.mean(little > clean) >= 0.9
        assert (much > clean).all()
        assert clean.mean() < little.mean() < much.mean()


def test_equal_pictures_have_equal_numbers() -> None:
    picture = _texture(256, 256)
    value = Niqe()(picture)
    assert np.isfinite(value)
    assert Niqe()(picture.copy()) == value
