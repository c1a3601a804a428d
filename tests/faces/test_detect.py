"""Faces of whole photos: each once, none invented, where they are, at every size and turn."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.base.context import Context
from engine.base.errors import Cancelled, UsageError
from engine.base.sizes import Box
from engine.faces.align import TEMPLATE_512, Affine, apply
from engine.faces.detect import Detector, find_faces, load_detector
from engine.faces.face import Face
from engine.faces.retinaface import bundled

PORTRAIT_LANDMARKS = np.array([(203, 101), (246, 103), (223, 127), (203, 140), (247, 139)])
"""Pupils, nose and mouth corners of the demo portrait, read off by eye to a pixel or two; its face is 92 px wide."""

NEAR_PX = 8.0
"""A tenth of the portrait's face; eyes and mouth taken for each other are three times as far."""


@pytest.fixture(scope="module")
def detector() -> Detector:
    return bundled()


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    path = Path(__file__).parents[2] / "resources" / "demo" / "portrait.png"
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])  # BGR -> RGB


def similarity(scale: float, angle_deg: float, source: tuple[float, float], target: tuple[float, float]) -> Affine:
    """Turn clockwise and scale about `source`, which goes to `target`."""
    c, s = scale * np.cos(np.radians(angle_deg)), scale * np.sin(np.radians(angle_deg))
    turn = np.array([[c, -s], [s, c]])
    return np.column_stack([turn, np.array(target) - turn @ source])


def off_px(face: Face, truth: np.ndarray) -> float:
    """Mean distance of landmarks."""
    return float(np.hypot(*(face.landmarks - truth).T).mean())


# With the real detector


@pytest.mark.parametrize("min_face_px", [1, 8, 16, 32, 64])
def test_portrait_has_one_face_at_every_enlargement(
    portrait: np.ndarray, detector: Detector, min_face_px: float
) -> None:
    (face,) = find_faces(portrait, detector, min_face_px=min_face_px, min_score=0.5)
    assert off_px(face, PORTRAIT_LANDMARKS) < NEAR_PX / 2
    assert face.score > 0.99
    assert face.box.iou(Box(180, 57, 272, 178)) > 0.8  # hairline to chin, cheek to cheek


@pytest.mark.parametrize("scale", [0.2, 0.5, 3])
def test_size_of_the_scan_does_not_matter(portrait: np.ndarray, detector: Detector, scale: float) -> None:
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    (face,) = find_faces(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=smooth), detector)
    assert off_px(face, (PORTRAIT_LANDMARKS + 0.5) * scale - 0.5) < NEAR_PX * scale


