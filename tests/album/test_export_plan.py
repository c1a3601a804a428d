"""Names of exported photos: from templates, fit for every system, never an original's and never twice."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import msgspec
import pytest
from album_samples import edit, face
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.album.export_plan import (
    FIELDS,
    ExportSettings,
    FormatChoice,
    ending_for,
    example,
    name_for,
    plan,
)
from desktop_app.album.records import Photo, PhotoEdit
from engine.base.errors import TemplateMalformed, TemplateUnknownField
from engine.base.naming import LONGEST_BYTES, fit
from engine.protocol import Pick

PHOTO = Photo(1, Path("/photos/Oma.JPG"), "", format="jpeg", taken="1957-06-01T12:30:00", rating=4)
EDIT = edit(face(1), face(2), msgspec.structs.replace(face(3), ignored=True))


def settings_for(template: str, **more: object) -> ExportSettings:
    return ExportSettings(Path("/out"), template, today=date(2026, 5, 4), album="Seoul", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{name}", "Oma"),
        ("{date}_{taken}_{year}", "2026-05-04_1957-06-01_1957"),
        ("{counter}-{counter:4}-{counter:02}", "7-0007-07"),
        ("{album} {faces} {rating}", "Seoul 2 4"),
        ("{{{name}}}", "{Oma}"),
        ("photo", "photo"),
        ("", "Oma"),
        ("a/b:c", "a_b_c"),
        ("con", "_con"),
        ("COM1.{name}", "_COM1.Oma"),
        ("console", "console"),
        ("{name}. . ", "Oma"),
        ("..{name}", "__Oma"),
        ("...", "___"),
        (" . ", "_"),
        ("한" * 100, "한" * 66),  # 3 bytes each, 200 at most
        ("e\u0301", "é"),
        ("\ud800x", "_x"),
    ],
)
def test_names(template: str, name: str) -> None:
    assert name_for(PHOTO, EDIT, settings_for(template), 7) == name


def test_a_photo_without_date() -> None:
    undated = Photo(1, Path("/p/a.jpg"), "")
    assert name_for(undated, PhotoEdit(), settings_for("{taken} {year}"), 1) == "undated undated"


@pytest.mark.parametrize(
    "template", ["{", "}", "{name", "{name!r}", "{name:3}", "{counter:x}", "{counter:12}", "{counter:{name}}"]
)
def test_malformed_templates(template: str) -> None:
    with pytest.raises(TemplateMalformed):
        example(settings_for(template))


@pytest.mark.parametrize("template", ["{nmae}", "{}", "{0}", "{name.path}", "{name[0]}", "{Name}"])
def test_unknown_fields_are_named_with_those_that_are_known(template: str) -> None:
    with pytest.raises(TemplateUnknownField, match="counter"):
        example(settings_for(template))


def test_the_example() -> None:
    assert example(settings_for("{name}.restored")) == "IMG_0042.restored.jpg"
    assert example(settings_for("{name}-{counter:3}", format="tif"), PHOTO) == "Oma-001.tif"


TEMPLATES = st.lists(st.sampled_from([f"{{{name}}}" for name in FIELDS]) | st.text(max_size=12), max_size=6).map(
    "".join
)


@given(template=TEMPLATES, stem=st.text(min_size=1, max_size=300), album=st.text(max_size=20))
def test_any_template_gives_a_name_fit_for_every_system_or_a_sentence(template: str, stem: str, album: str) -> None:
    photo = Photo(1, Path("/p") / (stem.replace("/", "_").replace("\0", "_") + ".jpg"), "")
    settings = ExportSettings(Path("/out"), template, album=album)
    try:
        name = name_for(photo, EDIT, settings, 1)
    except (TemplateMalformed, TemplateUnknownField):
        return
    assert 0 < len(name.encode()) <= LONGEST_BYTES
    assert not set(name) & set('<>:"/\\|?*\0\n\r\t\x7f')
    assert name == name.strip()
    assert name[-1] != "."
    assert name[0] != "."
    assert name.split(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "COM9", "LPT1", "LPT9"}


@given(st.text())
def test_a_fit_name_stays_as_it_is(name: str) -> None:
    assert fit(fit(name)) == fit(name)


@pytest.mark.parametrize(
    ("path", "content", "format", "ending"),
    [
        ("a.JPG", "jpeg", "keep", ".JPG"),
        ("a.jpeg", "jpeg", "keep", ".jpeg"),
        ("a.jpg", "png", "keep", ".png"),
        ("a.tiff", "tiff", "keep", ".tiff"),
        ("a.bmp", "bmp", "keep", ".png"),
        ("a.heic", "heic", "keep", ".jpg"),
        ("a.webp", "", "keep", ".webp"),
        ("a.jpg", "jpeg", "tif", ".tif"),
    ],
)
def test_endings(path: str, content: str, format: FormatChoice, ending: str) -> None:
    assert ending_for(Photo(1, Path("/p") / path, "", format=content), format) == ending


def test_a_job_carries_the_picks_of_faces_that_are_not_ignored(tmp_path: Path) -> None:
    picked, without = face(1, candidates=3, picked=2, opacity=0.7), face(2, candidates=2)
    ignored = msgspec.structs.replace(face(3, candidates=1, picked=0), ignored=True)
    settings = ExportSettings(tmp_path, quality=90, longest_px=800, location="drop", overwrite="skip", background="x2")
    (job,) = plan([(PHOTO, edit(picked, without, ignored))], settings)
    assert job.picks == (Pick(picked.record, "/store/1-2.png", picked.blend),)
    assert (job.photo, job.output) == ("/photos/Oma.JPG", str(tmp_path.resolve() / "Oma.restored.JPG"))
    assert (job.quality, job.longest_px, job.location) == (90, 800, "drop")
    assert (job.overwrite, job.background) == ("skip", "x2")


def outputs(photos: list[Path], settings: ExportSettings, *originals: Path) -> list[str]:
    jobs = plan(
        [(Photo(n, path, "", format="jpeg"), PhotoEdit()) for n, path in enumerate(photos)], settings, originals
    )
    return [os.path.relpath(job.output, settings.folder.resolve()) for job in jobs]


def test_no_target_is_an_original(tmp_path: Path) -> None:
    photos = [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    settings = ExportSettings(tmp_path, "{name}")
    assert outputs(photos, settings) == ["a-2.jpg", "b-2.jpg"]
    # Where the case of letters makes no difference, as on Windows and macOS, A.JPG is the original too.
    assert outputs([tmp_path / "A.JPG"], ExportSettings(tmp_path, "a", format="jpg")) == ["a-2.jpg"]
    assert outputs([Path("/p/a.jpg")], settings, tmp_path / "a.jpg", tmp_path / "a-2.jpg") == ["a-3.jpg"]
    assert outputs([Path("/p/a.jpg")], settings) == ["a.jpg"]


@pytest.mark.skipif(os.name != "posix", reason="links of Unix")
def test_an_original_is_seen_through_links(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    (tmp_path / "out").symlink_to(tmp_path / "photos")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "photos" / "a.jpg")
    assert outputs([tmp_path / "photos" / "a.jpg"], ExportSettings(tmp_path / "out", "a")) == ["a-2.jpg"]
    assert outputs([tmp_path / "link.jpg"], ExportSettings(tmp_path / "out", "a")) == ["a-2.jpg"]


def test_no_two_photos_have_one_target(tmp_path: Path) -> None:
    photos = [Path("/x/a.jpg"), Path("/y/a.jpg"), Path("/z/A.jpg"), Path("/w/b.jpg")]
    assert outputs(photos, ExportSettings(tmp_path, "{name}")) == ["a.jpg", "a-2.jpg", "A-3.jpg", "b.jpg"]
    assert outputs(photos, ExportSettings(tmp_path, "{counter:2}", first=9)) == ["09.jpg", "10.jpg", "11.jpg", "12.jpg"]


@given(st.lists(st.sampled_from(["a", "A", "a-2", "A-2", "é", "e\u0301"]), max_size=12))
def test_targets_are_never_shared(names: list[str]) -> None:
    found = outputs([Path(f"/{n}/{name}.jpg") for n, name in enumerate(names)], ExportSettings(Path("/out"), "{name}"))
    assert len({fit(name).casefold() for name in found}) == len(names)
