"""A job that is asked for again, or goes on after it was stopped, makes only what is not in the store yet."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tiny_program import face_at, make_program, write_photo, write_weights

from engine.base import folders
from engine.base.context import Context
from engine.base.errors import Cancelled, WeightsMissing
from engine.estimate import damage
from engine.networks.adm_unet import AdmUnet
from engine.pipeline.restore import restore
from engine.pipeline.state import ComputeState
from engine.protocol import BestChosen, CandidateReady, Event, Restore, RestoreOptions

FACES = (face_at(60, 70, 90), face_at(105, 90, 60))


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    resources = make_program(tmp_path / "resources")
    monkeypatch.setattr(folders, "resources_dir", lambda: resources)
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path / "home"))
    return resources


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the width of each prior call."""
    told: list[int] = []
    forward = AdmUnet.forward

    def counted(self: AdmUnet, x: object, *rest: object) -> object:
        told.append(len(x))  # type: ignore[arg-type]
        return forward(self, x, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(AdmUnet, "forward", counted)
    return told


def _run(state: ComputeState, job: Restore, context: Context | None = None) -> list[Event]:
    events: list[Event] = []
    restore("1", job, state, events.append, context or Context())
    return events


def _job(tmp_path: Path, **options: object) -> Restore:
    photo = write_photo(tmp_path / "photo.png")
    chosen = {"steps": 3, "candidates": 3, "precision": "fp32"} | options
    return Restore(str(photo), str(tmp_path / "store"), FACES, options=RestoreOptions(**chosen))  # type: ignore[arg-type]


def _store(tmp_path: Path) -> dict[str, tuple[bytes, int]]:
    return {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in (tmp_path / "store").iterdir()}


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("strength", [None, 0.1, 0.0])
def test_a_repeated_job_makes_no_prior_call(
    tmp_path: Path, program: Path, calls: list[int], monkeypatch: pytest.MonkeyPatch, strength: float | None, width: int
) -> None:
    monkeypatch.setattr(ComputeState, "batch_width", width)
    monkeypatch.setattr(damage, "SHARE_BY_SHARPNESS", ((0.49, 1.0), (0.5, 0.0)))  # a picture of 32 pixels has 0.497
    job = _job(tmp_path, strength=strength, steps=None if strength is None else 3)
    first, before = _run(ComputeState("cpu"), job), _store(tmp_path)
    assert bool(calls) is (strength != 0)
    calls.clear()
    again = _run(ComputeState("cpu"), job)
    assert calls == []
    assert again == first
    assert _store(tmp_path) == before


@pytest.mark.parametrize("width", [1, 2])
def test_a_job_that_was_stopped_goes_on_where_it_was(
    tmp_path: Path, program: Path, calls: list[int], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Each candidate takes three calls; stopped in the fourth batch of a job of 2 faces x 3 candidates."""
    monkeypatch.setattr(ComputeState, "batch_width", width)
    job = _job(tmp_path, strength=0.1)
    whole = _run(ComputeState("cpu"), job)
    wanted = {name: content for name, (content, _) in _store(tmp_path).items()}
    in_all = len(calls)
    calls.clear()
    job = Restore(job.photo, str(tmp_path / "other"), job.faces, options=job.options)
    with pytest.raises(Cancelled):
        _run(ComputeState("cpu"), job, Context(cancelled=lambda: len(calls) == in_all // 2 + 1))
    kept = len(list((tmp_path / "other").glob("*.png")))
    assert kept == 3
    calls.clear()
    after = _run(ComputeState("cpu"), job)
    assert len(calls) == in_all // 2
    assert {f.name: f.read_bytes() for f in (tmp_path / "other").iterdir()} == wanted

    def told(events: list[Event]) -> set[object]:
        keys = {(e.face, e.index, e.recipe) for e in events if isinstance(e, CandidateReady)}
        return keys | {(e.face, e.index) for e in events if isinstance(e, BestChosen)}

    assert told(after) == told(whole)


def test_a_damaged_candidate_is_made_again_alone(tmp_path: Path, program: Path, calls: list[int]) -> None:
    job = _job(tmp_path, strength=0.1)
    first = [e for e in _run(ComputeState("cpu"), job) if isinstance(e, CandidateReady)]
    before = _store(tmp_path)
    lost = Path(first[1].path)
    lost.write_bytes(lost.read_bytes()[:-40])
    calls.clear()
    assert {e.path for e in _run(ComputeState("cpu"), job) if isinstance(e, CandidateReady)} == {e.path for e in first}
    assert calls == [ComputeState("cpu").batch_width] * 3
    assert {name: content for name, (content, _) in _store(tmp_path).items()} == {n: c for n, (c, _) in before.items()}


def test_weights_that_are_changed_or_gone_are_noticed_by_the_next_job(tmp_path: Path, program: Path) -> None:
    state, job = ComputeState("cpu"), _job(tmp_path, strength=0.1)
    kept = state.pair("starter")
    assert state.pair("starter") is kept
    file = program / "models" / "starter-prior.safetensors"
    first = [e for e in _run(state, job) if isinstance(e, CandidateReady)]
    new = tmp_path / "new.safetensors"
    write_weights(new, "prior", seed=9)
    os.replace(new, file)
    other = [e for e in _run(state, job) if isinstance(e, CandidateReady)]
    assert state.pair("starter") is not kept
    assert other[0].recipe.prior != first[0].recipe.prior
    assert Path(other[0].path).read_bytes() != Path(first[0].path).read_bytes()
    file.unlink()
    with pytest.raises(WeightsMissing, match=file.name):
        _run(state, job)
    write_weights(file, "prior", seed=0)
    assert [e for e in _run(state, job) if isinstance(e, CandidateReady)] == first