def test_close_up_is_found(portrait: np.ndarray, detector: Detector) -> None:
    """A face that fills the photo is too large for the network at the trusted size."""
    close = cv2.resize(portrait[65:185, 170:280], None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    (face,) = find_faces(close, detector)
    assert off_px(face, (PORTRAIT_LANDMARKS - (170, 65) + 0.5) * 8 - 0.5) < NEAR_PX * 8


def test_grey_photo_and_mirrored_photo(portrait: np.ndarray, detector: Detector) -> None:
    grey = cv2.cvtColor(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    (face,) = find_faces(np.ascontiguousarray(grey[:, ::-1]), detector)
    mirrored = (PORTRAIT_LANDMARKS * (-1, 1) + (511, 0))[[1, 0, 2, 4, 3]]
    assert off_px(face, mirrored) < NEAR_PX


def group_photo(portrait: np.ndarray, seed: int, sides: tuple[float, float]) -> tuple[np.ndarray, list[np.ndarray]]:
    """A grey 1328 x 568 group of 29 faces of the given widths on a cloudy backdrop, with grain, as JPEG."""
    rng = np.random.default_rng(seed)
    photo = cv2.resize(rng.uniform(60, 200, (9, 16)).astype(np.float32), (1328, 568), interpolation=cv2.INTER_CUBIC)
    grey = cv2.GaussianBlur(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY), (0, 0), 1.5).astype(np.float32)
    y, x = np.mgrid[:512, :512]
    head = np.clip(6 - 6 * np.hypot((x - 225) / 80, (y - 110) / 95), 0, 1).astype(np.float32)  # feathered oval
    truths = []
    for n in rng.permutation(30)[:29]:
        middle = (n % 10 * 132 + 70 + rng.uniform(-8, 8), n // 10 * 180 + 100 + rng.uniform(-15, 15))
        move = similarity(rng.uniform(*sides) / 92, rng.uniform(-12, 12), (225, 115), middle)
        face, mask = (cv2.warpAffine(img, move, (1328, 568)) for img in (grey, head))
        photo += mask * (face * rng.uniform(0.7, 1.1) - photo)
        truths.append(apply(move, PORTRAIT_LANDMARKS))
    photo = np.clip(photo + rng.normal(0, 4, photo.shape), 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_COLOR), truths


@pytest.mark.parametrize(("sides", "at_least"), [((24, 40), 28), ((40, 80), 29)])
def test_each_face_of_a_group_is_found_once(
    portrait: np.ndarray, detector: Detector, sides: tuple[float, float], at_least: int
) -> None:
    photo, truths = group_photo(portrait, 0, sides)
    faces = find_faces(photo, detector)
    nearest = [min(range(29), key=lambda n: off_px(face, truths[n])) for face in faces]
    assert len(set(nearest)) == len(faces)
    assert len(faces) >= at_least
    for face, n in zip(faces, nearest, strict=True):
        assert off_px(face, truths[n]) < 0.1 * face.side_px


@pytest.mark.parametrize("angle_deg", [90, 135, 180, 250])
def test_turned_face_is_found_with_its_landmarks(portrait: np.ndarray, detector: Detector, angle_deg: int) -> None:
    move = similarity(1, angle_deg, (225, 115), (160, 200))
    photo = cv2.warpAffine(portrait, move, (330, 400), borderMode=cv2.BORDER_REPLICATE)
    (face,) = find_faces(photo, detector, rotations=True)
    assert off_px(face, apply(move, PORTRAIT_LANDMARKS)) < NEAR_PX
    assert abs((face.tilt_deg - angle_deg + 180) % 360 - 180) < 12


def test_turning_the_photo_does_not_move_upright_faces(portrait: np.ndarray, detector: Detector) -> None:
    (face,) = find_faces(portrait, detector, rotations=True, min_face_px=40)
    assert off_px(face, PORTRAIT_LANDMARKS) < NEAR_PX / 2


def test_no_face_where_there_is_none(detector: Detector) -> None:
    rng = np.random.default_rng(0)
    for photo in (
        np.full((300, 400, 3), 128, np.uint8),
        rng.integers(0, 256, (300, 400, 3), dtype=np.uint8),
        cv2.resize(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8), (400, 300), interpolation=cv2.INTER_CUBIC),
    ):
        assert find_faces(photo, detector, min_face_px=1, rotations=True) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (3000, 2), (40, 31)])
def test_odd_shapes_are_looked_at_all_the_same(detector: Detector, shape: tuple[int, int]) -> None:
    assert find_faces(np.zeros((*shape, 3), np.uint8), detector, min_face_px=1) == []


def test_size_and_score_asked_for(portrait: np.ndarray, detector: Detector) -> None:
    assert find_faces(portrait, detector, min_face_px=80)
    assert find_faces(portrait, detector, min_face_px=110) == []  # the face is 92 px wide
    assert find_faces(portrait, detector, min_score=1.0) == []


def test_face_whose_eyes_are_closer_than_5_px_is_left_out(portrait: np.ndarray, detector: Detector) -> None:
    backdrop = np.full((300, 300, 3), 200, np.uint8)
    for width, expected in ((512, 1), (50, 0)):  # eyes 43 px and 4.2 px apart
        small = cv2.resize(portrait, (width, width), interpolation=cv2.INTER_AREA)[:300, :300]
        photo = backdrop.copy()
        photo[: small.shape[0], : small.shape[1]] = small
        assert len(find_faces(photo, detector, min_face_px=1)) == expected


# The rules, with detectors that see only what the test paints


class Dots:
    """Finds the one face of a picture by its five coloured dots, to a fraction of a pixel, at any size and turn."""

    name = "dots"
    colours = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)])

    def detect(self, img_u8_rgb: np.ndarray) -> list[Face]:
        landmarks = []
        for colour in self.colours:
            moments = cv2.moments(cv2.inRange(img_u8_rgb, colour - 60.0, colour + 60.0), binaryImage=True)
            if not moments["m00"]:
                return []
            landmarks.append((moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]))
        points = np.array(landmarks)
        x, y = points.mean(axis=0) + 0.5
        half = 1.1 * np.hypot(*(points[0] - points[1]))
        return [Face(Box(x - half, y - half, x + half, y + half), points, 1.0)]


