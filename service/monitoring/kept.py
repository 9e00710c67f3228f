"""What monitoring keeps in the score store, written with the run it speaks of, and read together with what became of runs.

What is told of everybody follows what `service.teams` tells of the company, over the same people: on a night on which the
company's figures stay, monitoring says what it said on their day. Else of two nights, one told and the other held, the
difference would be a figure about the few who came or went between. For the same reason a closed window is held against
what had been expected of it, over all who were scored, and not against the risks of those of whom it is known what became.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, Select, and_, delete, func, insert, select

from service.monitoring.drift import Counted, Drift
from service.monitoring.expected import FEWEST, Estimate, Range
from service.store.engine import faults_named
from service.store.monitoring_tables import estimated, monitored
from service.store.outcome_tables import group_outcomes, realised
from service.store.runs import Run
from service.store.tables import runs
from service.store.team_tables import group_figures

_TOLD: Final = ("leavers", "auc", "brier")
"""Figures that are estimated."""
_ENDS: Final = ("", "_low", "_high")
_FIRST: Final = (90, 30, 180, 365)
"""Which horizons' ranking is told first, where two of the same day would tell of the few who left between."""


@dataclass(frozen=True)
class Realised:
    """What became of the people scored on a day, by a horizon, and what had been expected; the whole company."""

    as_of: str
    horizon: int
    model_version: str
    bundle_digest: str
    people: int
    left: int
    """Voluntarily, by the horizon."""
    expected: float
    """Sum of the risks, as it was told then."""
    auc: float | None
    brier: float | None
    """None, as the AUC: fewer than five left, or did not; or it could be turned into a figure of so few."""
    listed: int | None
    """None: withheld."""
    listed_left: int | None
    estimate: Estimate
    """What was said then."""

    @property
    def observed_expected(self) -> float | None:
        """Leavers observed for each that was expected; None where none was."""
        return self.left / self.expected if self.expected > 0 else None

    @property
    def precision(self) -> float | None:
        """Share of the listed who left; None where they are withheld, or none was."""
        return self.listed_left / self.listed if self.listed and self.listed_left is not None else None


def anew(connection: Connection, run: int) -> bool:
    """Whether the run being published tells the company's figures anew; `service.teams` has written them before."""
    told = group_figures.c
    query = select(told.number).where(told.run == run, told.kind == "unit", told.org_unit == "", told.made_by == run)
    return connection.execute(query.where(told.withheld.is_(None))).first() is not None


def write_drift(connection: Connection, run: int, counts: Counted, drift: Drift) -> None:
    """Keep what a run's people looked like."""
    texts = {name: msgspec.json.encode(one).decode() for name, one in (("counts", counts), ("drift", drift))}
    connection.execute(insert(monitored).values(run=run, **texts))


def write_estimates(connection: Connection, head: Run, found: Sequence[Estimate]) -> None:
    """Keep what is expected of a run, in place of what was expected of an earlier run of the day."""
    identity = head.identity
    connection.execute(delete(estimated).where(estimated.c.as_of == identity.as_of))
    named = {"as_of": identity.as_of, "model_version": head.model_version, "bundle_digest": identity.bundle_digest}
    if found:
        connection.execute(insert(estimated), [named | _values(one) for one in found])


def told_on(store: Engine, as_of: str) -> str | None:
    """The day, this one or the last before it, of which something was told; None: there was none."""
    query = select(func.max(estimated.c.as_of)).where(estimated.c.as_of <= as_of)
    with faults_named(), store.connect() as connection:
        return connection.execute(query).scalar()


def drift_of(store: Engine, as_of: str) -> Drift | None:
    """What differed in a day's run; None where its model had no reference.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    query = select(monitored.c.drift).join(runs, runs.c.id == monitored.c.run).where(runs.c.as_of == as_of)
    with faults_named(), store.connect() as connection:
        text = connection.execute(query.order_by(runs.c.id.desc()).limit(1)).scalar()
    return None if text is None else msgspec.json.decode(text, type=Drift)


def estimates_of(store: Engine, as_of: str) -> tuple[Estimate, ...]:
    """What was expected of a day's run, by rising horizon."""
    query = select(estimated).where(estimated.c.as_of == as_of).order_by(estimated.c.horizon)
    with faults_named(), store.connect() as connection:
        return tuple(_estimate(row, "") for row in connection.execute(query))


