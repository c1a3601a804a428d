"""Importing weights: whatever wraps them, whoever made them, and nothing that is not weights."""

from __future__ import annotations

import os
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file
from small_models import PUBLISHED, SRCNN, random_weights
from torch import Tensor

from engine.base.errors import (
    AlbumenError,
    DiskFull,
    OutputForbidden,
    UsageError,
    WeightsDamaged,
    WeightsUnfit,
    WeightsUnreadable,
    WeightsUnsafe,
)
from engine.models.files import sha256_of
from engine.models.imports import entry_for, import_model
from engine.models.licences import accept_licence
from engine.models.listing import list_models, verify
from engine.models.load import load_network
from engine.models.packs import catalogue

CPU = torch.device("cpu")


def published() -> dict[str, Tensor]:
    return random_weights("srcnn", PUBLISHED)


def installed(home: Path, id: str) -> dict[str, Tensor]:
    return load_file(home / "models" / id / f"{id}.safetensors")


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


WRAPPED: dict[str, Callable[[dict[str, Tensor]], object]] = {
    "bare": lambda w: w,
    "state_dict": lambda w: {"state_dict": w, "epoch": 3, "lr": 1e-4},
    "params": lambda w: {"params": w},
    "averaged first": lambda w: {"params": {"a": torch.zeros(1)}, "params_ema": w},
    "ema": lambda w: {"ema": w, "model": {name: t + 1 for name, t in w.items()}, "optimizer": {"state": {0: [1]}}},
    "container in container": lambda w: {"model": {"state_dict": w}},
    "data parallel": lambda w: {f"module.{name}": t for name, t in w.items()},
    "compiled": lambda w: {"state_dict": {f"_orig_mod.module.{name}": t for name, t in w.items()}},
    "with other values": lambda w: w | {"step": 7},
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED.keys())
def test_whatever_wraps_them(wrap: Callable[[dict[str, Tensor]], object], program: Path, home: Path) -> None:
    weights = published()
    torch.save(wrap(weights), program / "any name.pth")
    (row,) = import_model(program / "any name.pth")
    assert (row.id, row.kind, row.installed, row.accepted) == ("published-estimator", "weights", True, False)
    assert same(installed(home, "published-estimator"), weights)


def test_older_files_half_precision_and_views(program: Path, home: Path) -> None:
    whole = torch.randn(1000).half()
    weights = {name: t.half() for name, t in published().items()}
    weights["conv1.bias"] = whole[:6]  # shares the memory of a larger tensor, which must not come along
    weights["conv2.bias"] = whole[:4]
    torch.save(weights, program / "old.pt", _use_new_zipfile_serialization=False)
    import_model(program / "old.pt")
    assert same(installed(home, "published-estimator"), weights)
    assert (home / "models/published-estimator/published-estimator.safetensors").stat().st_size < 6000


def test_safetensors_are_taken_too(program: Path, home: Path) -> None:
    save_file(published(), program / "some.safetensors")
    assert import_model(program / "some.safetensors")[0].id == "published-estimator"
    assert same(installed(home, "published-estimator"), published())


def test_what_is_imported_is_what_runs(program: Path, home: Path) -> None:
    torch.save(published(), program / "published.pth")
    import_model(program / "published.pth")
    accept_licence("published-estimator")
    part = catalogue().weights["published-estimator"]
    assert part.weights.sha256 == sha256_of(part.path)
    assert part.weights.bytes == part.path.stat().st_size
    assert same(dict(load_network(part, CPU).state_dict()), published())


@pytest.mark.parametrize(
    ("id", "keys"),
    [
        ("difface-estimator", "keys_swinir512.tsv"),
        ("difface-prior", "keys_unet_ffhq512.tsv"),
        ("difface256-inpaint-estimator", "keys_lama256.tsv"),
        ("difface256-prior", "keys_unet_ffhq256.tsv"),
    ],
)
def test_published_checkpoints_are_recognised_by_their_layout(id: str, keys: str, home: Path, data_dir: Path) -> None:
    rows = [line.split("\t") for line in (data_dir / keys).read_text().splitlines()[1:]]
    tensors = {
        name: torch.empty([int(n) for n in shape.split("x")] if shape != "-" else [], device="meta")
        for name, shape, _ in rows
    }
    assert entry_for(Path("renamed.pth"), tensors, None).id == id
    assert entry_for(Path("renamed.pth"), tensors, id).id == id
    del tensors[rows[0][0]]
    with pytest.raises(WeightsUnfit, match=f"{id}: 1 missing"):
        entry_for(Path("renamed.pth"), tensors, id)


