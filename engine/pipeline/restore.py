"""From a photo to candidates: detect, align, estimate, diffuse; runs in the compute worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.base.context import Context
from engine.base.errors import NoFaceFound, NotFinite, UsageError
from engine.base.sizes import Box
from engine.base.values import img01_from_int, img01_from_pm1, pm1_from_01, u8_from_01
from engine.diffusion.ddim import sample_ddim
from engine.diffusion.noise import CandidateNoise, Part, batch_noise, check_mix
from engine.diffusion.schedule import Grid, make_grid, start_step_from_strength
from engine.estimate.damage import share_of_strength
from engine.estimate.estimator import estimate
from engine.faces.align import affine_to_template, crop
from engine.faces.detect import find_faces
from engine.faces.face import Face, Points
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo
from engine.imaging.photo import Photo
from engine.models.load import LoadedPair
from engine.pipeline.memory import Ladder, Means, check_memory, in_tiles, whole
from engine.pipeline.state import ComputeState
from engine.pipeline.store import find_candidate, read_candidate, write_candidate
from engine.protocol import (
    BestChosen,
    CandidateReady,
    Event,
    FaceRecord,
    FacesFound,
    FindFaces,
    FindOptions,
    MemoryShort,
    ModelRecord,
    Point,
    Recipe,
    Restore,
    RestoreOptions,
    Rung,
)

Emit = Callable[[Event], None]
SAMPLERS = ("ddim",)


def find(job_id: str, job: FindFaces, state: ComputeState, emit: Emit, context: Context) -> None:
    """Find the faces of a photo and tell them."""
    photo = load_photo(Path(job.photo))
    faces = _find(photo, job.options, state, context.share(0.0, 1.0, "faces"))
    emit(FacesFound(job_id, photo.sha256, photo.size.width, photo.size.height, tuple(map(record_of, faces))))


def restore(job_id: str, job: Restore, state: ComputeState, emit: Emit, context: Context) -> None:
    """Restore the faces of a photo; each candidate is on disk before it is told.

    Where memory runs out it goes on with less of it (see `memory`). Raises NoFaceFound where there is none, UsageError
    for options the model cannot do, OutOfMemory, and what loading raises.
    """
    check_memory(job.photo, job.options.model, state.device)
    ladder = Ladder(
        job.photo,
        state,
        whole(state, job.options.precision),
        lambda lower, means: at_rung(make_plan(job.options, lower), means),
        lambda rung: emit(MemoryShort(job_id, rung)),
    )
    ladder.do(lambda lower, plan: None)  # what the model cannot do is told first
    photo = load_photo(Path(job.photo))
    if job.faces is None:
        faces = _find(photo, job.find, state, context.share(0.0, 0.1, "faces"))
    else:
        faces = [face_of(r) for r in job.faces]
    emit(FacesFound(job_id, photo.sha256, photo.size.width, photo.size.height, tuple(map(record_of, faces))))
    if not faces:
        raise NoFaceFound(path=job.photo)
    affines = [affine_to_template(face.landmarks) for face in faces]
    estimating, sampling = context.share(0.1, 0.2, "estimate"), context.share(0.2, 1.0, "restore")
    estimates = ladder.do(lambda lower, plan: list(estimate_faces(photo, affines, plan, lower, estimating)))
    estimated_at = ladder.means
    for n, face in enumerate(faces):
        share = sampling.share(n / len(faces), (n + 1) / len(faces))
        pictures: dict[int, NDArray[np.float32]] = {}

        def sample(
            lower: ComputeState,
            plan: Plan,
            n: int = n,
            face: Face = face,
            share: Context = share,
            pictures: dict[int, NDArray[np.float32]] = pictures,
        ) -> None:
            x0_est_01 = estimates[n]
            if ladder.means != estimated_at:  # a recipe tells one rung, so that is the estimate's as well
                (x0_est_01,) = estimate_faces(photo, affines[n : n + 1], plan, lower, share.share(0.0, 0.0))
            plan = fit_strength(plan, x0_est_01)
            for index, path, recipe in store_candidates(
                photo.sha256, face.landmarks, x0_est_01, n, plan, lower, Path(job.store), share, pictures
            ):
                pictures[index] = read_candidate(path)  # before it is told, as the store may be emptied then
                emit(CandidateReady(job_id, n, index, str(path), recipe))

        ladder.do(sample)
        order = sorted(pictures)
        emit(BestChosen(job_id, n, order[nearest_to_mean([pictures[index] for index in order])]))


def store_candidates(
    photo_sha256: str,
    landmarks: Points,
    x0_est_01: Tensor,
    face: int,
    plan: Plan,
    state: ComputeState,
    store: Path,
    context: Context,
    done: Collection[int] = (),
) -> Iterator[tuple[int, Path, Recipe]]:
    """Candidates of one face in the store: yields (index, file, recipe); first those that are there already.

    The others are sampled and written. Those that are `done`, on a higher rung say, are left out. Raises NotFinite,
    DiskFull and OutputForbidden.
    """
    there = set(done)
    for index in _seen(plan):
        if index in there:
            continue
        recipe = recipe_of(photo_sha256, landmarks, index, plan, state)
        found = find_candidate(store, recipe)
        if found is not None:
            there.add(index)
            yield index, found, recipe
    affine = affine_to_template(landmarks)
    for index, picture in sample_candidates(x0_est_01, affine, face, plan, state, context, there):
        recipe = recipe_of(photo_sha256, landmarks, index, plan, state)
        yield index, write_candidate(store, recipe, picture), recipe


@dataclass(frozen=True)
class Plan:
    """A job's options with the model's defaults filled in; the grid is the one of the whole strength."""

    pair: LoadedPair
    grid: Grid
    start_step: int
    eta: float
    precision: str
    options: RestoreOptions
    rung: Rung = "whole"


def at_rung(plan: Plan, means: Means) -> Plan:
    """The plan as it is carried out on a rung of the ladder."""
    return dataclasses.replace(plan, precision=means.precision, rung=means.rung)


def make_plan(options: RestoreOptions, state: ComputeState) -> Plan:
    """Fill in the defaults of the model and check the options against it; UsageError in one sentence."""
    if options.sampler not in SAMPLERS:
        raise UsageError(detail=f"There is no sampler {options.sampler!r}; choose one of {', '.join(SAMPLERS)}.")
    if options.candidates < 1:
        raise UsageError(detail=f"The number of candidates must be at least 1, not {options.candidates}.")
    if not 0 <= options.seed < 2**63:
        raise UsageError(detail=f"The seed must be a whole number from 0 to 2^63 - 1, not {options.seed}.")
    if options.first_index < 0:
        raise UsageError(detail=f"Candidates are numbered from 0, not from {options.first_index}.")
    check_mix(options.seed, _indices(options), _parts(options))
    pair = state.pair(options.model)
    defaults = pair.defaults
    start_step = start_step_from_strength(defaults.strength if options.strength is None else options.strength)
    if pair.inpainting:
        raise UsageError(detail=f"The model {options.model} fills holes; it cannot restore whole faces.")
    if pair.prior is None and start_step > 0:
        raise UsageError(detail=f"The model {options.model} is an estimator without a prior; use --strength 0.")
    if start_step > pair.max_start_step:
        raise UsageError(
            detail=f"The model {options.model} was trained for a strength of at most {pair.max_start_step / 1000:g}."
        )
    steps = options.steps
    if steps is None:
        # The pack's number of calls belongs to its default strength; another strength keeps their spacing.
        default_start = max(1, start_step_from_strength(defaults.strength))
        steps = round(defaults.steps * start_step / default_start)
        steps = min(max(1, steps), max(1, start_step))
    return Plan(
        pair=pair,
        grid=make_grid(start_step, steps),
        start_step=start_step,
        eta=defaults.eta if options.eta is None else options.eta,
        precision=state.precision(options.precision),
        options=options,
    )


def fit_strength(plan: Plan, x0_est_01: Tensor) -> Plan:
    """The plan for one face: with automatic strength, a face that lost less starts lower, its calls equally spaced.

    The model's default strength is for heavily damaged faces; a good one must not be made worse.
    """
    if plan.options.strength is not None or not plan.start_step:
        return plan
    share = share_of_strength(x0_est_01[0].permute(1, 2, 0).cpu().numpy())
    start_step = round(share * plan.start_step)
    steps = min(max(1, round(share * plan.grid.steps)), max(1, start_step))
    return dataclasses.replace(plan, start_step=start_step, grid=make_grid(start_step, steps))


def estimate_faces(
    photo: Photo, affines: Sequence[NDArray[np.float64]], plan: Plan, state: ComputeState, context: Context
) -> Iterator[Tensor]:
    """The estimator's picture of each face, in [0, 1]: yields (1, 3, S, S) on the device, one call a face."""
    img_u8 = srgb_u8(photo)
    estimator = in_tiles(plan.pair.estimator) if plan.rung == "tiles" else plan.pair.estimator
    for n, affine in enumerate(affines):
        context.report(n / len(affines))
        face_u8 = crop(img_u8, affine, plan.pair.size_px)  # (H,W,3) -> (S,S,3)
        y_01 = torch.from_numpy(img01_from_int(face_u8)).permute(2, 0, 1)[None].to(state.device)
        with state.autocast(plan.precision):
            yield estimate(estimator, y_01)


