"""The only file that logs runs to MLflow: parameters, figures and the bundle's files. Counts and names, never a row."""

from collections.abc import Mapping, Sequence
from typing import Any

from models import registry
from models.bundle import Bundle
from models.evidence import Evidence, Figure
from models.manifest import Manifest
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
    figures: dict[str, float] = {}
    for one in evidence:
        named = {name: value for name, value in vars(one).items() if name not in {"horizon", "at_capacity"}}
        for at in one.at_capacity:
            named |= {f"precision_at_{at.capacity}": at.precision, f"lift_at_{at.capacity}": at.lift}
        for name, value in named.items():
            figures |= _numbers(f"{one.method}.{one.horizon}.{name}", value)
    return figures


def _numbers(name: str, value: object) -> dict[str, float]:
    """A figure with the ends of its interval, or a plain number; nothing of what is none or no number."""
    if isinstance(value, Figure):
        parts = {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}
        return {part: float(number) for part, number in parts.items() if number is not None}
    return {name: float(value)} if isinstance(value, int | float) else {}
