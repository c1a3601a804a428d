"""ArcFace's embedding: alignment to its template, unit length, gradients. The weights are random."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.faces.align import TEMPLATE_512, umeyama
from engine.networks.arcface import ARCFACE_112, ArcFace

SIDE = 256


class _Seen(nn.Module):
    """In the backbone's place: keeps what it is given."""

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return x.flatten(1)


@pytest.fixture(scope="module")
def network() -> ArcFace:
    torch.manual_seed(0)
    landmarks = (TEMPLATE_512 + 0.5) * SIDE / 512 - 0.5
    return ArcFace(umeyama(landmarks, ARCFACE_112), SIDE)


def test_landmarks_of_the_template_land_on_arcfaces(network: ArcFace) -> None:
    """A bright spot at each landmark of the face is found, after alignment, where the similarity takes it."""
    landmarks = (TEMPLATE_512 + 0.5) * SIDE / 512 - 0.5
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    seen, backbone = _Seen(), network.backbone
    network.backbone = seen
    try:
        for point in landmarks:
            spot = torch.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / (2 * 4.0**2))
            network(spot.float().expand(1, 3, SIDE, SIDE))
            weight = ((seen.x[0, 0] + 1) / 2).double()
            v, u = torch.meshgrid(torch.arange(112), torch.arange(112), indexing="ij")
            found = [float((weight * axis).sum() / weight.sum()) for axis in (u, v)]
            affine = umeyama(landmarks, ARCFACE_112)
            np.testing.assert_allclose(found, affine[:, :2] @ point + affine[:, 2], atol=0.1)
    finally:
        network.backbone = backbone


@pytest.mark.slow
def test_embeddings_have_unit_length_and_pass_gradients_to_the_picture(network: ArcFace) -> None:
    network.train()  # must not wake the batch norms
    faces = torch.rand((2, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(0)).requires_grad_()
    one, two = network(faces)
    assert one.norm().item() == pytest.approx(1, abs=1e-5)
    (gradient,) = torch.autograd.grad((one * two).sum(), faces)
    assert torch.isfinite(gradient).all()
    assert gradient.abs().max() > 0
    assert not any(p.requires_grad for p in network.parameters())
    torch.testing.assert_close(network(faces[:1])[0], one, atol=1e-5, rtol=0)  # a face alone gives the same
