"""Settings survive whatever is in their file, and are written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop_app.settings import ExportSettings, Settings, SettingsFile
from engine.protocol import RestoreOptions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "settings.json"


def read(path: Path, content: str | bytes) -> Settings:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return SettingsFile(path).current


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    assert SettingsFile(path).current == Settings()
    assert not path.exists()


def test_what_is_changed_is_there_at_the_next_start(path: Path) -> None:
    settings = SettingsFile(path)
    settings.change(theme="dark", options=RestoreOptions(strength=0.3), export=ExportSettings(format="png", quality=80))
    assert settings.change(threads=2) == settings.current == SettingsFile(path).current
    assert SettingsFile(path).current.theme == "dark"
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("content", ["", "{", "null", "[1]", '"dark"', b"\xff\xfe", "[" * 100_000])
def test_a_file_that_is_no_settings_gives_the_defaults(path: Path, content: str | bytes) -> None:
    assert read(path, content) == Settings()


def test_a_wrong_value_becomes_its_default_and_the_others_hold(path: Path) -> None:
    wrong = {
        "theme": "pink",
        "threads": -4,
        "store_limit_mb": "much",
        "options": {"strength": "a lot"},
        "export": {"format": "gif"},
        "thumbnail_px": None,
        "language": "ko",
        "commercial_only": True,
    }
    assert read(path, json.dumps(wrong)) == Settings(language="ko", commercial_only=True)


@pytest.mark.parametrize("export", [{"quality": 0}, {"quality": 101}, {"longest_px": 0}])
def test_sizes_and_qualities_that_no_file_can_have_are_wrong_values(path: Path, export: dict[str, int]) -> None:
    assert read(path, json.dumps({"export": export})) == Settings()


def test_fields_of_another_version_are_passed_over(path: Path) -> None:
    newer = {"theme": "light", "hologram": True, "export": {"format": "png", "frame": "gold"}}
    assert read(path, json.dumps(newer)) == Settings(theme="light", export=ExportSettings(format="png"))


def test_a_folder_that_takes_no_file_costs_the_next_start_only(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    settings = SettingsFile(tmp_path / "home" / "settings.json")
    assert settings.change(theme="dark").theme == "dark"
    assert settings.current.theme == "dark"


def test_a_write_that_fails_leaves_the_file_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SettingsFile(path)
    settings.change(theme="dark")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("desktop_app.settings.os.replace", full)
        settings.change(theme="light")
    assert SettingsFile(path).current.theme == "dark"
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]
