"""The only file that logs runs to MLflow: parameters, figures and files. Counts and names, never a row.

A run's files are a model as MLflow knows it, so that its own tools load and serve what is served here::

    MLmodel, requirements.txt …   how `mlflow models serve` and `mlflow.pyfunc.load_model` find the bundle
    bundle/                       what is shipped
    verdict.json                  what the gate found
    evidence.json, card.md …      what else the run has to show
"""

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import polars as pl

from models import registry
from models.bundle import Bundle
from models.evidence import Evidence, Figure
from models.manifest import Manifest
from models.pyfunc import RISKS
from models.registry import FOLDER, VERDICT_FILE, Registry
from models.version import DIGEST, EVIDENCE, PASSED, REFUSED, VERDICT, VERDICT_DIGEST, Version
from training.verdict import Verdict, flat

_PARAMS_AT_ONCE: Final = 100
_METRICS_AT_ONCE: Final = 1_000
"""MLflow refuses more in a call."""
_LIBRARIES: Final = ("lightgbm", "msgspec", "numba", "numpy", "pandas")
"""What answering takes beside this project. Named, or MLflow spends half a minute a run finding out."""


@dataclass(frozen=True)
class Run:
    """A candidate and what its run has to show."""

    held: Bundle
    verdict: Verdict
    data_digest: str
    """Of the data as read."""
    now: int
    """Milliseconds since 1970, for the figures."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """More figures by name, such as how late exits are recorded."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """More files by their path below the run's own."""


def log(opened: Registry, run: Run, beside: Path) -> Version:
    """Log a run with its files and register it as the next version; no alias moves.

    Parameters
    ----------
    beside
        A folder in which the run's files may be put together; it exists.
    """
    from mlflow.entities import Metric, Param, RunTag

    manifest = run.held.manifest
    files = _together(run, beside / "run")
    made = opened.client.create_run(registry.experiment(opened), run_name=f"train to {manifest.training.trained_to}")
    run_id = str(made.info.run_id)
    figures = _figures(manifest.evidence) | dict(run.figures)
    metrics = [Metric(name, value, run.now, 0) for name, value in figures.items()]
    params = [Param(name, str(value)) for name, value in _params(manifest).items()]
    told = {"bundle_digest": run.held.digest, "data_digest": run.data_digest, VERDICT: _word(run.verdict)}
    opened.client.log_batch(run_id, tags=[RunTag(name, value) for name, value in told.items()])
    for part in _parts(params, _PARAMS_AT_ONCE):
        opened.client.log_batch(run_id, params=part)
    for part in _parts(metrics, _METRICS_AT_ONCE):
        opened.client.log_batch(run_id, metrics=part)
    registered = opened.publish(run_id, files, _tags(run))
    opened.client.set_terminated(run_id)
    return registered


def _tags(run: Run) -> dict[str, str]:
    manifest = run.held.manifest
    return {
        DIGEST: run.held.digest,
        "mode": manifest.mode,
        "trained_to": manifest.training.trained_to,
        VERDICT: _word(run.verdict),
        VERDICT_DIGEST: run.verdict.digest,
        EVIDENCE: json.dumps(dict(run.verdict.headline), sort_keys=True),
        "reasons": " ".join(run.verdict.reasons),
    }


def _word(verdict: Verdict) -> str:
    return PASSED if verdict.passed else REFUSED


def _together(run: Run, folder: Path) -> Path:
    """All files of a run in one folder, laid out as an MLflow model around the bundle."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it warns of types of its own while it is imported
        import mlflow.pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    columns = run.held.manifest.columns
    signature = ModelSignature(
        inputs=Schema([ColSpec("double", name) for name in columns]),
        outputs=Schema([ColSpec("double", name) for name in RISKS]),
    )
    model = Model()
    mlflow.pyfunc.save_model(
        path=str(folder),
        loader_module="models.pyfunc",
        mlflow_model=model,
        signature=signature,
        input_example=_example(run.held.manifest),
        pip_requirements=[f"{name}=={version(name)}" for name in ("mlflow", *_LIBRARIES)],
    )
    model.flavors["python_function"]["data"] = FOLDER
    model.save(str(folder / "MLmodel"))
    shutil.copytree(run.held.path, folder / FOLDER)
    for name, content in {VERDICT_FILE: run.verdict.written(), **run.files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _example(manifest: Manifest) -> Any:
    """Two of the generated rows as the frame MLflow wants."""
    rows = manifest.golden.matrix()[:2].astype(float)
    return pl.DataFrame(dict(zip(manifest.columns, rows.T, strict=True))).to_pandas()


def _params(manifest: Manifest) -> dict[str, Any]:
    training = {f"training.{name}": value for name, value in vars(manifest.training).items()}
    return {"mode": manifest.mode, "columns": len(manifest.columns)} | training | manifest.params


def _figures(evidence: Sequence[Evidence]) -> dict[str, float]:
    """Every number of the evidence as ``method.horizon.figure``, its interval beside it; what is none is left out."""
    figures = {}
    for one in evidence:
        for name, value in _numbers(one).items():
            if value is not None:
                figures[f"{one.method}.{one.horizon}.{name}"] = float(value)
    return figures


def _numbers(one: Evidence) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name, value in vars(one).items():
        if isinstance(value, Figure):
            found |= flat(name, value)
        elif isinstance(value, int | float) and name != "horizon":
            found[name] = value
    for each in one.at_capacity:
        found |= flat(f"precision_at_{each.capacity}", each.precision) | flat(f"lift_at_{each.capacity}", each.lift)
    return found


def _parts(items: list[Any], size: int) -> Iterator[list[Any]]:
    yield from (items[start : start + size] for start in range(0, len(items), size))
