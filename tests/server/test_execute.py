"""One job in process: what a handler does becomes an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.base.context import Context
from engine.base.errors import Cancelled, PhotoDamaged
from engine.protocol import (
    AcceptLicence,
    BlendSettings,
    BrushMask,
    CandidateReady,
    Compose,
    Done,
    Event,
    Export,
    Exported,
    FaceRecord,
    Failed,
    FetchModel,
    FindFaces,
    ImportModel,
    Job,
    ListModels,
    ModelRecord,
    PatchReady,
    PhotoRead,
    PhotoShown,
    Pick,
    Progress,
    ReadPhoto,
    Recipe,
    Restore,
    Run,
    ShowPhoto,
    ShowSpread,
    VerifyModels,
    encode,
)
from engine.server import Emit, execute

FACE = FaceRecord((0.0, 0.0, 9.0, 9.0), ((1.0, 1.0), (8.0, 1.0), (5.0, 5.0), (2.0, 8.0), (7.0, 8.0)))
MODEL = ModelRecord("toy", "")
RECIPE = Recipe("", FACE.landmarks, MODEL, None, 0, 0.0, "paper", 0, "ddim", 0, 0, 9, "cpu", "fp32", 1, 1, "toy", "0")
HERE = Path(__file__).parent
PHOTO = str(HERE / "photo.jpg")

Toy = Callable[[str, Job, Emit, Context], None]


def events_of(toy: Toy, job: Job | None = None, cancelled: bool = False) -> list[Event]:
    """Every event of a job that does what `toy` does; all of them must fit on the wire."""
    job = job or FindFaces(PHOTO)
    events: list[Event] = []
    execute(Run("1", job), {type(job): toy}, events.append, lambda: cancelled)
    for event in events:
        encode(event)
    return events


def raising(error: BaseException) -> Toy:
    def toy(job_id: str, job: Job, emit: Emit, context: Context) -> None:
        raise error

    return toy


def naming(event: Event) -> Toy:
    def toy(job_id: str, job: Job, emit: Emit, context: Context) -> None:
        emit(event)

    return toy


def test_done_tells_time_and_peak_memory() -> None:
    (done,) = events_of(lambda job_id, job, emit, context: None)
    assert isinstance(done, Done)
    assert done.id == "1"
    assert done.seconds >= 0
    assert 5 < done.peak_memory_mb < 1_000_000  # an interpreter takes about 10 MiB: neither KiB nor bytes by mistake


def test_an_error_of_the_world_keeps_its_kind_and_arguments() -> None:
    assert events_of(raising(PhotoDamaged(path=PHOTO))) == [Failed("1", "photo_damaged", {"path": PHOTO})]


def test_cancelled_before_and_within() -> None:
    called: list[str] = []
    assert events_of(lambda job_id, job, emit, context: called.append(job_id), cancelled=True) == [
        Failed("1", "cancelled")
    ]
    assert called == []
    assert events_of(raising(Cancelled())) == [Failed("1", "cancelled")]


def test_an_error_of_ours_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    assert events_of(raising(ZeroDivisionError("by nought"))) == [
        Failed("1", "internal", {"detail": "ZeroDivisionError: by nought"})
    ]
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize("text", ["x" * 2_000_000, "\udce9", '"\\\n' * 1_000_000])
def test_an_error_that_no_line_could_carry_is_made_to_fit(text: str) -> None:
    (failed,) = events_of(raising(RuntimeError(text)))
    assert isinstance(failed, Failed)
    assert failed.kind == "internal"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
        RuntimeError("could not create a primitive"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: not enough memory: you tried to"),
    ],
)
def test_out_of_memory(error: Exception) -> None:
    assert events_of(raising(error)) == [Failed("1", "out_of_memory", {"path": PHOTO})]


@pytest.mark.parametrize(
    ("job", "about"),
    [
        (ListModels(), "the list of models"),
        (VerifyModels(), "the list of models"),
        (ImportModel(PHOTO), PHOTO),
        (AcceptLicence("starter"), "starter"),
        (FetchModel("starter"), "starter"),
    ],
)
def test_a_job_without_a_photo_is_about_something_too(job: Job, about: str) -> None:
    assert events_of(raising(MemoryError()), job) == [Failed("1", "out_of_memory", {"path": about})]


def test_out_of_memory_as_torch_says_it() -> None:
    torch = pytest.importorskip("torch")

    def toy(job_id: str, job: Job, emit: Emit, context: Context) -> None:
        torch.empty(2**55, dtype=torch.uint8)

    assert events_of(toy) == [Failed("1", "out_of_memory", {"path": PHOTO})]


def test_a_job_of_the_other_role_is_refused() -> None:
    events: list[Event] = []
    execute(Run("1", FindFaces(PHOTO)), {}, events.append)
    assert events == [Failed("1", "bad_message", {"detail": "This worker does no FindFaces."})]


def test_progress_comes_before_the_answer() -> None:
    def toy(job_id: str, job: Job, emit: Emit, context: Context) -> None:
        for n in range(1, 101):
            context.share(0, 1, "toy").report(n / 100)

    *progress, done = events_of(toy)
    assert progress[-1] == Progress("1", "toy", 1.0)
    assert isinstance(done, Done)


def pick(candidate: str) -> Pick:
    return Pick(FACE, candidate, BlendSettings())


@pytest.mark.parametrize("bad", ["photo.jpg", "", f"{HERE}/../server/photo.jpg", f"{HERE}/a\0b"])
@pytest.mark.parametrize(
    "job_with",
    [
        FindFaces,
        lambda path: Restore(path, store=PHOTO),
        lambda path: Restore(PHOTO, store=path),
        lambda path: Restore(PHOTO, store=PHOTO, folder=path),
        lambda path: Compose(path, pick(PHOTO), PHOTO),
        lambda path: Compose(PHOTO, pick(path), PHOTO),
        lambda path: Compose(PHOTO, pick(PHOTO), path),
        lambda path: Export(path, (), PHOTO),
        lambda path: Export(PHOTO, (pick(PHOTO), pick(path)), PHOTO),
        lambda path: Export(PHOTO, (), path),
        lambda path: Compose(PHOTO, Pick(FACE, PHOTO, BlendSettings(brush=BrushMask(path, 0, 0))), PHOTO),
        lambda path: Export(PHOTO, (Pick(FACE, PHOTO, BlendSettings(brush=BrushMask(path, 0, 0))),), PHOTO),
        lambda path: ReadPhoto(path, PHOTO),
        lambda path: ReadPhoto(PHOTO, path),
        lambda path: ShowPhoto(path, PHOTO),
        lambda path: ShowPhoto(PHOTO, path),
        lambda path: ShowSpread(path, FACE, (PHOTO, PHOTO), PHOTO),
        lambda path: ShowSpread(PHOTO, FACE, (PHOTO, path), PHOTO),
        lambda path: ShowSpread(PHOTO, FACE, (PHOTO, PHOTO), path),
        ImportModel,
    ],
)
def test_only_absolute_paths_that_go_nowhere_else(job_with: Callable[[str], Job], bad: str) -> None:
    def toy(job_id: str, job: Job, emit: Emit, context: Context) -> None:
        pytest.fail("the job was done")

    assert events_of(toy, job_with(bad)) == [Failed("1", "path_refused", {"path": bad})]


@pytest.mark.parametrize(
    ("job", "event_with"),
    [
        (Restore(PHOTO, str(HERE / "folder")), lambda path: CandidateReady("1", 0, 0, path, RECIPE)),
        (Compose(PHOTO, pick(PHOTO), str(HERE / "folder")), lambda path: PatchReady("1", path, 0, 0)),
        (Export(PHOTO, (), str(HERE / "folder" / "out.jpg")), lambda path: Exported("1", path)),
        (
            ReadPhoto(PHOTO, str(HERE / "folder")),
            lambda path: PhotoRead("1", "ab", 1, 9, 9, "JPEG", None, thumbnail=path),
        ),
        (ShowPhoto(PHOTO, str(HERE / "folder")), lambda path: PhotoShown("1", path, 9, 9)),
        (ShowSpread(PHOTO, FACE, (), str(HERE / "folder")), lambda path: PatchReady("1", path, 0, 0)),
    ],
)
def test_what_is_made_lies_in_the_folder_of_the_job(job: Job, event_with: Callable[[str], Event]) -> None:
    inside = event_with(str(HERE / "folder" / "made.png"))
    first, last = events_of(naming(inside), job)
    assert first == inside
    assert isinstance(last, Done)
    for outside in (
        str(HERE / "made.png"),
        str(HERE / "folder" / ".." / "made.png"),
        str(HERE / "folder2" / "made.png"),
    ):
        assert events_of(naming(event_with(outside)), job) == [Failed("1", "path_refused", {"path": outside})]


def test_nothing_exported_names_no_path() -> None:
    first, _done = events_of(naming(Exported("1", None)), Export(PHOTO, (), PHOTO))
    assert first == Exported("1", None)