def realised_of(store: Engine, newest: int) -> list[Realised]:
    """What became of runs whose windows have closed, by horizon, the newest first, at most so many of each.

    Of windows that `group_outcomes` tells of for the whole company, and counts as it tells them: they begin with a month, do
    not overlap, and are never changed, so that nobody's outcome is the difference of two answers. Beside them stands what
    was told then of what to expect; where nothing was, nothing is told now. Of a window that a late correction has changed,
    only that and the counts are.
    """
    with faults_named(), store.connect() as connection:
        every = [_realised(row) for row in connection.execute(_windows())]
    found: dict[int, list[Realised]] = {}
    for one in sorted(_apart(every), key=lambda one: (one.horizon, one.as_of), reverse=True):
        found.setdefault(one.horizon, []).append(one)
    return [one for horizon in sorted(found) for one in found[horizon][:newest]]


def _windows() -> Select[Any]:
    whole, said = group_outcomes.c, estimated.c
    told = and_(whole.as_of == realised.c.as_of, whole.horizon == realised.c.horizon, whole.org_unit == "")
    earlier = estimated.alias().c
    day = select(func.max(earlier.as_of)).where(
        earlier.as_of <= realised.c.as_of,
        earlier.horizon == realised.c.horizon,
        earlier.bundle_digest == realised.c.bundle_digest,
    )
    then = and_(said.as_of == day.scalar_subquery(), said.horizon == realised.c.horizon)
    counts = [whole[name].label(f"told_{name}") for name in ("people", "left", "listed", "listed_left")]
    estimates = [column.label(f"estimated_{column.name}") for column in said]
    query = select(realised, whole.withheld, *counts, *estimates).join(group_outcomes, told).join(estimated, then)
    return query.where(whole.people.is_not(None), whole.left.is_not(None))


def _apart(every: Iterable[Realised]) -> list[Realised]:
    """Without the ranking of a window that, beside another of the same day, would tell of fewer than five who left."""
    counts: dict[str, list[int]] = {}
    found = []
    for one in sorted(every, key=lambda one: _FIRST.index(one.horizon)):
        told = counts.setdefault(one.as_of, [])
        if any(0 < abs(one.left - other) < FEWEST for other in told):
            found.append(replace(one, auc=None, brier=None))
            continue
        told.append(one.left)
        found.append(one)
    return found


def _realised(row: Row[Any]) -> Realised:
    """A window as it may be told."""
    estimate = _estimate(row, "estimated_")
    as_it_was = row.first_on == row.last_on
    ranked = as_it_was and FEWEST <= row.told_left <= row.told_people - FEWEST
    listed = row.withheld is None
    return Realised(
        as_of=row.as_of,
        horizon=row.horizon,
        model_version=row.model_version,
        bundle_digest=row.bundle_digest,
        people=row.told_people,
        left=row.told_left,
        expected=estimate.leavers.value,
        auc=row.auc if ranked else None,
        brier=row.brier if ranked else None,
        listed=row.told_listed if listed else None,
        listed_left=row.told_listed_left if listed else None,
        estimate=estimate,
    )


def _values(one: Estimate) -> dict[str, Any]:
    found: dict[str, Any] = {"horizon": one.horizon, "people": one.people}
    for name in _TOLD:
        figure: Range | None = getattr(one, name)
        ends = (None,) * 3 if figure is None else (figure.value, figure.low, figure.high)
        found |= {f"{name}{end}": value for end, value in zip(_ENDS, ends, strict=True)}
    return found


def _estimate(row: Row[Any], prefix: str) -> Estimate:
    figures: dict[str, Any] = {}
    for name in _TOLD:
        value, low, high = (getattr(row, f"{prefix}{name}{end}") for end in _ENDS)
        figures[name] = None if value is None else Range(value, low, high)
    horizon, people = (getattr(row, prefix + name) for name in ("horizon", "people"))
    return Estimate(horizon=horizon, people=people, **figures)
