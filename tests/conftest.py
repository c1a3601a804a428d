"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Numbers with which the tests at random go on for longer than in the full run."""
    parser.addoption("--fuzz", type=int, default=None, help="files and lines to damage, of each kind (test_fuzz.py)")
    parser.addoption("--faults", type=int, default=20, help="restores during which something fails (test_faults.py)")
    parser.addoption("--seed", type=int, default=None, help="begin the tests at random with this seed")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Test data that belongs to the project."""
    return ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of photos, faces and weights that may lie beside the project; skips where it does not."""
    path = ROOT.parent / "shared"
    if not (path / "data").is_dir():
        pytest.skip("the folder of shared data is not beside the project")
    return path
