"""What `GET /v1/monitoring` answers with; figures are rounded, so that no person's risk is the difference of two answers."""

from collections.abc import Sequence

from msgspec import Struct

from service.api.listed import RunNamed
from service.monitoring.advice import Advice
from service.monitoring.drift import FALSE_ALARMS, Drift
from service.monitoring.expected import ASSUMPTION, Estimate
from service.monitoring.kept import Realised
from service.monitoring.verdict import Verdict, text, verdict


class ExpectedPerformance(Struct, frozen=True):
    """What the latest run is likely to come to; an estimate, not a measurement."""

    estimate: bool
    """Always true."""
    assumption: str
    horizons: Sequence[Estimate]
    """With 95 % intervals; empty where too few people were scored."""
    held_since: str | None
    """The day that this and the drift are of, since fewer than 5 people came or went, or too few could be told from the
    change; null: the run's."""


class RealisedPerformance(Struct, frozen=True):
    """What became of the people scored on a day, once the window has closed, beside what was said then."""

    as_of: str
    horizon: int
    model_version: str
    people: int
    left: int
    """Voluntarily, by the horizon."""
    expected: float
    """The sum of the risks, as it was told then."""
    observed_expected: float | None
    auc: float | None
    brier: float | None
    precision: float | None
    """Of those above the band `low`, the share who left; null where they are too few to tell of."""
    estimate: Estimate
    """What was expected of the run then."""
    verdict: Verdict
    text: str


class MonitoringAnswer(Struct, frozen=True):
    """The answer of `GET /v1/monitoring`."""

    run: RunNamed
    false_alarms: float
    """Chance, at most, that a run has any finding though nothing has changed."""
    drift: Drift | None
    """Null where the model has nothing to compare with, or too few people were scored."""
    expected: ExpectedPerformance
    realised: Sequence[RealisedPerformance]
    """Windows that have closed and do not overlap, by horizon, the newest first."""
    next: Sequence[Advice]
    """What to do, the most urgent first."""


def answer(
    run: RunNamed,
    since: str | None,
    drift: Drift | None,
    expected: Sequence[Estimate],
    realised: Sequence[Realised],
    advice: Sequence[Advice],
) -> MonitoringAnswer:
    """The answer for the latest run; `since` is the day that drift and what is expected are of."""
    held = None if since == run.as_of else since
    estimates = ExpectedPerformance(estimate=True, assumption=ASSUMPTION, horizons=expected, held_since=held)
    return MonitoringAnswer(run, FALSE_ALARMS, drift, estimates, [performance(one) for one in realised], advice)


def performance(one: Realised) -> RealisedPerformance:
    """One closed window as it is answered."""
    return RealisedPerformance(
        as_of=one.as_of,
        horizon=one.horizon,
        model_version=one.model_version,
        people=one.people,
        left=one.left,
        expected=round(one.expected, 1),
        observed_expected=_rounded(one.observed_expected, 2),
        auc=_rounded(one.auc, 3),
        brier=_rounded(one.brier, 4),
        precision=_rounded(one.precision, 3),
        estimate=one.estimate,
        verdict=verdict(one),
        text=text(one),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
