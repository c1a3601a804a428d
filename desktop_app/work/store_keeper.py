"""Keeps the candidates where the settings want them: those that lie elsewhere are brought there in the background."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal, SignalInstance

from desktop_app.album import candidate_store
from desktop_app.album.candidate_store import CandidateStore
from desktop_app.album.durable import writing_error
from desktop_app.settings import Settings, SettingsFile
from desktop_app.work.file_work import FileWork
from desktop_app.work.library import Library
from desktop_app.work.runner import Runner
from engine.base.errors import OutputForbidden


class StoreKeeper(QObject):
    """Meanwhile both folders are read. First everything is copied; what is left behind is deleted once no job runs that
    may be reading it. It may end at any moment: the next start goes on.
    """

    changed = Signal()
    """Another folder is in use, or an older one is no more."""
    progressed = Signal(int, int)
    """Files that were brought, and how many there are; equal at the end."""
    failed = Signal(object)
    """AlbumenError: the folder was not taken, or no more is brought in this session."""
    _copied = Signal(object)
    _cleared = Signal(object)

    def __init__(
        self,
        store: CandidateStore,
        settings: SettingsFile,
        runner: Runner,
        library: Library,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self._settings, self._runner = settings, runner
        self._stop = threading.Event()
        self._to_clear = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._copied.connect(self._on_copied)
        self._cleared.connect(self._on_cleared)
        library.changed.connect(lambda _: self._clear_when_idle())
        store.follow(settings.current.store_folder, settings.current.stores_before)

    def start(self) -> None:
        """Bring what older folders hold into the one in use; not while the chosen one is missing."""
        self._stop.set()  # what is on its way to another folder
        self._stop, self._to_clear = threading.Event(), False
        if self.store.older and self.store.missing is None:
            self._bring(self._copied, self.progressed.emit, clear=False)

    def choose(self, chosen: str) -> None:
        """Keep candidates in a folder of their own inside a chosen one from now on; empty: in the usual one."""
        target = candidate_store.folder_in(Path(chosen)) if chosen else self.store.usual
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(writing_error(error, target))
            return
        if not os.access(target, os.W_OK):
            self.failed.emit(OutputForbidden(path=target))
            return
        current = self._settings.current
        before = dict.fromkeys([*current.stores_before, current.store_folder or str(self.store.usual)])
        before.pop(str(target), None)
        self._settings.change(store_folder=str(target) if chosen else "", stores_before=tuple(before))
        self.use(self._settings.current)

    def use(self, settings: Settings) -> None:
        """Follow the settings; a chosen folder that came back is in use again."""
        before = self.store.folder, self.store.missing
        self.store.follow(settings.store_folder, settings.stores_before)
        if (self.store.folder, self.store.missing) != before:
            self.changed.emit()
            self.start()

    def close(self) -> None:
        """Stop after the file that is being copied."""
        self._stop.set()
        self._pool.waitForDone()

    def _bring(self, done: SignalInstance, progressed: Callable[[int, int], object], *, clear: bool) -> None:
        stop, sources, target = self._stop, self.store.older, self.store.folder

        def bring() -> None:  # on the other thread
            for source in sources:
                files = candidate_store.bring(source, target, progressed, stop.is_set)
                if clear and not stop.is_set():
                    candidate_store.clear(source, files)
            done.emit(stop)

        self._pool.start(FileWork(bring, self.failed.emit))

    def _on_copied(self, stop: threading.Event) -> None:
        if stop is self._stop and not stop.is_set():
            self._to_clear = True
            self._clear_when_idle()

    def _clear_when_idle(self) -> None:
        if self._to_clear and not self._runner.busy:
            self._to_clear = False
            self._bring(self._cleared, lambda done, total: None, clear=True)

    def _on_cleared(self, stop: threading.Event) -> None:
        if stop is not self._stop or stop.is_set():
            return
        gone = [str(folder) for folder in self.store.older if not folder.is_dir()]
        left = tuple(folder for folder in self._settings.current.stores_before if folder not in gone)
        self.store.follow(self._settings.change(stores_before=left).store_folder, left)
        self.changed.emit()
