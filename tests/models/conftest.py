"""A user's folder of the test's own, and a small program."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import save_file
from small_models import LIST, PRIOR, SRCNN, random_weights

from engine.base import folders


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder in the place of the user's."""
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path) -> Path:
    """Resources with a list of small models, of which the starter pair is there; returns the folder."""
    resources = tmp_path / "resources"
    (resources / "models").mkdir(parents=True)
    (resources / "licences").mkdir()
    (resources / "licences" / "conditions.txt").write_text("Only on Sundays.")
    (resources / "models.toml").write_text(LIST)
    save_file(random_weights("srcnn", SRCNN), resources / "models" / "starter-estimator.safetensors")
    save_file(random_weights("adm_unet", PRIOR), resources / "models" / "starter-prior.safetensors")
    monkeypatch.setattr(folders, "resources_dir", lambda: resources)
    return resources
