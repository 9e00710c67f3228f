"""How good the model would have been: refit at each origin on what was known then, held against what followed.

At an origin everybody is scored who could have been scored that day, by what was known that day. What became of them
is judged by everything known on the training day; who by then turns out to have left before the origin has no
outcome and is not counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import presence
from features.blocks import Snapshots
from features.build import build
from features.company import VOLUNTARY, Codes, Company
from features.days import to_date
from models import metrics
from models.additive import additive
from models.evidence import Evidence, Figure
from models.hazard import HORIZONS
from training import baselines
from training.errors import TooFewLeaversError
from training.fit import BASE_RATE, BY_TENURE, FULL, Cadence, Known, fit, gather
from training.settings import TrainingSettings
from training.splits import Origin

Floats = NDArray[np.float64]

LOGISTIC: Final = "logistic"
METHODS: Final = (FULL, BY_TENURE, LOGISTIC, BASE_RATE)
"""What is compared, in the order it is shown."""
_DRAWS: Final = 200


@dataclass(frozen=True)
class Judged:
    """One origin: who was scored, what each method said, and what became of them."""

    origin: Origin
    employee: NDArray[np.int32]
    risks: dict[str, Floats]
    """By method, (n, 4); NaN where a method has no answer."""
    left: NDArray[np.bool_]
    """(n, 4): a voluntary exit by each horizon; only those in `origin.horizons` are known."""


@dataclass(frozen=True)
class Backtest:
    """All origins that could be judged, oldest first; those with too few leavers to learn from are left out."""

    judged: tuple[Judged, ...]
    skipped: int


def backtest(
    company: Company,
    origins: Sequence[Origin],
    as_of: int,
    settings: TrainingSettings,
    cadence: Cadence,
    progress: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Replay the origins.

    Parameters
    ----------
    as_of
        The training day: outcomes are judged by what is known on it.
    progress
        Told in words as each origin begins.
    """
    judged = []
    for origin in origins:
        progress(f"as if it were {to_date(origin.cutoff)}")
        try:
            known = gather(company, origin.cutoff, settings, cadence)
        except TooFewLeaversError:
            continue
        judged.append(_judge(company, origin, as_of, known, settings))
    return Backtest(tuple(judged), len(origins) - len(judged))


def evidence(found: Backtest, seed: int) -> tuple[Evidence, ...]:
    """Each method at each horizon, over all origins; see `_evidence`."""
    return tuple(_evidence(found.judged, method, place, seed) for place in range(len(HORIZONS)) for method in METHODS)


def losses(found: Backtest, methods: Sequence[str], horizon: int) -> tuple[float, ...]:
    """Mean Brier score of each method by `horizon` days, over the people of the origins at which all have an answer.

    NaN where there is no such origin.
    """
    place = HORIZONS.index(horizon)
    chosen = [one for one in found.judged if all(_has_answer(one, method, place) for method in methods)]
    left = np.concatenate([one.left[:, place] for one in chosen]) if chosen else np.empty(0, np.bool_)
    risks = [[one.risks[method][:, place] for one in chosen] for method in methods]
    return tuple(metrics.brier(left, np.concatenate(parts)) if parts else float("nan") for parts in risks)


def _judge(company: Company, origin: Origin, as_of: int, known: Known, settings: TrainingSettings) -> Judged:
    person = _scorable(company, origin.cutoff, as_of)
    day = np.full(len(person), origin.cutoff, dtype=np.int32)
    matrix = build(company, known.spec, Snapshots(person, day))
    risks = {mode: _risks(known, matrix, settings, mode) for mode in (FULL, BY_TENURE, BASE_RATE)}
    risks[LOGISTIC] = baselines.logistic(company, known, matrix, settings.seed)
    ended = presence.exits(company, as_of)
    gone = ended.day[person][:, None] <= origin.cutoff + np.array(HORIZONS)
    left = gone & (ended.kind[person] == VOLUNTARY)[:, None]
    return Judged(origin, company.people.employee[person], risks, left)


def _risks(known: Known, matrix: NDArray[np.float32], settings: TrainingSettings, mode: str) -> Floats:
    """Risks by a model of this very mode; NaN where there are too few leavers for it."""
    fitted = fit(known, settings, most=mode)
    if fitted.mode != mode:
        return np.full((len(matrix), len(HORIZONS)), np.nan)
    return additive(fitted.text, fitted.linear, known.columns).risks(matrix, settings.threads)


def _scorable(company: Company, cutoff: int, as_of: int) -> Codes:
    """Who could be scored on `cutoff` by what was known then, less those who, as is known since, had already left."""
    here = presence.at_risk(company, cutoff) & (presence.exits(company, as_of).day > cutoff)
    person = np.flatnonzero(here).astype(np.int32)
    codes = presence.no_score(company, person, cutoff)
    return person[[code is None for code in codes]]


def _has_answer(one: Judged, method: str, place: int) -> bool:
    """Whether the horizon is known at the origin and the method said something about everybody there."""
    known = HORIZONS[place] in one.origin.horizons and len(one.employee) > 0
    return known and bool(np.isfinite(one.risks[method][:, place]).all())


def _evidence(judged: Sequence[Judged], method: str, place: int, seed: int) -> Evidence:
    """AUC and average precision are means over origins; the Brier skill is that of all origins' people together."""
    chosen = [one for one in judged if _has_answer(one, method, place)]
    pairs = [(one.left[:, place], one.risks[method][:, place]) for one in chosen]
    employee = np.concatenate([one.employee for one in chosen]) if chosen else np.empty(0, np.int32)
    low, high = _auc_interval(pairs, employee, seed) if method in {FULL, BY_TENURE} else (float("nan"), float("nan"))
    worst = sum(len(left) * left.mean() * (1.0 - left.mean()) for left, _ in pairs)
    lost = sum(len(left) * metrics.brier(left, risk) for left, risk in pairs)
    return Evidence(
        method=method,
        horizon=HORIZONS[place],
        origins=len(chosen),
        people=len(employee),
        observed=int(sum(left.sum() for left, _ in pairs)),
        expected=_rounded(sum(float(risk.sum()) for _, risk in pairs)) if pairs else None,
        auc=Figure(_rounded(_mean([metrics.auc(left, risk) for left, risk in pairs])), _rounded(low), _rounded(high)),
        average_precision=Figure(_rounded(_mean([metrics.average_precision(left, risk) for left, risk in pairs]))),
        brier_skill=Figure(_rounded(1.0 - lost / worst if worst > 0 else float("nan"))),
        calibration_slope=Figure(None),
        observed_expected=Figure(None),
        at_capacity=(),
    )


def _auc_interval(
    pairs: Sequence[tuple[NDArray[np.bool_], Floats]], employee: NDArray[np.int32], seed: int
) -> tuple[float, float]:
    """The 95 % interval of the mean AUC, resampling people with all their rows at all origins."""
    ends = np.cumsum([len(left) for left, _ in pairs])[:-1]

    def mean_auc(weight: Floats) -> float:
        parts = zip(pairs, np.split(weight, ends), strict=True)
        return _mean([metrics.auc(left, risk, part) for (left, risk), part in parts])

    return metrics.interval(employee, mean_auc, seed, _DRAWS) if pairs else (float("nan"), float("nan"))


def _mean(values: Sequence[float]) -> float:
    """The mean of the values that are there; NaN of none."""
    found = [value for value in values if np.isfinite(value)]
    return float(np.mean(found)) if found else float("nan")


def _rounded(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
