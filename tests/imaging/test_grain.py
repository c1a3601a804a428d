"""Grain is measured where it is, and made of the same strength and size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.imaging.grain import BLOCK_PX, TILE_PX, block_means, fine_structure, measure_grain, missing_grain

# Of white noise, 1 - 2 g0 + sum g^2 = 1 - 1/(2 pi 2^2)*2 + 1/(4 pi 2^2) is left above a Gaussian blur of 2 px.
FINE_SHARE = 1 - 2 / (2 * np.pi * 4) + 1 / (4 * np.pi * 4)


def _grainy(sigma: float, size_px: float, seed: int = 0, shape: tuple[int, int] = (512, 512)) -> NDArray[np.float32]:
    """Grain over a ramp from dark to bright; (H, W)."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    if size_px:
        noise = cv2.GaussianBlur(noise, (0, 0), size_px)
    ramp = np.linspace(0.25, 0.75, shape[1])
    return (ramp + noise / noise.std() * sigma).astype(np.float32)


def _neighbours(img: NDArray[np.float32]) -> float:
    """Correlation of the fine structure of horizontal neighbours."""
    fine = fine_structure(img)
    return float((fine[:, 1:] * fine[:, :-1]).mean() / np.square(fine).mean())


def test_block_means_leave_out_what_fills_no_block() -> None:
    img = np.arange(40 * 50, dtype=np.float32).reshape(40, 50)
    means = block_means(img)
    assert means.shape == (2, 3)
    assert means[1, 2] == pytest.approx(img[16:32, 32:48].mean())


@pytest.mark.parametrize("sigma", [2 / 255, 6 / 255])
def test_the_level_of_white_noise_is_found(sigma: float) -> None:
    grain = measure_grain(_grainy(sigma, 0))
    assert grain is not None
    assert grain.variances == pytest.approx(sigma**2 * FINE_SHARE, rel=0.15)


@pytest.mark.parametrize("size_px", [0.0, 0.7, 1.5])
def test_a_tile_has_unit_fine_structure_and_the_photos_size_of_grain(size_px: float) -> None:
    photo = _grainy(5 / 255, size_px)
    grain = measure_grain(photo)
    assert grain is not None
    tile = grain.tile(np.random.default_rng(3))
    assert tile.shape == (TILE_PX, TILE_PX)
    assert np.square(fine_structure(tile)).mean() == pytest.approx(1, rel=0.1)
    assert _neighbours(tile) == pytest.approx(_neighbours(photo), abs=0.08)


def test_a_repeated_tile_shows_no_seam() -> None:
    grain = measure_grain(_grainy(5 / 255, 1.5))
    assert grain is not None
    tile = grain.tile(np.random.default_rng(3))
    across, within = tile[:, 0] - tile[:, -1], np.diff(tile, axis=1)
    assert np.square(across).mean() == pytest.approx(np.square(within).mean(), rel=0.2)


def test_texture_beside_grain_is_not_taken_for_grain() -> None:
    photo = _grainy(3 / 255, 0)
    photo[:, 256:] += np.random.default_rng(5).normal(0, 0.2, (512, 256)).astype(np.float32)  # hair, cloth
    grain = measure_grain(photo)
    assert grain is not None
    assert grain.variances.max() < (2.3 * 3 / 255) ** 2  # tones differ by a factor of 2 at most, not of 17


def test_a_clean_photo_needs_no_grain() -> None:
    clean = np.tile(np.linspace(0.1, 0.9, 512, dtype=np.float32), (512, 1))
    grain = measure_grain(clean)
    assert grain is not None
    assert grain.variance(clean).max() == 0


def test_too_little_to_measure() -> None:
    assert measure_grain(np.full((4 * BLOCK_PX, 5 * BLOCK_PX), 0.5, np.float32)) is None
    assert measure_grain(np.ones((512, 512), np.float32)) is None  # all clipped


def test_grain_is_added_where_the_picture_is_smooth_and_only_there() -> None:
    photo = _grainy(5 / 255, 0.7)
    grain = measure_grain(photo)
    assert grain is not None
    field = grain.tile(np.random.default_rng(7))
    smooth = np.tile(np.linspace(0.25, 0.75, 512, dtype=np.float32), (512, 1))
    half = smooth.copy()
    half[256:] = photo[256:]
    added = missing_grain(half, grain, field)
    wanted = np.sqrt(grain.variance(smooth).mean())
    assert np.sqrt(np.square(fine_structure(added)[:240]).mean()) == pytest.approx(wanted, rel=0.1)
    assert np.square(added[272:]).mean() < 0.1 * np.square(added[:240]).mean()


def test_strong_noise_is_matched_in_part() -> None:
    grain = measure_grain(_grainy(20 / 255, 0))
    assert grain is not None
    assert np.sqrt(grain.variance(np.float32(0.5))) == pytest.approx(6 / 255, rel=0.1)  # the limit


@pytest.mark.parametrize("value", [0.0, 5 / 255, 250 / 255, 1.0])
def test_clipped_white_and_black_get_no_grain(value: float) -> None:
    grain = measure_grain(_grainy(6 / 255, 0.7))
    assert grain is not None
    field = grain.tile(np.random.default_rng(0))
    assert not missing_grain(np.full(field.shape, value, np.float32), grain, field).any()
    assert missing_grain(np.full(field.shape, 0.5, np.float32), grain, field).std() > 2 / 255
