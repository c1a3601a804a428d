"""The models worker behind the models page: what is there, checking, importing, licences, and fetching when asked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop_app.engine_link.supervisor import Supervisor
from engine.base.errors import AlbumenError
from engine.protocol import (
    AcceptLicence,
    Done,
    Event,
    FetchModel,
    ImportModel,
    Job,
    ListModels,
    ModelInfo,
    ModelsListed,
    ModelsVerified,
    Progress,
    VerifyModels,
)


class ModelsWork(QObject):
    """Nothing here touches the network but `fetch`, which only the user's own click calls."""

    models_listed = Signal(object)
    """Tuple of ModelInfo."""
    checking = Signal(float)
    checked = Signal(object)
    """Tuple of ModelFile."""
    check_failed = Signal(object)
    fetching = Signal(str, float, object)
    """Model id, fraction, seconds left or None."""
    fetch_ended = Signal(str, object)
    """Model id, AlbumenError or None."""
    failed = Signal(object)
    """AlbumenError of an import or of a licence."""

    def __init__(self, supervisor: Supervisor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._supervisor = supervisor
        self._jobs: dict[str, Job] = {}
        self.models: tuple[ModelInfo, ...] = ()
        supervisor.job_event.connect(self._on_event)
        supervisor.job_done.connect(self._on_done)
        supervisor.job_failed.connect(self._on_failed)
        supervisor.job_cancelled.connect(self._on_cancelled)

    def list(self) -> None:
        """Ask which models there are."""
        self._submit(ListModels())

    def check(self) -> None:
        """Have every file of weights compared with its SHA-256."""
        self._submit(VerifyModels())

    def import_file(self, path: Path, as_id: str | None = None) -> None:
        """Take weights or a pack from a file."""
        self._submit(ImportModel(str(path), as_id))

    def accept_licence(self, model_id: str) -> None:
        self._submit(AcceptLicence(model_id))

    def fetch(self, model_id: str) -> None:
        """Load published weights over the network."""
        self._submit(FetchModel(model_id))

    def cancel_fetch(self, model_id: str) -> None:
        for job_id, job in list(self._jobs.items()):
            if job == FetchModel(model_id):
                self._supervisor.cancel(job_id)

    def _submit(self, job: Job) -> None:
        self._jobs[self._supervisor.submit(job)] = job

    def _on_event(self, job_id: str, event: Event) -> None:
        job = self._jobs.get(job_id)
        match event:
            case ModelsListed() if job is not None:
                self.models = event.models
                self.models_listed.emit(event.models)
            case ModelsVerified() if job is not None:
                self.checked.emit(event.files)
            case Progress() if isinstance(job, VerifyModels):
                self.checking.emit(event.fraction)
            case Progress() if isinstance(job, FetchModel):
                self.fetching.emit(job.model, event.fraction, event.seconds_left)

    def _on_done(self, job_id: str, done: Done) -> None:
        job = self._jobs.pop(job_id, None)
        if isinstance(job, FetchModel):
            self.fetch_ended.emit(job.model, None)
        if isinstance(job, FetchModel | ImportModel | AcceptLicence):
            self._supervisor.restart("compute")  # it lists its models once, at its start

    def _on_failed(self, job_id: str, error: AlbumenError) -> None:
        job = self._jobs.pop(job_id, None)
        if isinstance(job, FetchModel):
            self.fetch_ended.emit(job.model, error)
        elif isinstance(job, VerifyModels):
            self.check_failed.emit(error)
        elif job is not None:
            self.failed.emit(error)

    def _on_cancelled(self, job_id: str) -> None:
        job = self._jobs.pop(job_id, None)
        if isinstance(job, FetchModel):
            self.fetch_ended.emit(job.model, None)
