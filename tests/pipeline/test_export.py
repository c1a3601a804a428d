"""The imaging worker's jobs on real files: patches for the window, finished photos."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import cv2
import imagecodecs
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.base.context import Context
from engine.base.errors import Cancelled, OutputForbidden, PhotoDamaged, PhotoMissing, UsageError
from engine.faces.align import TEMPLATE_512
from engine.imaging.colour import srgb_u8, u8_from_samples
from engine.imaging.load import load_photo
from engine.imaging.photo import Photo
from engine.imaging.xmp import ALBUMEN
from engine.pipeline.album import show_photo
from engine.pipeline.export import compose, export
from engine.pipeline.making import decode_made
from engine.pipeline.store import read_candidate, write_candidate
from engine.protocol import (
    BlendSettings,
    BrushMask,
    Compose,
    Event,
    Export,
    Exported,
    FaceRecord,
    Made,
    ModelRecord,
    PatchReady,
    PhotoShown,
    Pick,
    Recipe,
    RegionOpacity,
    ShowPhoto,
)

HEIGHT, WIDTH = 260, 330
MODEL = ModelRecord("starter", "cd" * 32)


def _picture(height: int, width: int, seed: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).standard_normal((height, width, 3))
    soft = cv2.GaussianBlur(noise, (0, 0), 6)
    return np.asarray(0.1 + 0.8 * (soft - soft.min()) / np.ptp(soft), np.float32)


def _face(centre: tuple[float, float], side_px: float) -> FaceRecord:
    points = (TEMPLATE_512 - 255.5) * side_px / 512 + centre
    x, y = centre
    half = side_px / 3
    landmarks = tuple((float(px), float(py)) for px, py in points)
    return FaceRecord((x - half, y - half, x + half, y + half), landmarks)  # type: ignore[arg-type]


def _recipe(face: FaceRecord, index: int = 0) -> Recipe:
    return Recipe(
        photo_sha256="ab" * 32,
        landmarks=face.landmarks,
        estimator=MODEL,
        prior=MODEL,
        start_step=400,
        eta=0.5,
        eta_meaning="released",
        steps=100,
        sampler="ddim",
        seed=0,
        index=index,
        size_px=256,
        device="cpu",
        precision="fp32",
        batch_width=1,
        threads=1,
        runtime="torch",
        albumen="0",
    )


def _pick(folder: Path, centre: tuple[float, float], *, opacity: float = 1.0, index: int = 0) -> Pick:
    face = _face(centre, 150)
    path = write_candidate(folder / "store", _recipe(face, index), _picture(256, 256, seed=7 + index))
    return Pick(face, str(path), BlendSettings(opacity=opacity))


def _write_photo(path: Path, pixels: NDArray[np.uint8 | np.uint16], icc: bytes | None = None) -> Path:
    """A photo without metadata but a profile; pixels (H, W, C), or (H, W) grey with a profile."""
    if icc is not None:
        Image.fromarray(pixels).save(path, icc_profile=icc)
    else:
        order = pixels[..., [[0], [2, 1, 0], [2, 1, 0, 3]][pixels.shape[2] // 2]]
        path.write_bytes(cv2.imencode(path.suffix, order)[1].tobytes())
    return path


def _pixels(channels: int = 3, dtype: type = np.uint8) -> NDArray[np.uint8 | np.uint16]:
    img = np.concatenate([_picture(HEIGHT, WIDTH, 1), _picture(HEIGHT, WIDTH, 2)], axis=2)[..., :channels]
    return np.ascontiguousarray(np.rint(img * np.iinfo(dtype).max).astype(dtype))


def _exported(job: Export, context: Context | None = None) -> Photo:
    events: list[Event] = []
    export("7", job, events.append, context or Context())
    (event,) = events
    assert isinstance(event, Exported)
    assert event.id == "7"
    assert event.path is not None
    return load_photo(Path(event.path))


def _patch(job: Compose) -> tuple[PatchReady, NDArray[np.uint8]]:
    events: list[Event] = []
    compose("8", job, events.append, Context())
    (event,) = events
    assert isinstance(event, PatchReady)
    rgba = cv2.imdecode(np.frombuffer(Path(event.path).read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    return event, rgba[..., [2, 1, 0, 3]]


@pytest.mark.parametrize(
    ("suffix", "channels", "dtype"),
    [
        (".png", 3, np.uint8),
        (".png", 1, np.uint8),
        (".png", 3, np.uint16),
        (".png", 4, np.uint16),
        (".tif", 3, np.uint16),
    ],
)
def test_only_samples_under_the_masks_change(tmp_path: Path, suffix: str, channels: int, dtype: type) -> None:
    source = _write_photo(tmp_path / f"photo{suffix}", _pixels(channels, dtype))
    picks = (_pick(tmp_path, (100, 100)), _pick(tmp_path, (230, 150), index=1))
    before = load_photo(source)
    after = _exported(Export(str(source), picks, str(tmp_path / "out" / f"photo{suffix}")))
    assert after.pixels.dtype == before.pixels.dtype == dtype
    changed = (after.pixels != before.pixels).any(axis=2)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    near = np.minimum(np.hypot(x - 100, y - 100), np.hypot(x - 230, y - 150)) < 75  # half the template's side
    assert not changed[~near].any()
    assert changed[90:110, 90:110].mean() > 0.9
    assert changed[140:160, 220:240].mean() > 0.9
    if channels == 4:
        assert before.alpha is not None
        assert after.alpha is not None
        assert np.array_equal(before.alpha, after.alpha)


def test_blend_0_and_no_picks_return_the_source(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    for name, picks in (("blend", (_pick(tmp_path, (100, 100), opacity=0.0),)), ("none", ())):
        after = _exported(Export(str(source), picks, str(tmp_path / f"{name}.png")))
        assert np.array_equal(after.pixels, load_photo(source).pixels)


def _profile() -> bytes:
    """A wide matrix profile with another gamma than sRGB's."""
    primaries = (0.680, 0.320, 1, 0.265, 0.690, 1, 0.150, 0.060, 1)
    return bytes(imagecodecs.cms_profile("rgb", whitepoint=(0.3127, 0.329, 1), primaries=primaries, gamma=2.2))


