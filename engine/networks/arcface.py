"""The identity of a face as a differentiable embedding: facexlib's ArcFace (Deng et al. 2019) on aligned faces."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.base.torchvision_import import make_torchvision_importable
from engine.base.values import pm1_from_01

ARCFACE_PX = 112
ARCFACE_112 = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""Five landmarks of the 112-pixel template that identity networks of the ArcFace family expect."""


class ArcFace(nn.Module):
    """IR-SE50 behind the alignment of a face template to its own; in eval mode, its weights frozen.

    `state` are the backbone's weights (None: random ones); `affine` (2, 3) takes pixels of the pictures it will be
    given, whose side is `picture_px`, to those of the 112-pixel template.
    """

    grid_affine: Tensor

    def __init__(self, affine: NDArray[np.float64], picture_px: int, state: dict[str, Tensor] | None = None) -> None:
        super().__init__()
        make_torchvision_importable()
        from facexlib.recognition.arcface_arch import Backbone

        self.backbone = Backbone(num_layers=50, drop_ratio=0.6, mode="ir_se")
        if state is not None:
            self.backbone.load_state_dict(state)
        scale = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
        self.reduced_px = min(picture_px, round(picture_px * scale))
        self.register_buffer("grid_affine", _grid_affine(affine, picture_px), persistent=False)
        self.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> ArcFace:
        """Stay in eval mode: the batch norms' statistics belong to the weights."""
        return super().train(False)

    def forward(self, faces: Tensor) -> Tensor:
        """Unit-length embeddings (B, 512) of faces (B, 3, S, S) RGB in [0, 1], S the side given at the start."""
        # Reduced with an antialiasing filter first: the sampling below looks at four pixels only.
        small = F.interpolate(faces, (self.reduced_px,) * 2, mode="bilinear", antialias=True, align_corners=False)
        affine = self.grid_affine.to(small.dtype).expand(len(faces), 2, 3)
        grid = F.affine_grid(affine, [len(faces), 3, ARCFACE_PX, ARCFACE_PX], align_corners=False)
        aligned = F.grid_sample(small, grid, mode="bilinear", padding_mode="border", align_corners=False)
        out: Tensor = self.backbone(pm1_from_01(aligned))
        return out


def _grid_affine(affine: NDArray[np.float64], picture_px: int) -> Tensor:
    """The inverse of `affine` between coordinates that run from -1 to 1 over a picture: (2, 3) float32."""

    def to_pixels(side: int) -> NDArray[np.float64]:
        return np.array([[side / 2, 0, side / 2 - 0.5], [0, side / 2, side / 2 - 0.5], [0, 0, 1]])

    back = np.linalg.inv(np.vstack([affine, [0, 0, 1]]))
    between = np.linalg.inv(to_pixels(picture_px)) @ back @ to_pixels(ARCFACE_PX)
    return torch.from_numpy(between[:2].astype(np.float32))
