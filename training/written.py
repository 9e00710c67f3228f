"""The evidence as JSON, for programs: what was looked back from, every figure, and every comparison."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from features.days import to_date
from models.evidence import Evidence
from training.backtest import Backtest
from training.evidence import Against

EVIDENCE: Final = "evidence.json"


def evidence_json(
    found: Backtest, evidence: Sequence[Evidence], against: Sequence[Against], ablation: Sequence[Against] | None = None
) -> bytes:
    """One document; equal evidence gives equal bytes. Figures that cannot be said are null.

    Parameters
    ----------
    ablation
        What each family is worth; None where that was not asked.
    """
    document: dict[str, Any] = {
        "origins": [_origin(place, found) for place in range(len(found.judged))],
        "skipped": found.skipped,
        "evidence": [asdict(one) for one in evidence],
        "against": [asdict(one) for one in against],
        "ablation": None if ablation is None else [asdict(one) for one in ablation],
    }
    return json.dumps(document, sort_keys=True, indent=1, allow_nan=False).encode() + b"\n"


def _origin(place: int, found: Backtest) -> dict[str, Any]:
    one = found.judged[place]
    horizons = list(one.origin.horizons)
    return {"cutoff": to_date(one.origin.cutoff).isoformat(), "horizons": horizons, "people": len(one.employee)}
