"""The shipped list of models, and lists that are broken."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.base.errors import ModelListDamaged
from engine.base.folders import resources_dir
from engine.models.files import sha256_of, shipped_dir
from engine.models.packs import shipped_pack
from engine.models.registry import build_on_meta
from engine.models.spec import Model, Weights, ids_of, parse_pack, read_pack

SHIPPED = shipped_pack()
RELEASE = "https://github.com/zsyOAOA/DifFace/releases/download/V1.0/"
PUBLISHED = {
    "difface-estimator": ("swinir_restoration512_L1.pth", "keys_swinir512.tsv", 512),
    "difface-prior": ("iddpm_ffhq512_ema500000.pth", "keys_unet_ffhq512.tsv", 512),
    "difface256-inpaint-estimator": ("lama_inpainting256.pth", "keys_lama256.tsv", 256),
    "difface256-prior": ("iddpm_ffhq256_ema750000.pth", "keys_unet_ffhq256.tsv", 256),
}


def entry(id: str) -> Weights:
    return next(weights for weights in SHIPPED.weights if weights.id == id)


@pytest.mark.parametrize("id", PUBLISHED)
def test_published_checkpoints_are_listed_with_source_licence_and_layout(id: str, data_dir: Path) -> None:
    file, keys, size_px = PUBLISHED[id]
    weights = entry(id)
    assert weights.source == RELEASE + file
    assert (weights.licence, weights.use, weights.size_px) == ("S-Lab License 1.0", "non-commercial", size_px)
    layout = {name: list(t.shape) for name, t in build_on_meta(weights.network, weights.config).state_dict().items()}
    rows = [line.split("\t") for line in (data_dir / keys).read_text().splitlines()[1:]]
    assert layout == {name: [int(n) for n in shape.split("x")] if shape != "-" else [] for name, shape, _ in rows}


def test_released_defaults() -> None:
    models = {model.id: model for model in SHIPPED.models}
    # 100 calls from N = 400 with eta 0.5; for holes 120 from N = 480 with eta 1 (T = 1000).
    assert (models["difface"].strength, models["difface"].eta, models["difface"].steps) == (0.4, 0.5, 100)
    holes = models["difface256-inpaint"]
    assert (holes.strength, holes.eta, holes.steps) == (0.48, 1.0, 120)


@pytest.mark.parametrize("model", SHIPPED.models, ids=lambda model: model.id)
def test_every_model_is_of_listed_weights_and_starts_where_its_prior_may(model: Model) -> None:
    estimator, prior = entry(model.estimator), entry(str(model.prior))
    assert estimator.stage in ("estimator", "inpainting estimator")
    assert prior.stage == "prior"
    assert prior.max_start_step is not None
    assert model.strength * 1000 <= prior.max_start_step
    assert estimator.size_px == prior.size_px


@pytest.mark.parametrize("weights", SHIPPED.weights, ids=lambda weights: weights.id)
def test_every_licence_that_is_to_be_accepted_can_be_shown(weights: Weights) -> None:
    if weights.use == "non-commercial":
        assert "non-commercial" in (resources_dir() / "licences" / str(weights.licence_file)).read_text()
    else:
        assert weights.use == "any"  # what the project itself lists is never of unknown licence


@pytest.mark.parametrize("weights", [w for w in SHIPPED.weights if w.shipped], ids=lambda weights: weights.id)
def test_shipped_files_are_those_of_the_list(weights: Weights) -> None:
    path = shipped_dir() / weights.file
    if not path.exists():
        pytest.skip(f"{weights.file} is not there yet")
    assert sha256_of(path) == weights.sha256
    assert path.stat().st_size == weights.bytes


def test_shipped_files_are_40_mib_at_most() -> None:
    assert sum(path.stat().st_size for path in shipped_dir().glob("*.safetensors")) <= 40 * 2**20


GOOD = """
id = "mine"
[[weights]]
id = "my-estimator"
name = "My estimator"
stage = "estimator"
network = "srcnn"
file = "my-estimator.safetensors"
licence = "Conditions 1.0"
licence_file = "conditions.txt"
use = "non-commercial"
source = "here"
[[weights]]
id = "my-prior"
name = "My prior"
stage = "prior"
network = "adm_unet"
config = "FFHQ256"
file = "my-prior.safetensors"
size_px = 256
max_start_step = 999
licence = "CC0-1.0"
use = "any"
source = "here"
[[models]]
id = "my-model"
name = "My model"
estimator = "my-estimator"
prior = "my-prior"
strength = 0.4
"""

BROKEN = {
    "no TOML": ("id = ", 'id = "mine"', "line 2"),
    "an unknown field": ("size = 256", "size_px = 256", "size"),
    "an unknown network": ('"srccnn"', '"srcnn"', "srccnn"),
    "a path as a file": ('"../my-prior.safetensors"', '"my-prior.safetensors"', "file"),
    "a pickle as a file": ('"my-prior.pth"', '"my-prior.safetensors"', "file"),
    "a path as a licence": ('"../../conditions.txt"', '"conditions.txt"', "licence_file"),
    "a hash that is none": ('sha256 = "abc"', "size_px = 256", "sha256"),
    "an id with a path": ('id = "../mine"', 'id = "mine"', "id"),
    "an id twice": ('id = "my-prior"', 'id = "my-estimator"', "twice"),
    "a strength of 40": ("strength = 40", "strength = 0.4", "strength"),
    "a prior for any size": ("", "size_px = 256\n", "size_px"),
    "conditions without their text": ("", 'licence_file = "conditions.txt"\n', "licence_file"),
    "a start step there is not": ("= 1000", "= 999", "max_start_step"),
    "a strength without a prior": ("", 'prior = "my-prior"\n', "without a prior"),
    "a foreign prior": ('"spandrel"', '"adm_unet"', "estimator"),
}


def test_a_good_list() -> None:
    pack = parse_pack(GOOD.encode(), Path("models.toml"))
    assert ids_of(pack) == {"my-estimator", "my-prior", "my-model"}
    assert parse_pack(msgspec.json.encode(pack), Path("manifest.json")) == pack


@pytest.mark.parametrize(("wrong", "right", "hint"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_list_is_one_clear_error(wrong: str, right: str, hint: str, tmp_path: Path) -> None:
    assert right in GOOD
    path = tmp_path / "models.toml"
    with pytest.raises(ModelListDamaged) as caught:
        parse_pack(GOOD.replace(right, wrong).encode(), path)
    assert caught.value.arguments["path"] == str(path)
    assert hint in caught.value.arguments["detail"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"[1, 2]"])
@pytest.mark.parametrize("name", ["models.toml", "manifest.json"])
def test_what_is_no_list_at_all(content: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelListDamaged, match=name):
        read_pack(tmp_path / name)


def test_a_missing_list(tmp_path: Path) -> None:
    with pytest.raises(ModelListDamaged, match="No such file"):
        read_pack(tmp_path / "models.toml")
