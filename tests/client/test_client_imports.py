"""What importing the client's side loads, asked of a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "cv2", "numpy", "PIL", "PySide6", "PyQt6")


@pytest.mark.parametrize(
    "module",
    ["engine.protocol", "engine.client.blocking", "engine.client.session", "engine.client.command", "engine.server"],
)
def test_nothing_heavy_is_imported(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []


@pytest.mark.parametrize("module", ["engine.protocol", "engine.client.blocking"])
def test_the_client_imports_only_the_protocol_and_the_base(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in sys.modules if name.startswith('engine.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    allowed = ("engine.protocol", "engine.client", "engine.base")
    assert module in loaded
    assert [name for name in loaded if not name.startswith(allowed)] == []
