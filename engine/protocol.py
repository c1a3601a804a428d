"""Every message between a client (window, command line) and a worker; JSON lines, one message a line.

Imports only the standard library and msgspec. A path in a message is absolute. Coordinates are photo pixels
after EXIF orientation. Pictures travel as files, errors as a kind and its arguments (see `engine.base.errors`).
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

PROTOCOL_VERSION = 1
MAX_LINE_BYTES = 1024 * 1024

Role = Literal["imaging", "compute"]
Point = tuple[float, float]
_T = TypeVar("_T")


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """Base of every message: unknown fields refused, told apart by the field `type`.

    The subclasses say `frozen` once more for the type checker, which does not inherit it.
    """


class FaceRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A face in a photo: box [x0, y0, x1, y1] and five landmarks (left eye, right eye, nose, mouth corners)."""

    box: tuple[float, float, float, float]
    landmarks: tuple[Point, Point, Point, Point, Point]
    score: float = 1.0


class ModelRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which weights took part: id in the registry and SHA-256 of the file."""

    id: str
    sha256: str


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that decides a candidate; equal recipe on one device and runtime gives the equal picture."""

    photo_sha256: str
    landmarks: tuple[Point, Point, Point, Point, Point]
    estimator: ModelRecord
    prior: ModelRecord | None
    start_step: int
    eta: float
    eta_meaning: Literal["released", "paper"]
    steps: int
    sampler: str
    seed: int
    index: int
    size_px: int
    device: str
    precision: str
    batch_width: int
    threads: int
    runtime: str
    albumen: str


class FindOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How faces are looked for: detector id, least face height in pixels, least score, rotations tried or not."""

    detector: str = "auto"
    min_face_px: float = 16.0
    min_score: float = 0.8
    rotations: bool = False


class RestoreOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How faces are restored; None means the model pack's own default."""

    model: str = "starter"
    strength: float | None = None
    eta: float | None = None
    eta_meaning: Literal["released", "paper"] = "released"
    steps: int | None = None
    sampler: str = "ddim"
    candidates: int = 4
    seed: int = 0
    precision: str = "auto"


# Jobs: what a client asks for. The job carries everything; a worker keeps nothing but loaded weights.


class FindFaces(_Message, frozen=True):
    """Compute: find the faces of a photo. Answer: FacesFound, Done."""

    photo: str
    options: FindOptions = FindOptions()


class Restore(_Message, frozen=True):
    """Compute: restore faces of a photo (found first where None). Answer: FacesFound, CandidateReady ..., Done.

    Candidates are written into the folder `store` before they are named; previews into the scratch folder
    `folder`, none where it is None.
    """

    photo: str
    store: str
    faces: tuple[FaceRecord, ...] | None = None
    find: FindOptions = FindOptions()
    options: RestoreOptions = RestoreOptions()
    folder: str | None = None


class BlendSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a pick is laid over the photo: opacity in [0, 1], and which matches to the surroundings are made."""

    opacity: float = 1.0
    match_tone: bool = True
    match_grain: bool = True
    keep_detail: bool = True


class Pick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The candidate chosen for a face: the candidate's picture file in the store and the blend."""

    face: FaceRecord
    candidate: str
    blend: BlendSettings = BlendSettings()


class Compose(_Message, frozen=True):
    """Imaging: one face's colour-matched RGBA patch in photo pixels, as PNG in `folder`. Answer: PatchReady, Done."""

    photo: str
    pick: Pick
    folder: str


class Export(_Message, frozen=True):
    """Imaging: photo + picks -> a new file at `output` (its ending names the format). Answer: Exported, Done.

    A clash gets a number (`overwrite` "never") or is left alone (`skip`). The original is never written to.
    """

    photo: str
    picks: tuple[Pick, ...]
    output: str
    overwrite: Literal["never", "skip"] = "never"
    background: Literal["none", "x2", "x4"] = "none"
    recipes: tuple[Recipe, ...] = ()


Job = FindFaces | Restore | Compose | Export


class Run(_Message, frozen=True):
    """To the worker: do this job under this id."""

    id: str
    job: Job


class Cancel(_Message, frozen=True):
    """To the worker: stop this job as soon as possible. Answer: Failed with kind `cancelled`."""

    id: str


Request = Run | Cancel


# Events: what a worker says.


class Hello(_Message, frozen=True):
    """First line of a worker, before anything heavy is imported; `type` and `protocol` stay so in every version."""

    protocol: int
    role: Role
    version: str
    pid: int


class Ready(_Message, frozen=True):
    """The worker can take jobs: device, its name, its memory in MiB (0 where unknown), installed model ids."""

    device: str
    device_name: str
    memory_mb: int
    threads: int
    models: tuple[str, ...]


class Progress(_Message, frozen=True):
    """At most ten a second: fraction of the job in [0, 1], the stage's name, seconds left (None while unknown)."""

    id: str
    stage: str
    fraction: float
    seconds_left: float | None = None


class Preview(_Message, frozen=True):
    """At most two a second: a picture (at most 512 px, JPEG) of a candidate as it forms."""

    id: str
    face: int
    candidate: int
    path: str


class FacesFound(_Message, frozen=True):
    """Faces of the photo, left to right as in reading order of their boxes; with the photo's identity and size."""

    id: str
    photo_sha256: str
    width: int
    height: int
    faces: tuple[FaceRecord, ...]


class CandidateReady(_Message, frozen=True):
    """A candidate lies in the store: its picture (16-bit PNG, template space) and the recipe beside it."""

    id: str
    face: int
    index: int
    path: str
    recipe: Recipe


class BestChosen(_Message, frozen=True):
    """The candidate nearest to the mean of a face's candidates."""

    id: str
    face: int
    index: int


class PatchReady(_Message, frozen=True):
    """A face's RGBA patch (PNG) and where its top left corner lies in the photo."""

    id: str
    path: str
    x: int
    y: int


class Exported(_Message, frozen=True):
    """The file that was written, or None where one was there and `overwrite` said skip."""

    id: str
    path: str | None


class Announced(_Message, frozen=True):
    """Told before long work begins: about how many seconds it will take."""

    id: str
    stage: str
    seconds: float


class Done(_Message, frozen=True):
    """The job is finished; seconds it took and the worker's peak memory in MiB."""

    id: str
    seconds: float
    peak_memory_mb: int


class Failed(_Message, frozen=True):
    """The job ended without a result: kind and arguments of an error; kind `cancelled` when asked to stop.

    An empty id means no job: a line that is no request (`bad_message`), or a worker that cannot get ready.
    """

    id: str
    kind: str
    arguments: dict[str, str] = {}


Event = (
    Hello
    | Ready
    | Progress
    | Preview
    | FacesFound
    | CandidateReady
    | BestChosen
    | PatchReady
    | Exported
    | Announced
    | Done
    | Failed
)

_encoder = msgspec.json.Encoder()
_request_decoder: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(message: Request | Event) -> bytes:
    """One message -> one line with its newline; ValueError above `MAX_LINE_BYTES`."""
    line = _encoder.encode(message) + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"a message of {len(line)} bytes is longer than a line may be")
    return line


def decode_request(line: bytes) -> Request:
    """One line -> request; ValueError (msgspec.DecodeError is one) for anything that is none."""
    return _decode(_request_decoder, line)


def decode_event(line: bytes) -> Event:
    """One line -> event; ValueError (msgspec.DecodeError is one) for anything that is none."""
    return _decode(_event_decoder, line)


def _decode(decoder: msgspec.json.Decoder[_T], line: bytes) -> _T:
    try:
        return decoder.decode(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
