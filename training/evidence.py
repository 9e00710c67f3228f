"""How good each method was over all origins, every figure with an interval from drawing people.

AUC and average precision are means over origins. Brier skill, calibration slope, observed over expected and what the
top of the list was worth are of all origins' people together, each held against its own origin's base rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from models import calibration
from models.evidence import AtCapacity, Evidence, Figure, RiskGroup
from models.hazard import HORIZONS
from models.resampling import draw, figure
from training import figures
from training.backtest import METHODS, Backtest, Judged
from training.figures import Part, Whole
from training.reliability import groups

CAPACITIES: Final = (5, 10, 20)
"""How many people an HRBP talks to in the month after an origin."""
_NONE: Final = Figure(None)


@dataclass(frozen=True)
class Compared:
    """One method less another on the same people at the same origins; positive figures speak for the first."""

    origins: int
    people: int
    """Rows: a person counts once an origin."""
    auc: Figure
    brier_skill: Figure


@dataclass(frozen=True)
class Against:
    """A comparison by name."""

    method: str
    other: str
    horizon: int
    """Days."""
    difference: Compared


def evidence(
    found: Backtest, seed: int, people_per_hrbp: int, methods: Sequence[str] = METHODS
) -> tuple[Evidence, ...]:
    """Each method at each horizon, over the origins at which it has an answer.

    Parameters
    ----------
    seed
        Of the draws. They do not depend on `methods`.
    people_per_hrbp
        An origin's list holds `CAPACITIES` people for each so many there, and for one HRBP at least.
    """
    questions = [(method, place) for place in range(len(HORIZONS)) for method in methods]
    wholes = _wholes(found.judged, questions, seed, people_per_hrbp)
    drawn = draw(np.concatenate([one.employee for one in found.judged] or [np.empty(0, np.int32)]), seed)
    likes = [groups(found, *question, drawn) for question in questions]
    each = zip(questions, wholes, likes, strict=True)
    return tuple(_evidence(found, *question, known, like) for question, known, like in each)


def compared(found: Backtest, method: str, other: str, horizon: int, seed: int) -> Compared:
    """The figures of `method` less those of `other`, over the origins at which both have an answer.

    Both are judged on the same draws of people, so that what they share cancels out. No figures where there is no
    such origin.
    """
    place = HORIZONS.index(horizon)
    both = [one for one in found.judged if one.has_answer(method, place) and one.has_answer(other, place)]
    first, second = _wholes(both, [(method, place), (other, place)], seed, people_per_hrbp=1)
    if first is None or second is None:
        return Compared(0, 0, _NONE, _NONE)
    auc, skill = figure(first.auc - second.auc), figure(first.brier_skill - second.brier_skill)
    return Compared(len(both), sum(len(one.employee) for one in both), auc, skill)


def against_all(found: Backtest, method: str, seed: int) -> tuple[Against, ...]:
    """A method compared with every other that has an answer somewhere beside it, at each horizon."""
    pairs = [(horizon, other) for horizon in HORIZONS for other in found.methods if other != method]
    all_pairs = [
        Against(method, other, horizon, compared(found, method, other, horizon, seed)) for horizon, other in pairs
    ]
    return tuple(one for one in all_pairs if one.difference.origins)


def _wholes(
    judged: Sequence[Judged], questions: Sequence[tuple[str, int]], seed: int, people_per_hrbp: int
) -> list[Whole | None]:
    """The answer to each question, None without an origin; an origin's weights are laid out once for all questions."""
    drawn = draw(np.concatenate([one.employee for one in judged] or [np.empty(0, np.int32)]), seed)
    fitted = [calibration.recalibrated(_pairs(judged, *question)) for question in questions]
    parts: list[list[Part]] = [[] for _ in questions]
    with threadpool_limits(1):  # a sum in another order is another sum
        for one in judged:
            weight = drawn.of(one.employee)
            lists = [capacity * max(1, round(len(one.employee) / people_per_hrbp)) for capacity in CAPACITIES]
            for (method, place), own, found in zip(questions, fitted, parts, strict=True):
                if one.has_answer(method, place):
                    left, risk = one.left[:, place], one.risks[method][:, place]
                    found.append(figures.part(left, risk, weight, (own.levels[len(found)], own.slope), lists))
    return [figures.whole(each, own.slope) if each else None for each, own in zip(parts, fitted, strict=True)]


def _pairs(judged: Sequence[Judged], method: str, place: int) -> list[tuple[NDArray[np.bool_], NDArray[np.float64]]]:
    """Who left and the risks, an origin each."""
    chosen = [one for one in judged if one.has_answer(method, place)]
    return [(one.left[:, place], one.risks[method][:, place]) for one in chosen]


def _evidence(found: Backtest, method: str, place: int, known: Whole | None, like: tuple[RiskGroup, ...]) -> Evidence:
    pairs = _pairs(found.judged, method, place)
    return Evidence(
        method=method,
        horizon=HORIZONS[place],
        origins=len(pairs),
        people=sum(len(left) for left, _ in pairs),
        observed=int(sum(left.sum() for left, _ in pairs)),
        expected=round(float(sum(risk.sum() for _, risk in pairs)), 6) if pairs else None,
        auc=_NONE if known is None else figure(known.auc),
        average_precision=_NONE if known is None else figure(known.average_precision),
        brier_skill=_NONE if known is None else figure(known.brier_skill),
        calibration_slope=_NONE if known is None else figure(known.calibration_slope),
        observed_expected=_NONE if known is None else figure(known.observed_expected),
        at_capacity=() if known is None else _at_capacity(known),
        groups=like,
    )


def _at_capacity(known: Whole) -> tuple[AtCapacity, ...]:
    each = zip(CAPACITIES, known.precision, known.lift, strict=True)
    return tuple(AtCapacity(capacity, figure(precision), figure(lift)) for capacity, precision, lift in each)
