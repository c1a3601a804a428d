"""Photos, faces and candidates for the tests of the catalogue."""

from __future__ import annotations

import hashlib
from pathlib import Path

from desktop_app.album.records import Candidate, Change, FaceEdit, PhotoEdit, Query
from desktop_app.album.store.catalogue import Catalogue
from engine.protocol import BlendSettings, FaceRecord, ModelRecord, PhotoRead, Point, Recipe

LANDMARKS: tuple[Point, Point, Point, Point, Point] = ((12.5, 20), (30, 20), (21, 30), (14, 40), (28, 40))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_of(content: str, **facts: object) -> PhotoRead:
    """What a worker tells of a photo with that content."""
    known: dict = {"bytes": len(content), "width": 60, "height": 40, "format": "jpeg", "taken": None}
    return PhotoRead(id="1", sha256=sha(content), thumbnail=f"/thumbs/{sha(content)}.jpg", **(known | facts))


def recipe(index: int = 0, photo: str = "a") -> Recipe:
    model = ModelRecord("starter", sha("weights"))
    return Recipe(
        photo_sha256=sha(photo),
        landmarks=LANDMARKS,
        estimator=model,
        prior=model,
        start_step=400,
        eta=0.5,
        eta_meaning="released",
        steps=100,
        sampler="ddim",
        seed=1,
        index=index,
        size_px=512,
        device="cpu",
        precision="fp32",
        batch_width=4,
        threads=1,
        runtime="torch 2.13",
        albumen="0.1",
    )


def face(id: int = 1, candidates: int = 0, picked: int | None = None, opacity: float = 1.0) -> FaceEdit:
    made = tuple(Candidate(f"/store/{id}-{n}.png", recipe(n)) for n in range(candidates))
    return FaceEdit(
        id=id,
        record=FaceRecord((10, 10, 40, 50), LANDMARKS, 0.9),
        candidates=made,
        picked=None if picked is None else made[picked].path,
        blend=BlendSettings(opacity=opacity),
    )


def edit(*faces: FaceEdit) -> PhotoEdit:
    return PhotoEdit(faces=faces, faces_known=True)


def add_read(catalogue: Catalogue, path: Path, content: str, **facts: object) -> int:
    """Add a photo and say what was read from it."""
    (photo_id,) = catalogue.photos.add([path]).added
    catalogue.photos.set_read(photo_id, read_of(content, **facts), 1)
    return photo_id


def everything(catalogue: Catalogue) -> list[int]:
    return catalogue.photos.ids(Query())


def only_album(change: Change) -> int:
    (album,) = change.albums
    return album