def test_weights_under_a_listed_name_must_fit(program: Path, home: Path) -> None:
    torch.save(random_weights("srcnn", SRCNN), program / "other.pth")
    with pytest.raises(WeightsUnfit, match="published-estimator"):
        import_model(program / "other.pth", "published-estimator")
    assert not (home / "models").exists()


def test_a_published_hash_is_compared_where_it_is_known(program: Path, home: Path) -> None:
    torch.save(published(), program / "published.pth")
    good = (program / "models.toml").read_text()
    source = 'source = "https://example.org/published.pth"\n'
    for digest in ("0" * 64, sha256_of(program / "published.pth")):
        (program / "models.toml").write_text(good.replace(source, f'{source}source_sha256 = "{digest}"\n'))
        if digest.startswith("0000"):
            with pytest.raises(WeightsDamaged, match=r"published\.pth"):
                import_model(program / "published.pth")
            assert not (home / "models").exists()
    import_model(program / "published.pth")


def test_own_training_of_a_known_network_becomes_a_model_of_its_own(program: Path, home: Path) -> None:
    torch.save(random_weights("srcnn", SRCNN, seed=5), program / "Grandma's faces (v2).pth")
    (row,) = import_model(program / "Grandma's faces (v2).pth")
    assert (row.id, row.use, row.licence, row.size_px) == ("grandma-s-faces-v2", "unknown", "unknown", 32)
    assert same(installed(home, row.id), random_weights("srcnn", SRCNN, seed=5))
    (again,) = import_model(program / "Grandma's faces (v2).pth", "grandma")
    assert again.id == "grandma"


@pytest.mark.parametrize("id", ["starter-estimator", "starter", "Starter", "../up", ".", "a/b", "a" * 65])
def test_ids_that_cannot_be_given(id: str, program: Path, home: Path) -> None:
    torch.save(random_weights("srcnn", SRCNN), program / "own.pth")
    with pytest.raises(UsageError, match="id"):
        import_model(program / "own.pth", id)
    assert not (home / "models").exists()


def test_the_same_id_again_replaces(program: Path, home: Path) -> None:
    for seed in (1, 2):
        torch.save(random_weights("srcnn", SRCNN, seed), program / "own.pth")
        import_model(program / "own.pth")
    assert same(installed(home, "own"), random_weights("srcnn", SRCNN, 2))
    assert [path.name for path in (home / "models").iterdir()] == ["own"]


class Command:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self.command,)


@pytest.mark.parametrize("how", ["zip", "legacy", 0, 2, 4, 5])
def test_a_file_with_code_is_refused_and_the_code_not_run(how: str | int, program: Path, home: Path) -> None:
    path, trace = program / "weights.pth", program / "trace"
    content = published() | {"extra": Command(f"touch {trace}")}
    if isinstance(how, int):
        path.write_bytes(pickle.dumps({"extra": content["extra"]}, protocol=how))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=how == "zip")
    with pytest.raises(WeightsUnsafe, match=r"weights\.pth"):
        import_model(path)
    assert not trace.exists()
    assert not (home / "models").exists()


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_programs_are_refused(program: Path, home: Path) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), program / "script.pt")
    torch.save(torch.nn.Linear(2, 2), program / "module.pth")
    for name in ("script.pt", "module.pth"):
        with pytest.raises(WeightsUnsafe, match=name):
            import_model(program / name)


