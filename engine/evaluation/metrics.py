"""How near a picture is to the true one: PSNR, SSIM, LPIPS, identity. Pictures are (S, S, 3) RGB float32 in [0, 1]."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.base.errors import WeightsMissing, WeightsUnreadable
from engine.base.values import u8_from_01
from engine.faces.align import TEMPLATE_512, umeyama
from engine.networks.lpips_alex import load_lpips_alex

Picture = NDArray[np.float32]

LPIPS_FILE = "lpips_alex.npz"
IDENTITY_FILE = "MobileFaceNet.onnx"
ARCFACE_112 = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""Five landmarks of the 112-pixel template that identity networks of the ArcFace family expect."""

_SSIM_WINDOW = cv2.getGaussianKernel(11, 1.5)
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2


def psnr(a: Picture, b: Picture) -> float:
    """Peak signal-to-noise ratio in dB over all channels; infinite for equal pictures."""
    mse = float(np.square(a.astype(np.float64) - b).mean())
    return float("inf") if mse == 0 else -10 * float(np.log10(mse))


def ssim(a: Picture, b: Picture) -> float:
    """Structural similarity with the published 11x11 Gaussian window, mean of the three channels (Wang et al. 2004).

    As published, the border that the window does not fit into is left out.
    """
    mean_a, mean_b = _windowed(a), _windowed(b)
    variances = _windowed(a * a) - mean_a * mean_a + _windowed(b * b) - mean_b * mean_b
    covariance = _windowed(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + _SSIM_C1) / (mean_a * mean_a + mean_b * mean_b + _SSIM_C1)
    structure = (2 * covariance + _SSIM_C2) / (variances + _SSIM_C2)
    return float((luminance * structure).mean(dtype=np.float64))


def _windowed(picture: Picture) -> Picture:
    """Gaussian-weighted mean around each pixel at least 5 pixels inside: (H, W, C) -> (H - 10, W - 10, C)."""
    return np.asarray(cv2.sepFilter2D(picture, -1, _SSIM_WINDOW, _SSIM_WINDOW)[5:-5, 5:-5])


def angle_degrees(cosine: float) -> float:
    """The angle in [0, 180] degrees of a cosine: between identity embeddings it is the paper's IDS."""
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


class Lpips:
    """LPIPS 0.1 on AlexNet (Zhang et al. 2018): distance of unit-normalised features, lower is nearer."""

    def __init__(self, path: Path) -> None:
        """Read the weights from an .npz; WeightsMissing where it is not, WeightsUnreadable where it is none."""
        if not path.is_file():
            raise WeightsMissing(path=path, model="LPIPS", advice="Give their folder with --metric-weights.")
        try:
            self.network = load_lpips_alex(path)
        except (OSError, ValueError) as error:
            raise WeightsUnreadable(path=path) from error

    @torch.inference_mode()
    def __call__(self, a: Picture, b: Picture) -> float:
        return float(self.network(_tensor(a), _tensor(b)))

    @torch.inference_mode()
    def features(self, picture: Picture) -> NDArray[np.float32]:
        """The last layer's activations averaged over the plane, (256,)."""
        *_, last = self.network.layers(_tensor(picture))
        return np.asarray(last[0].mean((1, 2)).numpy())


def _tensor(picture: Picture) -> Tensor:
    """(S, S, 3) -> (1, 3, S, S)."""
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None]


class Identity:
    """Cosine of two faces' identity embeddings; both pictures are aligned to the 512 template at any size."""

    def __init__(self, path: Path) -> None:
        """Load an ArcFace-family ONNX network with 112-pixel RGB input; WeightsMissing where the file is not."""
        import onnxruntime

        if not path.is_file():
            raise WeightsMissing(path=path, model="identity", advice="Give their folder with --metric-weights.")
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def embedding(self, picture: Picture) -> NDArray[np.float32]:
        """Unit-length embedding of one aligned face."""
        vector = self.features(picture)
        return np.asarray(vector / np.linalg.norm(vector))

    def features(self, picture: Picture) -> NDArray[np.float32]:
        """The network's output for one aligned face, not normalised: (128,) of MobileFaceNet."""
        side = picture.shape[0]
        # Template landmarks are fixed, so one similarity serves every aligned face (half-pixel centres).
        source = (TEMPLATE_512 + 0.5) * side / 512 - 0.5
        matrix = umeyama(source, ARCFACE_112)
        face = cv2.warpAffine(u8_from_01(picture), matrix, (112, 112), flags=cv2.INTER_AREA).astype(np.float32) / 255
        x = (face - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        return np.asarray(self.session.run(None, {self.input: x.transpose(2, 0, 1)[None].astype(np.float32)})[0][0])

    def __call__(self, a: Picture, b: Picture) -> float:
        return float(self.embedding(a) @ self.embedding(b))