def _cmyk_jpeg(path: Path) -> Path:
    Image.fromarray(_pixels(4), "CMYK").save(path, quality=95)
    return path


SOURCES: dict[str, Callable[[Path], Path]] = {
    "RGB": lambda folder: _write_photo(folder / "photo.png", _pixels()),
    "RGB with a profile": lambda folder: _write_photo(folder / "photo.png", _pixels(), _profile()),
    "grey": lambda folder: _write_photo(folder / "photo.png", _pixels(1)),
    "grey with a profile": lambda folder: _write_photo(
        folder / "photo.png", _pixels(1)[..., 0], bytes(imagecodecs.cms_profile("gray", gamma=1.8))
    ),
    "16 bit": lambda folder: _write_photo(folder / "photo.png", _pixels(3, np.uint16)),
    "alpha": lambda folder: _write_photo(folder / "photo.png", _pixels(4, np.uint16)),
    "CMYK": lambda folder: _cmyk_jpeg(folder / "photo.jpg"),
}


def _shown(source: Path, folder: Path) -> tuple[NDArray[np.float64], bytes | None]:
    events: list[Event] = []
    show_photo("9", ShowPhoto(str(source), str(folder)), events.append, Context())
    (event,) = events
    assert isinstance(event, PhotoShown)
    with Image.open(event.path) as png:
        assert png.size == (event.width, event.height) == (WIDTH, HEIGHT)
        return np.asarray(png).astype(np.float64), png.info.get("icc_profile")


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("opacity", [1.0, 0.5])
def test_what_the_window_shows_is_what_export_writes(tmp_path: Path, kind: str, opacity: float) -> None:
    """The window lays the patches over the shown photo's samples; both have one profile. Pixel by pixel."""
    source = SOURCES[kind](tmp_path)
    picks = tuple(_pick(tmp_path, c, opacity=opacity, index=n) for n, c in enumerate([(100, 100), (150, 120)]))
    shown, profile = _shown(source, tmp_path / "scratch")
    for pick in picks:
        event, rgba = _patch(Compose(str(source), pick, str(tmp_path / "scratch")))
        with Image.open(event.path) as png:
            assert png.info.get("icc_profile") == profile
        under = shown[event.y : event.y + rgba.shape[0], event.x : event.x + rgba.shape[1], :3]
        under += opacity * rgba[..., 3:] / 255 * (rgba[..., :3] - under)
    after = _exported(Export(str(source), picks, str(tmp_path / "out.png")))
    assert np.abs(np.rint(shown[..., :3]) - u8_from_samples(after.pixels)).max() <= 1
    if after.alpha is not None:
        assert np.array_equal(shown[..., 3], u8_from_samples(after.alpha))


