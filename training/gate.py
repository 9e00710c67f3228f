"""Whether a candidate may become the champion. It fails closed: what is missing or not a number stands against it.

Two questions, in this order. How rich a model the evidence supports (`richest`): full trees, then the hazard by tenure,
then the base rate; falling back is no refusal, and what falls back says so in its mode. And whether the bundle that
came of it may be served (`judge`): every criterion gives a finding, and one that did not pass holds the candidate back.

Criteria, each with what it asks:

==================================  ==================================================================================
proves its answers                  the bundle is whole, gives its golden rows their risks, all between 0 and 1, and its
                                    card and data sheet follow from its manifest word by word
enough leavers                      at least 5 voluntary exits in closed intervals
evidence out of time                AUC, Brier skill and observed over expected of its own mode at 90 days are numbers
level out of time                   observed over expected at 90 days is not clearly outside 0.5 to 2
answers for everybody               at least 90 % of those who may be scored on the training day get four sound risks
no column that knows everything     see `leakage`
labels dealt out anew               see `canaries`; of full models
columns that know nothing           see `canaries`; of full models
not worse than the champion         see `comparison`
scores stable                       see `comparison`
==================================  ==================================================================================
"""

import math
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.errors import BundleError
from models.evidence import Evidence, Figure
from models.hazard import HORIZONS
from models.manifest import Manifest
from models.risk import RiskModel
from training import card, sheet
from training.backtest import Backtest
from training.evidence import compared
from training.fit import BASE_RATE, BY_TENURE, FULL, LEAST_LEAVERS
from training.splits import HEADLINE
from training.verdict import Finding, flat, said

PROVES: Final = "proves its answers"
LEAVERS: Final = "enough leavers"
EVIDENCE: Final = "evidence out of time"
LEVEL: Final = "level out of time"
COVERAGE: Final = "answers for everybody"

SHOWN: Final = 0.84
"""Standard errors by which the full model must be ahead in AUC or in Brier skill: so do four of five draws of people say.

The usual 95 % would ask a company of a few hundred for more leavers than it has in years, and what is at stake is not
whether a difference is real but which of two models to use: the better guess, unless it is little more than a toss.
Measured on five invented companies of 200 and 300 people over three years: four keep the full model, by Brier skill alone
three; one whose exits were dealt out anew does not.
"""
LEAST_JUDGED: Final = 20
"""People who left within the windows; from fewer, the draws' own spread is not to be believed."""
LEVEL_FROM, LEVEL_TO = 0.5, 2.0
"""Observed over expected; below and above it the risks are of no use as chances."""
LEAST_COVERAGE: Final = 0.9
_SIDES: Final = 3.92
"""Standard errors in a 95 % interval."""


def richest(found: Backtest, seed: int) -> str:
    """The richest mode that the out-of-time evidence at 90 days supports, by pairs on the same people.

    The full model must be shown to be ahead of the hazard by tenure and of the base rate (see `ahead`). The hazard by
    tenure, which is shrunk to the base rate, need only have done better in both figures, or in its chances by more than a toss.
    """
    if all(ahead(found, FULL, other, seed) for other in (BY_TENURE, BASE_RATE)):
        return FULL
    difference = compared(found, BY_TENURE, BASE_RATE, HEADLINE, seed)
    order, chances = lead(difference.auc), lead(difference.brier_skill)
    return BY_TENURE if chances > SHOWN or min(order, chances) > 0 else BASE_RATE


def ahead(found: Backtest, mode: str, other: str, seed: int) -> bool:
    """Whether a mode is shown to be better than another: in both figures, in one of them by more than a toss."""
    place = HORIZONS.index(HEADLINE)
    both = [one for one in found.judged if one.has_answer(mode, place) and one.has_answer(other, place)]
    if sum(int(one.left[:, place].sum()) for one in both) < LEAST_JUDGED:
        return False
    difference = compared(found, mode, other, HEADLINE, seed)
    leads = [lead(difference.auc), lead(difference.brier_skill)]
    return min(leads) > 0 and max(leads) > SHOWN


def lead(difference: Figure) -> float:
    """A difference in its own standard errors; minus infinity where that cannot be said.

    Examples
    --------
    >>> round(lead(Figure(0.02, -0.02, 0.06)), 2)
    0.98
    """
    if difference.value is None or difference.low is None or difference.high is None:
        return -math.inf
    spread = (difference.high - difference.low) / _SIDES
    return difference.value / spread if spread > 0 else math.copysign(math.inf, difference.value or -1.0)


def proves(candidate: Path, digest: str) -> Finding:
    """Whether a bundle folder is the one it should be, and gives its golden rows their risks."""
    try:
        held = RiskModel.load(candidate, digest).bundle
    except BundleError as error:
        return Finding(PROVES, False, str(error))
    if not follows(held):
        return Finding(PROVES, False, "The card or the data sheet does not follow from the manifest; train again.")
    risks = np.array(held.manifest.golden.risks)
    if not _sound(risks).all():
        return Finding(PROVES, False, "Not every risk on the golden rows is a number between 0 and 1.")
    return Finding(PROVES, True, f"{len(risks)} generated rows get their risks.")


