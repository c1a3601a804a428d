"""`albumen models fetch` as far as it goes without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import FAILED, OK, WRONG_USAGE, main


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path))


def test_what_is_installed_is_not_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch", "starter"]) == OK
    assert capsys.readouterr().out == "starter is installed.\n"


def test_the_licence_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch", "difface"]) == FAILED
    assert "albumen models licence difface-estimator" in capsys.readouterr().err


def test_an_unknown_model_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch", "no-such-model"]) == WRONG_USAGE
    assert "no-such-model" in capsys.readouterr().err