@pytest.mark.parametrize("kind", SOURCES)
def test_the_profile_that_is_shown_means_the_photos_colours(tmp_path: Path, kind: str) -> None:
    """Read as a photo of its own, the shown picture has the colours of the photo; a level is lost to its 8 bits."""
    source = SOURCES[kind](tmp_path)
    _shown(source, tmp_path / "scratch")
    (png,) = (tmp_path / "scratch").iterdir()
    of_photo, of_shown = (srgb_u8(load_photo(path)).astype(int) for path in (source, png))
    assert np.abs(of_photo - of_shown).max() <= 1


def test_a_patch_is_straight_rgba_in_the_folder_it_was_asked_for(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels(1))
    job = Compose(str(source), _pick(tmp_path, (100, 100)), str(tmp_path / "new" / "scratch"))
    event, rgba = _patch(job)
    assert Path(event.path).parent == tmp_path / "new" / "scratch"
    assert [p.name for p in Path(event.path).parent.iterdir()] == [Path(event.path).name]
    assert rgba.dtype == np.uint8
    assert rgba[..., 3].max() == 255
    assert rgba[rgba.shape[0] // 2, 0, 3] < 5  # trimmed to where the mask begins
    assert np.ptp(rgba[..., :3], axis=2).max() == 0
    assert 25 < event.x < 100
    assert 25 < event.y < 100
    assert _patch(job)[0] == event  # the same job, the same file


def test_a_clash_gets_a_number_or_is_left_alone(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    output = tmp_path / "out.png"
    output.write_bytes(b"mine")
    assert _exported(Export(str(source), (), str(output))).path != output
    events: list[Event] = []
    export("7", Export(str(source), (), str(output), overwrite="skip"), events.append, Context())
    assert events == [Exported("7", None)]
    assert output.read_bytes() == b"mine"


def _told(photo: Photo) -> Made | None:
    """The making in a file's XMP packet."""
    assert photo.xmp is not None
    found = [e.text for e in ElementTree.fromstring(photo.xmp.decode()).iter(f"{{{ALBUMEN}}}recipes")]
    return decode_made(found[0] or "", photo.path) if found else None


def _of_photo(folder: Path, source: Path, centre: tuple[float, float], **blend: object) -> Pick:
    """A pick whose recipe is of this photo's content."""
    pick = _pick(folder, centre)
    recipe = msgspec.structs.replace(_recipe(pick.face), photo_sha256=load_photo(source).sha256)
    candidate = write_candidate(folder / "store", recipe, read_candidate(Path(pick.candidate)))
    return Pick(pick.face, str(candidate), BlendSettings(**blend))  # type: ignore[arg-type]


def test_how_it_was_made_is_in_the_file_and_in_its_sidecar(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.jpg", _pixels())
    painted = tmp_path / "scratch" / "brush.png"
    painted.parent.mkdir()
    cv2.imwrite(str(painted), np.full((30, 40, 3), (0, 90, 200), np.uint8))
    brush, regions = BrushMask(str(painted), 80, 85), RegionOpacity(eyes=0.4)
    picks = (
        _of_photo(tmp_path, source, (100, 100), opacity=0.7, brush=brush, regions=regions),
        _of_photo(tmp_path, source, (200, 150)),
    )
    settings = {"quality": 81, "longest_px": 300, "location": "drop"}
    job = Export(str(source), picks, str(tmp_path / "out.jpg"), sidecar=str(tmp_path / "out.json"), **settings)  # type: ignore[arg-type]
    after = _exported(job)
    made = _told(after)
    assert made is not None
    assert decode_made((tmp_path / "out.json").read_bytes(), tmp_path) == made
    assert made.photo_sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert (made.photo, made.output, made.background) == ("photo.jpg", "out.jpg", "none")
    assert {name: getattr(made, name) for name in settings} == settings
    first, second = made.faces
    assert first.blend == msgspec.structs.replace(picks[0].blend, brush=BrushMask("", 80, 85))
    assert base64.b64decode(first.brush_png or "") == painted.read_bytes()
    assert (second.blend, second.brush_png) == (picks[1].blend, None)
    assert [face.recipe.landmarks for face in made.faces] == [pick.face.landmarks for pick in picks]
    assert str(tmp_path) not in msgspec.json.encode(made).decode()  # nobody's folders are given away
    assert after.xmp is not None
    assert b"compositeWithTrainedAlgorithmicMedia" in after.xmp


@pytest.mark.parametrize("recipe", ["missing", "damaged", "of another photo"])
def test_without_a_candidates_recipe_the_photo_is_finished_all_the_same(tmp_path: Path, recipe: str) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    pick = _pick(tmp_path, (100, 100)) if recipe == "of another photo" else _of_photo(tmp_path, source, (100, 100))
    if recipe == "missing":
        Path(pick.candidate).with_suffix(".json").unlink()
    elif recipe == "damaged":
        Path(pick.candidate).with_suffix(".json").write_bytes(b"{")
    after = _exported(Export(str(source), (pick,), str(tmp_path / "out.png"), sidecar=str(tmp_path / "out.json")))
    assert _told(after) is None
    assert not np.array_equal(after.pixels, load_photo(source).pixels)
    assert not (tmp_path / "out.json").exists()


def test_a_sidecar_follows_its_file_and_takes_nothing_elses_place(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    sidecar = tmp_path / "out.json"

    def exported(ending: str, **more: object) -> dict[str, str]:
        job = Export(str(source), (), str(tmp_path / f"out{ending}"), sidecar=str(sidecar), **more)  # type: ignore[arg-type]
        export("7", job, lambda _: None, Context())
        texts = {path.name: path.read_bytes() for path in tmp_path.glob("*.json")}
        return {name: t.decode() if t == b"mine" else decode_made(t, source).output for name, t in texts.items()}

    assert exported(".png") == {"out.json": "out.png"}
    assert exported(".png") == {"out.json": "out.png", "out-2.json": "out-2.png"}
    assert exported(".png", overwrite="skip") == {"out.json": "out.png", "out-2.json": "out-2.png"}
    (tmp_path / "out-2.png").unlink()
    (tmp_path / "out-2.json").write_bytes(b"mine")
    assert exported(".png") == {"out.json": "out.png", "out-2.json": "mine", "out-2-2.json": "out-2.png"}
    (tmp_path / "out.png").unlink()
    assert exported(".png")["out.json"] == "out.png"
    assert exported(".jpg")["out.json"] == "out.png"  # the sidecar of another file
    sidecar = source
    exported(".webp")
    assert load_photo(source).pixels.shape == (HEIGHT, WIDTH, 3)


def test_a_candidate_that_is_gone_or_broken_is_named(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    pick = _pick(tmp_path, (100, 100))
    Path(pick.candidate).write_bytes(b"no picture")
    with pytest.raises(PhotoDamaged, match=Path(pick.candidate).name):
        export("7", Export(str(source), (pick,), str(tmp_path / "out.png")), lambda _: None, Context())
    Path(pick.candidate).unlink()
    with pytest.raises(PhotoMissing, match=Path(pick.candidate).name):
        compose("8", Compose(str(source), pick, str(tmp_path)), lambda _: None, Context())
    assert not (tmp_path / "out.png").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputForbidden):
        compose("8", Compose(str(source), _pick(tmp_path, (100, 100)), str(tmp_path / "file" / "x")), print, Context())


def test_progress_rises_and_a_cancelled_export_writes_nothing(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    picks = tuple(_pick(tmp_path, (100, 100), index=n) for n in range(3))
    told: list[float] = []
    job = Export(str(source), picks, str(tmp_path / "out.png"))
    _exported(job, Context(on_progress=lambda _stage, fraction: told.append(fraction)))
    assert told == sorted(told)
    assert len(told) >= len(picks)
    (tmp_path / "out.png").unlink()
    with pytest.raises(Cancelled):
        export("7", job, lambda _: None, Context(cancelled=lambda: True))
    assert not (tmp_path / "out.png").exists()


def test_opacity_and_brush_leave_the_patch_alone(tmp_path: Path) -> None:
    """The window applies both itself, so a slider that moves needs no new patch."""
    source = _write_photo(tmp_path / "photo.png", _pixels())
    pick = _pick(tmp_path, (100, 100))
    brush = BrushMask(str(tmp_path / "no-such-brush.png"), 0, 0)
    other = Pick(pick.face, pick.candidate, BlendSettings(opacity=0.3, brush=brush))
    folder = str(tmp_path / "scratch")
    assert _patch(Compose(str(source), pick, folder))[0] == _patch(Compose(str(source), other, folder))[0]


@pytest.mark.parametrize(("kind", "value"), [("quality", 0), ("quality", 101), ("longest_px", 0)])
def test_settings_there_are_not_are_refused(tmp_path: Path, kind: str, value: int) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    with pytest.raises(UsageError, match=str(value)):
        export("7", Export(str(source), (), str(tmp_path / "out.jpg"), **{kind: value}), print, Context())


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_quality_decides_the_size_of_the_file(tmp_path: Path, suffix: str) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    sizes = []
    for quality in (20, 60, 95):
        output = tmp_path / f"out{quality}{suffix}"
        _exported(Export(str(source), (), str(output), quality=quality))
        sizes.append(output.stat().st_size)
    assert sizes == sorted(sizes)
    assert sizes[-1] > 2 * sizes[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_smaller_picture_is_the_mean_of_areas(tmp_path: Path, dtype: type, channels: int) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels(channels, dtype))
    before = load_photo(source)
    after = _exported(Export(str(source), (), str(tmp_path / "out.png"), longest_px=WIDTH // 2))
    assert after.pixels.shape == (HEIGHT // 2, WIDTH // 2, before.pixels.shape[2])
    blocks = before.pixels.reshape(HEIGHT // 2, 2, WIDTH // 2, 2, -1).astype(np.float64)
    weight = np.ones_like(blocks[..., :1])
    if before.alpha is not None:
        weight = before.alpha.reshape(HEIGHT // 2, 2, WIDTH // 2, 2, 1).astype(np.float64)
        assert after.alpha is not None
        assert np.abs(weight.mean(axis=(1, 3))[..., 0] - after.alpha).max() <= 0.5 + 1e-3
    means = (blocks * weight).sum(axis=(1, 3)) / weight.sum(axis=(1, 3))
    assert np.abs(means - after.pixels).max() <= 0.51


def test_a_picture_that_fits_is_not_resized(tmp_path: Path) -> None:
    source = _write_photo(tmp_path / "photo.png", _pixels())
    after = _exported(Export(str(source), (), str(tmp_path / "out.png"), longest_px=WIDTH))
    assert np.array_equal(after.pixels, load_photo(source).pixels)
