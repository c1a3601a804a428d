"""Where the program's own files and the user's data lie."""

from __future__ import annotations

from pathlib import Path

import pytest

import engine
from engine.base.folders import data_dir, resources_dir


def test_resources_lie_beside_the_engine() -> None:
    assert resources_dir() == Path(engine.__file__).parents[1] / "resources"
    assert (resources_dir() / "models.toml").is_file()


def test_the_users_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path))
    assert data_dir() == tmp_path


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_name_it_is_the_systems_place(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    if value is None:
        monkeypatch.delenv("ALBUMEN_HOME", raising=False)
    else:
        monkeypatch.setenv("ALBUMEN_HOME", value)
    assert data_dir().is_absolute()
    assert data_dir().name == "albumen"
