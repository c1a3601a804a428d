"""The jobs of the worker for models; only what reads weights imports torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.base.context import Context
from engine.diffusion.schedule import strength_from_start_step
from engine.models.fetch import can_fetch, fetch_model
from engine.models.licences import accept_licence, licences_of
from engine.models.listing import ModelRow, list_models, verify
from engine.models.packs import Catalogue, catalogue
from engine.protocol import (
    AcceptLicence,
    Event,
    FetchModel,
    ImportModel,
    ListModels,
    ModelFile,
    ModelInfo,
    ModelsListed,
    ModelsVerified,
    VerifyModels,
)

Emit = Callable[[Event], None]


def list_all(job_id: str, job: ListModels, emit: Emit, context: Context) -> None:
    """Tell which models and weights there are."""
    library = catalogue()
    emit(ModelsListed(job_id, tuple(_info(row, library) for row in list_models())))


def verify_all(job_id: str, job: VerifyModels, emit: Emit, context: Context) -> None:
    """Hash every file of weights that should be there; Cancelled between two."""
    share = context.share(0.0, 1.0, "verify")
    count = len(catalogue().weights)
    files = []
    for check in verify():
        files.append(ModelFile(check.id, str(check.path), check.state))
        share.report(len(files) / count)
    emit(ModelsVerified(job_id, tuple(files)))


def import_file(job_id: str, job: ImportModel, emit: Emit, context: Context) -> None:
    """Install weights or a pack; raises what `import_model` raises."""
    from engine.models.imports import import_model  # with torch

    import_model(Path(job.file), job.as_id)
    list_all(job_id, ListModels(), emit, context)


def accept(job_id: str, job: AcceptLicence, emit: Emit, context: Context) -> None:
    """Note that a licence is accepted; raises UnknownModel, and what writing raises."""
    accept_licence(job.model)
    list_all(job_id, ListModels(), emit, context)


def fetch_missing(job_id: str, job: FetchModel, emit: Emit, context: Context) -> None:
    """Fetch and install what is missing of a model; raises what `fetch_model` raises."""
    fetch_model(job.model, context)
    list_all(job_id, ListModels(), emit, context)


def _info(row: ModelRow, library: Catalogue) -> ModelInfo:
    texts = {licence.text: None for licence in licences_of(row.id)}  # each once: parts often share theirs
    usable = row.id in library.models or row.stages == ("estimator",)
    model = library.find_model(row.id) if usable else None
    prior = library.weights[model.prior].weights if model and model.prior else None
    return ModelInfo(
        id=row.id,
        name=row.name,
        kind=row.kind,
        stages=row.stages,
        use=row.use,
        licence=row.licence,
        licence_text="\n\n".join(texts),
        accepted=row.accepted,
        missing=row.missing,
        bytes=row.bytes,
        where=row.where,
        fetch=can_fetch(library.parts(row.id)),
        strength=model.strength if model else 0.0,
        largest_strength=strength_from_start_step(prior.max_start_step or 0) if prior else 0.0,
        eta=model.eta if model else 0.0,
        steps=model.steps if model else 0,
    )