def painted(width: int, height: int, move: Affine) -> tuple[np.ndarray, np.ndarray]:
    photo = np.full((height, width, 3), 90, np.uint8)
    truth = apply(move, TEMPLATE_512)
    y, x = np.mgrid[:height, :width]
    radius = max(4.0, 40 * np.hypot(*move[0, :2]))
    for (px, py), colour in zip(truth, Dots.colours, strict=True):
        photo[np.hypot(x - px, y - py) <= radius] = colour
    return photo, truth


@pytest.mark.parametrize("rotations", [False, True])
@pytest.mark.parametrize(
    ("width", "height", "side_px", "angle_deg"),
    [(700, 500, 200, 0), (200, 150, 140, 0), (1500, 1100, 150, 10), (700, 500, 200, 90), (640, 900, 300, 225)],
)
def test_points_come_back_exactly(width: int, height: int, side_px: float, angle_deg: float, rotations: bool) -> None:
    move = similarity(side_px / 512, angle_deg, (256, 305), (0.45 * width, 0.55 * height))
    photo, truth = painted(width, height, move)
    (face,) = find_faces(photo, Dots(), rotations=rotations)
    np.testing.assert_allclose(face.landmarks, truth, rtol=0, atol=0.5)
    x, y = truth.mean(axis=0) + 0.5
    np.testing.assert_allclose([face.box.x0 + face.box.x1, face.box.y0 + face.box.y1], [2 * x, 2 * y], atol=1.5)
    np.testing.assert_allclose([face.box.width, face.box.height], 2.2 * np.hypot(*(truth[0] - truth[1])), rtol=0.02)


def template_face(x: float, y: float, side_px: float, score: float) -> Face:
    """An upright face with its middle at (x, y) of the picture."""
    centre = TEMPLATE_512.mean(axis=0)
    half = side_px / 2
    landmarks = (TEMPLATE_512 - centre) * side_px / 270 + (x - 0.5, y - 0.5)
    return Face(Box(x - half, y - half, x + half, y + half), landmarks, score)


class AtWidths:
    """Sees faces of a photo of 640 x 640 only in the views of the given widths; the faces are in photo pixels."""

    name = "at widths"

    def __init__(self, **seen: list[Face]) -> None:
        self.seen = seen
        self.widths: list[int] = []

    def detect(self, img_u8_rgb: np.ndarray) -> list[Face]:
        width = img_u8_rgb.shape[1]
        self.widths.append(width)
        view = {320: "reduced", 640: "trusted"}.get(width, "enlarged")
        scale = width / 640
        return [
            Face(face.box.scaled(scale), (face.landmarks + 0.5) * scale - 0.5, face.score)
            for face in self.seen.get(view, [])
        ]


PHOTO = np.zeros((640, 640, 3), np.uint8)


def found(min_face_px: float = 20, min_score: float = 0.8, **seen: list[Face]) -> list[Face]:
    return find_faces(PHOTO, AtWidths(**seen), min_face_px=min_face_px, min_score=min_score)


def test_views_go_from_half_the_trusted_size_to_the_smallest_face_wanted() -> None:
    for min_face_px, widths in ((36, [320, 640]), (24, [320, 640, 960])):
        detector = AtWidths()
        find_faces(PHOTO, detector, min_face_px=min_face_px)
        assert detector.widths == widths


def test_enlarged_only_find_counts_if_small_and_sure() -> None:
    assert len(found(enlarged=[template_face(300, 300, 30, 0.97)])) == 1
    assert found(enlarged=[template_face(300, 300, 30, 0.94)]) == []
    assert found(enlarged=[template_face(300, 300, 200, 0.99)]) == []


def test_reduced_only_find_counts_if_large() -> None:
    assert len(found(reduced=[template_face(320, 320, 500, 0.9)])) == 1
    assert found(reduced=[template_face(320, 320, 200, 0.9)]) == []


def test_face_seen_in_every_view_is_found_once_and_best_there_where_it_is_clearest() -> None:
    views = {
        "reduced": [template_face(300, 300, 44, 0.85)],
        "trusted": [template_face(301, 301, 44, 0.97)],
        "enlarged": [template_face(302, 302, 44, 0.99)],
    }
    (face,) = found(**views)
    assert face.box == views["enlarged"][0].box  # surest, and 160 px is the best side
    crooked = views["enlarged"][0].landmarks + np.array([(0, 0), (0, 0), (15, 0), (0, 0), (0, 0)])
    views["enlarged"] = [replace(views["enlarged"][0], landmarks=crooked)]
    (face,) = found(**views)
    assert face.box == views["trusted"][0].box


