"""Similarities to the template and back: exact geometry, half pixels included, and pictures warped along them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.base.sizes import Box, Size
from engine.faces.align import (
    TEMPLATE_512,
    affine_to_template,
    apply,
    crop,
    face_px,
    invert,
    scaled,
    template_box,
    template_corners,
    umeyama,
    warp_back,
)

WARP_PX = 1 / 32
"""OpenCV before 5 rounds the coordinates of a warp to this part of a pixel."""


def similarity(scale: float, angle_deg: float, x: float, y: float) -> np.ndarray:
    c, s = scale * np.cos(np.radians(angle_deg)), scale * np.sin(np.radians(angle_deg))
    return np.array([[c, -s, x], [s, c, y]])


def ramps(width: int, height: int) -> np.ndarray:
    """A picture whose two channels are the x and y of its pixels: a bilinear warp of it tells where it looked."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([x, y], axis=-1)


def grid(width: int, height: int) -> np.ndarray:
    return ramps(width, height).reshape(-1, 2).astype(np.float64)


AFFINES = [
    similarity(1, 0, 0, 0),
    similarity(0.31, 20, 40, 35),
    similarity(2.7, -135, 900, 700),
    similarity(0.9, 180, 600, 560),
]


@pytest.mark.parametrize("affine", AFFINES)
def test_landmarks_of_a_moved_template_give_the_move(affine: np.ndarray) -> None:
    found = affine_to_template(apply(invert(affine), TEMPLATE_512))
    np.testing.assert_allclose(found, affine, rtol=0, atol=1e-9)


def test_umeyama_is_the_least_squares_solution() -> None:
    landmarks = TEMPLATE_512 + np.random.default_rng(0).normal(0, 9, (5, 2))
    expected, *_ = np.linalg.lstsq(design(landmarks), TEMPLATE_512.ravel(), rcond=None)
    a, b, x, y = expected
    np.testing.assert_allclose(umeyama(landmarks, TEMPLATE_512), [[a, -b, x], [b, a, y]], rtol=0, atol=1e-9)


def design(points: np.ndarray) -> np.ndarray:
    """The matrix that takes (a, b, x, y) of a similarity to the moved points, coordinate by coordinate."""
    rows = [row for px, py in points for row in ((px, -py, 1, 0), (py, px, 0, 1))]
    return np.array(rows)


@pytest.mark.parametrize("wrong", range(5))
def test_one_landmark_far_off_has_no_say(wrong: int) -> None:
    landmarks = apply(invert(AFFINES[1]), TEMPLATE_512)
    landmarks[wrong] += (70, -50)
    np.testing.assert_allclose(affine_to_template(landmarks), AFFINES[1], rtol=0, atol=1e-9)


def test_agrees_with_opencv_where_its_draw_was_lucky() -> None:
    """OpenCV draws 13 times one of the ten pairs: it misses the best one with probability 0.9^13 = 0.25."""
    rng = np.random.default_rng(1)
    same = 0
    for _ in range(100):
        landmarks = apply(similarity(0.4, 10, 30, 20), TEMPLATE_512 + rng.normal(0, 6, (5, 2)))
        theirs, _inliers = cv2.estimateAffinePartial2D(landmarks, TEMPLATE_512, method=cv2.LMEDS)
        same += np.allclose(affine_to_template(landmarks), theirs, rtol=0, atol=1e-3)
    assert same >= 60  # 3.5 standard deviations below the expected 75


@pytest.mark.parametrize("landmarks", [np.ones((5, 2)), np.zeros((4, 2)), np.full((5, 2), np.nan)])
def test_no_face_is_refused(landmarks: np.ndarray) -> None:
    with pytest.raises(ValueError, match="landmarks"):
        affine_to_template(landmarks)


@pytest.mark.parametrize("affine", [*AFFINES, np.array([[1.0, 0.3, 5], [-0.2, 2, 7]])])
def test_inverse_is_exact(affine: np.ndarray) -> None:
    points = np.random.default_rng(2).uniform(-1000, 5000, (100, 2))
    np.testing.assert_allclose(apply(invert(affine), apply(affine, points)), points, rtol=0, atol=1e-9)
    whole = np.linalg.inv(np.vstack([affine, (0, 0, 1)]))
    np.testing.assert_allclose(invert(affine), whole[:2], rtol=0, atol=1e-9)


def test_flat_affine_has_no_inverse() -> None:
    with pytest.raises(ValueError, match="inverse"):
        invert(np.array([[1.0, 2, 0], [2, 4, 0]]))


@pytest.mark.parametrize("size_px", [64, 256, 512, 1024])
def test_template_covers_the_same_square_at_every_size(size_px: int) -> None:
    at_size = scaled(AFFINES[1], size_px)
    edges = np.array([(-0.5, -0.5), (size_px - 0.5, size_px - 0.5)])
    np.testing.assert_allclose(apply(invert(at_size), edges), template_corners(AFFINES[1])[[0, 2]], rtol=0, atol=1e-9)
    assert face_px(AFFINES[1]) == pytest.approx(512 / 0.31)


