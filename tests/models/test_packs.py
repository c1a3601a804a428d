"""Model packs, the table of models and the check of files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import save_file
from small_models import PRIOR, PUBLISHED, SRCNN, random_weights

from engine.base.errors import ModelListDamaged, UsageError, WeightsDamaged, WeightsUnfit, WeightsUnreadable
from engine.models.files import sha256_of
from engine.models.imports import import_model
from engine.models.licences import accept_licence, licences_of
from engine.models.listing import list_models, verify
from engine.models.load import load_pair
from engine.models.packs import catalogue

CPU = torch.device("cpu")


@pytest.fixture
def pack(program: Path, home: Path, tmp_path: Path) -> Path:
    """A pack folder with an estimator under conditions, a prior, a model, a licence and a card."""
    folder = tmp_path / "My pack"
    folder.mkdir()
    save_file(random_weights("srcnn", SRCNN, 1), folder / "a.safetensors")
    save_file(random_weights("adm_unet", PRIOR, 2), folder / "b.safetensors")
    (folder / "LICENCE.txt").write_text("Be kind.")
    (folder / "card.md").write_text("# Card")
    (folder / "run.py").write_text("raise SystemExit")
    estimator = {"id": "family-estimator", "name": "", "stage": "estimator", "network": "srcnn", "config": SRCNN}
    estimator |= {"file": "a.safetensors", "licence": "Kindness", "licence_file": "LICENCE.txt"}
    estimator |= {"use": "non-commercial", "source": "grandma", "size_px": 32}
    prior = {"id": "family-prior", "name": "", "stage": "prior", "network": "adm_unet", "config": PRIOR}
    prior |= {"file": "b.safetensors", "licence": "CC0-1.0", "use": "any", "source": "grandma"}
    prior |= {"size_px": 32, "max_start_step": 300, "sha256": sha256_of(folder / "b.safetensors")}
    model = {"id": "family", "name": "Family", "estimator": "family-estimator", "prior": "family-prior"}
    model |= {"strength": 0.3, "steps": 7}
    write(folder, {"id": "grandma", "weights": [estimator, prior], "models": [model]})
    return folder


def write(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))


def read(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = msgspec.json.decode((folder / "manifest.json").read_bytes())
    return manifest


def zipped(folder: Path, inside: str) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, f"{inside}{file.name}")
    return path


@pytest.mark.parametrize("kind", ["folder", "zip", "zip with a folder"])
def test_a_pack_is_installed_whole(kind: str, pack: Path, home: Path) -> None:
    path = pack if kind == "folder" else zipped(pack, "My pack/" if "with" in kind else "")
    rows = import_model(path)
    assert [(row.id, row.kind, row.installed) for row in rows] == [
        ("family", "model", True),
        ("family-estimator", "weights", True),
        ("family-prior", "weights", True),
    ]
    # Weights, manifest and texts came along; a program that lay among them did not.
    names = {file.name for file in (home / "models" / "grandma").iterdir()}
    assert names == {"a.safetensors", "b.safetensors", "manifest.json", "LICENCE.txt", "card.md"}
    assert licences_of("family")[0].text == "Be kind."
    accept_licence("family")
    pair = load_pair("family", CPU)
    assert (pair.defaults.strength, pair.defaults.steps, pair.max_start_step) == (0.3, 7, 300)
    assert [check.state for check in verify()] == ["ok"] * 4
    assert import_model(path) == tuple(row for row in list_models() if row.id.startswith("family"))


def test_a_pack_may_use_the_starters_prior(pack: Path) -> None:
    manifest = read(pack)
    manifest["weights"].pop()
    manifest["models"][0]["prior"] = "starter-prior"
    write(pack, manifest)
    import_model(pack)
    accept_licence("family")
    assert [record.id for record in load_pair("family", CPU).records] == ["family-estimator", "starter-prior"]


def test_weights_that_are_not_those_of_the_manifest(pack: Path, home: Path) -> None:
    save_file(random_weights("adm_unet", PRIOR, 3), pack / "b.safetensors")
    with pytest.raises(WeightsDamaged, match=r"b\.safetensors"):
        import_model(pack)
    assert list((home / "models").iterdir()) == []


def test_weights_that_do_not_fit_their_network(pack: Path, home: Path) -> None:
    save_file(random_weights("srcnn", PUBLISHED), pack / "a.safetensors")
    with pytest.raises(WeightsUnfit, match="family-estimator"):
        import_model(pack)
    save_file({"a": torch.zeros(1)}, pack / "a.safetensors")
    (pack / "a.safetensors").write_bytes((pack / "a.safetensors").read_bytes()[:-1])
    with pytest.raises(WeightsUnreadable):
        import_model(pack)
    assert list((home / "models").iterdir()) == []


@pytest.mark.parametrize("name", ["a.safetensors", "LICENCE.txt"])
def test_a_pack_with_something_missing(name: str, pack: Path, home: Path) -> None:
    (pack / name).unlink()
    for path in (pack, zipped(pack, "")):
        with pytest.raises(ModelListDamaged, match=f"{name} is missing"):
            import_model(path)
    assert list((home / "models").iterdir()) == []


def test_a_damaged_archive(pack: Path, home: Path) -> None:
    path = zipped(pack, "")
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("a.safetensors").header_offset
    content[start + 200] ^= 255
    path.write_bytes(content)
    with pytest.raises(WeightsUnreadable):
        import_model(path)
    assert list((home / "models").iterdir()) == []


def test_an_encrypted_archive(pack: Path, home: Path) -> None:
    path = zipped(pack, "")
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            content[member.header_offset + 6] |= 1  # the flag "encrypted" of the local header
    directory = content.rindex(b"PK\x05\x06")
    place = int.from_bytes(content[directory + 16 : directory + 20], "little")
    while content[place : place + 4] == b"PK\x01\x02":
        content[place + 8] |= 1  # and of the directory's entry
        place += 46 + sum(int.from_bytes(content[place + at : place + at + 2], "little") for at in (28, 30, 32))
    path.write_bytes(content)
    with pytest.raises(WeightsUnreadable):
        import_model(path)
    assert not (home / "models").exists()


@pytest.mark.parametrize(
    ("where", "id"),
    [
        ("id", "starter"),
        ("id", "published-estimator"),
        ("weights", "starter-prior"),
        ("weights", "published-estimator"),
        ("models", "starter"),
        ("models", "starter-estimator"),
    ],
)
def test_a_pack_cannot_take_the_place_of_ours(where: str, id: str, pack: Path, home: Path) -> None:
    manifest = read(pack)
    if where == "id":
        manifest["id"] = id
    else:
        manifest[where][0]["id"] = id
    write(pack, manifest)
    with pytest.raises(UsageError, match=id):
        import_model(pack)
    assert not (home / "models").exists()


def test_packs_do_not_take_each_others_place(pack: Path, program: Path) -> None:
    import_model(pack)
    write(pack, read(pack) | {"id": "grandpa"})
    with pytest.raises(UsageError, match="family"):
        import_model(pack)
    torch.save(random_weights("srcnn", SRCNN), program / "grandma.pth")
    for id in (None, "family", "family-prior"):
        with pytest.raises(UsageError):
            import_model(program / "grandma.pth", id)
    assert load_pair("starter", CPU).id == "starter"
    assert {"family", "family-estimator"} <= {row.id for row in list_models()}


def test_a_folder_that_is_no_pack_and_a_name_for_one_that_is(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"manifest\.json"):
        import_model(tmp_path / "empty")
    with pytest.raises(UsageError, match="--as"):
        import_model(pack, "mine")


def test_one_broken_pack_does_not_stop_the_others(pack: Path, home: Path) -> None:
    import_model(pack)
    shutil.copytree(home / "models" / "grandma", home / "models" / "broken")
    (home / "models" / "broken" / "manifest.json").write_bytes(b'{"id": ')
    assert [(check.id, check.state) for check in verify() if check.state != "ok"] == [("broken", "damaged")]
    accept_licence("family")
    assert load_pair("family", CPU).id == "family"


def test_a_model_whose_parts_are_gone_is_not_offered(pack: Path, home: Path) -> None:
    import_model(pack)
    manifest = read(home / "models" / "grandma")
    manifest["weights"].pop(0)
    write(home / "models" / "grandma", manifest)
    assert "family" not in catalogue().models
    assert "family-prior" in {row.id for row in list_models()}


def test_files_are_ok_damaged_or_missing(pack: Path, home: Path) -> None:
    import_model(pack)
    folder = home / "models" / "grandma"
    content = bytearray((folder / "a.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "a.safetensors").write_bytes(content)
    (folder / "b.safetensors").unlink()
    states = {check.id: check.state for check in verify()}
    assert states == {
        "starter-estimator": "ok",
        "starter-prior": "ok",
        "family-estimator": "damaged",
        "family-prior": "missing",
    }  # and nothing of what was never there


def test_the_table_of_models(program: Path, home: Path) -> None:
    rows = {row.id: row for row in list_models()}
    starter, published = rows["starter"], rows["published"]
    files = [program / "models" / f"starter-{part}.safetensors" for part in ("estimator", "prior")]
    assert (starter.kind, starter.stages, starter.use) == ("model", ("estimator", "prior"), "any")
    assert (starter.installed, starter.accepted, starter.licence) == (True, True, "CC0-1.0")
    assert starter.bytes == sum(file.stat().st_size for file in files)
    assert starter.where == tuple(str(file) for file in files)
    assert (published.installed, published.accepted, published.missing) == (False, False, ("published-estimator",))
    assert (published.use, published.licence) == ("non-commercial", "Conditions 1.0, CC0-1.0")
    assert published.bytes is None  # nobody knows how large the missing file is
    assert published.where == ("https://example.org/published.pth", str(files[1]))


def test_the_table_needs_no_torch() -> None:
    modules = "engine.models.listing, engine.models.licences"
    code = f"import sys, {modules}; list(engine.models.listing.list_models()); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