def test_part_of_a_face_is_no_second_face_but_a_neighbour_is() -> None:
    face = template_face(300, 300, 120, 0.99)
    inside = template_face(320, 310, 50, 0.97)
    beside = template_face(385, 300, 110, 0.9)
    assert len(found(trusted=[face, inside])) == 1
    assert len(found(trusted=[face, beside])) == 2


def test_profile_stays_though_its_eyes_are_close_together() -> None:
    face = template_face(300, 300, 120, 0.99)
    landmarks = (face.landmarks - 300) * (0.03, 1) + 300
    assert len(found(trusted=[replace(face, landmarks=landmarks)])) == 1


def test_faces_come_in_reading_order() -> None:
    places = [(100, 110), (300, 90), (500, 120), (120, 330), (420, 300)]
    faces = found(trusted=[template_face(x, y, 80, 0.8 + 0.03 * n) for n, (x, y) in enumerate(places)])
    middles = [((f.box.x0 + f.box.x1) / 2, (f.box.y0 + f.box.y1) / 2) for f in faces]
    np.testing.assert_allclose(middles, places)


def test_progress_rises_to_the_end_and_cancelling_stops() -> None:
    told: list[float] = []
    find_faces(PHOTO, AtWidths(), rotations=True, context=Context(lambda _stage, done: told.append(done)))
    assert told[0] == 0
    assert told[-1] == 1
    assert all(a < b for a, b in pairwise(told))
    detector = AtWidths()
    with pytest.raises(Cancelled):
        find_faces(PHOTO, detector, context=Context(cancelled=lambda: len(detector.widths) == 2))
    assert len(detector.widths) == 2


def test_large_photo_is_seen_in_pieces_of_bounded_size() -> None:
    detector = AtWidths()
    pixels = []
    detector.detect = lambda img: pixels.append(img.shape[0] * img.shape[1]) or []  # type: ignore[method-assign]
    find_faces(np.zeros((4000, 6000, 3), np.uint8), detector)
    assert max(pixels) <= (1280 + 2 * 160 + 2) ** 2


# Choosing a detector


def test_detector_by_name_or_by_file(tmp_path: Path) -> None:
    cpu = torch.device("cpu")
    assert load_detector("auto", cpu).name == load_detector("retinaface", cpu).name == "retinaface"
    with pytest.raises(UsageError, match="yolo"):
        load_detector("yolo", cpu)


# With photos from beside the project


class YuNet:
    """OpenCV's detector as a second opinion."""

    name = "yunet"

    def __init__(self, path: Path) -> None:
        self.net = cv2.FaceDetectorYN.create(str(path), "", (320, 320), 0.6)

    def detect(self, img_u8_rgb: np.ndarray) -> list[Face]:
        self.net.setInputSize(img_u8_rgb.shape[1::-1])
        rows = self.net.detect(np.ascontiguousarray(img_u8_rgb[..., ::-1]))[1]
        return [
            Face(Box(x, y, x + w, y + h), np.array(points).reshape(5, 2), score)
            for x, y, w, h, *points, score in ([] if rows is None else rows.astype(float).tolist())
        ]


OLD_PHOTOS = {"family_of_three.png": 3, "two_children.jpg": 2}
"""Faces counted by eye; every other photo shows one."""


@pytest.mark.slow
@pytest.mark.parametrize("min_face_px", [1, 16, 48])
def test_old_photos_show_the_faces_that_are_there_and_no_other(
    shared_dir: Path, detector: Detector, min_face_px: float
) -> None:
    paths = sorted(
        path for path in (shared_dir / "data" / "old_photos").rglob("*.*") if path.suffix in (".png", ".jpg")
    )
    assert paths
    counts = {path.name: len(find_faces(read_rgb(path), detector, min_face_px=min_face_px)) for path in paths}
    assert counts == {path.name: OLD_PHOTOS.get(path.name, 1) for path in paths}


@pytest.mark.slow
def test_agrees_with_yunet_on_portraits(shared_dir: Path, detector: Detector) -> None:
    yunet = YuNet(shared_dir / "weights" / "yunet_n_640_640.onnx")
    apart = []
    for path in sorted((shared_dir / "data" / "eval_mixed512").glob("*.jpg")):
        img = read_rgb(path)
        (face,) = find_faces(img, detector, min_face_px=100)
        (other,) = find_faces(img, yunet, min_face_px=100, min_score=0.6)
        apart.append(off_px(face, other.landmarks) / face.eye_distance_px)
    assert np.mean(apart) < 0.09  # half an iris (12 mm to 63 mm between the eyes); measured 0.063


def read_rgb(path: Path) -> np.ndarray:
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
