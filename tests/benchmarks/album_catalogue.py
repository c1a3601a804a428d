"""Prints how long the catalogue takes at 10,000 photos: python tests/benchmarks/album_catalogue.py [FOLDER]."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "album"))
from album_samples import edit, face, read_of

from desktop_app.album.pruning import prune_candidates
from desktop_app.album.records import JobState, PhotoEdit, Query
from desktop_app.album.recovery import recover
from desktop_app.album.store.catalogue import FILE, Catalogue

PHOTOS, WORKED_ON = 10_000, 1_000
WORDS = ["grandma", "wedding", "seoul", "church", "harvest", "uncle", "family", "river", "할머니", "결혼식", "school"]
GROUP = edit(*(face(n, candidates=8, picked=0) for n in range(29)))
FAMILY = edit(*(face(n, candidates=4, picked=0) for n in range(4)))


def fill(library: Path) -> None:
    """Make the catalogue in one transaction, so that making it does not take an hour."""
    pick = random.Random(1)
    with Catalogue.open(library) as catalogue, catalogue.together():
        for n in range(PHOTOS):
            folders = f"{pick.choice(WORDS)}/{pick.choice(WORDS)} {pick.randrange(1900, 1980)}"
            (id,) = catalogue.photos.add([Path(f"/home/anna/Pictures/{folders}/{pick.choice(WORDS)}_{n:05}.jpg")]).added
            taken = f"{pick.randrange(1900, 2000)}-01-01T00:00:00" if n % 3 else None
            catalogue.photos.set_read(id, read_of(str(n), taken=taken), n)
            if n % (PHOTOS // WORKED_ON) == 0:
                catalogue.edits.apply(id, FAMILY, "restore")
        for word in WORDS:
            catalogue.albums.create(word, [pick.randrange(1, PHOTOS) for _ in range(500)])


def measure(what: str, do: Callable[[], object], times: int = 5) -> None:
    taken_ms, cpu_ms = [], []
    for _ in range(times):
        start, cpu = time.perf_counter(), time.process_time()
        do()
        taken_ms.append((time.perf_counter() - start) * 1e3)
        cpu_ms.append((time.process_time() - cpu) * 1e3)
    taken, most, busy = sorted(taken_ms)[times // 2], max(taken_ms), sorted(cpu_ms)[times // 2]
    print(f"{what:46} median {taken:7.1f} ms  most {most:7.1f} ms  of the processor {busy:7.1f} ms", flush=True)


def first_page(library: Path) -> None:
    with Catalogue.open(library) as catalogue:
        catalogue.photos.photos(catalogue.photos.ids(Query())[:60])


def steps(catalogue: Catalogue, base: PhotoEdit) -> Callable[[], object]:
    """A slider's moves on a photo, each its own step."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        faces = (face(0, candidates=len(base.faces[0].candidates), picked=0, opacity=count / 1e4), *base.faces[1:])
        catalogue.edits.apply(1, edit(*faces), "blend")

    return step


def run(library: Path) -> None:
    if not (library / FILE).exists():
        fill(library)
    first_page(library)
    print(f"{PHOTOS} photos, {WORKED_ON} with 4 faces: {(library / FILE).stat().st_size / 1e6:.1f} MB")
    measure("open, ids in order, first 60 photos, close", lambda: first_page(library), 11)
    with Catalogue.open(library) as catalogue:
        photos = catalogue.photos
        for sort in ("added", "taken", "name", "rating"):
            measure(f"ids by {sort}", lambda sort=sort: photos.ids(Query(sort=sort)))  # type: ignore[misc]
        for text in ("wedd", "머", "seoul 1932", "nothing"):
            measure(f"ids for the text {text!r}", lambda text=text: photos.ids(Query(text=text)))  # type: ignore[misc]
        measure("60 photos", lambda: photos.photos(list(range(5000, 5060))))
        measure("all photos", lambda: photos.photos(photos.ids(Query())))
        measure("rate a photo, not waited for", lambda: photos.set_rating([5], (photos.photo(5).rating + 1) % 6), 21)
        (job,) = catalogue.queue.put([(5, "find", b"{}")]).jobs
        measure("a job's state, not waited for", lambda: catalogue.queue.set_state(job, JobState.QUEUED), 21)
        with catalogue.for_thread() as waiting:
            measure("settle what was not waited for", waiting.settle, 21)
            measure("a step with 1 face of 4, on disk", steps(waiting, edit(face(0, 4, 0))), 21)
            measure("a step with 29 faces of 8, on disk", steps(waiting, GROUP), 21)
        measure("edit of 29 faces of 8", lambda: catalogue.edits.edit(1))
        measure("its history of 43 entries", lambda: catalogue.edits.history(1))
        measure("compare with all sidecars", lambda: recover(catalogue), 3)
        measure("backup", lambda: catalogue.back_up(0), 3)
        store = library / "store"
        store.mkdir(exist_ok=True)
        (store / "x.png").write_bytes(b"x")
        measure("find what may be pruned", lambda: prune_candidates(catalogue, store, 0), 3)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder))