@pytest.mark.parametrize("size_px", [64, 256, 512])
@pytest.mark.parametrize(
    "affine", [similarity(1, 0, 0, 0), similarity(0.37, 25, 120, -60), similarity(1.9, -50, 10, 300)]
)
def test_crop_looks_where_the_affine_says(affine: np.ndarray, size_px: int) -> None:
    """The mean of a ramp over a pixel is its value in the middle, so averaging must not move anything either."""
    seen = crop(ramps(1500, 1400), affine, size_px).reshape(-1, 2)
    expected = apply(invert(scaled(affine, size_px)), grid(size_px, size_px))
    inside = ((expected > 12) & (expected < 1387)).all(axis=1)  # half a pixel of the smallest crop from the mirrors
    assert inside.mean() > 0.3
    np.testing.assert_allclose(seen[inside], expected[inside], rtol=0, atol=2 * WARP_PX)


@pytest.mark.parametrize("shape", [(512, 512), (512, 512, 1), (512, 512, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_crop_of_a_template_picture_is_that_picture(shape: tuple[int, ...], dtype: type) -> None:
    img = np.random.default_rng(3).integers(0, 256, shape).astype(dtype)
    out = crop(img, similarity(1, 0, 0, 0))
    assert out.dtype == dtype
    np.testing.assert_array_equal(out, img)
    half = crop(img, similarity(1, 0, 0, 0), 256)
    area = cv2.resize(img, (256, 256), interpolation=cv2.INTER_AREA).reshape(half.shape)
    np.testing.assert_array_equal(half, area)


@pytest.mark.parametrize("angle_deg", [0, 30])
def test_large_face_is_averaged_not_sampled(angle_deg: float) -> None:
    """White noise averaged over k x k pixels has 1/k of its deviation, a little less where samples are interpolated."""
    noise = np.random.default_rng(4).normal(0, 1, (2048, 2048)).astype(np.float32)
    spread = crop(noise, similarity(0.25, angle_deg, 0, 0), 512)[64:256, 64:256].std()
    assert 0.8 / 4 < spread < 1.05 / 4


def test_beyond_the_edge_the_photo_is_mirrored() -> None:
    img = np.random.default_rng(5).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    out = crop(img, similarity(1, 0, 40, 0))
    np.testing.assert_array_equal(out[:, 40:], img[:512, :472])
    np.testing.assert_array_equal(out[:, 39::-1], img[:512, 1:41])


@pytest.mark.parametrize("size_px", [256, 512])
@pytest.mark.parametrize("affine", [similarity(1.9, -50, 10, 300), similarity(0.8, 170, 500, 600)])
def test_way_back_lands_where_it_came_from(affine: np.ndarray, size_px: int) -> None:
    """A photo of ramps comes back as itself, inside the square and a margin for the crop's own pixels."""
    box = template_box(affine, Size(1500, 1400))
    patch = warp_back(crop(ramps(1500, 1400), affine, size_px), affine, box)
    assert patch.dtype == np.float32
    assert patch.shape == (box.height, box.width, 2)
    photo = grid(int(box.width), int(box.height)) + np.array([box.x0, box.y0])
    in_template = apply(affine, photo)
    inside = ((in_template > 20) & (in_template < 491)).all(axis=1) & (photo > 25).all(axis=1)
    assert inside.sum() > 1000
    np.testing.assert_allclose(patch.reshape(-1, 2)[inside], photo[inside], rtol=0, atol=6 * WARP_PX)


def test_small_face_gets_the_picture_averaged() -> None:
    noise = np.random.default_rng(6).normal(0, 1, (512, 512)).astype(np.float32)
    patch = warp_back(noise, similarity(8, 0, 0, 0), Box(8, 8, 56, 56))
    assert 0.8 / 8 < patch.std() < 1.05 / 8


def test_mask_that_ends_in_zero_is_zero_outside_the_square() -> None:
    mask = np.zeros((512, 512), np.float32)
    mask[1:-1, 1:-1] = 1
    affine = similarity(1.0, 45, 0, 0)
    whole = warp_back(mask, affine, Box(-400, -100, 500, 800))
    photo = grid(900, 900) - np.array([400, 100])
    outside = (np.abs(apply(affine, photo) - 255.5) > 256).any(axis=1)
    assert whole.max() == 1
    assert not whole.reshape(-1)[outside].any()


def test_box_holds_the_square_and_stays_in_the_photo() -> None:
    affine = similarity(4, 0, -40, -80)  # the square is 128 px wide, its first pixel's edge at (9.625, 19.625) + 0.5
    assert template_box(affine, Size(200, 100)) == Box(10, 20, 139, 100)
    assert template_box(similarity(4, 0, 4000, 0), Size(200, 100)).area == 0
