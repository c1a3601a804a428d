"""How a worker is started, from the sources, an installed package or a frozen application."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

from engine.protocol import Role

Priority = Literal["low", "normal"]
"""low: the user's other programs go first."""


def engine_command(
    role: Role, *, device: str = "auto", threads: int | None = None, priority: Priority = "low"
) -> list[str]:
    """Program and arguments of a worker: the `albumen-engine` beside a frozen application, else this Python.

    `-P` keeps the current folder out of the import path: it may be a folder of photos with any file in it.
    """
    if getattr(sys, "frozen", False):
        program = Path(sys.executable)
        command = [str(program.with_name("albumen-engine" + program.suffix))]
    else:
        command = [sys.executable, "-P", "-m", "engine.server"]
    command += ["--role", role]
    if device != "auto":
        command += ["--device", device]
    if threads is not None:
        command += ["--threads", str(threads)]
    if priority != "low":
        command += ["--priority", priority]
    return command


def engine_environment(data_dir: Path | None = None) -> dict[str, str]:
    """The environment of a worker: this process's own, UTF-8, and the user's data folder where it is another one."""
    environment = {**os.environ, "PYTHONUTF8": "1"}
    if data_dir is not None:
        environment["ALBUMEN_HOME"] = str(data_dir)  # read by engine.base.folders
    return environment