def follows(held: Bundle) -> bool:
    """Whether card and data sheet are what the manifest gives, so that no number in them was written by hand."""
    return held.card == card.text(held.manifest) and held.sheet == sheet.text(held.manifest)


def enough_leavers(manifest: Manifest) -> Finding:
    """Whether enough people left for any model."""
    leavers = manifest.training.leavers
    told = f"{leavers} people left voluntarily; a model needs at least {LEAST_LEAVERS}."
    return Finding(LEAVERS, leavers >= LEAST_LEAVERS, told, {"leavers": leavers})


def evidence_there(manifest: Manifest) -> Finding:
    """Whether the candidate's mode was judged out of time, and every headline figure is a number."""
    one = own_evidence(manifest)
    if one is None or not one.origins:
        none = f"There is no out-of-time evidence at {HEADLINE} days: the records are too short for it."
        return Finding(EVIDENCE, False, none)
    named = {"AUC": one.auc, "Brier skill": one.brier_skill, "observed/expected": one.observed_expected}
    missing = [name for name, figure in named.items() if figure.value is None or not math.isfinite(figure.value)]
    told = f"{one.people:,} rows of {one.origins} days, {one.observed} left within {HEADLINE} days"
    if missing:
        return Finding(
            EVIDENCE, False, f"{told}: {', '.join(missing)} cannot be said. It needs more leavers or more time."
        )
    words = ", ".join(f"{name} {said(figure)}" for name, figure in named.items())
    return Finding(EVIDENCE, True, f"{told}: {words}.", flat("auc", one.auc) | flat("brier_skill", one.brier_skill))


def level_right(manifest: Manifest) -> Finding:
    """Whether about as many left out of time as were expected.

    Held back only where the whole interval lies outside: the wider of the bootstrap's and the exact one of a count, for
    few leavers, or none, give the bootstrap nothing to draw from.
    """
    one = own_evidence(manifest)
    if one is None or one.expected is None or not one.expected > 0 or one.observed_expected.value is None:
        return Finding(LEVEL, False, f"Leavers expected out of time by {HEADLINE} days are not a number above 0.")
    low, high = (end / one.expected for end in count_interval(one.observed))
    drawn = one.observed_expected
    low, high = min(low, drawn.low if drawn.low is not None else low), max(high, drawn.high or high)
    passed = high >= LEVEL_FROM and low <= LEVEL_TO
    figure = Figure(drawn.value, low, high)
    told = f"{one.observed} left within {HEADLINE} days where {one.expected:.1f} were expected, observed/expected {said(figure)}"
    figures = flat("observed_expected", figure)
    if passed:
        return Finding(LEVEL, True, f"{told}.", figures)
    do = (
        "Exits may be missing in the export, or far more people leave than used to; the risks are of no use as chances."
    )
    return Finding(LEVEL, False, f"{told}, clearly outside {LEVEL_FROM} to {LEVEL_TO:g}. {do}", figures)


def count_interval(observed: int) -> tuple[float, float]:
    """The 95 % interval of the mean of a count.

    Source: Byar's approximation, in Breslow and Day, "Statistical methods in cancer research II", IARC (1987), 2.2.

    Examples
    --------
    >>> [round(end, 2) for end in count_interval(10)]
    [4.79, 18.39]
    """
    more = observed + 1
    high = more * (1 - 1 / (9 * more) + 1.96 / (3 * math.sqrt(more))) ** 3
    if observed == 0:
        return 0.0, high
    return observed * (1 - 1 / (9 * observed) - 1.96 / (3 * math.sqrt(observed))) ** 3, high


def answers(risks: NDArray[np.float64]) -> Finding:
    """Whether nearly everybody gets a sound risk at every horizon.

    Parameters
    ----------
    risks
        (n, 4), of everybody at risk on the training day who may be scored.
    """
    if risks.ndim != 2 or risks.shape[1] != len(HORIZONS) or not len(risks):
        return Finding(COVERAGE, False, "Nobody at risk on the training day gets a risk at every horizon.")
    sound = _sound(risks).all(axis=1) & (np.diff(risks, axis=1) >= 0).all(axis=1)
    share = float(sound.mean())
    told = f"{share:.1%} of {len(risks):,} people at risk on the training day get a sound risk at every horizon"
    if share >= LEAST_COVERAGE:
        return Finding(COVERAGE, True, f"{told}.", {"share": share})
    return Finding(COVERAGE, False, f"{told}; at least {LEAST_COVERAGE:.0%} must.", {"share": share})


def own_evidence(manifest: Manifest) -> Evidence | None:
    """The candidate's own figures at the headline horizon."""
    found = [one for one in manifest.evidence if one.method == manifest.mode and one.horizon == HEADLINE]
    return found[0] if found else None


def _sound(risks: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(risks) & (risks > 0.0) & (risks < 1.0))
