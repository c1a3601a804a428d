"""Which photo becomes which file with which options: jobs file, preset, names."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from desktop_app.album.preset_files import export_preset
from desktop_app.album.records import Preset
from engine.base.errors import AlbumenError, UsageError
from engine.cli import main
from engine.cli.batch.choices import Choice, Settings, choice_of, read_jobs_file
from engine.cli.batch.plan import Places, Planned, plan_all
from engine.cli.parser import build_parser
from engine.protocol import RestoreOptions

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 16


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("a.png", "b.PNG", "sub/a.png", "a.jpg"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PNG if not name.endswith("jpg") else b"\xff\xd8\xff" + b"0" * 16)
    return tmp_path / "in"


def names(planned: list[Planned], out: Path) -> list[str]:
    return [item.output.relative_to(out).as_posix() for item in planned]


def planned(photos: Path, template: str, choice: Choice | None = None, **more: object) -> list[str]:
    settings = Settings(photos / "out", template=template, today=date(2026, 5, 4), **more)  # type: ignore[arg-type]
    items = plan_all(Places([photos], recursive=True), choice or Choice(), settings, lambda path: False)
    return names(list(items), settings.output)


def test_names_follow_the_template_and_no_two_are_the_same(photos: Path) -> None:
    assert planned(photos, "{name}.restored") == [
        "a.restored.jpg",
        "a.restored.png",
        "b.restored.PNG",
        "sub/a.restored.png",
    ]
    assert planned(photos, "{name}", format="png") == ["a.png", "a-2.png", "b.png", "sub/a.png"]
    assert planned(photos, "x") == ["x.jpg", "x.png", "x-2.PNG", "sub/x.png"]
    assert planned(photos, "{folder}-{counter:3}-{date}-{strength}-{seed}")[1::2] == [
        "in-002-2026-05-04-auto-0.png",
        "sub/sub-004-2026-05-04-auto-0.png",
    ]
    half = Choice(RestoreOptions(strength=0.5, seed=7))
    assert planned(photos, "{strength}_{seed}_{counter}", half)[0] == "0.5_7_1.jpg"


@pytest.mark.parametrize("template", ["{taken}", "{name", "{name:3}"])
def test_a_wrong_template_is_wrong_usage(template: str, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", str(photos), "-o", str(photos / "out"), "--name", template]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (photos / "out").exists()


def test_results_of_earlier_runs_are_not_taken_from_a_folder(photos: Path) -> None:
    results = {photos / "b.PNG"}
    places = Places([photos, photos / "a.jpg"])
    items = plan_all(places, Choice(), Settings(photos), lambda path: path in results)
    assert [item.photo.name for item in items] == ["a.jpg", "a.png"]


def test_lines_of_a_jobs_file(photos: Path) -> None:
    jobs = photos / "jobs.jsonl"
    jobs.write_text(
        '\ufeff{"photo": "a.png", "strength": 0.5, "seed": 3, "pick": 2, "blend": 0, "steps": 5, "eta": 1}\n'
        "\n"
        '{"photo": "sub/a.png", "output": "deep/Oma", "strength": "auto", "pick": "best", "candidates": 2}\n'
        '{"photo": "gone.png", "model": "difface"}\n',
        encoding="utf-8",
    )
    base = Choice(RestoreOptions(strength=0.9, candidates=3), pick=1)
    settings = Settings(photos / "out")
    first, second, third = plan_all(Places([], jobs_file=jobs), base, settings, lambda path: False)
    assert first.photo == photos / "a.png"
    assert first.choice == Choice(
        RestoreOptions(strength=0.5, seed=3, candidates=3, steps=5, eta=1.0), pick=2, blend=0.0
    )
    assert (second.output, second.choice.pick) == (settings.output / "deep" / "Oma.png", None)
    assert second.choice.options == RestoreOptions(candidates=2)
    assert third.choice.options.model == "difface"
    assert third.error is not None
    assert third.error.kind == "photo_missing"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        '{"photo": 3}',
        '{"photo": ""}',
        '{"photo": "a.png", "strenght": 1}',
        '{"photo": "a.png", "strength": 2}',
        '{"photo": "a.png", "seed": -1}',
        '{"photo": "a.png", "pick": 9}',
        '{"photo": "a.png", "output": "../a.png"}',
        '{"photo": "a.png", "output": "/a.png"}',
        '{"photo": "\ud800"}',
        "[" * 5000,
    ],
)
def test_a_wrong_line_is_one_sentence_with_its_number(
    line: str, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = photos / "jobs.jsonl"
    jobs.write_bytes(b'{"photo": "a.png"}\n' + line.encode(errors="surrogatepass") + b"\n")
    with pytest.raises(UsageError, match=r"jobs\.jsonl, line 2: "):
        list(read_jobs_file(jobs, Choice()))
    assert main(["restore", "--jobs-file", str(jobs), "-o", str(photos / "out")]) == 2
    assert "line 2" in capsys.readouterr().err
    assert not (photos / "out").exists()


def choice(*arguments: str) -> Choice:
    return choice_of(build_parser().parse_args(["restore", "a.jpg", "-o", "out", *arguments]))


def test_a_preset_that_the_window_exported_is_read_and_options_win(tmp_path: Path) -> None:
    path = tmp_path / "soft.json"
    options = RestoreOptions(model="difface", strength=0.3, eta=0.1, steps=20, candidates=6, seed=5, precision="fp32")
    export_preset(Preset("Soft", options), path)
    assert choice("--preset", str(path)).options == options
    given = choice("--preset", str(path), "--strength", "auto", "--candidates", "4", "--pick", "3")
    assert (given.options.strength, given.options.candidates, given.options.seed, given.pick) == (None, 4, 5, 3)
    with pytest.raises(UsageError, match="only 6 candidates"):
        choice("--preset", str(path), "--pick", "7")


@pytest.mark.parametrize("content", [b"", b"{}", b'{"albumen_preset": 2, "name": "x", "options": {}}', b"\xff"])
def test_what_is_no_preset_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(AlbumenError) as told:
        choice("--preset", str(path))
    assert told.value.kind == "preset_unreadable"
