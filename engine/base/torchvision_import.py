"""Making `import torchvision` work beside a CPU build of torch; facexlib and spandrel import it."""

from __future__ import annotations

import importlib


def make_torchvision_importable() -> None:
    """Define two operators where torchvision's import stops at them; where it imports, nothing is done.

    PyPI's torchvision has its operators in a library that needs the CUDA build of torch, and beside another build its
    import ends in `operator torchvision::nms does not exist`. Declared without a kernel they are enough for that
    import; none of the networks here calls them.
    """
    import torch

    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                torch.library.define(
                    f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
                )
