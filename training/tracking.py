"""The only file that logs runs to MLflow: parameters, figures and the bundle's files. Counts and names, never a row."""

from collections.abc import Mapping, Sequence
from typing import Any

from models import registry
from models.bundle import Bundle, Evidence, Manifest
from models.registry import Registry, Version


def log(opened: Registry, held: Bundle, data_digest: str, now: int, extra: Mapping[str, float]) -> Version:
    """Log a run with its bundle and register it as the next version; the alias does not move.

    Parameters
    ----------
    data_digest
        Of the data as read.
    now
        Milliseconds since 1970, for the figures.
    extra
        More figures by name, such as how late exits are recorded.
    """
    from mlflow.entities import Metric, Param, RunTag

    manifest = held.manifest
    run = opened.client.create_run(registry.experiment(opened), run_name=f"train to {manifest.training.trained_to}")
    run_id = str(run.info.run_id)
    figures = _figures(manifest.evidence) | dict(extra)
    opened.client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in figures.items()],
        params=[Param(name, str(value)) for name, value in _params(manifest).items()],
        tags=[RunTag("bundle_digest", held.digest), RunTag("data_digest", data_digest)],
    )
    version = opened.publish(held, run_id)
    opened.client.set_terminated(run_id)
    return version


def _params(manifest: Manifest) -> dict[str, Any]:
    training = {f"training.{name}": value for name, value in vars(manifest.training).items()}
    return {"mode": manifest.mode, "columns": len(manifest.columns)} | training | manifest.params


def _figures(evidence: Sequence[Evidence]) -> dict[str, float]:
    """Every number of the evidence as ``method.horizon.figure``, those that are none left out."""
    figures = {}
    for one in evidence:
        for name, value in vars(one).items():
            if isinstance(value, int | float) and name != "horizon":
                figures[f"{one.method}.{one.horizon}.{name}"] = float(value)
    return figures
