"""Bringing weights into the user's folder: single files of any origin, and model packs.

Whatever comes in is read once without executing anything, checked against its network, and kept as safetensors in a
pack folder: `models/ID/` with `manifest.json`, the weights and the texts that came with them.
"""

from __future__ import annotations

import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from engine.base.errors import (
    DiskFull,
    ModelListDamaged,
    OutputForbidden,
    UsageError,
    WeightsDamaged,
    WeightsUnfit,
    WeightsUnreadable,
)
from engine.base.sizes import TEMPLATE_PX
from engine.models.archives import refuse_bombs, refuse_tricks
from engine.models.checkpoints import read_checkpoint
from engine.models.files import new_folder, sha256_afresh, user_dir, write_file, writing
from engine.models.foreign import Unsupported, describe
from engine.models.listing import ModelRow, list_models
from engine.models.load import filled, misfit, read_safetensors
from engine.models.packs import catalogue, shipped_pack, user_packs
from engine.models.registry import SPANDREL, build_on_meta
from engine.models.spec import MANIFEST, TEXT_NAME, Pack, Weights, ids_of, parse_pack

Source = Path | zipfile.Path
MOST_TEXT_BYTES = 4 * 2**20
"""Of a pack's manifest, and of each text that comes with it."""
_TEXT_NAME = re.compile(TEXT_NAME)


def import_model(path: Path, as_id: str | None = None) -> tuple[ModelRow, ...]:
    """Install a file of weights (.pth, .pt, .safetensors) or a model pack (folder or zip); the table's lines for it.

    Weights are recognised by their names and shapes, or taken as those of `as_id` where the list has this id; others
    become an estimator of their own, called `as_id` or after the file. The same id again replaces what was there.
    Raises UsageError, WeightsUnreadable, WeightsUnsafe, WeightsDamaged, WeightsUnfit, ModelListDamaged, DiskFull,
    OutputForbidden.
    """
    if not path.exists():
        raise UsageError(detail=f"{path}: there is no such file.")
    with _reading(path):
        source = _pack_in(path)
    if source is None:
        ids = {_import_weights(path, as_id)}
    elif as_id is not None:
        raise UsageError(detail="A model pack keeps its own ids; leave --as out.")
    else:
        ids = _import_pack(source, path)
    return tuple(row for row in list_models() if row.id in ids)


def _import_weights(path: Path, as_id: str | None) -> str:
    tensors = read_safetensors(path) if path.suffix == ".safetensors" else read_checkpoint(path)
    entry = entry_for(path, tensors, as_id)
    if entry.source_sha256 not in (None, sha256_afresh(path)):
        raise WeightsDamaged(path=path, model=entry.id)
    with new_folder(user_dir() / entry.id) as folder:
        _save(tensors, folder / entry.file)
        _write_manifest(folder, Pack(entry.id, (_measured(entry, folder),)))
    return entry.id


def _save(tensors: dict[str, Tensor], file: Path) -> None:
    # Copies: a file may not hold two tensors that share memory, and views would keep what they are views of.
    copies = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
    try:
        save_file(copies, file)
    except SafetensorError as error:  # which hides the system's error
        free = shutil.disk_usage(file.parent).free
        full = free < sum(tensor.nbytes for tensor in copies.values())
        raise (DiskFull if full else OutputForbidden)(path=user_dir()) from error


def entry_for(path: Path, tensors: dict[str, Tensor], as_id: str | None) -> Weights:
    """What the list says of these weights, or will say: recognised, named by `as_id`, or new."""
    library = catalogue()
    named = library.weights.get(as_id) if as_id else None
    if named is not None and named.ours:
        if named.weights.shipped:
            raise UsageError(detail=f"{as_id} comes with Albumen and is not replaced. Choose another id with --as.")
        filled(named.weights, tensors, path)
        return named.weights
    alike = [part.weights for part in library.weights.values() if part.ours and _fits(part.weights, tensors)]
    published = [weights for weights in alike if not weights.shipped]
    if published and as_id is None:
        return published[0]
    id = as_id or re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")[:64]
    entry = _own_entry(id, path, tensors, alike[0] if alike else None)
    _refuse_taken(Pack(id, (entry,)))
    return entry


def _fits(weights: Weights, tensors: dict[str, Tensor]) -> bool:
    return not misfit(build_on_meta(weights.network, weights.config), tensors)


def _own_entry(id: str, path: Path, tensors: dict[str, Tensor], alike: Weights | None) -> Weights:
    """An entry for weights the list does not know; `alike` has the same network, else spandrel is asked."""
    said = {"id": id, "name": path.stem, "file": f"{id}.safetensors", "source": path.name}
    said |= {"licence": "unknown", "use": "unknown"}
    if alike is not None:
        of_network = ("stage", "network", "config", "size_px", "memory_mb", "max_start_step")
        return _checked(said | {field: getattr(alike, field) for field in of_network})
    try:
        descriptor = describe(tensors)
    except Unsupported as error:
        raise WeightsUnfit(path=path, detail=error) from error
    # All of spandrel's face networks are made for faces of this size, other networks take any.
    size_px = TEMPLATE_PX if descriptor.purpose == "FaceSR" else None
    name = f"{path.stem} ({descriptor.architecture.name})"
    return _checked(said | {"name": name, "stage": "estimator", "network": SPANDREL, "size_px": size_px})