def flipped(content: bytes) -> bytes:
    """One bit wrong in the middle, where the numbers lie."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 64]) + content[middle + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a tenth": lambda content: content[: len(content) // 10],
    "a third": lambda content: content[: len(content) // 3],
    "almost whole": lambda content: content[:-10],
    "nothing": lambda content: b"",
    "a web page": lambda content: b"<!DOCTYPE html><html><body>Not found</body></html>",
    "noise": lambda content: bytes(range(256)) * 40,
}


@pytest.mark.parametrize("name", ["zip.pth", "legacy.pth", "weights.safetensors"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_files_are_refused(damage: Callable[[bytes], bytes], name: str, program: Path, home: Path) -> None:
    path = program / name
    if path.suffix == ".safetensors":
        save_file(published(), path)
    else:
        torch.save(published(), path, _use_new_zipfile_serialization=name == "zip.pth")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(WeightsUnreadable, match=name):
        import_model(path)
    assert not (home / "models").exists()


def test_one_wrong_bit_in_a_pytorch_file_is_found(program: Path, home: Path) -> None:
    path = program / "weights.pth"
    torch.save({"conv1.weight": torch.zeros(100_000)}, path)
    path.write_bytes(flipped(path.read_bytes()))
    with pytest.raises(WeightsUnreadable):
        import_model(path)


@pytest.mark.parametrize("content", [{}, [torch.zeros(1)], {"state_dict": {}}, {"epoch": 3}, torch.zeros(3)])
def test_files_without_weights(content: object, program: Path, home: Path) -> None:
    torch.save(content, program / "weights.pth")
    with pytest.raises(WeightsUnfit, match="none"):
        import_model(program / "weights.pth")


def test_a_file_that_is_not_there(program: Path, home: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        import_model(program / "weights.pth")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no limit on the size of files")
@pytest.mark.parametrize(("free", "error"), [(0, DiskFull), (10**9, OutputForbidden)])
def test_weights_that_cannot_be_written_leave_the_old_ones(
    free: int, error: type[AlbumenError], program: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    path = program / "own.pth"
    torch.save(random_weights("srcnn", SRCNN, 1), path)
    import_model(path)
    torch.save(random_weights("srcnn", SRCNN, 2), path)
    usage = shutil.disk_usage(home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # the weights are larger, so writing breaks off
    try:
        with pytest.raises(error):
            import_model(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert same(installed(home, "own"), random_weights("srcnn", SRCNN, 1))
    assert sorted(path.name for path in (home / "models").rglob("*")) == ["manifest.json", "own", "own.safetensors"]
    assert {check.state for check in verify()} == {"ok"}


def test_a_users_list_cannot_change_the_conditions_of_ours(program: Path, home: Path) -> None:
    torch.save(published(), program / "published.pth")
    import_model(program / "published.pth")
    manifest = home / "models" / "published-estimator" / "manifest.json"
    said = msgspec.json.decode(manifest.read_bytes())
    said["weights"][0] |= {"use": "any", "licence": "CC0-1.0", "name": "Free now", "size_px": 32}
    manifest.write_bytes(msgspec.json.encode(said))
    entry = catalogue().weights["published-estimator"].weights
    assert (entry.use, entry.licence, entry.size_px) == ("non-commercial", "Conditions 1.0", 64)
    assert not next(row for row in list_models() if row.id == "published").accepted


@pytest.mark.slow
def test_a_published_size_estimator_from_file_to_picture(home: Path, data_dir: Path) -> None:
    """15.8 M parameters in the published layout: imported, accepted, loaded, and equal to the stored output."""
    import numpy as np

    from engine.evaluation.golden import fill_golden
    from engine.networks.swinir import SWINIR512, SwinIR

    network = SwinIR(SWINIR512)
    fill_golden(network)
    path = home / "swinir_restoration512_L1.pth"
    home.mkdir()
    torch.save({"state_dict": {f"module.{name}": t for name, t in network.state_dict().items()}}, path)
    assert import_model(path)[0].id == "difface-estimator"
    accept_licence("difface-estimator")
    loaded = load_network(catalogue().weights["difface-estimator"], CPU)
    golden = np.load(data_dir / "golden_swinir512.npz")
    y_01 = torch.from_numpy(np.random.default_rng(2).uniform(size=(1, 3, 512, 512)).astype(np.float32))
    with torch.no_grad():
        out = loaded(y_01)[:, :, ::8, ::8].numpy()
    assert np.abs(out - golden["out"]).max() < 1e-4 * golden["out"].std()


def test_an_older_file_whose_instructions_are_damaged(program: Path) -> None:
    """A pickle that takes from an empty stack, for which torch has no error of its own."""
    file = program / "odd.pth"
    file.write_bytes(b"\x80\x02R.")
    with pytest.raises(WeightsUnreadable):
        import_model(file)
