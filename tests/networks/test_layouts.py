"""State-dict keys, order, shapes and types of the published checkpoints (stored tables)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from torch import nn

from engine.networks.adm_unet import FFHQ256, FFHQ512, IMAGENET256, AdmUnet
from engine.networks.lama import LAMA256, Lama
from engine.networks.swinir import SWINIR512, SwinIR

PUBLISHED = {
    "unet_ffhq512": (AdmUnet, FFHQ512),
    "unet_ffhq256": (AdmUnet, FFHQ256),
    "unet_imagenet256": (AdmUnet, IMAGENET256),
    "swinir512": (SwinIR, SWINIR512),
    "lama256": (Lama, LAMA256),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_state_dict_is_the_published_one(name: str, data_dir: Path) -> None:
    network_class, config = PUBLISHED[name]
    with torch.device("meta"):
        network: nn.Module = network_class(config)
    ours = [
        (key, "x".join(map(str, value.shape)) or "-", str(value.dtype).removeprefix("torch."))
        for key, value in network.state_dict().items()
    ]
    header, *lines = (data_dir / f"keys_{name}.tsv").read_text().splitlines()
    assert header == "key\tshape\tdtype"
    assert ours == [tuple(line.split("\t")) for line in lines]


@pytest.mark.parametrize("config", [config for _, config in PUBLISHED.values()], ids=list(PUBLISHED))
def test_configs_survive_json(config: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(config), type=type(config)) == config
