"""Every message between a client (window, command line) and a worker; JSON lines, one message a line.

Imports only the standard library and msgspec. A path in a message is absolute. Coordinates are photo pixels
after EXIF orientation. Pictures travel as files, errors as a kind and its arguments (see `engine.base.errors`).
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

PROTOCOL_VERSION = 3
MAX_LINE_BYTES = 1024 * 1024

Role = Literal["imaging", "compute", "models"]
Point = tuple[float, float]
Rung = Literal["whole", "narrow", "half", "tiles", "cpu"]
"""How much memory a candidate was made with: as asked, one at a time, in half precision, in tiles, on the processor."""
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


class NoisePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The noise of a candidate (seed and index), and its weight in a mix whose squared weights sum to at most 1.

    A candidate that is a mix itself is named by its parts, and its own noise by the weight that was left for it:
    sqrt(1 - the sum of the parts' squared weights).
    """

    seed: int
    index: int
    weight: float


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
    like: tuple[NoisePart, ...] = ()
    rung: Rung = "whole"


class FindOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How faces are looked for: detector id, least face height in pixels, least score, rotations tried or not."""

    detector: str = "auto"
    min_face_px: float = 16.0
    min_score: float = 0.8
    rotations: bool = False


class RestoreOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How faces are restored; None means the model pack's own default.

    Candidates are numbered from `first_index` on, so that a later job adds to those of an earlier one. `like` are the
    noises of a candidate they shall resemble: the new noise fills the mix up to unit variance.
    """

    model: str = "starter"
    strength: float | None = None
    eta: float | None = None
    eta_meaning: Literal["released", "paper"] = "released"
    steps: int | None = None
    sampler: str = "ddim"
    candidates: int = 4
    seed: int = 0
    precision: str = "auto"
    first_index: int = 0
    like: tuple[NoisePart, ...] = ()


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


class Remake(_Message, frozen=True):
    """Compute: make the candidates of known recipes again. Answer: CandidateReady ..., Done.

    `face` of a CandidateReady is the place of its recipe in `recipes`, and its recipe the one it was really made with:
    it differs where this computer has another device or runtime.
    """

    photo: str
    store: str
    recipes: tuple[Recipe, ...]


class BrushMask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user painted on a face: an 8-bit RGB PNG whose top left corner lies at (x, y) of the photo.

    Red shows the restored face, green hides it: mask = max(mask (1 - green), red). Outside of it nothing was painted.
    """

    path: str
    x: int
    y: int


class RegionOpacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Opacity in [0, 1] of the parts of a face, on top of the whole face's; the parts fade into one another."""

    eyes: float = 1.0
    mouth: float = 1.0
    skin: float = 1.0
    hair: float = 1.0


class BlendSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a pick is laid over the photo: opacities in [0, 1], the brush, and which matches to its surroundings."""

    opacity: float = 1.0
    regions: RegionOpacity = RegionOpacity()
    brush: BrushMask | None = None
    match_tone: bool = True
    match_grain: bool = True
    keep_detail: bool = True


class Pick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The candidate chosen for a face: the candidate's picture file in the store and the blend."""

    face: FaceRecord
    candidate: str
    blend: BlendSettings = BlendSettings()


class Compose(_Message, frozen=True):
    """Imaging: one face's colour-matched RGBA patch in photo pixels, as PNG in `folder`. Answer: PatchReady, Done.

    Opacity and brush are left to whoever lays it over the photo; the regions are in its alpha.
    """

    photo: str
    pick: Pick
    folder: str


class Export(_Message, frozen=True):
    """Imaging: photo + picks -> a new file at `output` (its ending names the format). Answer: Exported, Done.

    A clash gets a number (`overwrite` "never") or is left alone (`skip`). The original is never written to.
    `quality` (1 to 100; None: as good as the original) is for JPEG and WebP; `longest_px` makes a larger picture
    smaller; `location` "drop" leaves out where the photo was taken. The recipes beside the candidates go into the
    metadata, as a `Made`. `sidecar` is a JSON file that is to hold it as well; its name gets the output's number.
    """

    photo: str
    picks: tuple[Pick, ...]
    output: str
    overwrite: Literal["never", "skip"] = "never"
    background: Literal["none", "x2", "x4"] = "none"
    quality: int | None = None
    longest_px: int | None = None
    location: Literal["keep", "drop"] = "keep"
    sidecar: str | None = None


class MadeFace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A face in a finished photo: its candidate's recipe and the blend; `brush_png` is the brush's picture in base64.

    The path in the blend's brush is empty.
    """

    face: FaceRecord
    recipe: Recipe
    blend: BlendSettings
    brush_png: str | None = None


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a finished photo was made, for its metadata and its sidecar: enough to make it again from the original.

    `photo` is the original's name and `output` that of the file, whose ending names the format; neither has a folder.
    """

    albumen: str
    photo: str
    photo_sha256: str
    output: str
    faces: tuple[MadeFace, ...]
    background: Literal["none", "x2", "x4"] = "none"
    quality: int | None = None
    longest_px: int | None = None
    location: Literal["keep", "drop"] = "keep"


