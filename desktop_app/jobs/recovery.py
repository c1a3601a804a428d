"""The queue after the program ended, in whatever way."""

from __future__ import annotations

from desktop_app.album.records import Change
from desktop_app.jobs.queue import QueueStore


def recover(store: QueueStore) -> Change:
    """What was running waits again, at its place; candidates it had finished are in the edit already."""
    return store.requeue_running()
