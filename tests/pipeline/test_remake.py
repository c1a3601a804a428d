"""A candidate made again from its recipe has the same bytes, and what cannot be made again is one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from tiny_program import face_at, make_program, write_photo, write_weights

from engine.base import folders
from engine.base.context import Context
from engine.base.errors import (
    NotThePhotoOfRecipe,
    RecipeModelChanged,
    RecipeModelMissing,
    RecipeUnfit,
    UsageError,
    WeightsDamaged,
)
from engine.estimate import damage
from engine.networks.adm_unet import AdmUnet
from engine.pipeline.remake import remake
from engine.pipeline.restore import restore
from engine.pipeline.state import ComputeState
from engine.protocol import (
    CandidateReady,
    Event,
    ModelRecord,
    NoisePart,
    Recipe,
    Remake,
    Restore,
    RestoreOptions,
    Rung,
)

FACES = (face_at(60, 70, 90), face_at(105, 90, 60))


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    resources = make_program(tmp_path / "resources")
    monkeypatch.setattr(folders, "resources_dir", lambda: resources)
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(damage, "SHARE_BY_SHARPNESS", ((0.49, 1.0), (0.5, 0.0)))  # a picture of 32 pixels has 0.497
    threads = torch.get_num_threads()
    yield resources
    torch.set_num_threads(threads)


def _restored(photo: Path, store: Path, width: int = 1, **options: Any) -> list[CandidateReady]:
    """Candidates of a worker with this batch width, and one thread."""
    chosen = RestoreOptions(**({"candidates": 1, "precision": "fp32"} | options))
    events: list[Event] = []
    state = ComputeState("cpu", threads=1)
    with state.set_to(state.device, 1, width) as wide:
        restore("1", Restore(str(photo), str(store), FACES, options=chosen), wide, events.append, Context())
    return [e for e in events if isinstance(e, CandidateReady)]


def _remade(photo: Path, store: Path, recipes: list[Recipe], threads: int = 0) -> list[CandidateReady]:
    events: list[Event] = []
    job = Remake(str(photo), str(store), tuple(recipes))
    remake("2", job, ComputeState("cpu", threads), events.append, Context())
    return [e for e in events if isinstance(e, CandidateReady)]


def _recipe(photo: Path, store: Path, **changes: Any) -> Recipe:
    return msgspec.structs.replace(_restored(photo, store, strength=0.1, steps=2)[0].recipe, **changes)


LIKE = (NoisePart(0, 1, 0.6), NoisePart(3, 0, 0.3))


@pytest.mark.parametrize(
    ("width", "options"),
    [
        (1, {"strength": None, "candidates": 2}),
        (4, {"strength": None, "candidates": 2}),
        (1, {"strength": 0.1, "steps": 2, "first_index": 6, "like": LIKE}),
        (4, {"strength": 0.1, "steps": 2, "candidates": 2, "first_index": 6, "like": LIKE}),
        (1, {"strength": 0.15, "steps": 3, "eta": 1.0, "eta_meaning": "paper", "seed": 5, "first_index": 2}),
        (1, {"strength": 0.1, "steps": 3, "precision": "bf16", "model": "second"}),
        (1, {"strength": 0.0}),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else str(value),
)
def test_the_same_bytes(tmp_path: Path, program: Path, options: dict[str, Any], width: int) -> None:
    photo = write_photo(tmp_path / "photo.png")
    first = _restored(photo, tmp_path / "first", width, **options)
    wanted = list(reversed(first))
    again = _remade(photo, tmp_path / "again", [c.recipe for c in wanted])
    assert [(c.face, c.index, c.recipe) for c in again] == [(n, c.index, c.recipe) for n, c in enumerate(wanted)]
    for one, two in zip(wanted, again, strict=True):
        assert Path(one.path).name == Path(two.path).name
        assert Path(one.path).read_bytes() == Path(two.path).read_bytes()
    if options["strength"] is None:
        assert len({c.recipe.start_step for c in first}) == 2  # the two faces lost differently much
        assert all(0 < c.recipe.start_step < 200 for c in first)


def test_threads_are_those_of_the_recipe_for_this_time_only(tmp_path: Path, program: Path) -> None:
    photo = write_photo(tmp_path / "photo.png")
    (again,) = _remade(photo, tmp_path / "again", [_recipe(photo, tmp_path / "s", threads=3)], threads=2)
    assert torch.get_num_threads() == 2
    assert again.recipe.threads == 3


def test_what_is_told_is_what_was_done(tmp_path: Path, program: Path) -> None:
    """The device is not here, and the runtime was another: the recipe is that of the new picture."""
    photo = write_photo(tmp_path / "photo.png")
    recipe = _recipe(photo, tmp_path / "s")
    there = msgspec.structs.replace(recipe, device="mps", precision="fp16", runtime="torch 1", albumen="0.0.1")
    (again,) = _remade(photo, tmp_path / "again", [there])
    precision = ComputeState("cpu").precision("auto")
    assert again.recipe == msgspec.structs.replace(recipe, precision=precision)


@pytest.mark.parametrize("rung", ["narrow", "half", "tiles"])
def test_a_rung_is_taken_again(tmp_path: Path, program: Path, rung: Rung) -> None:
    photo = write_photo(tmp_path / "photo.png")
    recipe = _recipe(photo, tmp_path / "s", rung=rung, precision="bf16" if rung == "half" else "fp32")
    (again,) = _remade(photo, tmp_path / "again", [recipe])
    assert again.recipe == recipe


def test_where_the_memory_of_then_is_not_there_it_is_made_with_less(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = write_photo(tmp_path / "photo.png")
    recipe, forward = _recipe(photo, tmp_path / "s", batch_width=4), AdmUnet.forward

    def short(self: AdmUnet, x: torch.Tensor, *rest: Any) -> Any:
        if len(x) > 1:
            raise torch.OutOfMemoryError("out of memory")
        return forward(self, x, *rest)

    monkeypatch.setattr(AdmUnet, "forward", short)
    (again,) = _remade(photo, tmp_path / "again", [recipe])
    assert again.recipe == msgspec.structs.replace(recipe, rung="narrow", batch_width=1)


def test_another_photo_is_refused(tmp_path: Path, program: Path) -> None:
    photo, other = write_photo(tmp_path / "photo.png"), write_photo(tmp_path / "other.png", seed=1)
    with pytest.raises(NotThePhotoOfRecipe, match=r"other\.png"):
        _remade(other, tmp_path / "again", [_recipe(photo, tmp_path / "s")])
    assert not (tmp_path / "again").exists()


def test_models_that_are_not_here_or_others_are_named(tmp_path: Path, program: Path) -> None:
    photo = write_photo(tmp_path / "photo.png")
    recipe = _recipe(photo, tmp_path / "s")
    assert recipe.prior is not None
    stranger = msgspec.structs.replace(recipe, prior=ModelRecord("stranger", "0" * 64))
    mixed = _recipe(photo, tmp_path / "s2", estimator=ModelRecord("second-prior", "0" * 64))
    with pytest.raises(RecipeModelMissing, match="stranger"):
        _remade(photo, tmp_path / "again", [stranger])
    with pytest.raises(RecipeModelChanged, match="second-prior"):
        _remade(photo, tmp_path / "again", [mixed])
    other_size = msgspec.structs.replace(recipe, size_px=64)
    with pytest.raises(RecipeModelMissing, match=r"starter-estimator \+ starter-prior"):
        _remade(photo, tmp_path / "again", [other_size])
    file, new = program / "models" / "starter-prior.safetensors", tmp_path / "new.safetensors"
    write_weights(new, "prior", seed=9)
    os.replace(new, file)
    with pytest.raises(RecipeModelChanged, match=r"starter-prior\.safetensors"):
        _remade(photo, tmp_path / "again", [recipe])
    listed = program / "models.toml"
    listed.write_text(
        listed.read_text().replace('id = "starter-prior"', f'id = "starter-prior"\nsha256 = "{"0" * 64}"')
    )
    with pytest.raises(WeightsDamaged):
        _remade(photo, tmp_path / "again", [recipe])
    file.unlink()
    with pytest.raises(RecipeModelMissing, match="starter-prior"):
        _remade(photo, tmp_path / "again", [recipe])


@pytest.mark.parametrize(
    "changes",
    [
        {"sampler": "magic"},
        {"precision": "auto"},
        {"eta": 2.0},
        {"seed": -1},
        {"index": -1},
        {"threads": 0},
        {"threads": 10**6},
        {"batch_width": 10**6},
        {"start_step": 900},
        {"steps": 0},
        {"start_step": -5},
        {"landmarks": ((1.0, 1.0),) * 5},
        {"landmarks": tuple((1000 * x, 1000 * y) for x, y in FACES[0].landmarks)},
        {"like": (NoisePart(0, 5, 3.0),)},
    ],
    ids=str,
)
def test_a_recipe_nobody_wrote_is_one_sentence(tmp_path: Path, program: Path, changes: dict[str, Any]) -> None:
    photo = write_photo(tmp_path / "photo.png")
    with pytest.raises((RecipeUnfit, UsageError)):
        _remade(photo, tmp_path / "again", [_recipe(photo, tmp_path / "s", **changes)])
    assert not (tmp_path / "again").exists()
