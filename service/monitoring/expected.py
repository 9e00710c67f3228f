"""How well a run's risks are likely to do, from themselves, before anybody knows: an estimate, told with its assumption.

If the risks are calibrated, each person leaves by the horizon with the chance the model gave, and what is expected of any
figure follows from the risks alone: of 100 people at 10 % ten leave, and the ranking is as sharp as the risks lie apart. It
says nothing of what the risks do not know: where people have come to leave for other reasons than before, the estimate is
as wrong as the risks are. Of lists nothing is told: how many are listed, or leave of them, would tell of those who come and
go beside what `/v1/outcomes` tells of the same list.

The interval is that of `DRAWS` draws of who leaves. Their level, too, is drawn: risks are right up to a common shift of
their log-odds, whose spread the backtest says (`lists.expected.spread`).

Source: confidence-based performance estimation (CBPE): Bialek, Kuberski, Perrakis and Bifet, "Estimating model performance
under covariate shift without labels", arXiv 2401.08348 (2024); Guillory and others, "Predicting with confidence on unseen
distributions", ICCV (2021).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from models.hazard import HORIZONS
from models.ranking import Ranked

DRAWS: Final = 1_000
SHARE: Final = 0.95
"""The realised figure lies in the interval in so large a share of runs, if the assumption holds."""
FEWEST: Final = 5
"""Of fewer people nothing is told."""
ASSUMPTION: Final = (
    "An estimate from the risks themselves, not a measurement: it holds where the risks are calibrated, and cannot see "
    "that people have come to leave for other reasons than before."
)
_GROUPS: Final = 100
"""People of nearly equal risk are drawn together, in so many groups at most."""

Floats = NDArray[np.float64]


class Range(Struct, frozen=True):
    """A figure with the interval it is likely to lie in."""

    value: float
    low: float
    high: float


class Estimate(Struct, frozen=True):
    """What is expected of a run by a horizon."""

    horizon: int
    people: int
    """Who were scored."""
    leavers: Range
    """Of all who were scored."""
    auc: Range | None
    """Chance that a leaver has a higher risk than a stayer; null where too few may leave to say."""
    brier: Range


def estimates(risks: Floats, spreads: Sequence[float], seed: int) -> tuple[Estimate, ...]:
    """What is expected of a run, by horizon; nothing of fewer than `FEWEST` people.

    Parameters
    ----------
    risks
        (people, horizons).
    spreads
        For each horizon the standard deviation of the log-odds' common level.
    """
    if len(risks) < FEWEST:
        return ()
    each = zip(HORIZONS, risks.T, spreads, strict=True)
    return tuple(_estimate(horizon, risk, spread, seed) for horizon, risk, spread in each)


def expected_auc(risk: Floats) -> float:
    """The expected share of (leaver, stayer) pairs in the right order, ties counting a half; nobody is paired with themselves.

    Examples
    --------
    >>> round(expected_auc(np.array([0.8, 0.2])), 4)
    0.9412
    """
    return _auc(risk, _places(risk))


def _places(risk: Floats) -> NDArray[np.int64]:
    """Of each person the place of the risk among all risks that there are."""
    return np.unique(risk, return_inverse=True)[1]


def _auc(risk: Floats, bucket: NDArray[np.int64]) -> float:
    leaving, staying = np.bincount(bucket, weights=risk), np.bincount(bucket, weights=1 - risk)
    below = np.cumsum(staying) - staying
    own = float((risk * (1 - risk)).sum())
    pairs = float(leaving.sum() * staying.sum()) - own
    return float((leaving @ (below + staying / 2) - own / 2) / pairs) if pairs > 0 else float("nan")


def _estimate(horizon: int, risk: Floats, spread: float, seed: int) -> Estimate:
    place = _places(risk)
    group = place * min(_GROUPS, int(place.max()) + 1) // (int(place.max()) + 1)
    drawn = _draws(risk, group, spread, np.random.default_rng([seed, horizon]))
    auc = drawn["auc"]
    ranked = bool(np.isfinite(auc).mean() > SHARE)
    return Estimate(
        horizon=horizon,
        people=len(risk),
        leavers=_range(float(risk.sum()), drawn["leavers"], 1),
        auc=_range(_auc(risk, place), auc[np.isfinite(auc)], 3) if ranked else None,
        brier=_range(float((risk * (1 - risk)).mean()), drawn["brier"], 4),
    )


def _draws(risk: Floats, group: NDArray[np.int64], spread: float, generator: np.random.Generator) -> dict[str, Floats]:
    """Figures of so many draws of who leaves, group by group."""
    size = np.bincount(group)
    chance = np.bincount(group, weights=risk) / size
    odds = np.log(chance) - np.log1p(-chance)
    level = generator.normal(0.0, spread, DRAWS)
    chances = 1 / (1 + np.exp(-(odds[:, None] + level)))
    leaving = generator.binomial(size[:, None], chances)
    lost = (risk**2).sum() + ((1 - 2 * chance) @ leaving)
    total = np.broadcast_to(size[:, None].astype(np.float64), leaving.shape)
    auc = Ranked(leaving.astype(np.float64), total).auc()
    return {"leavers": leaving.sum(axis=0), "auc": auc, "brier": lost / len(risk)}


def _range(value: float, drawn: Floats, digits: int) -> Range:
    tail = (1 - SHARE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], method="inverted_cdf").tolist()
    return Range(round(value, digits), round(low, digits), round(high, digits))
