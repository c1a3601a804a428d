"""Candidates made again from their recipes; runs in the compute worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from engine.base.context import Context
from engine.base.device import PRECISIONS, pick_device
from engine.base.errors import NoSuchDevice, NotThePhotoOfRecipe, RecipeModelChanged, RecipeModelMissing, RecipeUnfit
from engine.base.sizes import TEMPLATE_PX, Size
from engine.diffusion.schedule import make_grid
from engine.faces.align import affine_to_template
from engine.imaging.load import load_photo
from engine.imaging.photo import Photo
from engine.models.load import LoadedPair
from engine.models.packs import Located, catalogue
from engine.pipeline.memory import Ladder, Means, reach_px
from engine.pipeline.restore import SAMPLERS, Plan, at_rung, estimate_faces, store_candidates
from engine.pipeline.state import ComputeState
from engine.protocol import CandidateReady, Event, MemoryShort, ModelRecord, Recipe, Remake, RestoreOptions

Emit = Callable[[Event], None]
_MOST_THREADS, _WIDEST_BATCH = 1024, 64


def remake(job_id: str, job: Remake, state: ComputeState, emit: Emit, context: Context) -> None:
    """Make the candidates of the job's recipes again, with the device (where it is here), threads and batch they name.

    Equal device and runtime give equal bytes, and then a candidate that is still in the store is only told. Where the
    memory of then is not there it goes on with less (see `memory`). Raises NotThePhotoOfRecipe, RecipeModelMissing,
    RecipeModelChanged, RecipeUnfit, OutOfMemory, and what loading and restoring raise.
    """
    photo = load_photo(Path(job.photo))
    if any(recipe.photo_sha256 != photo.sha256 for recipe in job.recipes):
        raise NotThePhotoOfRecipe(path=job.photo)
    for recipe in job.recipes:
        check_recipe(recipe, photo.size)
    for n, recipe in enumerate(job.recipes):
        share = context.share(n / len(job.recipes), (n + 1) / len(job.recipes))
        with state.set_to(device_of(recipe, state), recipe.threads, recipe.batch_width) as then:
            _remake_one(job_id, job, n, photo, then, emit, share)


def _remake_one(
    job_id: str, job: Remake, n: int, photo: Photo, state: ComputeState, emit: Emit, context: Context
) -> None:
    recipe = job.recipes[n]
    landmarks = np.array(recipe.landmarks, np.float64)
    estimating, sampling = context.share(0.0, 0.1, "estimate"), context.share(0.1, 1.0, "restore")

    def make_plan(lower: ComputeState, means: Means) -> Plan:
        return at_rung(plan_of(recipe, lower), means)

    def make(lower: ComputeState, plan: Plan) -> None:
        (x0_est_01,) = estimate_faces(photo, [affine_to_template(landmarks)], plan, lower, estimating)
        for index, path, made in store_candidates(
            photo.sha256, landmarks, x0_est_01, n, plan, lower, Path(job.store), sampling
        ):
            emit(CandidateReady(job_id, n, index, str(path), made))

    ladder = Ladder(job.photo, state, means_of(recipe, state), make_plan, lambda rung: emit(MemoryShort(job_id, rung)))
    ladder.do(make)


def device_of(recipe: Recipe, state: ComputeState) -> torch.device:
    """The device that the recipe names, where this computer has it, else that of the worker."""
    if recipe.device == state.device.type:
        return state.device
    try:
        return pick_device(recipe.device)
    except NoSuchDevice:
        return state.device


def means_of(recipe: Recipe, state: ComputeState) -> Means:
    """Precision and rung of the recipe; on another device than its own, what suits that one."""
    if state.device.type == recipe.device:
        return Means(recipe.rung, state.device, recipe.precision, recipe.batch_width)
    return Means("whole", state.device, state.precision("auto"), recipe.batch_width)


def plan_of(recipe: Recipe, state: ComputeState) -> Plan:
    """The plan that leads to the recipe again, with its models."""
    pair = _pair_of(recipe, state)
    untiled = recipe.rung == "tiles" and reach_px(pair.estimator) is None
    if untiled or pair.inpainting or recipe.start_step > pair.max_start_step:
        raise RecipeUnfit(detail=f"the model {pair.id} is not made for it.")
    return Plan(
        pair=pair,
        grid=make_grid(recipe.start_step, recipe.steps),
        start_step=recipe.start_step,
        eta=recipe.eta,
        precision=recipe.precision,
        options=RestoreOptions(
            model=pair.id,
            eta_meaning=recipe.eta_meaning,
            sampler=recipe.sampler,
            candidates=1,
            seed=recipe.seed,
            first_index=recipe.index,
            like=recipe.like,
        ),
    )


def check_recipe(recipe: Recipe, size: Size) -> None:
    """Raise RecipeUnfit for a recipe that Albumen cannot have written of a photo of this size, or not this version."""
    points = np.array(recipe.landmarks) / (size.width, size.height)
    wrong = [
        what
        for what, right in (
            (f"there is no sampler {recipe.sampler}.", recipe.sampler in SAMPLERS),
            (f"there is no precision {recipe.precision}.", recipe.precision in PRECISIONS[1:]),
            ("eta is a number from 0 to 1.", 0 <= recipe.eta <= 1),
            ("the seed or the index is out of range.", 0 <= recipe.seed < 2**63 and 0 <= recipe.index < 2**31),
            ("the number of threads is out of range.", 1 <= recipe.threads <= _MOST_THREADS),
            ("its face is not in the photo.", bool((np.abs(points - 0.5) <= 1.5).all())),
            ("the batch is too wide.", 1 <= recipe.batch_width <= _WIDEST_BATCH),
        )
        if not right
    ]
    if wrong:
        raise RecipeUnfit(detail=wrong[0])
    try:
        affine_to_template(np.array(recipe.landmarks))
    except ValueError as error:
        raise RecipeUnfit(detail="its points are no face.") from error


def _pair_of(recipe: Recipe, state: ComputeState) -> LoadedPair:
    """The models of the recipe, found by id and compared by SHA-256."""
    library = catalogue()
    records = [recipe.estimator] if recipe.prior is None else [recipe.estimator, recipe.prior]
    for record in records:
        part = library.weights.get(record.id)
        if part is None or not part.installed:
            raise RecipeModelMissing(model=record.id)
        if part.checked() != record.sha256:
            raise RecipeModelChanged(path=part.path, model=record.id)
    alone = library.weights[recipe.estimator.id].weights.stage == "estimator"
    for id in [*library.models, recipe.estimator.id] if alone else library.models:
        if _consists_of(library.parts_of(library.find_model(id)), records, recipe.size_px):
            return state.pair(id)
    raise RecipeModelMissing(model=" + ".join(record.id for record in records))


def _consists_of(parts: list[Located], records: list[ModelRecord], size_px: int) -> bool:
    """Whether a model has the weights of the records, and their size; any prior serves a recipe that used none."""
    ids = [part.weights.id for part in parts]
    return (
        ids[: len(records)] == [record.id for record in records]
        and (parts[-1].weights.size_px or TEMPLATE_PX) == size_px
    )
