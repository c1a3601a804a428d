"""Compose measured on real faces: detail kept, no seam, no colour where there was none, bounded memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.base.values import img01_from_int, u8_from_01
from engine.faces.align import affine_to_template, crop
from engine.imaging.photo import Photo
from engine.imaging.tone import luma
from engine.pipeline.compose import Patch, compose_face, lay
from engine.protocol import BlendSettings

WHOLE = np.array([[1.0, 0, 0], [0, 1, 0]])
"""The affine of the 512 px crops of the test sets: they are the template."""

NOISY = {"interfaces_020.jpg", "interfaces_048.jpg", "stem_barbara-mcclintock.jpg"}
"""Crops of eval_mixed512 with visible grain: not clean faces."""


@pytest.fixture(scope="module")
def faces(shared_dir: Path) -> list[Photo]:
    """Every sixth face of the two test sets but for the noisy ones."""
    names = sorted((shared_dir / "data" / "eval_mixed512").glob("*.jpg"))[::6]
    names += sorted((shared_dir / "data" / "eval_london512").glob("*.jpg"))[::11]
    return [_photo(_read(path)) for path in names if path.name not in NOISY]


def _read(path: Path) -> NDArray[np.float32]:
    return img01_from_int(cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1])


def _photo(img_01: NDArray[np.float32]) -> Photo:
    return Photo(Path("face.png"), "ab" * 32, "png", u8_from_01(img_01))


def _restored(photo: Photo, size_px: int) -> NDArray[np.float32]:
    """Stands in for a candidate: the clean face at the network's size, its texture smoothed away as networks do."""
    return img01_from_int(cv2.bilateralFilter(crop(photo.pixels, WHOLE, size_px), 7, 20, 3))


def _result(photo: Photo, candidate_01: NDArray[np.float32], **settings: bool) -> tuple[NDArray[np.float32], Patch]:
    patch = compose_face(photo, WHOLE, candidate_01, BlendSettings(**settings))  # type: ignore[arg-type]
    pixels = photo.pixels.copy()
    lay(pixels, patch, 1.0)
    return img01_from_int(pixels), patch


