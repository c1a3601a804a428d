"""Regions of a face and what was painted on it: only the mask changes, and only as was said."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.base.errors import BrushUnreadable
from engine.base.sizes import Box
from engine.faces.align import TEMPLATE_512, affine_to_template
from engine.imaging.photo import Photo
from engine.pipeline.brush import brushed
from engine.pipeline.compose import Patch, compose_face
from engine.pipeline.masks import face_mask, region_opacity, region_shares
from engine.protocol import BlendSettings, BrushMask, RegionOpacity

LEFT_EYE, RIGHT_EYE, NOSE, LEFT_CORNER, RIGHT_CORNER = TEMPLATE_512
PLAIN = BlendSettings(match_tone=False, match_grain=False, keep_detail=False)


def at(picture: NDArray[np.float32], point: NDArray[np.float64]) -> float:
    """The value of a template picture at a point of the 512 template."""
    x, y = np.rint((point + 0.5) * len(picture) / 512 - 0.5).astype(int)
    return float(picture[y, x])


@pytest.mark.parametrize("size_px", [128, 512])
def test_the_regions_share_the_template_out(size_px: int) -> None:
    shares = region_shares(size_px)
    assert all(share.min() >= 0 for share in shares)
    assert np.abs(sum(shares) - 1).max() < 1e-6
    eyes, mouth, hair, skin = shares
    assert at(eyes, LEFT_EYE) == at(eyes, RIGHT_EYE) == 1
    assert at(mouth, (LEFT_CORNER + RIGHT_CORNER) / 2) == 1
    assert min(at(mouth, LEFT_CORNER), at(mouth, RIGHT_CORNER)) > 0.5
    assert at(skin, NOSE) == at(skin, np.array([256.0, 150.0])) == 1  # and the forehead
    assert at(skin, np.array([150.0, 340.0])) > 0.9  # a cheek
    assert at(hair, np.array([256.0, 60.0])) > 0.9
    assert at(hair, np.array([256.0, 480.0])) == 0  # below the chin
    for share in shares:  # a region begins softly: smoothstep's slope over the narrowest feather, 0.44 of 42 px
        assert np.abs(np.diff(share, axis=0)).max() <= 1.5 / (0.44 * 42) * 512 / size_px + 1e-3


def test_all_regions_at_1_are_the_mask_itself() -> None:
    assert np.array_equal(region_opacity(512, RegionOpacity()), np.ones((512, 512), np.float32))


@pytest.mark.parametrize("name", ["eyes", "mouth", "skin", "hair"])
def test_a_region_at_0_hides_that_region_alone(name: str) -> None:
    opacity = region_opacity(256, RegionOpacity(**{name: 0.0}))
    share = region_shares(256)[("eyes", "mouth", "hair", "skin").index(name)]
    np.testing.assert_allclose(opacity, 1 - share, atol=1e-6)


def photo_and_patch(settings: BlendSettings) -> Patch:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    candidate = np.random.default_rng(1).random((64, 64, 3), np.float32)
    affine = affine_to_template((TEMPLATE_512 - 255.5) / 2 + 150)
    return compose_face(Photo(Path("photo.png"), "ab" * 32, "png", pixels), affine, candidate, settings)


def test_regions_change_the_patchs_mask_and_nothing_else() -> None:
    whole = photo_and_patch(PLAIN)
    none, half = (RegionOpacity(o, o, o, o) for o in (0.0, 0.5))
    hidden = photo_and_patch(BlendSettings(regions=none, match_tone=False, match_grain=False, keep_detail=False))
    part = photo_and_patch(BlendSettings(regions=half, match_tone=False, match_grain=False, keep_detail=False))
    assert hidden.box == part.box == whole.box
    assert np.array_equal(hidden.colour, whole.colour)
    assert hidden.mask.max() == 0
    np.testing.assert_allclose(part.mask, whole.mask / 2, atol=1e-6)


def painted(tmp_path: Path, red: NDArray[np.uint8], green: NDArray[np.uint8], x: int, y: int) -> BrushMask:
    path = tmp_path / "brush.png"
    rgb = np.stack([red, green, np.full_like(red, 255)], axis=-1)  # blue means nothing
    path.write_bytes(cv2.imencode(".png", rgb[..., ::-1])[1].tobytes())
    return BrushMask(str(path), x, y)


MASK = np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5)
PATCH = Patch(Box(10, 20, 15, 24), np.zeros((4, 5, 3), np.float32), MASK)


@pytest.mark.parametrize(("x", "y"), [(10, 20), (12, 21), (8, 18), (13, 23), (0, 0), (100, 100), (10, 0), (0, 20)])
def test_red_shows_and_green_hides_where_brush_and_patch_meet(tmp_path: Path, x: int, y: int) -> None:
    red, green = np.random.default_rng(2).integers(0, 256, (2, 3, 4), np.uint8)
    expected = MASK.copy()
    for row in range(4):
        for column in range(5):
            r, c = row + 20 - y, column + 10 - x
            if 0 <= r < 3 and 0 <= c < 4:
                value = max(MASK[row, column] * (1 - green[r, c] / 255), red[r, c] / 255)
                expected[row, column] = value
    patch = brushed(PATCH, painted(tmp_path, red, green, x, y))
    np.testing.assert_allclose(patch.mask, expected, atol=1e-6)
    assert patch.box == PATCH.box
    assert np.array_equal(PATCH.mask, np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5))


def test_the_brush_grows_with_the_photo(tmp_path: Path) -> None:
    """A brush that hides the right half of a face still hides it when the photo is four times as large."""
    green = np.zeros((8, 8), np.uint8)
    green[:, 4:] = 255
    brush = painted(tmp_path, np.zeros_like(green), green, 10, 20)
    patch = Patch(Box(40, 80, 72, 112), np.zeros((32, 32, 3), np.float32), np.ones((32, 32), np.float32))
    mask = brushed(patch, brush, factor=4).mask
    assert mask[:, :14].min() == 1  # two pixels to either side are between the brush's own
    assert mask[:, 18:].max() == 0


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_brush_that_is_gone_or_broken_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "brush.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BrushUnreadable, match=r"brush\.png"):
        brushed(PATCH, BrushMask(str(path), 0, 0))


def test_the_face_mask_is_as_it_was() -> None:
    """The polynomial 6 t^5 - 15 t^4 + 10 t^3 of the ellipse, at a few points of the row through its centre."""
    row = face_mask(512)[268]
    for x in (60, 80, 100, 110, 256):
        t = min(1.0, max(0.0, (1 - abs(x - 256) / 200) / 0.32))
        assert row[x] == pytest.approx(t**3 * (t * (6 * t - 15) + 10), abs=1e-5)
