"""The trees of a bundle behind BentoML: run by its own environment, which knows nothing of this project.

bentoml serve tests.bench.peer_bentoml:Trees        with TREES naming the model text
"""

import os
from typing import Any

import bentoml
import lightgbm
import numpy as np


@bentoml.service(workers=2)
class Trees:
    """One booster in each of two workers."""

    def __init__(self) -> None:
        self.trees = lightgbm.Booster(model_file=os.environ["TREES"])

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[float]:
        """The boosters' answers to ready-made rows."""
        given: Any = self.trees.predict(np.asarray(rows), num_threads=1)
        return [float(value) for value in given]
