"""Points, template and box of a face in the photo view."""

from __future__ import annotations

import json
import subprocess
import sys
from math import hypot

import pytest
from PySide6.QtCore import QPointF, QRectF

from desktop_app.ui.photo.geometry import (
    TEMPLATE_PX,
    box_of,
    face_from,
    outline,
    points_in,
    points_of,
    template_to_photo,
)
from engine.protocol import FaceRecord

PHOTO = QRectF(0, 0, 1000, 800)
_ALIGN = """
import json, sys
import numpy as np
from engine.faces.align import affine_to_template, template_corners
faces = np.array(json.loads(sys.argv[1]))
print(json.dumps([(template_corners(affine_to_template(face)) + 0.5).tolist() for face in faces]))
"""
# Two children in a photo, turned and smiling, as a detector found them.
FACES = (
    ((816.26, 455.06), (884.84, 453.57), (851.18, 494.03), (825.83, 527.93), (880.38, 526.78)),
    ((556.19, 850.68), (618.45, 848.87), (596.55, 886.56), (564.52, 917.13), (611.08, 916.02)),
)


def record(landmarks: tuple[tuple[float, float], ...]) -> FaceRecord:
    a, b, c, d, e = landmarks
    return FaceRecord(box=(0, 0, 1, 1), landmarks=(a, b, c, d, e))


def test_the_template_lies_where_the_engine_puts_it() -> None:
    # In a process of its own: cv2 brings another Qt along.
    asked = [sys.executable, "-c", _ALIGN, json.dumps(FACES)]
    corners = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    for landmarks, want in zip(FACES, corners, strict=True):
        to_photo = template_to_photo(points_of(record(landmarks)))
        side = hypot(to_photo.m11(), to_photo.m12()) * TEMPLATE_PX
        edges = (0, 0), (TEMPLATE_PX, 0), (TEMPLATE_PX, TEMPLATE_PX), (0, TEMPLATE_PX)
        for (x, y), (u, v) in zip(edges, want, strict=True):
            off = to_photo.map(QPointF(x, y)) - QPointF(u, v)
            assert (
                hypot(off.x(), off.y()) < 0.02 * side
            )  # the engine may leave a landmark out that is off; this does not


def test_points_in_a_box_have_that_box() -> None:
    box = QRectF(300, 200, 138, 190)  # half of the template's face, 276 x 380
    corners = outline(points_in(box))
    assert [(round(p.x(), 6), round(p.y(), 6)) for p in corners] == [(300, 200), (438, 200), (438, 390), (300, 390)]
    face = face_from(points_in(box), PHOTO)
    assert face.box == pytest.approx((299.5, 199.5, 437.5, 389.5))
    assert face.score == 1.0


def test_a_drawn_box_of_any_shape_keeps_its_middle_and_area() -> None:
    box = box_of(face_from(points_in(QRectF(300, 200, 300, 100)), PHOTO))
    assert box.center().x() == pytest.approx(450)
    assert box.center().y() == pytest.approx(250)
    assert box.width() * box.height() == pytest.approx(30000)


def test_the_box_of_a_face_lying_on_its_side_is_turned() -> None:
    upright = points_in(QRectF(400, 300, 138, 190))
    middle = QPointF(469, 395)
    turned = [middle + QPointF(-(p.y() - middle.y()), p.x() - middle.x()) for p in upright]
    box = box_of(face_from(turned, PHOTO))
    assert (box.width(), box.height()) == pytest.approx((190, 138))


def test_landmarks_travel_unchanged_and_the_box_ends_at_the_photo() -> None:
    face = face_from(points_of(record(FACES[0])), QRectF(0, 0, 900, 560))
    for got, given in zip(face.landmarks, FACES[0], strict=True):
        assert got == pytest.approx(given)
    assert face.box[2] <= 899.5
    assert face.box[3] <= 559.5


def test_points_that_make_no_face_are_refused() -> None:
    with pytest.raises(ValueError, match="span no face"):
        face_from([QPointF(5, 5)] * 5, PHOTO)
    with pytest.raises(ValueError, match="as small"):
        face_from(points_in(QRectF(10, 10, 4, 6)), PHOTO)
