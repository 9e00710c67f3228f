"""Whether a candidate may become the champion. It fails closed: what is missing or not a number is a reason against.

Whether richer models earn their place is asked before (`richest`): full trees must have lost less, out of time, than
the hazard by tenure, and that less than the base rate; what has no such evidence does not earn it.
"""

import math
from pathlib import Path

from models.bundle import Manifest
from models.errors import BundleError
from models.risk import RiskModel
from training.backtest import Backtest, losses
from training.fit import BASE_RATE, BY_TENURE, FULL, LEAST_LEAVERS
from training.splits import HEADLINE


def richest(found: Backtest) -> str:
    """The richest mode that the out-of-time evidence at 90 days supports."""
    full, tenure, rate = losses(found, (FULL, BY_TENURE, BASE_RATE), HEADLINE)
    if full < tenure and full < rate:
        return FULL
    tenure, rate = losses(found, (BY_TENURE, BASE_RATE), HEADLINE)
    return BY_TENURE if tenure < rate else BASE_RATE


def reasons_against(candidate: Path, digest: str) -> list[str]:
    """All that stands against promoting a bundle; empty if it may be promoted.

    Parameters
    ----------
    candidate
        The bundle folder as it would be shipped.
    digest
        What it should be.
    """
    try:
        model = RiskModel.load(candidate, digest)
    except BundleError as error:
        return [str(error)]
    return _too_few(model.manifest) + _not_numbers(model.manifest) + _no_evidence(model.manifest)


def _too_few(manifest: Manifest) -> list[str]:
    leavers = manifest.training.leavers
    if leavers >= LEAST_LEAVERS:
        return []
    return [f"{leavers} people left voluntarily; a model needs at least {LEAST_LEAVERS}."]


def _not_numbers(manifest: Manifest) -> list[str]:
    risks = [risk for row in manifest.golden.risks for risk in row]
    if risks and all(math.isfinite(risk) and 0.0 < risk < 1.0 for risk in risks):
        return []
    return ["Not every risk on the golden rows is a number between 0 and 1."]


def _no_evidence(manifest: Manifest) -> list[str]:
    at_headline = [one for one in manifest.evidence if one.method == manifest.mode and one.horizon == HEADLINE]
    reasons = []
    if not at_headline or not at_headline[0].origins:
        reasons.append(f"There is no out-of-time evidence at {HEADLINE} days: the records are too short for it.")
    elif at_headline[0].expected is None or not at_headline[0].expected > 0:
        reasons.append(f"Leavers expected out of time by {HEADLINE} days are not a number above 0.")
    return reasons
