"""How good risks are, one number each: ranking, accuracy, level and spread, with the paper each comes from.

All take `left` (n,) bool and `risk` (n,) between 0 and 1, and give NaN where the value is not defined, never a guess.
"""

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.ranking import Ranked

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def auc(left: Flags, risk: Floats) -> float:
    """Chance that somebody who left had a higher risk than somebody who stayed; ties count a half. Higher is better.

    NaN unless both kinds are there.

    Source: Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve", Radiology 143 (1982).

    Examples
    --------
    >>> auc(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.8, 0.1]))
    0.875
    """
    return float(_ranked(left, risk).auc()[0])


def average_precision(left: Flags, risk: Floats) -> float:
    """Mean share of leavers above each leaver in the list, tied rows taken together. Higher is better.

    The base rate is what a random order gives. NaN where nobody left.

    Source: Davis and Goadrich, "The relationship between precision-recall and ROC curves", ICML (2006).

    Examples
    --------
    >>> round(average_precision(np.array([True, False, True]), np.array([0.9, 0.5, 0.3])), 6)
    0.833333
    """
    return float(_ranked(left, risk).average_precision()[0])


def precision_at(left: Flags, risk: Floats, length: int) -> float:
    """Share of leavers among the `length` highest risks, or all if there are fewer. Higher is better.

    Where equal risks compete for the last places it is the mean over all orders they could stand in. NaN of an empty
    list.

    Source: McSherry and Najork, "Computing information retrieval performance measures efficiently in the presence of
    tied scores", ECIR (2008).

    Examples
    --------
    >>> precision_at(np.array([True, False, True, False]), np.array([0.9, 0.5, 0.5, 0.1]), 2)
    0.75
    """
    listed = min(length, len(left))
    return float(_ranked(left, risk).found(listed)[0] / listed) if listed > 0 else float("nan")


def lift_at(left: Flags, risk: Floats, length: int) -> float:
    """How many times the leavers of a random list stand among the `length` highest risks. NaN where nobody left.

    Examples
    --------
    >>> lift_at(np.array([True, False, True, False]), np.array([0.9, 0.5, 0.5, 0.1]), 2)
    1.5
    """
    return precision_at(left, risk, length) / float(left.mean()) if left.any() else float("nan")


def brier(left: Flags, risk: Floats) -> float:
    """Mean squared distance of the risk from what happened, 0 to 1. Lower is better; NaN without rows.

    Source: Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).
    """
    return float(((risk - left) ** 2).mean()) if len(left) else float("nan")


def brier_skill(left: Flags, risk: Floats) -> float:
    """Share of the Brier score of the true base rate that is saved: 1 is perfect, 0 no better than knowing the rate.

    The rate is that of these very rows, which no forecast knows beforehand. NaN unless both kinds are there.

    Source: Murphy, "A new vector partition of the probability score", Journal of Applied Meteorology 12 (1973).

    Examples
    --------
    >>> brier_skill(np.array([True, False]), np.array([0.75, 0.25]))
    0.75
    """
    rate = float(left.mean()) if len(left) else 0.0
    worst = rate * (1.0 - rate)
    return 1.0 - brier(left, risk) / worst if worst > 0 else float("nan")


def calibration_slope(left: Flags, risk: Floats) -> float:
    """What the log-odds of the risks would have to be multiplied by: below 1 they lie too far apart. See `calibration`.

    NaN where the risks are all equal, or a threshold parts leavers from stayers.
    """
    return calibration.recalibrated([(left, risk)]).slope


def observed_expected(left: Flags, risk: Floats) -> float:
    """Leavers observed for each leaver expected: above 1 the risks were too low. NaN where none was expected.

    Source: Breslow and Day, "Statistical methods in cancer research II", IARC (1987), chapter 2.
    """
    expected = float(risk.sum())
    return float(left.sum()) / expected if expected > 0 else float("nan")


def _ranked(left: Flags, risk: Floats) -> Ranked:
    return Ranked.of(left, risk, np.ones((len(left), 1), dtype=np.float32))