def sample_candidates(
    x0_est_01: Tensor,
    affine: NDArray[np.float64],
    face: int,
    plan: Plan,
    state: ComputeState,
    context: Context,
    there: Collection[int] = (),
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Candidates of one face from its estimate: yields (index, picture (S, S, 3) in [0, 1]).

    Sampled in batches of the device's width, which begin at multiples of it and are filled with candidates that nobody
    sees: a candidate has the same place in a batch, and so the same bits, whichever job makes it. At strength 0 the
    estimate is the only candidate there can be, and its index is 0. Those that are `there` are not yielded again.
    """
    wanted = _seen(plan)
    width = state.batch_width
    batches = range(wanted.start - wanted.start % width, wanted.stop, width)
    for n, start in enumerate(batches):
        share = context.share(n / len(batches), (n + 1) / len(batches))
        seen = [index for index in range(start, start + width) if index in wanted and index not in there]
        if not seen:
            share.report(1.0)
            continue
        noise = batch_noise([_noise(plan.options, affine, start + i) for i in range(width)])

        def on_preview(x0_hat: Tensor, index: int = seen[0], start: int = start) -> None:
            context.preview((face, index, u8_from_01(_picture(x0_hat[index - start :][:1]))))

        sample = sample_ddim(
            _eps_model(plan, state),
            pm1_from_01(x0_est_01).expand(width, -1, -1, -1),
            plan.grid,
            noise,
            eta=plan.eta,
            eta_meaning=plan.options.eta_meaning,
            context=dataclasses.replace(share, on_preview=on_preview if context.on_preview else None),
        )
        for index in seen:
            yield index, _picture(sample[index - start :][:1])


def _seen(plan: Plan) -> range:
    """The candidates of a plan: at strength 0 there is only one."""
    return _indices(plan.options) if plan.grid.steps else range(1)


def _indices(options: RestoreOptions) -> range:
    return range(options.first_index, options.first_index + options.candidates)


def _parts(options: RestoreOptions) -> list[Part]:
    return [Part(part.seed, part.index, part.weight) for part in options.like]


def _noise(options: RestoreOptions, affine: NDArray[np.float64], index: int) -> CandidateNoise:
    """A candidate's noise; one that only fills a batch is not mixed, as it may be one of the parts itself."""
    return CandidateNoise(options.seed, affine, index, _parts(options) if index in _indices(options) else ())


def nearest_to_mean(pictures: Sequence[NDArray[np.float32]]) -> int:
    """Index of the picture nearest to the mean of all in mean square; the lowest of equals."""
    mean = np.mean(pictures, axis=0)
    return int(np.argmin([np.square(p - mean).mean() for p in pictures]))


def record_of(face: Face) -> FaceRecord:
    """A face as it crosses the wire."""
    x0, y0, x1, y1 = map(float, face.box.as_list())
    return FaceRecord(box=(x0, y0, x1, y1), landmarks=_points(face.landmarks), score=float(face.score))


def _points(landmarks: Points) -> tuple[Point, Point, Point, Point, Point]:
    return tuple((float(x), float(y)) for x, y in landmarks)  # type: ignore[return-value]


def face_of(record: FaceRecord) -> Face:
    """A face as it came over the wire."""
    return Face(Box(*record.box), np.array(record.landmarks, np.float64), record.score)


def _find(photo: Photo, options: FindOptions, state: ComputeState, context: Context) -> list[Face]:
    return find_faces(
        srgb_u8(photo),
        state.detector(options.detector),
        min_face_px=options.min_face_px,
        min_score=options.min_score,
        rotations=options.rotations,
        context=context,
    )


def _eps_model(plan: Plan, state: ComputeState) -> Callable[[Tensor, Tensor], Tensor]:
    prior = plan.pair.prior

    def eps(x_t: Tensor, t: Tensor) -> Tensor:
        assert prior is not None  # make_plan allows no calls without one
        with state.autocast(plan.precision):
            return prior(x_t, t)  # type: ignore[no-any-return]

    return eps


def _picture(x_pm1: Tensor) -> NDArray[np.float32]:
    """(1, 3, S, S) in [-1, 1] -> (S, S, 3) float32 in [0, 1]; NotFinite for a network that overflowed."""
    if not bool(x_pm1.isfinite().all()):
        raise NotFinite
    picture: NDArray[np.float32] = img01_from_pm1(x_pm1)[0].clamp(0, 1).permute(1, 2, 0).cpu().numpy()
    return picture


def recipe_of(photo_sha256: str, landmarks: Points, index: int, plan: Plan, state: ComputeState) -> Recipe:
    """Everything that decides candidate `index` of the face with these landmarks (5, 2)."""
    options, pair = plan.options, plan.pair
    return Recipe(
        photo_sha256=photo_sha256,
        landmarks=_points(landmarks),
        estimator=ModelRecord(*pair.records[0]),
        prior=ModelRecord(*pair.records[1]) if plan.grid.steps else None,
        start_step=plan.start_step,
        eta=plan.eta,
        eta_meaning=options.eta_meaning,
        steps=plan.grid.steps,
        sampler=options.sampler,
        seed=options.seed,
        index=index,
        size_px=pair.size_px,
        device=state.device.type,
        precision=plan.precision,
        batch_width=state.batch_width,
        threads=state.threads,
        runtime=state.runtime,
        albumen=state.version,
        like=options.like if plan.grid.steps else (),
        rung=plan.rung,
    )
