"""What is said of a model: what it is for, whether it may be used, where its missing parts come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication

from engine.protocol import ModelInfo


@dataclass(frozen=True)
class FetchPlan:
    """What fetching a model means: the hosts it comes from, and how many bytes (None while unknown)."""

    hosts: tuple[str, ...]
    bytes: int | None


def is_usable(model: ModelInfo) -> bool:
    """Whether faces can be restored with it: installed, its licence accepted, and not a part of another model."""
    whole = model.kind == "model" or model.stages == ("estimator",)
    return whole and model.accepted and not model.missing


def fetch_plan(model: ModelInfo, models: Sequence[ModelInfo]) -> FetchPlan:
    """Where the missing parts of a model come from and how large they are."""
    parts = {part.id: part for part in models if part.kind == "weights"}
    missing = [parts[id] for id in model.missing if id in parts]
    hosts = [host for part in missing for url in part.where if (host := urlsplit(url).hostname)]
    sizes = [part.bytes for part in missing]
    known = sum(size for size in sizes if size is not None)
    return FetchPlan(tuple(dict.fromkeys(hosts)), None if not sizes or None in sizes else known)


def purpose_text(model: ModelInfo) -> str:
    """What it is for, in plain words."""
    translate = QCoreApplication.translate
    stages = set(model.stages)
    if "inpainting estimator" in stages:
        return translate("Models", "Fills in what scratches and tears have taken from a face.")
    if stages == {"estimator"}:
        return translate("Models", "Cleans faces and sharpens them; imagines nothing beyond that.")
    if stages == {"prior"}:
        return translate("Models", "Knows what faces look like. It works together with a part that cleans them.")
    return translate("Models", "Restores faces: cleans them first, then imagines what is lost, as much as you allow.")


def use_text(model: ModelInfo) -> str:
    """Whether it may be used commercially."""
    translate = QCoreApplication.translate
    if model.use == "any":
        return translate("Models", "For any use, also commercial")
    if model.use == "non-commercial":
        return translate("Models", "Not for commercial use")
    return translate("Models", "Its licence is not known; ask its authors before commercial use")
