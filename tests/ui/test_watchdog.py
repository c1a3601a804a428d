"""The watchdog finds calls that block the window's thread, with their stack, and takes a busy machine for none."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from watchdog import Watchdog

LONG_S = 0.4
"""Four times the limit, so that neither a coarse clock nor a late look can miss it."""


def run(*slots: Callable[[], object], for_s: float = 0.3) -> None:
    """Have the event loop call slots, one each time it comes round."""
    loop = QEventLoop()
    for n, slot in enumerate(slots):
        QTimer.singleShot(20 + 10 * n, slot)
    QTimer.singleShot(round(1000 * for_s), loop.quit)
    loop.exec()


def sleep_long() -> None:
    time.sleep(LONG_S)


def compute_long() -> None:
    until = time.thread_time() + LONG_S
    while time.thread_time() < until:
        pass


def wait_for_a_process() -> None:
    subprocess.run([sys.executable, "-S", "-c", f"import time; time.sleep({LONG_S})"], check=True)


def wait_for_a_lock() -> None:
    threading.Event().wait(LONG_S)


@pytest.mark.parametrize("block", [sleep_long, compute_long, wait_for_a_process, wait_for_a_lock])
def test_a_blocking_call_fails_with_its_stack(app: QApplication, block: Callable[[], None]) -> None:
    with pytest.raises(AssertionError, match=block.__name__), Watchdog():
        run(block)


def test_a_call_that_keeps_the_interpreters_lock_is_found(app: QApplication) -> None:
    def count() -> None:
        until = time.thread_time() + LONG_S
        while time.thread_time() < until:
            sum(range(3_000_000))  # one call, some 30 ms

    with pytest.raises(AssertionError, match="stood still"), Watchdog():
        run(count)


def test_each_gap_is_told_once(app: QApplication) -> None:
    watchdog = Watchdog()
    with watchdog:
        run(sleep_long, sleep_long, for_s=1.2)
        assert len(watchdog.blocks) == 2
        watchdog.blocks.clear()


def test_short_work_and_idling_block_nothing(app: QApplication) -> None:
    with Watchdog():
        run(*[lambda: time.sleep(0.01)] * 20, for_s=0.5)


def test_other_threads_at_work_block_nothing(app: QApplication) -> None:
    """As while an import or the store is busy: the window's thread waits its turn for the interpreter's lock."""
    end = threading.Event()

    def compute() -> None:
        while not end.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=compute) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        with Watchdog():
            run(*[lambda: None] * 20, for_s=0.6)
    finally:
        end.set()
        for thread in threads:
            thread.join()


def test_a_nested_event_loop_is_no_block(app: QApplication) -> None:
    with Watchdog():
        run(lambda: run(for_s=0.4), for_s=0.6)


def test_the_limit_is_scaled_for_slow_machines(app: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_WATCHDOG_SCALE", "20")
    with Watchdog():
        run(sleep_long)