class ReadPhoto(_Message, frozen=True):
    """Imaging: what an album keeps of a photo, and its thumbnail (sRGB JPEG) in `folder`. Answer: PhotoRead, Done."""

    photo: str
    folder: str
    thumbnail_px: int = 512


class ShowPhoto(_Message, frozen=True):
    """Imaging: the photo upright as 8-bit PNG with its profile (CMYK: sRGB) in `folder`. Answer: PhotoShown, Done."""

    photo: str
    folder: str


class ShowSpread(_Message, frozen=True):
    """Imaging: where a face's candidates differ, as a warm RGBA patch in `folder`. Answer: PatchReady, Done."""

    photo: str
    face: FaceRecord
    candidates: tuple[str, ...]
    folder: str


class ListModels(_Message, frozen=True):
    """Models: which there are. Answer: ModelsListed, Done."""


class VerifyModels(_Message, frozen=True):
    """Models: check every file by its SHA-256. Answer: ModelsVerified, Done."""


class ImportModel(_Message, frozen=True):
    """Models: take weights or a pack from a file. Answer: ModelsListed, Done."""

    file: str
    as_id: str | None = None


class AcceptLicence(_Message, frozen=True):
    """Models: note that the user has read and accepts the licence of a model. Answer: ModelsListed, Done."""

    model: str


class FetchModel(_Message, frozen=True):
    """Models: load published weights over the network, because the user asked for it. Answer: ModelsListed, Done."""

    model: str


Job = (
    FindFaces
    | Restore
    | Remake
    | Compose
    | Export
    | ReadPhoto
    | ShowPhoto
    | ShowSpread
    | ListModels
    | VerifyModels
    | ImportModel
    | AcceptLicence
    | FetchModel
)


def subject(job: Job) -> str:
    """What a job is about, for sentences: its photo, its file, its model, or the models."""
    match job:
        case ListModels() | VerifyModels():
            return "the list of models"
        case ImportModel():
            return job.file
        case AcceptLicence() | FetchModel():
            return job.model
        case _:
            return job.photo


def is_short(job: Job) -> bool:
    """Whether somebody waits in front of the screen for it, so that a worker does it before the long ones."""
    match job:
        case FindFaces() | Compose() | ShowPhoto() | ShowSpread() | ListModels() | AcceptLicence():
            return True
        case Restore():
            return job.faces is not None and len(job.faces) == 1 and job.options.candidates == 1
        case _:
            return False


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


class Alive(_Message, frozen=True):
    """Every few seconds while a job is in hand, from a thread of its own: the process runs, whatever the job does."""

    id: str


class MemoryShort(_Message, frozen=True):
    """Memory ran out; the job goes on from where it was with less of it."""

    id: str
    rung: Rung


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
    """The candidate nearest to the mean of those that the job made of a face."""

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


class PhotoRead(_Message, frozen=True):
    """What an album keeps of a photo: identity, size after orientation, when it was taken (ISO 8601), its thumbnail."""

    id: str
    sha256: str
    bytes: int
    width: int
    height: int
    format: str
    taken: str | None
    thumbnail: str


class PhotoShown(_Message, frozen=True):
    """The photo as a picture that the window can open."""

    id: str
    path: str
    width: int
    height: int


class ModelInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the models page: a model (estimator and prior) or weights by themselves.

    `missing` are ids of weights that are not installed; `licence_text` is empty where nothing needs accepting; `fetch`
    says whether what is missing can be fetched. `largest_strength` in [0, 1] ends the slider, `strength` is its
    default; both are 0 for weights that cannot be chosen by themselves.
    """

    id: str
    name: str
    kind: Literal["model", "weights"]
    stages: tuple[str, ...]
    use: str
    licence: str
    licence_text: str
    accepted: bool
    missing: tuple[str, ...]
    bytes: int | None
    where: tuple[str, ...]
    fetch: bool
    strength: float
    largest_strength: float
    eta: float
    steps: int


class ModelsListed(_Message, frozen=True):
    """All models, then all weights."""

    id: str
    models: tuple[ModelInfo, ...]


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found out about a file of weights that should be there."""

    id: str
    path: str
    state: Literal["ok", "damaged", "missing"]


class ModelsVerified(_Message, frozen=True):
    """Every file of weights that should be there."""

    id: str
    files: tuple[ModelFile, ...]


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
    | Alive
    | MemoryShort
    | Progress
    | Preview
    | FacesFound
    | CandidateReady
    | BestChosen
    | PatchReady
    | Exported
    | PhotoRead
    | PhotoShown
    | ModelsListed
    | ModelsVerified
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
