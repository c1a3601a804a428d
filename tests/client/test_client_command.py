"""How workers are started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from engine.client.command import engine_command, engine_environment
from engine.protocol import Role


def test_from_the_sources_it_is_this_python() -> None:
    assert engine_command("imaging") == [sys.executable, "-P", "-m", "engine.server", "--role", "imaging"]


def test_every_role_has_its_worker() -> None:
    for role in get_args(Role):
        assert engine_command(role)[-2:] == ["--role", role]


def test_options_are_passed_on() -> None:
    assert engine_command("compute", device="cpu", threads=2, priority="normal")[-8:] == [
        *("--role", "compute"),
        *("--device", "cpu"),
        *("--threads", "2"),
        *("--priority", "normal"),
    ]


@pytest.mark.parametrize(("program", "engine"), [("albumen", "albumen-engine"), ("albumen.exe", "albumen-engine.exe")])
def test_in_a_frozen_application_it_lies_beside_the_program(
    program: str, engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / program))
    assert engine_command("imaging") == [str(tmp_path / engine), "--role", "imaging"]


def test_files_in_the_current_folder_are_not_imported(tmp_path: Path) -> None:
    """A folder of photos may hold a file named like a module of the standard library."""
    (tmp_path / "queue.py").write_text("raise SystemExit(99)")
    command = [*engine_command("imaging"), "--help"]
    subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=True)


def test_the_environment_is_inherited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOMETHING_OF_THE_USER", "kept")
    monkeypatch.delenv("ALBUMEN_HOME", raising=False)
    assert engine_environment()["SOMETHING_OF_THE_USER"] == "kept"
    assert engine_environment()["PYTHONUTF8"] == "1"
    assert "ALBUMEN_HOME" not in engine_environment()
    assert engine_environment(tmp_path)["ALBUMEN_HOME"] == str(tmp_path)
