"""How near a picture is to the true one: PSNR, SSIM, LPIPS, identity. Pictures are (S, S, 3) RGB float32 in [0, 1]."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from engine.base.errors import ExtraMissing, WeightsMissing
from engine.base.values import pm1_from_01, u8_from_01
from engine.faces.align import TEMPLATE_512, umeyama

Picture = NDArray[np.float32]

LPIPS_FILE = "lpips_alex.npz"
IDENTITY_FILE = "MobileFaceNet.onnx"
ARCFACE_112 = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""Five landmarks of the 112-pixel template that identity networks of the ArcFace family expect."""


def psnr(a: Picture, b: Picture) -> float:
    """Peak signal-to-noise ratio in dB over all channels; infinite for equal pictures."""
    mse = float(np.square(a.astype(np.float64) - b).mean())
    return float("inf") if mse == 0 else -10 * float(np.log10(mse))


def ssim(a: Picture, b: Picture) -> float:
    """Structural similarity with the published 11x11 Gaussian window, mean of the three channels (Wang et al. 2004)."""
    try:
        from skimage.metrics import structural_similarity
    except ImportError:
        raise ExtraMissing(extra="evaluation") from None
    return float(
        structural_similarity(  # type: ignore[no-untyped-call]
            a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2, data_range=1.0
        )
    )


class Lpips:
    """LPIPS 0.1 on AlexNet (Zhang et al. 2018): distance of unit-normalised features, lower is nearer."""

    _STRIDES_PADS = ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))
    _POOL_BEFORE = (False, True, True, False, False)

    def __init__(self, path: Path) -> None:
        """Read `conv0.weight`, `conv0.bias` ... and `lin0.weight` ... from an .npz; WeightsMissing where it is not."""
        if not path.is_file():
            raise WeightsMissing(path=path, model="LPIPS", advice="Give their folder with --metric-weights.")
        with np.load(path) as file:
            tensors = {name: torch.from_numpy(file[name]).float() for name in file.files}
        self.convs = [(tensors[f"conv{i}.weight"], tensors[f"conv{i}.bias"]) for i in range(5)]
        self.heads = [tensors[f"lin{i}.weight"].reshape(1, -1, 1, 1) for i in range(5)]
        self.shift = torch.tensor([-0.030, -0.088, -0.188])[None, :, None, None]
        self.scale = torch.tensor([0.458, 0.448, 0.450])[None, :, None, None]

    @torch.no_grad()
    def __call__(self, a: Picture, b: Picture) -> float:
        x = torch.stack([torch.from_numpy(p.copy()).permute(2, 0, 1) for p in (a, b)])
        x = (pm1_from_01(x) - self.shift) / self.scale  # (2, 3, S, S)
        total = 0.0
        for (weight, bias), head, (stride, pad), pool in zip(
            self.convs, self.heads, self._STRIDES_PADS, self._POOL_BEFORE, strict=True
        ):
            x = F.relu(F.conv2d(F.max_pool2d(x, 3, 2) if pool else x, weight, bias, stride=stride, padding=pad))
            total += float((self._difference(x) * head).sum(1).mean())
        return total

    @staticmethod
    def _difference(features: Tensor) -> Tensor:
        unit = features / (features.square().sum(1, keepdim=True).sqrt() + 1e-10)
        return (unit[:1] - unit[1:]).square()


class Identity:
    """Cosine of two faces' identity embeddings; both pictures are aligned to the 512 template at any size."""

    def __init__(self, path: Path) -> None:
        """Load an ArcFace-family ONNX network with 112-pixel RGB input; WeightsMissing where the file is not."""
        try:
            import onnxruntime
        except ImportError:
            raise ExtraMissing(extra="evaluation") from None
        if not path.is_file():
            raise WeightsMissing(path=path, model="identity", advice="Give their folder with --metric-weights.")
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def embedding(self, picture: Picture) -> NDArray[np.float32]:
        """Unit-length embedding of one aligned face."""
        side = picture.shape[0]
        # Template landmarks are fixed, so one similarity serves every aligned face (half-pixel centres).
        source = (TEMPLATE_512 + 0.5) * side / 512 - 0.5
        matrix = umeyama(source, ARCFACE_112)
        face = cv2.warpAffine(u8_from_01(picture), matrix, (112, 112), flags=cv2.INTER_AREA).astype(np.float32) / 255
        x = (face - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        vector = self.session.run(None, {self.input: x.transpose(2, 0, 1)[None].astype(np.float32)})[0].ravel()
        return np.asarray(vector / np.linalg.norm(vector))

    def __call__(self, a: Picture, b: Picture) -> float:
        return float(self.embedding(a) @ self.embedding(b))
