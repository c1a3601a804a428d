"""The workers `imaging` (never torch), `compute` and `models`: jobs come in as lines on stdin, events leave on stdout.

Importing this loads neither torch nor cv2. `execute` runs one job in the calling process.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from typing import get_args

from engine.base.device import device_name
from engine.protocol import Role
from engine.server.execute import Handler, Handlers, execute
from engine.server.report import Emit
from engine.server.roles import prepare
from engine.server.wire import Wire
from engine.server.worker import Worker

__all__ = ["Emit", "Handler", "Handlers", "execute", "main", "prepare"]

_NICE = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Be a worker until stdin ends; returns the exit code (1 where the worker could not get ready)."""
    wire = Wire.take_stdio()
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the client decides what it means
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    options = _parse(arguments)
    if options.priority == "low":
        _give_way()
    start = partial(prepare, options.role, options.device, options.threads)
    return Worker(options.role, start, wire).serve()


def _give_way() -> None:
    """Let the user's other programs go first; the threads that are started later do so too."""
    if sys.platform == "win32":
        import psutil

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(_NICE)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="albumen-engine", description="A worker of Albumen; programs talk to it.")
    parser.add_argument("--role", choices=get_args(Role), required=True)
    parser.add_argument("--device", type=device_name, default="auto", help="where compute runs")
    parser.add_argument("--threads", type=int, help="processor threads to use (default: what the libraries choose)")
    parser.add_argument("--priority", choices=("low", "normal"), default="low", help="low: other programs go first")
    options = parser.parse_args(arguments)
    if options.role != "compute" and options.device != "auto":
        parser.error("only a compute worker chooses a device")
    if options.threads is not None and options.threads < 1:
        parser.error("there is at least one thread")
    return options
