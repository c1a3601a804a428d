"""What a step is for each network: the batch it learns from, its loss, and how it is judged on held-out faces."""

from __future__ import annotations

from engine.training.config import TrainConfig
from engine.training.estimator_task import EstimatorTask
from engine.training.faces import Faces
from engine.training.prior_task import PriorTask

Task = EstimatorTask | PriorTask


def make_task(config: TrainConfig, faces: Faces) -> Task:
    return EstimatorTask(config, faces) if config.task == "estimator" else PriorTask(config, faces)
