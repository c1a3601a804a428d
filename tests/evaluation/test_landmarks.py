"""The landmark distance: arithmetic with a stated finder, and the real one on the sample portrait."""

from __future__ import annotations

from math import isnan

import cv2
import numpy as np
import pytest

from engine.base.folders import resources_dir
from engine.base.sizes import Box
from engine.evaluation.landmarks import MIN_SCORE, LandmarkDistance
from engine.faces.align import TEMPLATE_512, affine_to_template, crop
from engine.faces.detect import find_faces
from engine.faces.face import Face
from engine.faces.retinaface import bundled

CLEAN, RESTORED = (np.full((128, 128, 3), value, np.float32) for value in (0.2, 0.8))
AT_128 = (TEMPLATE_512 + 0.5) / 4 - 0.5
"""The template's landmarks in a picture of 128 pixels: edges agree, not the centres of the first pixels."""


def _face(landmarks: np.ndarray, score: float = 1.0) -> Face:
    return Face(Box(0, 0, 1, 1), landmarks, score)


def _distance(restored: list[Face], clean: list[Face]) -> float:
    return LandmarkDistance(lambda img_u8: restored if img_u8[0, 0, 0] > 128 else clean)(RESTORED, CLEAN)


def test_the_distance_is_in_pixels_of_the_template() -> None:
    assert _distance([_face(AT_128 + np.array([3, 4]))], [_face(AT_128)]) == pytest.approx(
        5 * 4
    )  # 5 px of 128 are 20 of 512
    moved = AT_128.copy()
    moved[2] += [0, 5]  # one of five landmarks
    assert _distance([_face(moved)], [_face(AT_128)]) == pytest.approx(4)


def test_the_face_nearest_to_the_template_is_meant() -> None:
    far, near = _face(AT_128 + 40), _face(AT_128 + np.array([1, 0]))
    assert _distance([far, near], [_face(AT_128)]) == pytest.approx(4)


def test_no_face_is_no_number() -> None:
    assert isnan(_distance([], [_face(AT_128)]))
    assert isnan(_distance([_face(AT_128, MIN_SCORE - 0.01)], [_face(AT_128)]))
    assert isnan(_distance([_face(AT_128)], []))


def test_clean_pictures_are_looked_at_once() -> None:
    seen = []

    def detect(img_u8: np.ndarray) -> list[Face]:
        seen.append(int(img_u8[0, 0, 0]))
        return [_face(AT_128)]

    distance = LandmarkDistance(detect)
    for _ in range(3):
        distance(RESTORED, CLEAN.copy())  # equal content, another array
    assert seen.count(51) == 1  # 0.2 of 255
    assert seen.count(204) == 3


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """The sample's face, aligned, (256, 256, 3) uint8."""
    img = cv2.imread(str(resources_dir() / "demo" / "portrait.png"))[..., ::-1]
    [face] = find_faces(img, bundled())
    return np.asarray(crop(img, affine_to_template(face.landmarks), 256))


def test_a_shifted_portrait_is_its_shift_away(portrait: np.ndarray) -> None:
    distance = LandmarkDistance(bundled().detect)
    clean = portrait.astype(np.float32) / 255
    assert distance(clean, clean) == 0
    shifted = np.roll(clean, -32, 0)  # the network's coarsest stride: away from the edges nothing else changes
    assert distance(shifted, clean) == pytest.approx(64, abs=2)
    assert distance(cv2.GaussianBlur(clean, (0, 0), 4), clean) < 16
    assert isnan(distance(np.full_like(clean, 0.5), clean))


def test_the_side_of_a_picture_does_not_matter(portrait: np.ndarray) -> None:
    finder = LandmarkDistance(bundled().detect)
    clean = portrait.astype(np.float32) / 255
    large = finder.landmarks(np.repeat(np.repeat(clean, 2, 0), 2, 1))  # which area averaging takes back exactly
    np.testing.assert_allclose(large, finder.landmarks(clean), atol=1e-9)
    half = finder.landmarks(cv2.resize(clean, (128, 128), interpolation=cv2.INTER_AREA))
    np.testing.assert_allclose(half, finder.landmarks(clean), atol=8)  # half an iris
