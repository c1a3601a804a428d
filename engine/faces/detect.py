"""Finding the faces of a whole photo with a detector that sees one picture at one size, one way up.

The photo is shown to the detector at several sizes and, if wanted, in eight turns. The size with a short side of 640 is
trusted; what is seen only when enlarged counts if it is small and sure, since an enlarged portrait is full of large
false faces. Then the views of each face are gathered, and the best of them tells where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, cos, exp, inf, log2, radians, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.context import Context
from engine.base.errors import UsageError
from engine.base.sizes import Box, Size
from engine.faces.align import TEMPLATE_512, Affine, apply, invert, umeyama
from engine.faces.face import Face

if TYPE_CHECKING:
    import torch

BASE_SIDE_PX, BASE_PIXELS, BASE_SCALE = 640, 4e6, 8.0
"""The trusted size: its short side, and limits for photos that are very long or very small."""

SEEN_PX, MOST_SCALE, MOST_PIXELS = 36, 2.5, 24e6
"""How far photos are enlarged: until the smallest face wanted has the side that a detector sees well, within limits."""

SURE_SCORE, TINY_PX, SMALL_PX = 0.95, 24, 128
"""What counts: in the trusted view a face that is not tiny there, in an enlarged one one that is small there and sure,
in a reduced one one that is not small there; in a turned view a face must be sure as well."""

TILE_PX, MARGIN_PX = 1280, 160
"""Enlarged photos are seen in tiles; each has a margin around it, so that a face in it is seen whole."""

MIN_EYE_DISTANCE_PX, EYES_TO_SIDE = 5.0, 0.4
"""Closer eyes are too few pixels to align by. In a profile they are close at any size: there the side tells, by the
distance that the eyes of a face seen from the front have."""


class Detector(Protocol):
    """Finds faces in a picture at its own size; another joins by having a name and this method."""

    @property
    def name(self) -> str: ...

    def detect(self, img_u8_rgb: NDArray[np.uint8]) -> list[Face]:
        """Faces of a picture (H, W, 3) in its own pixels, each once, the unsure ones as well."""
        ...


def load_detector(name: str, device: torch.device) -> Detector:
    """The detector called `auto` or `retinaface`, or RetinaFace with a user's weights, by the path of the .pth file.

    The device is for a user's weights; the bundled ones run on the CPU, in a fraction of a second. Raises UsageError
    for another name, and what loading weights raises.
    """
    from engine.faces.retinaface import bundled, from_pth

    if name in ("auto", "retinaface"):
        return bundled()
    if Path(name).suffix != ".pth":
        raise UsageError(detail=f"There is no detector {name!r}; choose auto, retinaface or the path of a .pth file.")
    return from_pth(Path(name), device)


def find_faces(
    img_u8_rgb: NDArray[np.uint8],
    detector: Detector,
    *,
    min_face_px: float = 16.0,
    min_score: float = 0.8,
    rotations: bool = False,
    context: Context | None = None,
) -> list[Face]:
    """The faces of a photo (H, W, 3), each once, in reading order, with at least this side and score.

    The smaller `min_face_px`, the more the photo is enlarged. With `rotations` it is also shown in seven other turns,
    which finds faces up to upside-down, with the right landmarks, in eight times the time. Faces whose eyes are closer
    than 5 px are left out (profiles: if they would be, seen from the front). Raises Cancelled through the context.
    """
    context = context or Context()
    height, width = img_u8_rgb.shape[:2]
    views = list(_views(Size(width, height), min_face_px, range(0, 360, 45) if rotations else (0,)))
    finds: list[_Find] = []
    for number, view in enumerate(views):
        context.report(number / len(views))
        finds += _look(img_u8_rgb, view, detector, min_face_px, min_score)
    context.report(1.0)
    return _reading_order(_merge(finds))


@dataclass(frozen=True)
class _View:
    """How the detector sees a part of the photo: enlarged by `scale`, then turned clockwise by `turn_deg`.

    `region` has whole-numbered edges. A face whose middle is outside `core` is another view's. A face counts if its
    side in the view is within `low_px` .. `high_px` and its score at least `score`.
    """

    region: Box
    core: Box
    scale: float
    turn_deg: int
    low_px: float
    high_px: float
    score: float


@dataclass(frozen=True)
class _Find:
    """A face in photo pixels as one view shows it, how much like a face it looked there, and whether it counts."""

    face: Face
    likeness: float
    counts: bool


def _views(photo: Size, min_face_px: float, turns: range | tuple[int, ...]) -> Iterator[_View]:
    whole = Box(0, 0, photo.width, photo.height)
    base = min(BASE_SIDE_PX / min(photo.width, photo.height), sqrt(BASE_PIXELS / photo.pixels), BASE_SCALE)
    last = min(SEEN_PX / max(min_face_px, 1), MOST_SCALE, sqrt(MOST_PIXELS / photo.pixels))
    steps = ceil(log2(last / base)) if last > base else 0
    for turn in turns:
        sure = 0.0 if turn == 0 else SURE_SCORE
        yield _View(whole, whole, base / 2, turn, SMALL_PX, inf, sure)
        yield _View(whole, whole, base, turn, TINY_PX, inf, sure)
        for step in range(1, steps + 1):
            scale = base * (last / base) ** (step / steps)
            for region, core in _tiles(photo, scale):
                yield _View(region, core, scale, turn, 0, SMALL_PX, SURE_SCORE)


def _tiles(photo: Size, scale: float) -> Iterator[tuple[Box, Box]]:
    """Regions of the photo of about TILE_PX when enlarged, with their margins, and the cores that they share it in."""
    columns, rows = (max(1, ceil(side * scale / TILE_PX)) for side in (photo.width, photo.height))
    margin = ceil(MARGIN_PX / scale)
    for row in range(rows):
        for column in range(columns):
            x0, x1 = (photo.width * n // columns for n in (column, column + 1))
            y0, y1 = (photo.height * n // rows for n in (row, row + 1))
            left, top = max(0, x0 - margin), max(0, y0 - margin)
            right, bottom = min(photo.width, x1 + margin), min(photo.height, y1 + margin)
            yield Box(left, top, right, bottom), Box(x0, y0, x1, y1)


def _look(
    img_u8_rgb: NDArray[np.uint8], view: _View, detector: Detector, min_face_px: float, min_score: float
) -> list[_Find]:
    picture, to_picture = _seen(img_u8_rgb, view)
    finds = []
    for seen in detector.detect(picture):
        face = _moved(seen, invert(to_picture), view.turn_deg)
        x, y = (face.box.x0 + face.box.x1) / 2, (face.box.y0 + face.box.y1) / 2
        mine = view.core.x0 <= x < view.core.x1 and view.core.y0 <= y < view.core.y1
        eyes_px = max(face.eye_distance_px, EYES_TO_SIDE * face.side_px)
        if mine and seen.score >= min_score and face.side_px >= min_face_px and eyes_px >= MIN_EYE_DISTANCE_PX:
            counts = seen.score >= view.score and view.low_px <= seen.side_px <= view.high_px
            finds.append(_Find(face, _likeness(seen), counts))
    return finds


def _seen(img_u8_rgb: NDArray[np.uint8], view: _View) -> tuple[NDArray[np.uint8], Affine]:
    """The picture of a view, and the affine from the photo to it; both counted from their edges, not pixel centres."""
    region = view.region
    part = img_u8_rgb[int(region.y0) : int(region.y1), int(region.x0) : int(region.x1)]
    width, height = (max(1, round(side * view.scale)) for side in (region.width, region.height))
    smooth = cv2.INTER_AREA if view.scale < 1 else cv2.INTER_LINEAR
    picture = cv2.resize(part, (width, height), interpolation=smooth).astype(np.uint8, copy=False)
    scale_x, scale_y = width / region.width, height / region.height
    affine = np.array([[scale_x, 0, -region.x0 * scale_x], [0, scale_y, -region.y0 * scale_y]])
    if view.turn_deg == 0:
        return picture, affine
    c, s = (round(f(radians(view.turn_deg)), 12) for f in (cos, sin))  # a quarter turn is exact
    turn = np.array([[c, -s], [s, c]])
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)]) @ turn.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    to_centres = turn @ (0.5, 0.5) - 0.5
    size = ceil(high[0] - low[0]), ceil(high[1] - low[1])
    turned = cv2.warpAffine(picture, np.column_stack([turn, to_centres - low]), size).astype(np.uint8, copy=False)
    return turned, np.column_stack([turn @ affine[:, :2], turn @ affine[:, 2] - low])


def _moved(seen: Face, to_photo: Affine, turn_deg: int) -> Face:
    """A face of a view in the photo; a box turned by 45 degrees keeps its size and does not grow to hold the old."""
    box = seen.box
    (centre,) = apply(to_photo, np.array([((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)]))
    half = np.abs(to_photo[:, :2]) @ (box.width / 2, box.height / 2)
    half /= abs(cos(radians(turn_deg))) + abs(sin(radians(turn_deg)))
    edges = np.concatenate([centre - half, centre + half]).tolist()
    return Face(Box(*edges), apply(to_photo, seen.landmarks + 0.5) - 0.5, seen.score)


def _likeness(seen: Face) -> float:
    """How well a view shows a face, in [-1, 1]: sure, upright, with a face's landmarks, neither small nor huge.

    Scores say little, as an upside-down face gets 0.97 with its mouth taken for its eyes: 0.9 is far from 0.99 here.
    """
    affine = umeyama(seen.landmarks, TEMPLATE_512)
    misfit_px = np.hypot(*(apply(affine, seen.landmarks) - TEMPLATE_512).T).mean()
    size = 1 + 0.1 * abs(log2(max(seen.side_px, 1) / 160))
    return seen.score**16 * cos(radians(seen.tilt_deg)) * exp(-misfit_px / 20) / size


def _merge(finds: list[_Find]) -> list[Face]:
    """Each face once, the way up that most views agree on, from the view that shows it best.

    Upside-down a bearded man may be more like a face than upright, but in one view, where the truth is seen in several.
    """
    if not finds:
        return []
    overlap, same = _compared([find.face for find in finds])
    tilt = np.radians([find.face.tilt_deg for find in finds])
    agreeing = (overlap >= 0.5) & (np.cos(tilt[:, None] - tilt) > cos(radians(45)))  # (n, n)
    likeness = np.array([find.likeness for find in finds])
    support = agreeing @ np.maximum(likeness, 0)
    leaders: list[int] = []
    for n in np.argsort(-support, kind="stable").tolist():
        if finds[n].counts and not same[n, leaders].any():
            leaders.append(n)
    best = [int(np.argmax(np.where(agreeing[n], likeness, -inf))) for n in leaders]
    return [finds[n].face for n in dict.fromkeys(best)]


def _compared(faces: list[Face]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Two (n, n) tables: intersection over union of boxes, and whether they hold one face.

    They do if they overlap much, if one lies in the other, or if their landmarks share a middle.
    """
    boxes = np.array([face.box.as_list() for face in faces])
    middles = np.array([face.landmarks.mean(axis=0) for face in faces])
    sides = np.minimum(boxes[:, None, 2:], boxes[:, 2:]) - np.maximum(boxes[:, None, :2], boxes[:, :2])
    shared = np.maximum(sides, 0).prod(axis=2)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    smaller = np.minimum(area[:, None], area)
    iou = shared / (area[:, None] + area - shared)
    apart = np.linalg.norm(middles[:, None] - middles, axis=2)
    return iou, (iou > 0.4) | (shared > 0.7 * smaller) | (apart < 0.3 * np.sqrt(smaller))


def _reading_order(faces: list[Face]) -> list[Face]:
    """Row by row from the top, each from the left; a face whose middle is beside the row's first face joins its row."""
    rows: list[list[Face]] = []
    for face in sorted(faces, key=lambda f: f.box.y0 + f.box.y1):
        if rows and (face.box.y0 + face.box.y1) / 2 < rows[-1][0].box.y1:
            rows[-1].append(face)
        else:
            rows.append([face])
    return [face for row in rows for face in sorted(row, key=lambda f: f.box.x0 + f.box.x1)]
