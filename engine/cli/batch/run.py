"""A run over many photos: compute workers take from one queue, the imaging worker writes what they made meanwhile."""

from __future__ import annotations

import hashlib
import os
import queue
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Never

from platformdirs import user_cache_path

from engine.base.errors import AlbumenError, Cancelled, NoSuchDevice, WorkerGivenUp, WorkerWontStart
from engine.base.naming import numbered
from engine.cli.batch.choices import Settings
from engine.cli.batch.estimate import Remaining
from engine.cli.batch.journal import Journal
from engine.cli.batch.photo import Restored, export_photo, keep_candidates, make_key, restore_photo, row_of
from engine.cli.batch.plan import Planned
from engine.cli.batch.report import Pictures, ReportRow, small_pictures
from engine.cli.batch.tally import Outcome, Tally
from engine.cli.report import ProgressLine, counted, duration, error_json, print_json
from engine.cli.workers import Workers
from engine.imaging.load import hash_photo
from engine.protocol import Announced, Event, MemoryShort, Progress, ReadPhoto

_NO_WORKER = (WorkerGivenUp, WorkerWontStart, NoSuchDevice)
"""What ends a worker for good, so that no photo is to blame."""
_LOOK_PX = 32
_KEPT_S = 30 * 24 * 3600
"""Candidates of a run that was never gone on with are removed after a month."""


