"""What monitoring keeps in the score store, written with the run it speaks of, and read together with what became of runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, delete, insert, select

from service.monitoring.drift import Counted, Drift
from service.monitoring.expected import FEWEST, Estimate, Range
from service.store.engine import faults_named
from service.store.monitoring_tables import RANGES, estimated, monitored
from service.store.outcome_tables import group_outcomes, realised
from service.store.runs import Run
from service.store.tables import runs

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
    """Sum of the risks."""
    low: float
    high: float
    """80 % interval of the leavers expected."""
    auc: float | None
    brier: float | None
    """None, as the AUC: fewer than five left, or did not; or it could be turned into a figure of so few."""
    listed: int | None
    """None: withheld."""
    listed_left: int | None
    estimate: Estimate | None
    """What was said then; None where nothing was."""

    @property
    def observed_expected(self) -> float | None:
        """Leavers observed for each that was expected; None where none was."""
        return self.left / self.expected if self.expected > 0 else None

    @property
    def precision(self) -> float | None:
        """Share of the listed who left; None where they are withheld, or none was."""
        return self.listed_left / self.listed if self.listed and self.listed_left is not None else None


def write_drift(connection: Connection, head: Run, run: int, counts: Counted, drift: Drift) -> None:
    """Keep what a run's people looked like; where it is held (`_held`), what is told of them is what was told before."""
    told = msgspec.json.encode(drift).decode()
    if _held(connection, head, drift.scored):
        query = select(monitored.c.drift).join(runs, runs.c.id == monitored.c.run).where(_same(runs.c, head))
        told = connection.execute(query.order_by(runs.c.id.desc()).limit(1)).scalar() or told
    connection.execute(insert(monitored).values(run=run, counts=msgspec.json.encode(counts).decode(), drift=told))


def write_estimates(connection: Connection, head: Run, found: Sequence[Estimate]) -> None:
    """Keep what is expected of a run, in place of what was expected of an earlier run of the day, unless that is held."""
    if found and _held(connection, head, found[0].people):
        return
    identity = head.identity
    connection.execute(delete(estimated).where(estimated.c.as_of == identity.as_of))
    named = {"as_of": identity.as_of, "model_version": head.model_version, "bundle_digest": identity.bundle_digest}
    if found:
        connection.execute(insert(estimated), [named | _values(one) for one in found])


def _held(connection: Connection, head: Run, people: int) -> bool:
    """Whether a day was published before, by the same model, with one to four people more or fewer.

    What is told of it then stays: the difference would tell of these people.
    """
    query = select(estimated.c.people).where(_same(estimated.c, head))
    return any(0 < abs(people - before) < FEWEST for before in connection.execute(query).scalars())


def _same(columns: Any, head: Run) -> ColumnElement[bool]:
    identity = head.identity
    return and_(columns.as_of == identity.as_of, columns.bundle_digest == identity.bundle_digest)


def drift_of(store: Engine, run: Run) -> Drift | None:
    """What differed in a run; None where its model had no reference.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    with faults_named(), store.connect() as connection:
        text = connection.execute(select(monitored.c.drift).where(monitored.c.run == run.id)).scalar()
    return None if text is None else msgspec.json.decode(text, type=Drift)


def estimates_of(store: Engine, as_of: str) -> tuple[Estimate, ...]:
    """What was expected of a day's run, by rising horizon."""
    query = select(estimated).where(estimated.c.as_of == as_of).order_by(estimated.c.horizon)
    with faults_named(), store.connect() as connection:
        return tuple(_estimate(row, "") for row in connection.execute(query))


def realised_of(store: Engine, newest: int) -> list[Realised]:
    """What became of runs whose windows have closed, by horizon, the newest first, at most so many of each.

    Of windows that `group_outcomes` tells of for the whole company, and counts as it tells them: they begin with a month, do
    not overlap, and are never changed, so that nobody's outcome is the difference of two answers. Of a window that a late
    correction has changed, only these counts and what had been expected are told.
    """
    with faults_named(), store.connect() as connection:
        every = [one for row in connection.execute(_windows()) if (one := _realised(row)) is not None]
    found: dict[int, list[Realised]] = {}
    for one in sorted(_apart(every), key=lambda one: (one.horizon, one.as_of), reverse=True):
        found.setdefault(one.horizon, []).append(one)
    return [one for horizon in sorted(found) for one in found[horizon][:newest]]


def _windows() -> Select[Any]:
    whole, said = group_outcomes.c, estimated.c
    told = and_(whole.as_of == realised.c.as_of, whole.horizon == realised.c.horizon, whole.org_unit == "")
    then = and_(
        said.as_of == realised.c.as_of,
        said.horizon == realised.c.horizon,
        said.bundle_digest == realised.c.bundle_digest,
    )
    counts = [whole[name].label(f"told_{name}") for name in ("people", "left", "listed", "listed_left")]
    estimates = [column.label(f"estimated_{column.name}") for column in said]
    query = select(realised, whole.withheld, *counts, *estimates).join(group_outcomes, told).outerjoin(estimated, then)
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


def _realised(row: Row[Any]) -> Realised | None:
    """A window as it may be told; None of one that was corrected and of which nothing had been said."""
    estimate = None if row.estimated_people is None else _estimate(row, "estimated_")
    expected, low, high = row.expected, row.low, row.high
    as_it_was = row.first_on == row.last_on
    if not as_it_was:
        if estimate is None:
            return None
        expected, low, high = estimate.leavers.value, estimate.leavers.low, estimate.leavers.high
    ranked = as_it_was and FEWEST <= row.told_left <= row.told_people - FEWEST
    listed = row.withheld is None
    return Realised(
        as_of=row.as_of,
        horizon=row.horizon,
        model_version=row.model_version,
        bundle_digest=row.bundle_digest,
        people=row.told_people,
        left=row.told_left,
        expected=expected,
        low=low,
        high=high,
        auc=row.auc if ranked else None,
        brier=row.brier if ranked else None,
        listed=row.told_listed if listed else None,
        listed_left=row.told_listed_left if listed else None,
        estimate=estimate,
    )


def _values(one: Estimate) -> dict[str, Any]:
    found: dict[str, Any] = {"horizon": one.horizon, "people": one.people, "listed": one.listed}
    for name in RANGES:
        figure: Range | None = getattr(one, name)
        ends = (None,) * 3 if figure is None else (figure.value, figure.low, figure.high)
        found |= {f"{name}{end}": value for end, value in zip(_ENDS, ends, strict=True)}
    return found


def _estimate(row: Row[Any], prefix: str) -> Estimate:
    figures: dict[str, Any] = {}
    for name in RANGES:
        value, low, high = (getattr(row, f"{prefix}{name}{end}") for end in _ENDS)
        figures[name] = None if value is None else Range(value, low, high)
    horizon, people, listed = (getattr(row, prefix + name) for name in ("horizon", "people", "listed"))
    return Estimate(horizon=horizon, people=people, listed=listed, **figures)
