"""Photo and edit to messages."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from jobs_records import candidate, face, photo
from msgspec.structs import replace

from desktop_app.album.records import PhotoEdit
from desktop_app.jobs import plan
from engine.diffusion.noise import check_mix
from engine.diffusion.schedule import start_step_from_strength
from engine.protocol import BlendSettings, BrushMask, FindFaces, NoisePart, RestoreOptions

STORE, SCRATCH = Path("/store"), Path("/scratch")
OWN = RestoreOptions(strength=0.2)


def restore(edit: PhotoEdit, **choices: object) -> list[tuple[RestoreOptions, int | None]]:
    """The options of each message, and how many faces it names."""
    messages = plan.restore(photo(), edit, store=STORE, scratch=SCRATCH, **choices)  # type: ignore[arg-type]
    return [(m.options, None if m.faces is None else len(m.faces)) for m in messages]


def test_find() -> None:
    assert plan.find(photo()) == FindFaces(str(photo().path))


def test_a_photo_whose_faces_are_not_known_yet() -> None:
    assert restore(PhotoEdit(options=OWN)) == [(OWN, None)]


def test_a_face_drawn_before_any_were_looked_for_is_restored_too() -> None:
    assert restore(PhotoEdit((face(1, origin="drawn"),))) == [(RestoreOptions(), None), (RestoreOptions(), 1)]


def test_faces_that_share_options_share_a_message() -> None:
    edit = PhotoEdit((face(1), face(2, options=OWN), face(3), face(4, options=RestoreOptions())), faces_known=True)
    (first, second) = plan.restore(photo(), edit, store=STORE, scratch=SCRATCH)
    assert first.faces == tuple(edit.faces[n].record for n in (0, 2, 3))
    assert second.faces == (edit.faces[1].record,)
    assert (first.options, second.options) == (RestoreOptions(), OWN)
    assert first.folder != second.folder  # previews are named by the index of the face


def test_ignored_faces_are_restored_only_when_chosen() -> None:
    edit = PhotoEdit((face(1, ignored=True), face(2)), faces_known=True)
    assert restore(edit) == [(RestoreOptions(), 1)]
    assert restore(edit, faces={1, 2}) == [(RestoreOptions(), 2)]


def test_options_asked_for_override_all_others() -> None:
    edit = PhotoEdit((face(1, options=RestoreOptions(eta=1.0)), face(2)), faces_known=True)
    assert restore(edit, options=OWN) == [(OWN, 2)]


def test_nothing_to_restore() -> None:
    assert restore(PhotoEdit(faces_known=True)) == []
    assert restore(PhotoEdit((face(1),)), faces=()) == []


def test_others_are_numbered_after_all_there_are() -> None:
    options = RestoreOptions(seed=7, like=(NoisePart(1, 2, 0.5),))
    with_two = face(1, candidates=(candidate(0, seed=7), candidate(4, seed=7), candidate(9, seed=8)))
    assert plan.try_others(with_two, options) == replace(options, first_index=5, like=())
    assert plan.try_others(face(1), options).first_index == 0


def test_more_like_repeats_the_settings_and_mixes_the_noise() -> None:
    picked = candidate(2, seed=7, start_step=280, steps=70, eta=0.3)
    options = plan.more_like(face(1, candidates=(candidate(5, seed=7), picked)), picked, RestoreOptions(candidates=3))
    assert options.strength is not None
    assert start_step_from_strength(options.strength) == 280
    assert (options.steps, options.eta, options.seed, options.candidates) == (70, 0.3, 7, 3)
    assert options.first_index == 6
    assert options.like == (NoisePart(7, 2, plan.LIKENESS),)


def test_more_like_a_mix_turns_the_mix() -> None:
    """The noise stays of unit variance, and its correlation with the picked mix is the likeness."""
    parts = (NoisePart(7, 0, 0.6), NoisePart(3, 1, 0.3))
    picked = candidate(2, seed=7, like=parts)
    options = plan.more_like(face(1, candidates=(picked,)), picked, RestoreOptions(), likeness=0.5)
    own = math.sqrt(1 - 0.6**2 - 0.3**2)
    before = {(0, 7): 0.6, (1, 3): 0.3, (2, 7): own}
    after = {(part.index, part.seed): part.weight for part in options.like}
    assert sum(before[key] * after[key] for key in before) == pytest.approx(0.5)
    assert sum(weight**2 for weight in after.values()) == pytest.approx(0.5**2)


def test_a_long_line_of_likenesses_is_a_mix_the_engine_takes() -> None:
    chain = [candidate(0, seed=7)]
    for _ in range(12):
        person = face(1, candidates=tuple(chain))
        options = plan.more_like(person, chain[-1], RestoreOptions(candidates=1))
        index = options.first_index
        own = check_mix(options.seed, range(index, index + 4), options.like)
        assert own == pytest.approx(math.sqrt(1 - plan.LIKENESS**2))
        chain.append(candidate(index, seed=7, like=options.like))
    assert len({c.recipe.index for c in chain}) == 13


def test_a_part_whose_candidate_was_pruned_keeps_its_index() -> None:
    kept = candidate(1, seed=7, like=(NoisePart(7, 8, 0.85),))
    assert plan.try_others(face(1, candidates=(kept,)), RestoreOptions(seed=7)).first_index == 9


def test_compose_leaves_opacity_and_brush_to_the_window() -> None:
    blend = BlendSettings(opacity=0.5, brush=BrushMask("/b.png", 1, 2), match_grain=False)
    shown = face(1, candidates=(candidate(0),), picked=candidate(0).path, blend=blend)
    job = plan.compose(photo(), shown, SCRATCH)
    assert job is not None
    assert job.pick.candidate == shown.picked
    assert job.pick.blend == BlendSettings(match_grain=False)
    sliding = plan.compose(photo(), shown, SCRATCH, BlendSettings(match_tone=False))
    assert sliding is not None
    assert sliding.pick.blend == BlendSettings(match_tone=False)


def test_a_face_that_shows_the_original_has_no_patch() -> None:
    assert plan.compose(photo(), face(1), SCRATCH) is None
    assert plan.compose(photo(), face(1, picked="/c.png", ignored=True), SCRATCH) is None


def test_spread_needs_two() -> None:
    assert plan.spread(photo(), face(1, candidates=(candidate(0),)), SCRATCH) is None
    job = plan.spread(photo(), face(1, candidates=(candidate(0), candidate(1))), SCRATCH)
    assert job is not None
    assert job.candidates == (candidate(0).path, candidate(1).path)
