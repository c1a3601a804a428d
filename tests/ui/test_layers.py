"""What the photo view shows of a restored face is what the export writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColorSpace, QImage, QPainter
from PySide6.QtWidgets import QApplication

from desktop_app.ui.photo.brush import Brush, BrushPicture
from desktop_app.ui.photo.layers import Composition, Patch
from desktop_app.ui.photo.prepare import prepare
from desktop_app.ui.photo.raster import ForScreen, Raster, halved, pixels_of

U8 = NDArray[np.uint8]
PHOTO = (150, 131)  # (width, height): no multiple of any level's pixel
AT = (37, 21)
_LAY = """
import sys
import numpy as np
from engine.base.sizes import Box
from engine.pipeline.compose import Patch, lay, patch_rgba
data = dict(np.load(sys.argv[1]))
h, w = data["mask"].shape
x, y = data["at"]
patch = Patch(Box(x, y, x + w, y + h), data["colour"], data["mask"])
out = {"rgba": patch_rgba(patch)}
for n, opacity in enumerate(data["opacities"]):
    pixels = data["photo"].copy()
    lay(pixels, patch, float(opacity))
    out[f"out{n}"] = pixels
np.savez(sys.argv[2], **out)
"""


def rgb_image(pixels: U8) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(np.ascontiguousarray(pixels).tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def rgba_image(pixels: U8) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def rgb_of(image: QImage) -> U8:
    pixels = pixels_of(image)
    return np.stack([(pixels >> shift & 0xFF).astype(np.uint8) for shift in (16, 8, 0)], axis=-1)


def composition(photo: U8) -> Composition:
    made = Composition()
    ready = prepare(rgb_image(photo), QRectF(0, 0, photo.shape[1], photo.shape[0]))
    made.set_source(ready.source, ready.for_screen, ready.pyramid.depth)
    return made


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(10)


@pytest.fixture
def photo(app: QApplication, rng: np.random.Generator) -> U8:
    return rng.integers(0, 256, (PHOTO[1], PHOTO[0], 3), dtype=np.uint8)


def random_rgba(rng: np.random.Generator) -> U8:
    return rng.integers(0, 256, (77, 64, 4), dtype=np.uint8)


@pytest.mark.parametrize("opacity", [0.0, 0.37, 1.0])
def test_composite_is_the_formula_rounded(photo: U8, rng: np.random.Generator, opacity: float) -> None:
    rgba, painted = random_rgba(rng), rng.integers(0, 256, (77, 64, 3), dtype=np.uint8)
    made = composition(photo)
    brush = BrushPicture.over(QRect(*AT, 64, 77), rgb_image(painted), *AT)
    made.set_patch(1, Patch(rgba_image(rgba), *AT, opacity, brush))
    mask = np.maximum(rgba[..., 3] / 255 * (1 - painted[..., 1] / 255), painted[..., 0] / 255)[..., None]
    want = photo.astype(float)
    part = want[AT[1] : AT[1] + 77, AT[0] : AT[0] + 64]
    part += opacity * mask * (rgba[..., :3] - part)
    got = rgb_of(made.composite(QRect(0, 0, *PHOTO)))
    assert np.abs(got - want).max() <= 0.5 + 1e-4  # rounding alone, in float32
    if opacity == 0:
        assert (got == photo).all()


def test_composite_equals_the_export_within_one(photo: U8, rng: np.random.Generator, tmp_path: Path) -> None:
    opacities = np.array([0.0, 0.25, 0.7, 1.0])
    np.savez(
        tmp_path / "given.npz",
        photo=photo,
        at=np.array(AT),
        colour=rng.random((77, 64, 3), dtype=np.float32),
        mask=rng.random((77, 64), dtype=np.float32),
        opacities=opacities,
    )
    # In a process of its own: cv2 brings another Qt along.
    subprocess.run([sys.executable, "-c", _LAY, tmp_path / "given.npz", tmp_path / "out.npz"], check=True)
    out = np.load(tmp_path / "out.npz")
    made = composition(photo)
    for n, opacity in enumerate(opacities):
        made.set_patch(1, Patch(rgba_image(out["rgba"]), *AT, float(opacity), None))
        got = rgb_of(made.composite(QRect(0, 0, *PHOTO)))
        assert np.abs(got.astype(int) - out[f"out{n}"]).max() <= 1


def test_painting_at_one_to_one_is_the_composite(photo: U8, rng: np.random.Generator) -> None:
    made = composition(photo)
    made.set_patch(1, Patch(rgba_image(random_rgba(rng)), *AT, 0.8, None))
    made.set_patch(2, Patch(rgba_image(random_rgba(rng)), AT[0] + 30, AT[1] + 12, 0.6, None))
    painted = rgb_image(photo).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(painted)
    made.paint(painter, QPointF(0, 0), 1.0, painted.rect())
    painter.end()
    assert (rgb_of(painted) == rgb_of(made.composite(painted.rect()))).all()


def test_strokes_refresh_what_a_full_pass_would_make(photo: U8, rng: np.random.Generator) -> None:
    rgba = rgba_image(random_rgba(rng))
    step_by_step = composition(photo)
    patch = Patch(rgba, *AT, 0.9, BrushPicture.over(QRect(*AT, 64, 77)))
    step_by_step.set_patch(1, patch)
    screen = [painted_tiles(step_by_step, 1.0), painted_tiles(step_by_step, 0.25)]  # tiles are made, then only patched
    assert patch.brush is not None
    at = QPointF(40, 30)
    for shows, end in ((False, QPointF(80, 60)), (True, QPointF(60, 99)), (False, QPointF(140, 120))):
        step_by_step.brushed(1, patch.brush.stroke(at, end, Brush(9, 0.6, shows), patch.rect))
        at = end
        screen = [painted_tiles(step_by_step, 1.0), painted_tiles(step_by_step, 0.25)]
    at_once = composition(photo)
    at_once.set_patch(1, Patch(rgba, *AT, 0.9, BrushPicture.over(patch.rect, patch.brush.image(), *AT)))
    whole = QRect(0, 0, *PHOTO)
    assert (rgb_of(step_by_step.composite(whole)) == rgb_of(at_once.composite(whole))).all()
    assert (screen[0] == painted_tiles(at_once, 1.0)).all()
    assert (screen[1] == painted_tiles(at_once, 0.25)).all()
    assert patch.brush.red.any()
    assert patch.brush.green.any()


def painted_tiles(made: Composition, zoom: float) -> U8:
    image = QImage(*PHOTO, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    made.paint(painter, QPointF(0, 0), zoom, image.rect())
    painter.end()
    return rgb_of(image)


def test_order_decides_which_patch_lies_on_top(photo: U8, rng: np.random.Generator) -> None:
    made = composition(photo)
    opaque = random_rgba(rng)
    opaque[..., 3] = 255
    other = 255 - opaque
    other[..., 3] = 255
    made.set_patch(5, Patch(rgba_image(opaque), *AT, 1.0, None))
    made.set_patch(3, Patch(rgba_image(other), *AT, 1.0, None))
    here = QRect(*AT, 64, 77)
    assert (rgb_of(made.composite(here)) == other[..., :3]).all()
    made.set_order((3, 5))
    assert (rgb_of(made.composite(here)) == opaque[..., :3]).all()
    assert made.remove_patch(5) == here
    assert (rgb_of(made.composite(here)) == other[..., :3]).all()


def test_a_hard_stroke_hides_and_shows_fully_and_stays_in_the_patch(app: QApplication) -> None:
    rect = QRect(10, 20, 60, 60)
    picture = BrushPicture.over(rect)
    hide, show = Brush(8, 0.0, False), Brush(8, 0.0, True)
    changed = picture.stroke(QPointF(15, 50), QPointF(200, 50), hide, rect)
    assert rect.contains(changed)
    row = picture.green[50 - 20]
    assert (row[5:] == 255).all()
    assert picture.green[50 - 20 - 10].max() == 0  # radius 8, at most a pixel of edge
    picture.stroke(QPointF(40, 50), QPointF(40, 50), show, rect)
    assert picture.green[30, 30] == 0
    assert picture.red[30, 30] == 255
    assert picture.stroke(QPointF(300, 300), QPointF(320, 300), hide, rect).isEmpty()


def test_a_stroke_over_itself_changes_nothing(app: QApplication) -> None:
    rect = QRect(0, 0, 64, 64)
    picture = BrushPicture.over(rect)
    soft = Brush(12, 1.0, False)
    picture.stroke(QPointF(20, 30), QPointF(40, 30), soft, rect, strength=0.5)
    before = picture.green.copy()
    picture.stroke(QPointF(20, 30), QPointF(40, 30), soft, rect, strength=0.5)
    assert (picture.green == before).all()
    assert before.max() == 128  # half of 255, rounded


def test_a_brush_picture_keeps_what_lies_outside_the_patch(app: QApplication, rng: np.random.Generator) -> None:
    painted = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    painted[..., 2] = 0
    picture = BrushPicture.over(QRect(10, 10, 20, 20), rgb_image(painted), 5, 0)
    assert picture.rect == QRect(5, 0, 50, 40)
    assert (rgb_of(picture.image()) == painted).all()


@pytest.mark.parametrize("size", [(7, 9), (8, 8), (1, 5), (259, 130)])
def test_halving_is_the_mean_of_four_within_rounding(rng: np.random.Generator, size: tuple[int, int]) -> None:
    height, width = size
    pixels = rng.integers(0, 2**32, size, dtype=np.uint32)
    planes = pixels.view(np.uint8).reshape(height, width, 4).astype(float)
    even = np.pad(planes, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    want = (even[0::2, 0::2] + even[1::2, 0::2] + even[0::2, 1::2] + even[1::2, 1::2]) / 4
    half = halved(pixels)
    got = half.view(np.uint8).reshape(*half.shape, 4)
    assert np.abs(got - want).max() <= 0.5


def test_rasters_share_their_memory(app: QApplication) -> None:
    raster = Raster.of(np.zeros((4, 5), np.uint32))
    raster.pixels[2, 3] = 0xFF102030
    assert raster.image.pixel(3, 2) == 0xFF102030


def test_colour_spaces_are_shown_in_srgb_and_composed_in_their_own(photo: U8) -> None:
    image = rgb_image(photo)
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb))
    ready = prepare(image, QRectF(0, 0, *PHOTO))
    want = image.convertedToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    shown = rgb_of(ready.pyramid.levels[0].image).astype(int)
    assert np.abs(shown - rgb_of(want)).max() <= 1
    assert (rgb_of(ready.source.image) == photo).all()


def test_a_grey_profile_is_shown_by_its_own_curve(app: QApplication) -> None:
    linear = QColorSpace(QPointF(0.3127, 0.329), QColorSpace.TransferFunction.Linear)
    for_screen = ForScreen(linear)
    assert for_screen.changes
    grey = np.full((1, 1), 0xFF808080, np.uint32)
    assert int(for_screen(grey)[0, 0]) & 0xFF == pytest.approx(188, abs=1)  # the sRGB curve at 128 / 255: 0.737 * 255