def _mask(photo: Photo, patch: Patch) -> NDArray[np.float32]:
    mask = np.zeros(photo.pixels.shape[:2], np.float32)
    box = patch.box
    mask[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = patch.mask
    return mask


def _above(img: NDArray[np.float32], cycles_per_px: float) -> NDArray[np.float64]:
    """What a sampling grid of half that distance cannot hold, along either axis."""
    spectrum = np.fft.fft2(img)
    high = np.maximum(*np.meshgrid(*(np.abs(np.fft.fftfreq(n)) for n in img.shape[::-1]))) >= cycles_per_px
    return np.fft.ifft2(spectrum * high).real


@pytest.mark.parametrize("size_px", [256, 128])
def test_clean_faces_keep_their_detail_above_the_networks_nyquist(faces: list[Photo], size_px: int) -> None:
    """At least nine tenths of the energy, of that which was there: in a face twice and four times the network's."""
    for photo in faces:
        result, patch = _result(photo, _restored(photo, size_px), match_grain=False)
        core = _mask(photo, patch) > 0.99
        source_high = _above(luma(img01_from_int(photo.pixels)), size_px / 1024)[core]
        result_high = _above(luma(result), size_px / 1024)[core]
        assert (source_high * result_high).sum() >= 0.9 * np.square(source_high).sum()


def test_noise_and_scratches_are_not_kept(faces: list[Photo]) -> None:
    rng = np.random.default_rng(0)
    for photo in faces:
        clean = img01_from_int(photo.pixels)
        damaged = clean + rng.normal(0, 10 / 255, clean.shape[:2])[..., None].astype(np.float32)
        lines = np.zeros(clean.shape[:2], np.float32)
        for _ in range(6):
            x0, y0, x1, y1 = (int(value) for value in rng.integers(100, 412, 4))
            cv2.line(lines, (x0, y0), (x1, y1), 1.0, 2, cv2.LINE_AA)
        damaged = np.clip(damaged * (1 - lines[..., None]) + 0.95 * lines[..., None], 0, 1)
        result, patch = _result(_photo(damaged), _restored(photo, 256), match_grain=False)
        core = _mask(photo, patch) > 0.99
        before, after = (_above(luma(img) - luma(clean), 0.25) for img in (_photo_01(damaged), result))
        assert np.square(after[core]).sum() < 0.25 * np.square(before[core]).sum()


def _photo_01(img_01: NDArray[np.float32]) -> NDArray[np.float32]:
    return img01_from_int(u8_from_01(img_01))


@pytest.mark.parametrize("blur_px", [2.0, 5.0])
def test_no_seam_on_blurred_photos_with_a_candidate_of_another_cast(faces: list[Photo], blur_px: float) -> None:
    """The mean Lab difference across the mask's border is at most 2 more than the source's own, at any level of it."""
    for photo in faces:
        cast = np.clip(_restored(photo, 256) * np.array((0.85, 1.0, 1.1), np.float32), 0, 1)
        blurred = _photo(0.1 + 0.8 * cv2.GaussianBlur(img01_from_int(photo.pixels), (0, 0), blur_px))
        result, patch = _result(blurred, cast)
        mask = _mask(blurred, patch)
        for level in (0.002, 0.1, 0.5):
            own, here = (_across(mask > level, img) for img in (img01_from_int(blurred.pixels), result))
            assert here - own <= 2


def _across(region: NDArray[np.bool_], img_01: NDArray[np.float32]) -> float:
    """Mean Lab difference of the pixels on both sides of a region's border."""
    lab = cv2.cvtColor(img_01, cv2.COLOR_RGB2LAB)
    differences = []
    for axis in (0, 1):
        crossing = np.diff(region.astype(np.int8), axis=axis) != 0
        differences.append(np.linalg.norm(np.diff(lab, axis=axis), axis=2)[crossing])
    return float(np.concatenate(differences).mean())


def _old_photos(shared_dir: Path) -> Iterator[tuple[Photo, NDArray[np.float64]]]:
    """Portraits before 1931 with landmarks found by YuNet."""
    for path in sorted((shared_dir / "data" / "old_photos" / "portraits").glob("*.jpg"))[::2]:
        img = cv2.imread(str(path), cv2.IMREAD_COLOR)
        size = (img.shape[1], img.shape[0])
        detector = cv2.FaceDetectorYN.create(str(shared_dir / "weights" / "yunet_n_640_640.onnx"), "", size, 0.7)
        _, found = detector.detect(img)
        for row in found if found is not None else []:
            photo = Photo(path, "ab" * 32, "jpeg", np.ascontiguousarray(img[..., ::-1]))
            yield photo, affine_to_template(row[4:14].reshape(5, 2).astype(np.float64))


def test_no_colour_appears_on_old_photos(shared_dir: Path, faces: list[Photo]) -> None:
    """A candidate in full colour, of somebody else, over photos that are grey or toned: their own tint stays."""
    seen = 0
    for photo, affine in _old_photos(shared_dir):
        patch = compose_face(photo, affine, _restored(faces[seen % len(faces)], 256), BlendSettings())
        box = patch.box
        own = img01_from_int(photo.pixels[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)])
        for channel in (0, 2):  # the offsets from green stay in the range that the photo's face has
            offset, own_offset = (img[..., channel] - img[..., 1] for img in (patch.colour, own))
            low, high = np.percentile(own_offset, (1, 99))
            assert np.percentile(offset[patch.mask > 0.5], 2) >= low - 6 / 255
            assert np.percentile(offset[patch.mask > 0.5], 98) <= high + 6 / 255
        seen += 1
    assert seen >= 10


MEMORY_OF_A_LARGE_FACE = """
import resource
from pathlib import Path
import cv2, numpy as np
from engine.imaging.photo import Photo
from engine.pipeline.compose import compose_face, lay
from engine.protocol import BlendSettings

side = 3800
small = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
pixels = cv2.resize(small, (6000, 4000), interpolation=cv2.INTER_LINEAR)
photo = Photo(Path("large.png"), "ab" * 32, "png", pixels)
k = 512 / side
affine = np.array([[k, 0, -1000 * k], [0, k, -100 * k]])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
patch = compose_face(photo, affine, np.full((512, 512, 3), 0.5, np.float32), BlendSettings())
lay(pixels, patch, 1.0)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="resource is of POSIX")
def test_a_face_that_fills_24_megapixels_takes_bounded_memory() -> None:
    """The patch itself is 160 MiB of the photo's 275 MiB as float32; the temporaries are strips."""
    done = subprocess.run([sys.executable, "-c", MEMORY_OF_A_LARGE_FACE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 600
