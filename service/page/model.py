"""`/model`: can it be trusted? What it was trained on, how good it was on days it had not seen, and where its limits are."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import Response

from features.days import to_day
from models.evidence import Evidence, RiskGroup
from models.hazard import HORIZONS
from models.limits import HEADLINE, limits
from models.manifest import Manifest
from service.api import freshness
from service.api.oversight import Oversight, oversight
from service.page import charts_model
from service.page.rendering import render
from service.page.routing import router as page_router
from service.page.verdict import verdict

router = page_router()

TENURE: Final = "tenure"
"""The plainest rival: who has been here for how long."""


@dataclass(frozen=True)
class Judged:
    """How good the model was at one horizon, on days it had not seen."""

    horizon: int
    served: Evidence
    tenure: Evidence | None
    """Time with the company alone; None where that is the model."""


@router.get("/model")
def get_model(request: Request, watched: Annotated[Oversight, Depends(oversight)]) -> Response:
    """The model that is loaded, in words and two charts."""
    service = watched.service
    serving = service.models.serving
    if serving is None:
        return render(request, "model.html", {"manifest": None})
    manifest = serving.model.manifest
    trained_to = to_day(dt.date.fromisoformat(manifest.training.trained_to))
    groups = _groups(manifest.evidence, manifest.mode)
    values: dict[str, Any] = {
        "manifest": manifest,
        "version": serving.champion.version,
        "age": max(0, service.today() - trained_to),
        "stale": freshness.of(service.models).degraded,
        "verdict": verdict(manifest),
        "judged": judged(manifest),
        "headline": next((one for one in judged(manifest) if one.horizon == HEADLINE), None),
        "horizon": HEADLINE,
        "groups": groups,
        "bands": service.bands or serving.model.bands,
        "reliability": charts_model.reliability(groups) if groups else None,
        "lift": charts_model.lift(groups) if groups and manifest.mode != "base_rate" else None,
        "found": charts_model.found(groups) if groups else [],
        "limits": limits(manifest),
    }
    return render(request, "model.html", values)


def judged(manifest: Manifest) -> list[Judged]:
    """What is known of each horizon whose windows have closed, the shortest first."""
    by = {(one.method, one.horizon): one for one in manifest.evidence if one.origins}
    rival = None if manifest.mode == TENURE else TENURE
    return [
        Judged(horizon, by[manifest.mode, horizon], by.get((rival or "", horizon)))
        for horizon in HORIZONS
        if (manifest.mode, horizon) in by
    ]


def _groups(evidence: Sequence[Evidence], mode: str) -> Sequence[RiskGroup]:
    """The served model's groups of like risk, at the horizon spoken of first."""
    return next((one.groups for one in evidence if (one.method, one.horizon) == (mode, HEADLINE)), ())