def _checked(said: dict[str, object]) -> Weights:
    """Weights(**said), with the checks that are made of what is read; raises UsageError, which a bad id can cause."""
    try:
        return msgspec.convert(said, Weights)
    except msgspec.ValidationError as error:
        raise UsageError(detail=f"This id cannot be used ({error}). Choose another one with --as.") from error


def _import_pack(source: Source, path: Path) -> set[str]:
    with _reading(path):
        pack = parse_pack(_text(source / MANIFEST), path / MANIFEST)
    _refuse_taken(pack)
    with new_folder(user_dir() / pack.id) as folder:
        with _reading(path):
            texts = {
                member.name: _text(member)
                for member in source.iterdir()
                if _TEXT_NAME.match(member.name) and member.is_file()
            }
        for name, text in texts.items():
            write_file(folder / name, text)
        for entry in pack.weights:
            _take(source, path, entry, folder)
        weights = tuple(_measured(entry, folder) for entry in pack.weights)
        _write_manifest(folder, msgspec.structs.replace(pack, weights=weights))
    return ids_of(pack)


def _take(source: Source, path: Path, entry: Weights, folder: Path) -> None:
    """Copy the weights of an entry out of a pack and check all that is said of them."""
    if entry.licence_file is not None and not (folder / entry.licence_file).exists():
        raise ModelListDamaged(path=path / MANIFEST, detail=f"{entry.licence_file} is missing")
    if not (source / entry.file).is_file():
        raise ModelListDamaged(path=path / MANIFEST, detail=f"{entry.file} is missing")
    file = folder / entry.file
    _copy(source / entry.file, file, path)
    if entry.sha256 not in (None, sha256_afresh(file)):
        raise WeightsDamaged(path=path / entry.file, model=entry.id)
    filled(entry, read_safetensors(file), path / entry.file)


def _text(member: Source) -> bytes:
    with member.open("rb") as file:
        content: bytes = file.read(MOST_TEXT_BYTES + 1)
    if len(content) > MOST_TEXT_BYTES:
        raise zipfile.BadZipFile(f"{member.name} is too long for a text")
    return content


def _copy(member: Source, to: Path, path: Path) -> None:
    with _reading(path), member.open("rb") as reader, writing(user_dir()), to.open("wb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what a folder or archive can be at fault with (damaged, hostile, forbidden) into WeightsUnreadable."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError, struct.error) as error:
        raise WeightsUnreadable(path=path) from error


def _measured(entry: Weights, folder: Path) -> Weights:
    """The entry with hash and size of its file."""
    file = folder / entry.file
    return msgspec.structs.replace(entry, sha256=sha256_afresh(file), bytes=file.stat().st_size, shipped=False)


def _write_manifest(folder: Path, pack: Pack) -> None:
    write_file(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(pack)))


def _refuse_taken(pack: Pack) -> None:
    """Raise UsageError where ids of a pack belong to the shipped list or to another pack of the user's.

    A pack of the same id that has some of the same weights is an older version, to be replaced.
    """
    weights = {entry.id for entry in pack.weights}
    others = [shipped_pack()]
    for _, other in user_packs()[0]:
        if other.id != pack.id or weights.isdisjoint(entry.id for entry in other.weights):
            others.append(other)
    taken = {id for other in others for id in (other.id, *ids_of(other))} & {pack.id, *ids_of(pack)}
    if taken:
        raise UsageError(detail=f"There is already a model called {min(taken)}. Choose another id.")


def _pack_in(path: Path) -> Source | None:
    """Where in a folder or archive the manifest of a model pack lies, at the top or one folder down.

    A pack's folder whose files are links that lead out of it is refused as an archive with tricks is.
    """
    if path.is_dir():
        top: Source = path
    elif zipfile.is_zipfile(path):
        top = zipfile.Path(path)
        refuse_bombs(top.root, path.stat().st_size)
    else:
        return None
    for place in (top, *(inner for inner in top.iterdir() if inner.is_dir())):
        if (place / MANIFEST).is_file():
            if isinstance(place, zipfile.Path):
                refuse_tricks(place.root)
            elif any(not file.resolve().is_relative_to(path.resolve()) for file in place.iterdir()):
                raise OSError("a link leads out of the pack")
            return place
    if path.is_dir():
        raise UsageError(detail=f"{path}: this folder is no model pack, since it has no {MANIFEST}.")
    return None
