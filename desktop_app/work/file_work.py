"""Work with files on a thread of the pool."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QRunnable

from engine.base.errors import AlbumenError

_logger = logging.getLogger(__name__)


class FileWork(QRunnable):
    """Does `work`; an AlbumenError goes to `failed`, such as a signal's `emit`, back to the window's thread."""

    def __init__(self, work: Callable[[], object], failed: Callable[[AlbumenError], object]) -> None:
        super().__init__()
        self._work, self._failed = work, failed

    def run(self) -> None:
        try:
            self._work()
        except AlbumenError as error:
            self._failed(error)
        except Exception:  # a thread's border
            _logger.exception("work with files ended early")
