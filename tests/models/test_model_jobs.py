"""What the worker for models tells about the lists, and what its jobs change."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import save_file
from small_models import PUBLISHED, random_weights

from engine.base.context import Context
from engine.base.errors import LicenceNotAccepted, UnknownModel, UsageError
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
from engine.server.model_jobs import accept, fetch_missing, import_file, list_all, verify_all


def listed(events: list[Event]) -> dict[str, ModelInfo]:
    (event,) = events
    assert isinstance(event, ModelsListed)
    return {model.id: model for model in event.models}


def infos() -> dict[str, ModelInfo]:
    events: list[Event] = []
    list_all("1", ListModels(), events.append, Context())
    return listed(events)


def test_a_shipped_model_is_ready_with_its_defaults(program: Path, home: Path) -> None:
    starter = infos()["starter"]
    assert (starter.kind, starter.stages, starter.use) == ("model", ("estimator", "prior"), "any")
    assert (starter.strength, starter.largest_strength, starter.eta, starter.steps) == (0.2, 0.499, 0.25, 10)
    assert (starter.missing, starter.accepted, starter.licence_text, starter.fetch) == ((), True, "", False)
    assert starter.bytes == sum(path.stat().st_size for path in (program / "models").iterdir())


def test_a_model_under_conditions_shows_them(program: Path, home: Path) -> None:
    published = infos()["published"]
    assert (published.missing, published.accepted) == (("published-estimator",), False)
    assert published.licence_text == "Only on Sundays."
    assert published.bytes is None
    assert not published.fetch  # the list has no address


def test_models_come_first_and_weights_are_told_what_they_can(program: Path, home: Path) -> None:
    kinds = [model.kind for model in infos().values()]
    assert kinds == sorted(kinds)
    prior, estimator = infos()["starter-prior"], infos()["published-estimator"]
    assert (prior.strength, prior.largest_strength, prior.steps) == (0.0, 0.0, 0)  # nothing to choose by itself
    assert (estimator.strength, estimator.largest_strength) == (0.2, 0.499)  # with the starter's prior


def test_what_is_missing_can_be_fetched_where_there_is_an_address(program: Path, home: Path) -> None:
    text = (program / "models.toml").read_text()
    source = 'source = "https://example.org/published.pth"'
    address = f'{source}\nurl = "https://example.org/published.pth"\nsource_bytes = 77'
    (program / "models.toml").write_text(text.replace(source, address))
    assert infos()["published"].fetch
    assert infos()["published-estimator"].bytes == 77
    with pytest.raises(LicenceNotAccepted):
        fetch_missing("1", FetchModel("published"), print, Context())


def test_accepting_importing_and_listing_anew(program: Path, home: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    accept("1", AcceptLicence("published"), events.append, Context())
    assert listed(events)["published"].accepted
    save_file(random_weights("srcnn", PUBLISHED), tmp_path / "weights.safetensors")
    events.clear()
    import_file("1", ImportModel(str(tmp_path / "weights.safetensors")), events.append, Context())
    assert listed(events)["published"].missing == ()
    fetch_missing("1", FetchModel("published"), events.append, Context())  # nothing is missing, so nothing is asked for
    with pytest.raises(UsageError):
        import_file("1", ImportModel(str(tmp_path / "no-such-file")), events.append, Context())
    with pytest.raises(UnknownModel):
        accept("1", AcceptLicence("no-such-model"), events.append, Context())


def test_files_are_verified_with_progress(program: Path, home: Path) -> None:
    (program / "models" / "starter-prior.safetensors").unlink()
    events: list[Event] = []
    told: list[float] = []
    verify_all("1", VerifyModels(), events.append, Context(lambda stage, fraction: told.append(fraction)))
    (event,) = events
    assert isinstance(event, ModelsVerified)
    assert [(file.id, file.state) for file in event.files] == [
        ("starter-estimator", "ok"),
        ("starter-prior", "missing"),
    ]
    assert event.files[0] == ModelFile(
        "starter-estimator", str(program / "models" / "starter-estimator.safetensors"), "ok"
    )
    assert told == sorted(told)
