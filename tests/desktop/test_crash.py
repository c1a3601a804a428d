"""What went wrong is written down, offered once at the next start, and leaves nothing behind after a good end."""

from __future__ import annotations

import faulthandler
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.crash import CrashLog

ABOUT = "Albumen 1, some system"


@pytest.fixture(autouse=True)
def hooks_as_before() -> Iterator[None]:
    before = sys.excepthook, threading.excepthook, faulthandler.is_enabled()
    yield
    sys.excepthook, threading.excepthook, enabled = before
    if enabled:
        faulthandler.enable()
    else:
        faulthandler.disable()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "crash.txt"


def raise_in_hook(error: Exception) -> None:
    """As the interpreter does with what nobody caught."""
    try:
        raise error
    except Exception as caught:
        sys.excepthook(type(caught), caught, caught.__traceback__)


def test_a_good_end_leaves_no_file(path: Path) -> None:
    crash = CrashLog(path, ABOUT)
    assert crash.of_last_run == ""
    crash.install(lambda text: None)
    assert path.exists()
    crash.close()
    assert list(path.parent.iterdir()) == []


def test_an_uncaught_error_is_told_written_and_offered_once(path: Path) -> None:
    told: list[str] = []
    crash = CrashLog(path, ABOUT)
    crash.install(told.append)
    raise_in_hook(ValueError("the boat is full"))
    crash.close()
    assert told == ["ValueError: the boat is full"]
    after = CrashLog(path, ABOUT).of_last_run
    assert after.startswith(ABOUT)
    assert "Traceback" in after
    assert after.endswith("ValueError: the boat is full")
    assert CrashLog(path, ABOUT).of_last_run == ""


def test_an_error_of_another_thread_is_written_too(path: Path) -> None:
    told: list[str] = []
    crash = CrashLog(path, ABOUT)
    crash.install(told.append)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    crash.close()
    assert told == ["ZeroDivisionError: division by zero"]
    assert "ZeroDivisionError" in CrashLog(path, ABOUT).of_last_run


def test_ctrl_c_is_no_crash(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crash = CrashLog(path, ABOUT)
    crash.install(lambda text: pytest.fail(text))
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    crash.close()
    assert not path.exists()


def test_the_stack_of_a_hard_crash_is_offered(path: Path) -> None:
    code = (
        "import ctypes, sys, pathlib; from desktop_app.crash import CrashLog;"
        f"CrashLog(pathlib.Path({str(path)!r}), 'about').install(print); ctypes.string_at(0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120)
    assert ran.returncode != 0
    assert "string_at" in CrashLog(path, ABOUT).of_last_run


def test_a_folder_that_takes_no_file_costs_the_log_only(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    told: list[str] = []
    crash = CrashLog(tmp_path / "logs" / "crash.txt", ABOUT)
    assert crash.of_last_run == ""
    crash.install(told.append)
    raise_in_hook(ValueError("1"))
    crash.close()
    assert told == ["ValueError: 1"]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_the_file_may_be_deleted_while_the_window_is_open(path: Path) -> None:
    crash = CrashLog(path, ABOUT)
    crash.install(lambda text: None)
    path.unlink(missing_ok=True)
    crash.close()
    assert not path.exists()
