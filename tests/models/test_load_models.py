"""Loading: the file's own tensors in the network, in float32, and nothing that is not what the list says."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file
from small_models import PRIOR, PUBLISHED, SRCNN, random_weights

from engine.base.errors import (
    LicenceNotAccepted,
    UnknownModel,
    WeightsDamaged,
    WeightsMissing,
    WeightsUnfit,
    WeightsUnreadable,
)
from engine.models.files import sha256_of
from engine.models.imports import import_model
from engine.models.licences import accept_licence, licences_of
from engine.models.load import AtItsSize, check_usable, load_network, load_pair
from engine.models.packs import catalogue
from engine.networks.srcnn import Srcnn, SrcnnConfig

CPU = torch.device("cpu")


def test_a_pair_is_what_the_list_says(program: Path) -> None:
    pair = load_pair("starter", CPU)
    assert (pair.size_px, pair.inpainting, pair.max_start_step) == (32, False, 499)
    assert (pair.defaults.strength, pair.defaults.eta, pair.defaults.steps) == (0.2, 0.25, 10)
    files = [program / "models" / f"starter-{part}.safetensors" for part in ("estimator", "prior")]
    assert pair.records == (("starter-estimator", sha256_of(files[0])), ("starter-prior", sha256_of(files[1])))
    assert pair.prior is not None
    for network, file in zip((pair.estimator, pair.prior), files, strict=True):
        stored = load_file(file)
        state = network.state_dict()
        assert state.keys() == stored.keys()
        assert all(torch.equal(state[name], stored[name]) for name in stored)
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())
    y_01 = torch.rand(2, 3, 32, 32)
    assert pair.estimator(y_01).shape == (2, 3, 32, 32)
    assert pair.prior(y_01, torch.tensor([3, 499])).shape == (2, 6, 32, 32)


def test_the_network_computes_with_the_files_weights(program: Path) -> None:
    tensors = load_file(program / "models" / "starter-estimator.safetensors")
    own = Srcnn(SrcnnConfig(channels=(8, 4), kernels=(3, 1, 3)))
    own.load_state_dict(tensors)
    y_01 = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(load_network(catalogue().weights["starter-estimator"], CPU)(y_01), own(y_01))


def test_half_precision_on_the_disk_is_float32_in_memory(program: Path) -> None:
    file = program / "models" / "starter-estimator.safetensors"
    half = {name: tensor.half() for name, tensor in load_file(file).items()}
    save_file(half, file)
    state = load_network(catalogue().weights["starter-estimator"], CPU).state_dict()
    assert all(torch.equal(state[name], half[name].float()) for name in half)
    assert {tensor.dtype for tensor in state.values()} == {torch.float32}


def write_hashes(program: Path) -> None:
    """Put the hash of each starter file into the list."""
    path = program / "models.toml"
    text = path.read_text()
    for part in ("estimator", "prior"):
        line = f'file = "starter-{part}.safetensors"'
        text = text.replace(line, f'{line}\nsha256 = "{sha256_of(program / "models" / f"starter-{part}.safetensors")}"')
    path.write_text(text)


def test_a_changed_file_is_refused_though_it_loads(program: Path) -> None:
    write_hashes(program)
    load_pair("starter", CPU)
    file = program / "models" / "starter-prior.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1  # one bit of one weight
    file.write_bytes(content)
    os.utime(file, ns=(1, 1))
    with pytest.raises(WeightsDamaged, match=r"starter-prior\.safetensors"):
        load_pair("starter", CPU)


def test_a_file_cut_short_is_refused_where_no_hash_is_known(program: Path) -> None:
    file = program / "models" / "starter-prior.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(WeightsUnreadable):
        load_pair("starter", CPU)


def test_weights_of_another_network_are_named(program: Path) -> None:
    file = program / "models" / "starter-prior.safetensors"
    save_file(random_weights("adm_unet", PRIOR | {"base_channels": 128}), file)
    with pytest.raises(WeightsUnfit, match=r"starter-prior.*of another shape"):
        load_pair("starter", CPU)


def test_missing_files_say_what_to_do(program: Path) -> None:
    (program / "models" / "starter-prior.safetensors").unlink()
    with pytest.raises(WeightsMissing, match="Install Albumen again"):
        check_usable("starter")
    with pytest.raises(WeightsMissing, match=r"https://example.org/published\.pth.*albumen models import"):
        check_usable("published")


def test_an_unknown_model_is_told_what_there_is(program: Path) -> None:
    with pytest.raises(UnknownModel, match="published, published-estimator, starter, starter-estimator"):
        load_pair("sturter", CPU)
    with pytest.raises(UnknownModel):  # a prior alone restores nothing
        load_pair("starter-prior", CPU)


def test_conditions_are_accepted_before_the_first_use(program: Path, home: Path, tmp_path: Path) -> None:
    torch.save(random_weights("srcnn", PUBLISHED), tmp_path / "published.pth")
    import_model(tmp_path / "published.pth")
    for use in (lambda: check_usable("published"), lambda: load_pair("published", CPU)):
        with pytest.raises(LicenceNotAccepted, match=r"published-estimator.*Conditions 1\.0"):
            use()
    (licence,) = licences_of("published")
    assert (licence.weights, licence.text, licence.accepted) == ("published-estimator", "Only on Sundays.", False)
    accept_licence("published")
    assert licences_of("published")[0].accepted
    assert load_pair("published", CPU).records[0].id == "published-estimator"
    # Other conditions under the same id are not what was accepted.
    text = (program / "models.toml").read_text()
    (program / "models.toml").write_text(text.replace("Conditions 1.0", "Conditions 2.0"))
    with pytest.raises(LicenceNotAccepted):
        load_pair("published", CPU)


def test_a_broken_note_of_what_was_accepted_accepts_nothing(program: Path, home: Path, tmp_path: Path) -> None:
    torch.save(random_weights("srcnn", PUBLISHED), tmp_path / "published.pth")
    import_model(tmp_path / "published.pth")
    accept_licence("published-estimator")
    (home / "licences.json").write_bytes(b'{"published-est')
    with pytest.raises(LicenceNotAccepted):
        check_usable("published")
    accept_licence("published-estimator")
    check_usable("published")


def test_free_models_ask_for_nothing(program: Path) -> None:
    assert licences_of("starter") == ()
    check_usable("starter")


def test_an_estimator_alone_works_with_the_starters_prior(program: Path) -> None:
    pair = load_pair("starter-estimator", CPU)
    assert [record.id for record in pair.records] == ["starter-estimator", "starter-prior"]
    assert pair.defaults == load_pair("starter", CPU).defaults
    assert (pair.id, pair.size_px, pair.max_start_step) == ("starter-estimator", 32, 499)


def test_an_estimator_of_another_size_sees_the_face_at_its_own(program: Path, tmp_path: Path) -> None:
    torch.save(random_weights("srcnn", PUBLISHED), tmp_path / "published.pth")
    import_model(tmp_path / "published.pth")
    accept_licence("published")
    pair = load_pair("published", CPU)
    seen: list[torch.Size] = []
    pair.estimator.get_submodule("estimator").register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape))
    assert pair.estimator(torch.rand(2, 3, 32, 32)).shape == (2, 3, 32, 32)
    assert seen == [(2, 3, 64, 64)]


def test_resizing_there_and_back_keeps_flat_pictures() -> None:
    flat = torch.full((1, 3, 32, 32), 0.3)
    for size_px in (64, 16):  # weights of each resampled pixel sum to 1
        assert torch.allclose(AtItsSize(torch.nn.Identity(), size_px)(flat), flat, atol=1e-6)


def test_a_model_without_a_prior(program: Path, home: Path) -> None:
    folder = home / "models" / "lone"
    folder.mkdir(parents=True)
    save_file(random_weights("srcnn", SRCNN), folder / "lone-estimator.safetensors")
    estimator = {
        "id": "lone-estimator",
        "name": "",
        "stage": "estimator",
        "network": "srcnn",
        "config": SRCNN,
        "file": "lone-estimator.safetensors",
        "licence": "CC0-1.0",
        "use": "any",
        "source": "",
    }
    model = {"id": "lone", "name": "Lone", "estimator": "lone-estimator"}
    (folder / "manifest.json").write_bytes(
        msgspec.json.encode({"id": "lone", "weights": [estimator], "models": [model]})
    )
    pair = load_pair("lone", CPU)
    assert pair.prior is None
    # 512 is the template's size, for an estimator of any size.
    assert (pair.size_px, pair.max_start_step, pair.defaults.strength, len(pair.records)) == (512, 0, 0.0, 1)


def test_two_sizes_through_the_same_code(program: Path) -> None:
    text = (program / "models.toml").read_text()
    (program / "models.toml").write_text(text.replace("size_px = 32", "size_px = 64"))
    pair = load_pair("starter", CPU)
    assert pair.size_px == 64
    assert pair.prior is not None
    assert pair.prior(torch.rand(1, 3, 64, 64), torch.tensor([7])).shape == (1, 6, 64, 64)


def test_the_shipped_prior_computes_at_the_first_timesteps() -> None:
    """Half precision rounds abar_0 and abar_1 to 1, and eps is divided by the root of 1 - abar."""
    prior = load_pair("starter", torch.device("cpu")).prior
    assert prior is not None
    x_t = torch.randn(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    for t in (0, 1, 2):
        assert prior(x_t, torch.tensor([t])).isfinite().all()
