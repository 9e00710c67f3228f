"""A bundle as MLflow's pyfunc, for those who want `mlflow models serve` or `mlflow.pyfunc.load_model`.

MLflow names this module as its loader and hands it the bundle folder: no pickle, and no import of MLflow here. It runs
where this project's rooms can be imported.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np

from models.hazard import HORIZONS
from models.risk import RiskModel

RISKS: Final = tuple(f"risk_{horizon}" for horizon in HORIZONS)
"""The columns of an answer."""


class Answering:
    """What MLflow asks."""

    def __init__(self, model: RiskModel) -> None:
        self._model = model

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """P(voluntary exit by 30, 90, 180, 365 days) of feature rows.

        Parameters
        ----------
        model_input
            A frame that holds the manifest's columns by name, or (n, columns) values in their order; NaN for null.
        params
            There are none; MLflow hands them over all the same.

        Returns
        -------
        A frame of the same kind with the columns `RISKS`, or an (n, 4) array.
        """
        del params
        if not hasattr(model_input, "columns"):
            return self._model.risks(np.asarray(model_input, dtype=np.float32))
        rows = model_input[list(self._model.manifest.columns)].to_numpy(dtype=np.float32)
        return type(model_input)(self._model.risks(rows), columns=list(RISKS))


def _load_pyfunc(data_path: str) -> Answering:
    """Load and prove the bundle in a folder; the name is MLflow's."""
    return Answering(RiskModel.load(Path(data_path)))
