"""Tells where the window's thread did not come back to its event loop in time.

A timer of the event loop notes each beat: how much processor time the thread has used, and the clock. Another thread
looks at it every few milliseconds and adds up, since the last beat, the two ways in which the window can stand still:

* **busy**: the thread used the processor. Its own processor time is counted, not the clock: where the machine gives the
  processor to others, none passes.
* **waiting**: the thread was asleep in a call: a file, a lock, another process, `sleep`. The kernel says whether it
  sleeps or would run if it could (`/proc/self/task/ID/stat`), and how often it fell asleep (`status`). Time counts as
  waiting where it slept through from one look to the next. A thread that waits for the interpreter's lock wakes every
  5 ms to ask for it, so that is not counted: it says only that other threads were given the processor.

More than the limit of either, or of both together, is a block, and the stack of the thread at the look that found it
goes into the report. Where the thread kept the interpreter's lock in one long call, no look came between: it is found
at the next beat and told with the last stack that is known. Each gap between two beats is told once.

So a machine that is merely busy blocks nothing. A slow one takes more processor time for the same work: the environment
variable `ALBUMEN_WATCHDOG_SCALE` multiplies the limit. Without `/proc` (macOS, Windows) the clock counts as waiting.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from PySide6.QtCore import QObject, Qt, QTimer

LIMIT_S = 0.1
_BEAT_MS = 5
_LOOK_S = 0.012
"""More than the 5 ms after which a thread asks for the interpreter's lock again."""


@dataclass(frozen=True)
class Block:
    """A gap between two beats in which the thread was busy or waiting for longer than the limit."""

    busy_s: float
    waiting_s: float
    stack: str

    def __str__(self) -> str:
        return f"{1000 * self.busy_s:.0f} ms busy, {1000 * self.waiting_s:.0f} ms waiting, in:\n{self.stack}"


class _Clock:
    """What the kernel tells of one thread; may be asked from another."""

    def __init__(self) -> None:
        """Of the thread that calls this."""
        self._proc = Path(f"/proc/self/task/{threading.get_native_id()}")
        self._has_proc = self._proc.is_dir()
        ident = threading.get_ident()
        self._cpu = time.pthread_getcpuclockid(ident) if hasattr(time, "pthread_getcpuclockid") else None

    def busy_s(self) -> float:
        return time.clock_gettime(self._cpu) if self._cpu is not None else 0.0

    def sleep(self) -> int | None:
        """A number that is the same as long as the thread sleeps through; None while it is awake."""
        if not self._has_proc:
            return -1
        state = (self._proc / "stat").read_text().rpartition(")")[2].split()[0]
        if state not in ("S", "D"):
            return None
        lines = (self._proc / "status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


class Watchdog(QObject):
    """A context, entered on the window's thread; leaving it fails where there was a block.

    `blocks` may be looked at and cleared meanwhile, for what is known to be slow.
    """

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        super().__init__()
        self._limit_s = limit_s * float(os.environ.get("ALBUMEN_WATCHDOG_SCALE", "1"))
        self.blocks: list[Block] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        self._clock, self._ident = _Clock(), threading.get_ident()
        self._begin_gap()
        self._timer.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.stop()
        self._end.set()
        self._thread.join()
        if kind is None:
            self.check()

    def check(self) -> None:
        """Fail where there was a block so far."""
        assert not self.blocks, "the window's thread stood still:\n\n" + "\n".join(map(str, self.blocks))

    def _begin_gap(self) -> None:
        self._busy_at_beat_s = self._clock.busy_s()
        self._waiting_s = 0.0
        self._told = False
        self._stack = ""

    def _beat(self) -> None:
        with self._lock:
            self._judge("")
            self._begin_gap()

    def _judge(self, stack: str) -> None:
        busy_s = self._clock.busy_s() - self._busy_at_beat_s
        if not self._told and busy_s + self._waiting_s > self._limit_s:
            self._told = True
            last = self._stack or "one call that kept the interpreter's lock\n"
            self.blocks.append(Block(busy_s, self._waiting_s, stack or last))

    def _look(self) -> None:
        """On the other thread."""
        slept, at_s = self._clock.sleep(), time.monotonic()
        while not self._end.wait(_LOOK_S):
            sleeps, now_s = self._clock.sleep(), time.monotonic()
            frame = sys._current_frames().get(self._ident)
            with self._lock:
                if sleeps is not None and sleeps == slept:
                    self._waiting_s += now_s - at_s
                self._stack = "".join(traceback.format_stack(frame))
                self._judge(self._stack)
            slept, at_s = sleeps, now_s
