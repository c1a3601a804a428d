"""Training the estimator: L1 between f(y) and the clean face, y from the degradation model."""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.base.values import img01_from_int
from engine.degrade.model import Picture
from engine.degrade.pairs import draw_pair
from engine.training.batches import Batch, batch_rng, batch_size, cropped, draw_corners, is_whole, tensor_from
from engine.training.config import TrainConfig, build_network
from engine.training.faces import Faces, augment, draw, spread
from engine.training.likeness import Likeness


class EstimatorTask(nn.Module):
    """The network and its loss; calling the task gives the loss."""

    def __init__(self, config: TrainConfig, faces: Faces) -> None:
        super().__init__()
        self.config, self.faces = config, faces
        self.network = build_network(config)
        self.likeness = Likeness(config) if config.perceptual_weight or config.identity_weight else None

    def _pair(self, img_u8: NDArray[np.uint8], rng: np.random.Generator, augmented: bool) -> tuple[Picture, Picture]:
        clean = augment(img_u8, self.config.augment, rng) if augmented else img01_from_int(img_u8)
        return draw_pair(clean, self.config.degradation, self.config.old_photo, rng)

    def make_batch(self, step: int, part: int) -> Batch:
        """Clean and damaged faces, or the same crops of both."""
        c = self.config
        rng = batch_rng(c, step, part)
        chosen = draw(self.faces, rng, batch_size(c, step))
        pairs = [self._pair(self.faces.picture(i), rng, augmented=True) for i in chosen]
        batch = {"clean": tensor_from([p[0] for p in pairs]), "damaged": tensor_from([p[1] for p in pairs])}
        if not is_whole(c, step):
            corners = draw_corners(c, rng, len(pairs))
            batch = {name: cropped(pictures, corners, c.crop_px) for name, pictures in batch.items()}
        return batch

    def forward(self, batch: Batch) -> Tensor:
        """The loss () of a batch on the network's device."""
        estimate = self.network(batch["damaged"]).float()
        loss = F.l1_loss(estimate, batch["clean"])
        return loss if self.likeness is None else loss + self.likeness(estimate, batch["clean"])

    def _held_out(self, faces: Faces, count: int) -> list[tuple[Tensor, Tensor]]:
        """Clean and damaged held-out faces (1,3,S,S), one fixed damage each."""
        device = next(self.network.parameters()).device
        pairs = [
            self._pair(p, np.random.default_rng((0, n)), augmented=False) for n, p in enumerate(spread(faces, count))
        ]
        return [(tensor_from([x]).to(device), tensor_from([y]).to(device)) for x, y in pairs]

    def validate(self, faces: Faces) -> dict[str, float]:
        """Mean absolute error of the estimate and of its input over held-out faces."""
        errors = []
        for x, y in self._held_out(faces, 32):
            errors.append((F.l1_loss(self.network(y).float().clamp(0, 1), x).item(), F.l1_loss(y, x).item()))
        mean = np.mean(errors, axis=0)
        return {"val_l1": float(mean[0]), "val_l1_input": float(mean[1])}

    def sheet(self, faces: Faces) -> list[list[Tensor]]:
        """Rows of damaged face, estimate, clean face, each (3,S,S) in [0, 1]."""
        return [[y[0], self.network(y)[0].float(), x[0]] for x, y in self._held_out(faces, 4)[:4]]
