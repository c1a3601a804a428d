"""Records for the tests of jobs; each face lies elsewhere by its id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop_app.album.records import Candidate, FaceEdit, Photo
from engine.protocol import FaceRecord, ModelRecord, NoisePart, Recipe


def photo() -> Photo:
    return Photo(3, Path("/photos/a.jpg"), "2025-01-01T00:00:00Z")


def record(x: float, y: float = 0.0, size: float = 40.0) -> FaceRecord:
    """A face whose eyes are `size` apart and as far from its mouth."""
    landmarks = ((x, y), (x + size, y), (x + size / 2, y + size / 2), (x, y + size), (x + size, y + size))
    return FaceRecord((x - size, y - size, x + 2 * size, y + 2 * size), landmarks)


def face(face_id: int, **values: Any) -> FaceEdit:
    return FaceEdit(face_id, values.pop("record", record(100.0 * face_id)), **values)


def candidate(index: int, *, of: FaceRecord | None = None, best: bool = False, **recipe: Any) -> Candidate:
    like: tuple[NoisePart, ...] = recipe.pop("like", ())
    fields = {"start_step": 400, "eta": 0.5, "steps": 100, "seed": 0, **recipe}
    made = Recipe(
        photo_sha256="",
        landmarks=(of or record(100.0)).landmarks,
        estimator=ModelRecord("starter", ""),
        prior=ModelRecord("starter", ""),
        eta_meaning="released",
        sampler="ddim",
        index=index,
        size_px=256,
        device="cpu",
        precision="fp32",
        batch_width=4,
        threads=1,
        runtime="torch",
        albumen="0",
        like=like,
        **fields,
    )
    return Candidate(f"/store/{made.seed}-{index}-{len(like)}.png", made, best)