class Run:
    """Does the photos of an iterator, each once; `total` is their number where that is known."""

    def __init__(
        self,
        settings: Settings,
        pool: list[Workers],
        journal: Journal,
        line: ProgressLine,
        left: Remaining | None = None,
        total: int | None = None,
    ) -> None:
        self._settings, self._pool, self._journal, self._line = settings, pool, journal, line
        self._left, self._total = left, total
        self._key = make_key(settings)
        self._stores = user_cache_path("albumen", appauthor=False) / "batch"
        self._outcomes: queue.SimpleQueue[tuple[int, Outcome | BaseException]] = queue.SimpleQueue()
        self._waiting: dict[int, Outcome] = {}
        self._taking = threading.Lock()
        self._taken = 0
        self._returned: list[tuple[int, Planned]] = []
        self._busy = len(pool)
        self.stopping = threading.Event()
        """Set where no further photo shall be begun; an iterator that waits for photos ends then."""

    def go(self, items: Iterator[Planned]) -> Tally:
        """Restore them and tell each in their order; Ctrl-C stops, and what is finished is told.

        Raises WorkerGivenUp, WorkerWontStart or NoSuchDevice where no worker is left to go on.
        """
        _remove_old(self._stores)
        tally, numbered = Tally(), zip(count(), items, strict=False)
        with ThreadPoolExecutor(1) as self._exporting, _signals_in_turn(self._outcomes):
            threads = [
                threading.Thread(target=self._work, args=(workers, numbered), daemon=True) for workers in self._pool
            ]
            try:
                for thread in threads:
                    thread.start()
                self._tell_all(tally, threads)
            except BaseException as error:
                self._halt(tally, threads)
                if not isinstance(error, KeyboardInterrupt):
                    raise
                tally.stopped = True
        return tally

    def look(self, scratch: Path, photo: Path) -> None:
        """Raise the error of a photo that cannot be opened; while `go` runs, from a thread that takes photos."""
        job = ReadPhoto(os.path.abspath(photo), str(scratch), _LOOK_PX)
        self._exporting.submit(self._pool[0].imaging, job, lambda event: None).result()

    # Telling, in the main thread

    def _tell_all(self, tally: Tally, threads: list[threading.Thread]) -> None:
        received = told = 0
        while True:
            working = any(thread.is_alive() for thread in threads)
            try:
                number, outcome = self._outcomes.get(timeout=0.2)
            except queue.Empty:
                if not working and received == self._taken:
                    return
                continue
            received += 1
            if isinstance(outcome, BaseException):
                raise outcome
            self._waiting[number] = outcome
            while told in self._waiting:
                self._tell(tally, told, self._waiting.pop(told))
                told += 1

    def _halt(self, tally: Tally, threads: list[threading.Thread]) -> None:
        """Stop the jobs in hand, let exports end, and tell what was finished meanwhile."""
        self.stopping.set()
        while any(thread.is_alive() for thread in threads):
            for workers in self._pool:
                workers.cancel()
            for thread in threads:
                thread.join(0.2)
        self._exporting.shutdown()
        while not self._outcomes.empty():
            number, outcome = self._outcomes.get()
            if isinstance(outcome, Outcome):
                self._waiting[number] = outcome
        for number, waiting in sorted(self._waiting.items()):
            self._tell(tally, number, waiting)

    def _tell(self, tally: Tally, number: int, outcome: Outcome) -> None:
        """One photo's line: a JSON object on stdout or a sentence on stderr."""
        row, photo = outcome.row, outcome.item.photo
        if not row:
            return
        failed, skipped = "error" in row, "skipped" in row
        tally.failed += failed
        tally.skipped += skipped
        tally.done += not failed and not skipped
        if outcome.restored is not None:
            tally.take(outcome.restored)
        tally.peak("imaging", outcome.imaging_mb)
        if self._settings.report:
            tally.rows.append(ReportRow(photo, row, outcome.pictures))
        if self._left is not None and outcome.restored is None:
            self._left.leave_out(number)
        self._line.clear()
        if self._settings.json:
            print_json({"path": str(photo), **row})
        if failed:
            self._line.note(row["error"]["sentence"])
        elif skipped and "faces" in row:
            self._line.note(f"{photo}: done already, see {row['output']}")
        elif skipped:
            self._line.note(f"{photo}: left out, {row['output']} is there already.")
        elif not self._settings.json:
            print(f"{photo} -> {row['output']} ({counted(len(row['faces']))}, {row['seconds']} s)", flush=True)

    # Restoring, one thread for each compute worker

    def _take(self, numbered: Iterator[tuple[int, Planned]]) -> tuple[int, Planned] | None:
        with self._taking:
            if self.stopping.is_set():
                taken = None
            elif self._returned:
                taken = self._returned.pop()
            else:
                taken = next(numbered, None)
                self._taken += taken is not None
            self._busy -= taken is None
            return taken

    def _work(self, workers: Workers, numbered: Iterator[tuple[int, Planned]]) -> None:
        try:
            while (taken := self._take(numbered)) is not None:
                number, item = taken
                try:
                    self._begin(number, item, workers)
                except _NO_WORKER as error:
                    with self._taking:
                        self._busy -= 1
                        if not self._busy:
                            raise
                        self._returned.append(taken)  # another worker does it
                    self._line.note(str(error))
                    return
                except (Cancelled, AlbumenError) as error:
                    self._conclude(number, partial(_raise, error), item)
        except Exception as error:  # raised again in the main thread
            self._outcomes.put((-1, error))

    def _begin(self, number: int, item: Planned, workers: Workers) -> None:
        if item.error is not None:
            raise item.error
        sha256 = hash_photo(item.photo)
        key = self._key(sha256, item.choice)
        store = self._stores / _store_name(key, item.photo, self._settings.output)
        entry = None if self._settings.again else self._journal.finished(key, item.photo)
        if entry is not None:
            shutil.rmtree(store, ignore_errors=True)  # of a run that was killed just before it did so
            known = entry.row | {"output": str((self._settings.output / entry.output).absolute()), "skipped": True}
            self._conclude(number, lambda: (known, 0), item)
            return
        if self._settings.overwrite == "skip" and item.output.exists():
            self._conclude(number, lambda: ({"output": str(item.output), "skipped": True}, 0), item)
            return
        started = time.monotonic()
        restored = restore_photo(
            workers, item.photo, store, item.choice, self._settings, lambda event: self._show(number, item, event)
        )
        if self._left is not None:
            self._left.done(number, time.monotonic() - started)
        self._conclude(number, lambda: self._written(number, item, key, sha256, restored, store), item, restored)

    def _show(self, number: int, item: Planned, event: Event) -> None:
        if isinstance(event, Progress):
            title = f"photo {number + 1}" + (f" of {self._total}" if self._total else "") + f", {item.photo.name}"
            left = self._left.seconds() if self._left is not None and (self._total or 0) > 1 else None
            self._line.show(title, event, left)
        elif isinstance(event, MemoryShort):
            self._line.note(f"{item.photo.name}: memory is short; it goes on with less ({event.rung}), and slower.")
        elif isinstance(event, Announced):
            self._line.note(f"{item.photo.name}: enlarging the background takes about {duration(event.seconds)}.")

    # Writing, one thread for the imaging worker

    def _conclude(
        self,
        number: int,
        make: Callable[[], tuple[dict[str, Any], int]],
        item: Planned,
        restored: Restored | None = None,
    ) -> None:
        """Have a photo's row made by the imaging worker's thread (its second value is that worker's peak memory)."""

        def conclude() -> None:
            try:
                row, peak_mb = make()
            except Cancelled:
                row, peak_mb = {}, 0
            except AlbumenError as error:
                row, peak_mb = error_json(error), 0
            except Exception as error:  # raised again in the main thread
                self._outcomes.put((number, error))
                return
            pictures = Pictures()
            if self._settings.report and row and not self.stopping.is_set():
                pictures = small_pictures(self._pool[0], self._settings.output, item.photo, row)
            self._outcomes.put((number, Outcome(item, row, restored, peak_mb, pictures)))

        self._exporting.submit(conclude)

    def _written(
        self, number: int, item: Planned, key: str, sha256: str, restored: Restored, store: Path
    ) -> tuple[dict[str, Any], int]:
        if self.stopping.is_set():
            raise Cancelled
        settings, choice = self._settings, item.choice
        output = (item.output if settings.overwrite == "skip" else free_name(item.output)).absolute()
        kept = keep_candidates(output, restored) if settings.keep_candidates else {}
        row = row_of(restored, output, choice, restored.seconds, kept)
        begun = self._journal.begin(key, item.photo, sha256, output, row, self._pool[0].imaging_pid())
        written = export_photo(
            self._pool[0], item.photo, restored, output, choice, settings, lambda event: self._show(number, item, event)
        )
        if written.path is None:
            return {"output": str(output), "skipped": True}, written.peak_mb
        row |= {"output": str(written.path), "seconds": round(restored.seconds + written.seconds, 2)}
        self._journal.end(begun, written.path, row)
        shutil.rmtree(store, ignore_errors=True)
        return row, written.peak_mb


def _raise(error: Exception) -> Never:
    raise error


@contextmanager
def _signals_in_turn(outcomes: queue.SimpleQueue[tuple[int, Outcome | BaseException]]) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM comes as an outcome and so interrupts the telling of none; the next one raises."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def as_before() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def asked(number: int, frame: object) -> None:
        as_before()
        outcomes.put((-1, KeyboardInterrupt()))

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, asked)
    try:
        yield
    finally:
        as_before()


def free_name(path: Path) -> Path:
    """The first of NAME.EXT, NAME-2.EXT, ... that is not there."""
    return next(name for name in numbered(path) if not os.path.lexists(name))


def _store_name(key: str, photo: Path, output: Path) -> str:
    """A folder of its own for each photo of each run, the same when the run is gone on with."""
    parts = [key, os.path.abspath(photo), os.path.abspath(output)]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]


def _remove_old(stores: Path) -> None:
    with suppress(OSError):
        for store in stores.iterdir():
            if time.time() - store.stat().st_mtime > _KEPT_S:
                shutil.rmtree(store, ignore_errors=True)
