"""Networks by name and their configs."""

from __future__ import annotations

import pytest

from engine.models.registry import NETWORKS, build_on_meta


@pytest.mark.parametrize("name", sorted(NETWORKS.keys() - {"adm_unet"}))
def test_every_network_builds_from_its_defaults_without_storage(name: str) -> None:
    module = build_on_meta(name, {})
    assert {tensor.device.type for tensor in module.state_dict().values()} == {"meta"}
    # A buffer outside the state dict would keep the meta device after loading.
    assert len(list(module.parameters())) + len(list(module.buffers())) == len(module.state_dict())


def test_lists_and_inner_tables_become_the_config() -> None:
    module = build_on_meta(
        "guided_prior", {"components": 7, "body": {"in_channels": 11, "channels": [32, 64], "blocks": [1, 1]}}
    )
    assert module.state_dict()["basis"].shape[0] == 7


@pytest.mark.parametrize(
    ("name", "config", "hint"),
    [
        ("srcnn", {"chanels": [8, 4]}, "chanels"),
        ("guided_prior", {"body": {"widht": 3}}, "widht"),
        ("srcnn", {"channels": "many"}, "channels"),
        ("swinir", "SWINIR1024", "SWINIR1024"),
        ("swinir", "SwinIRConfig", "SwinIRConfig"),
        ("adm_unet", {}, "image_px"),
        ("compact_unet", {"group_channels": 0}, "group_channels=0"),
        ("swinir", {"depths": [2, 2], "heads": [2]}, "heads"),
    ],
)
def test_a_config_that_does_not_fit_is_named(name: str, config: dict[str, object] | str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        build_on_meta(name, config)
