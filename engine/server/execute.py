"""One job from its message to its answer; the border at which every exception becomes an event."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from engine.base.context import Context
from engine.base.errors import AlbumenError, BadMessage, Cancelled, InternalError, OutOfMemory
from engine.base.memory import is_out_of_memory
from engine.protocol import Done, Event, Failed, Job, Run, subject
from engine.server.paths import check_job
from engine.server.report import Emit, Reporter

Handler = Callable[[str, Any, Emit, Context], None]
"""Does one kind of job: `handler(job_id, job, emit, context)`."""
Handlers = Mapping[type[Job], Handler]

_logger = logging.getLogger(__name__)
_LONGEST_ARGUMENT = 4000  # some exceptions carry a list of every tensor of a network


def execute(run: Run, handlers: Handlers, emit: Emit, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Do one job here and now: emit its events, the last of them `Done` or `Failed`.

    Raises only what `emit` raises; an error that is not the user's is logged with its traceback.
    """
    started = time.monotonic()
    reporter = Reporter(run, emit)
    on_preview = None if reporter.preview_folder is None else reporter.preview
    context = Context(reporter.progress, on_preview, cancelled)
    answer: Event
    try:
        check_job(run.job)
        handler = handlers.get(type(run.job))
        if handler is None:
            raise BadMessage(detail=f"This worker does no {type(run.job).__name__}.")
        context.check()
        handler(run.id, run.job, reporter.emit, context)
        answer = Done(run.id, time.monotonic() - started, peak_memory_mb())
    except Cancelled:
        answer = Failed(run.id, "cancelled")
    except Exception as error:
        answer = failure(run.id, _as_albumen_error(error, run))
    reporter.emit(answer)


def failure(job_id: str, error: AlbumenError) -> Failed:
    """The event that carries an error, its arguments made fit for a line: not too long, and Unicode."""
    arguments = {
        name: value[:_LONGEST_ARGUMENT].encode(errors="replace").decode() for name, value in error.arguments.items()
    }
    return Failed(job_id, error.kind, arguments)


def peak_memory_mb() -> int:
    """Most memory this process has held so far, in MiB."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset) // 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (2**20 if sys.platform == "darwin" else 2**10)  # bytes on macOS, KiB elsewhere


def _as_albumen_error(error: Exception, run: Run) -> AlbumenError:
    if isinstance(error, AlbumenError):
        return error
    _logger.exception("job %s (%s) failed", run.id, type(run.job).__name__)
    if is_out_of_memory(error):
        return OutOfMemory(path=subject(run.job))
    return InternalError(detail=f"{type(error).__name__}: {error}")
