"""The ladder that a job goes down where memory runs out; the errors are those of torch and Python."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tiny_program import face_at, make_program, write_photo
from torch import Tensor

from engine.base import folders
from engine.base.context import Context
from engine.base.errors import OutOfMemory
from engine.base.memory import is_out_of_memory
from engine.networks.adm_unet import AdmUnet
from engine.networks.compact_unet import CompactUNet, CompactUNetConfig
from engine.networks.srcnn import Srcnn, SrcnnConfig
from engine.pipeline import memory
from engine.pipeline.memory import Ladder, Means, in_tiles, reach_px
from engine.pipeline.restore import restore
from engine.pipeline.state import ComputeState
from engine.protocol import CandidateReady, Event, MemoryShort, Restore, RestoreOptions

STEPS = 3


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    resources = make_program(tmp_path / "resources")
    monkeypatch.setattr(folders, "resources_dir", lambda: resources)
    monkeypatch.setattr(memory, "half_precision", lambda device: "bf16")  # torch has it on every processor
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path / "home"))
    return resources


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int, Tensor], bool]], list[int]]:
    """Makes prior calls fail, those for whose number and input the test says so; returns the widths of all calls."""
    forward = AdmUnet.forward

    def fail_where(fails: Callable[[int, Tensor], bool]) -> list[int]:
        widths: list[int] = []

        def failing(self: AdmUnet, x: Tensor, t: Tensor) -> Tensor:
            widths.append(len(x))
            if fails(len(widths), x):
                torch.empty(2**55, dtype=torch.uint8)
            return forward(self, x, t)

        monkeypatch.setattr(AdmUnet, "forward", failing)
        return widths

    return fail_where


def _job(tmp_path: Path, candidates: int = 3) -> Restore:
    photo = write_photo(tmp_path / "photo.png")
    options = RestoreOptions(strength=0.1, steps=STEPS, candidates=candidates, precision="fp32")
    return Restore(str(photo), str(tmp_path / "store"), (face_at(60, 70, 90),), options=options)


def _run(state: ComputeState, job: Restore) -> list[Event]:
    events: list[Event] = []
    restore("1", job, state, events.append, Context())
    return events


def _state(batch_width: int = 1) -> ComputeState:
    state = ComputeState("cpu")
    state._batch_width = batch_width
    return state


def _rungs(events: list[Event]) -> list[str]:
    return [event.rung for event in events if isinstance(event, MemoryShort)]


def _candidates(events: list[Event]) -> list[CandidateReady]:
    return [event for event in events if isinstance(event, CandidateReady)]


def test_one_candidate_at_a_time_where_four_are_too_many(
    tmp_path: Path, program: Path, short_of_memory: Callable[[Callable[[int, Tensor], bool]], list[int]]
) -> None:
    job = _job(tmp_path)
    alone = [Path(event.path).read_bytes() for event in _candidates(_run(_state(1), job))]
    shutil.rmtree(job.store)
    widths = short_of_memory(lambda call, x: len(x) > 1)
    events = _run(_state(4), job)
    assert _rungs(events) == ["narrow"]
    recipes = [event.recipe for event in _candidates(events)]
    assert [(r.index, r.rung, r.batch_width, r.precision) for r in recipes] == [
        (i, "narrow", 1, "fp32") for i in range(3)
    ]
    assert widths == [4] + [1] * 3 * STEPS
    assert [Path(event.path).read_bytes() for event in _candidates(events)] == alone


def test_finished_candidates_stay_and_the_one_in_hand_is_begun_anew(
    tmp_path: Path, program: Path, short_of_memory: Callable[[Callable[[int, Tensor], bool]], list[int]]
) -> None:
    calls = short_of_memory(lambda call, x: call == 2 * STEPS + 2)  # in the third of four candidates
    events = _run(_state(), _job(tmp_path, candidates=4))
    made = [(e.index, e.recipe.rung, e.recipe.precision) for e in _candidates(events)]
    assert made == [(0, "whole", "fp32"), (1, "whole", "fp32"), (2, "half", "bf16"), (3, "half", "bf16")]
    assert [type(e).__name__ for e in events[1:5]] == [
        "CandidateReady",
        "CandidateReady",
        "MemoryShort",
        "CandidateReady",
    ]
    assert len(calls) == 4 * STEPS + 2
    assert all(Path(e.path).is_file() for e in _candidates(events))


def test_where_no_rung_helps_the_job_is_refused_and_the_next_begins_whole(
    tmp_path: Path, program: Path, short_of_memory: Callable[[Callable[[int, Tensor], bool]], list[int]]
) -> None:
    enough: list[bool] = []
    short_of_memory(lambda call, x: not enough)
    state, job, events = _state(4), _job(tmp_path), []
    with pytest.raises(OutOfMemory) as caught:
        restore("1", job, state, events.append, Context())
    assert caught.value.arguments == {"path": job.photo}
    assert _rungs(events) == ["narrow", "half", "tiles"]
    assert _candidates(events) == []
    enough.append(True)
    assert {event.recipe.rung for event in _candidates(_run(state, job))} == {"whole"}


def test_a_model_far_beyond_the_memory_is_refused_before_it_is_read(tmp_path: Path, program: Path) -> None:
    listed = program / "models.toml"
    listed.write_text(listed.read_text().replace("size_px = 32\n", "size_px = 32\nmemory_mb = 1000000000\n"))
    for weights in (program / "models").iterdir():
        weights.write_bytes(b"not read")
    with pytest.raises(OutOfMemory):
        _run(_state(), _job(tmp_path))


def test_from_a_graphics_card_down_to_the_processor() -> None:
    """No card is needed to be short of its memory."""
    told: list[str] = []
    tried: list[tuple[str, str, int]] = []
    plan = SimpleNamespace(pair=SimpleNamespace(estimator=Srcnn(SrcnnConfig())))
    begin = Means("whole", torch.device("cuda"), "fp32", 4)
    ladder = Ladder("photo", ComputeState("cpu"), begin, lambda state, means: plan, told.append)

    def work(state: ComputeState, plan: object) -> str:
        tried.append((state.device.type, ladder.means.precision, state.batch_width))
        if state.device.type == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return "done"

    half = memory.half_precision(torch.device("cuda"))
    assert half in ("bf16", "fp16")
    assert ladder.do(work) == "done"
    assert told == ["narrow", "half", "tiles", "cpu"]
    on_cpu = memory.pick_precision("auto", torch.device("cpu"))
    assert tried == [
        ("cuda", "fp32", 4), ("cuda", "fp32", 1), ("cuda", half, 1), ("cuda", half, 1), ("cpu", on_cpu, 1),
    ]  # fmt: skip
    assert ladder.do(work) == "done"  # the rung is kept
    assert len(tried) == 6


@pytest.mark.parametrize(
    "error",
    [
        ValueError("out of memory"),
        RuntimeError("shapes differ"),
        RuntimeError("could not create a primitive descriptor for a convolution"),
    ],
)
def test_other_errors_are_not_tried_again(error: Exception) -> None:
    calls: list[int] = []
    plan = SimpleNamespace(pair=SimpleNamespace(estimator=torch.nn.Identity()))
    ladder = Ladder("p", ComputeState("cpu"), Means("whole", torch.device("cpu"), "fp32", 4), lambda s, m: plan, print)

    def work(state: ComputeState, plan: object) -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        ladder.do(work)
    assert calls == [1]
    assert not is_out_of_memory(error)


@pytest.mark.parametrize("unshuffle", [1, 2, 4])
def test_tiles_are_the_whole_where_a_network_looks_no_further(unshuffle: int) -> None:
    """Each pixel is computed from the same neighbourhood; only sums of another order differ."""
    torch.manual_seed(0)
    network = Srcnn(SrcnnConfig(unshuffle=unshuffle)).requires_grad_(False)
    picture = torch.rand(2, 3, 144, 272)
    assert torch.allclose(in_tiles(network)(picture), network(picture), atol=1e-6)


def test_a_network_that_looks_at_the_whole_face_has_no_tiles() -> None:
    network = CompactUNet(CompactUNetConfig(channels=(16, 32), blocks=(1, 1)))
    assert reach_px(network) is None
    with pytest.raises(ValueError, match="whole picture"):
        in_tiles(network)
