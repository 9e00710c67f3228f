"""Everything monitoring knows at one moment, read from the store; and the numbers of it that Prometheus reads."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from features.days import to_day
from service.metrics import Metrics
from service.monitoring import advice, kept
from service.monitoring.advice import Advice, Situation
from service.monitoring.drift import Drift
from service.monitoring.expected import Estimate
from service.monitoring.kept import Realised
from service.store import runs
from service.store.held import held_back
from service.store.runs import Run
from service.teams import shown as groups

READ_SECONDS: Final = 30.0
"""How often a process looks whether there is a newer run to give numbers of."""
_WINDOWS: Final = 12
"""Closed windows of each horizon that are told of."""
_GRADES: Final = ("marked", "usual", "slight")


@dataclass(frozen=True)
class Watched:
    """The latest run, and those whose windows have closed."""

    run: Run
    age_days: int
    held_back: Sequence[str]
    since: str | None
    """The day that drift and what is expected are told of; None: nothing is."""
    drift: Drift | None
    expected: Sequence[Estimate]
    realised: Sequence[Realised]
    advice: Sequence[Advice]


def watched(store: Engine, today: int) -> Watched | None:
    """What is known now; None before the first run is published.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    run = runs.latest(store)
    if run is None:
        return None
    age = today - to_day(dt.date.fromisoformat(run.identity.as_of))
    held, since = held_back(store, run), _told_on(store, run)
    drift = kept.drift_of(store, since) if since else None
    expected = kept.estimates_of(store, since) if since else ()
    realised = kept.realised_of(store, _WINDOWS)
    now = Situation(age, held, drift, bool(expected), realised, run.identity.bundle_digest)
    return Watched(run, age, held, since, drift, expected, realised, advice.advice(now))


def _told_on(store: Engine, run: Run) -> str | None:
    """The day that is told of; None as well where a switched-off unit takes the company's figures with it, and so these."""
    company = groups.unit(store, run, "")
    off = company is not None and company.withheld == groups.SWITCHED_OFF
    return None if off else kept.told_on(store, run.identity.as_of)


def tell(metrics: Metrics, seen: Watched | None) -> None:
    """Set the gauges; those of which nothing is known are absent."""
    gauges = metrics.monitoring
    for gauge in gauges.all:
        gauge.clear()
    if seen is None:
        return
    gauges.age.labels().set(seen.age_days)
    if seen.drift is not None:
        for grade in _GRADES:
            gauges.findings.labels(grade).set(len({one.name for one in seen.drift.findings if one.grade == grade}))
        for shift in seen.drift.scores:
            gauges.shift.labels(shift.name).set(shift.distance)
    for said in seen.expected:
        if said.auc is not None:
            gauges.expected_auc.labels(str(said.horizon)).set(said.auc.value)
        for end, count in (("low", said.leavers.low), ("high", said.leavers.high)):
            gauges.expected_level.labels(str(said.horizon), end).set(count / said.leavers.value)
    for one in reversed(seen.realised):
        if one.auc is not None:
            gauges.realised_auc.labels(str(one.horizon)).set(one.auc)
        if one.observed_expected is not None:
            gauges.realised_level.labels(str(one.horizon)).set(one.observed_expected)
