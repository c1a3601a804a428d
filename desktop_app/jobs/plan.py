"""From a photo, its edit and the settings to job messages; pure."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

from msgspec.structs import replace

from desktop_app.album.records import Candidate, FaceEdit, Photo, PhotoEdit
from engine.protocol import (
    BlendSettings,
    Compose,
    FaceRecord,
    FindFaces,
    FindOptions,
    NoisePart,
    Pick,
    Restore,
    RestoreOptions,
    ShowSpread,
)

LIKENESS = 0.85
"""How far the noise of "more like this" is the candidate's own: the cosine of the angle by which it is turned.

Two noises of this correlation lie sqrt(2 (1 - 0.85)) = 0.55 of their length apart, where independent ones lie
sqrt(2) = 1.41 apart: about two fifths of the way from one candidate to another.
"""
_STEPS_OF_TRAINING = 1000


def find(photo: Photo, options: FindOptions | None = None) -> FindFaces:
    """Find the faces of a photo."""
    return FindFaces(str(photo.path), options or FindOptions())


def restore(
    photo: Photo,
    edit: PhotoEdit,
    *,
    store: Path,
    scratch: Path,
    faces: Collection[int] | None = None,
    options: RestoreOptions | None = None,
    find_options: FindOptions | None = None,
) -> tuple[Restore, ...]:
    """Restore faces of a photo: one message for each set of faces that share their options.

    `faces` are ids, None: all that are not ignored, and those that are still to be found. A face's own options override
    the photo's, `options` override both. Each message has a folder of its own below `scratch` for its previews. Empty
    where there is nothing to restore.
    """
    groups: dict[RestoreOptions, list[FaceRecord]] = {}
    for face in edit.faces:
        chosen = not face.ignored if faces is None else face.id in faces
        if chosen:
            groups.setdefault(options or face.options or edit.options, []).append(face.record)
    wanted: list[tuple[RestoreOptions, tuple[FaceRecord, ...] | None]] = []
    if faces is None and not edit.faces_known:
        wanted.append((options or edit.options, None))
    wanted += [(shared, tuple(records)) for shared, records in groups.items()]
    return tuple(
        Restore(
            photo=str(photo.path),
            store=str(store),
            faces=records,
            find=find_options or FindOptions(),
            options=shared,
            folder=str(scratch / f"restore-{photo.id}-{n}"),
        )
        for n, (shared, records) in enumerate(wanted)
    )


def try_others(face: FaceEdit, options: RestoreOptions) -> RestoreOptions:
    """Options for further candidates of a face, other than any it has."""
    return replace(options, first_index=_first_free_index(face, options.seed), like=())


def more_like(
    face: FaceEdit, candidate: Candidate, options: RestoreOptions, likeness: float = LIKENESS
) -> RestoreOptions:
    """Options for candidates that resemble one: its settings, and noise turned away from its own by acos(likeness).

    The candidate's noise z is a mix of unit variance already where it resembles another one itself; the new noise is
    likeness z + sqrt(1 - likeness^2) z_new. `options` say the model, the precision and how many.
    """
    recipe = candidate.recipe
    own = math.sqrt(max(0.0, 1.0 - sum(part.weight**2 for part in recipe.like)))
    parts = (*recipe.like, NoisePart(recipe.seed, recipe.index, own))
    return replace(
        options,
        strength=recipe.start_step / _STEPS_OF_TRAINING,
        eta=recipe.eta,
        eta_meaning=recipe.eta_meaning,
        steps=recipe.steps or None,
        sampler=recipe.sampler,
        seed=recipe.seed,
        first_index=_first_free_index(face, recipe.seed),
        like=tuple(replace(part, weight=likeness * part.weight) for part in parts),
    )


def compose(photo: Photo, face: FaceEdit, folder: Path, blend: BlendSettings | None = None) -> Compose | None:
    """The patch of a face's pick, None where it shows the original.

    `blend` stands in for the face's while a slider moves. Opacity and brush are the window's to apply, so they are at
    their defaults: equal messages give equal patches.
    """
    if face.picked is None or face.ignored:
        return None
    blend = replace(blend or face.blend, opacity=1.0, brush=None)
    return Compose(str(photo.path), Pick(face.record, face.picked, blend), str(folder))


def spread(photo: Photo, face: FaceEdit, folder: Path) -> ShowSpread | None:
    """Where a face's candidates differ, None where it has fewer than two."""
    if len(face.candidates) < 2:
        return None
    paths = tuple(candidate.path for candidate in face.candidates)
    return ShowSpread(str(photo.path), face.record, paths, str(folder))


def _first_free_index(face: FaceEdit, seed: int) -> int:
    """The index after the highest that any noise of this seed has in the face's candidates."""
    recipes = [candidate.recipe for candidate in face.candidates]
    used = [(recipe.seed, recipe.index) for recipe in recipes]
    used += [(part.seed, part.index) for recipe in recipes for part in recipe.like]
    return 1 + max((index for used_seed, index in used if used_seed == seed), default=-1)
