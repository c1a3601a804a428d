"""Candidates on disk: named by their recipe, whole or not there."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.base.errors import DiskFull, PhotoDamaged, PhotoMissing
from engine.pipeline.store import find_candidate, read_candidate, recipe_beside, recipe_hash, write_candidate
from engine.protocol import ModelRecord, Recipe

POINTS = ((10.0, 20.0), (30.0, 20.5), (20.0, 30.0), (12.0, 40.0), (28.0, 40.25))


@pytest.fixture
def recipe() -> Recipe:
    return Recipe(
        photo_sha256="0" * 64,
        landmarks=POINTS,
        estimator=ModelRecord("e", "1" * 64),
        prior=ModelRecord("p", "2" * 64),
        start_step=200,
        eta=0.5,
        eta_meaning="released",
        steps=20,
        sampler="ddim",
        seed=0,
        index=0,
        size_px=256,
        device="cpu",
        precision="fp32",
        batch_width=1,
        threads=2,
        runtime="torch",
        albumen="0",
    )


def test_a_candidate_comes_back_within_a_16_bit_step(recipe: Recipe, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).random((16, 16, 3)).astype(np.float32)
    path = write_candidate(tmp_path / "new" / "store", recipe, picture)
    assert path.name == f"{recipe_hash(recipe)}.png"
    np.testing.assert_allclose(read_candidate(path), picture, atol=0.51 / 65535)
    assert msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Recipe) == recipe
    assert {p.suffix for p in path.parent.iterdir()} == {".png", ".json"}


def test_every_field_of_the_recipe_changes_the_name(recipe: Recipe) -> None:
    other = {str: "other", int: 7, float: 0.25}
    for name in Recipe.__struct_fields__:
        value = getattr(recipe, name)
        changed = {"landmarks": POINTS[::-1], "estimator": recipe.prior, "prior": None, "eta_meaning": "paper"}.get(
            name, other.get(type(value))
        )
        assert recipe_hash(msgspec.structs.replace(recipe, **{name: changed})) != recipe_hash(recipe), name


def test_a_candidate_is_found_only_whole(recipe: Recipe, tmp_path: Path) -> None:
    recipe = msgspec.structs.replace(recipe, size_px=16)
    assert find_candidate(tmp_path / "no-store", recipe) is None
    path = write_candidate(tmp_path, recipe, np.random.default_rng(0).random((16, 16, 3)).astype(np.float32))
    said = path.with_suffix(".json")
    picture, text = path.read_bytes(), said.read_bytes()
    assert find_candidate(tmp_path, recipe) == path
    assert recipe_beside(path) == recipe
    assert find_candidate(tmp_path, msgspec.structs.replace(recipe, seed=1)) is None
    flipped = picture[:400] + bytes([picture[400] ^ 1]) + picture[401:]
    for damaged in (b"", picture[:-4], picture[: len(picture) // 2], flipped):
        path.write_bytes(damaged)
        assert find_candidate(tmp_path, recipe) is None
    path.write_bytes(picture)
    for damaged in (b"", text[:-5], text.replace(b'"seed": 0', b'"seed": 1')):
        said.write_bytes(damaged)
        assert find_candidate(tmp_path, recipe) is None
    said.unlink()
    assert recipe_beside(path) is None
    assert find_candidate(tmp_path, recipe) is None


def test_a_candidate_that_is_gone_or_damaged_is_named(recipe: Recipe, tmp_path: Path) -> None:
    path = write_candidate(tmp_path, recipe, np.zeros((4, 4, 3), np.float32))
    for content in (b"", path.read_bytes()[:40]):
        path.write_bytes(content)
        with pytest.raises(PhotoDamaged, match=path.name):
            read_candidate(path)
    path.unlink()
    with pytest.raises(PhotoMissing, match=path.name):
        read_candidate(path)


def test_a_failed_write_leaves_nothing_behind(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull, match=recipe_hash(recipe)):
        write_candidate(tmp_path, recipe, np.zeros((4, 4, 3), np.float32))
    assert list(tmp_path.iterdir()) == []
