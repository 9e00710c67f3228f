"""What monitoring keeps in the score store, written with the run it speaks of, and read together with what became of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, and_, delete, insert, select

from service.monitoring.drift import Counted, Drift
from service.monitoring.expected import Estimate, Range
from service.store.engine import faults_named
from service.store.monitoring_tables import RANGES, estimated, monitored
from service.store.outcome_tables import group_outcomes, realised
from service.store.runs import Run

_ENDS: Final = ("", "_low", "_high")


@dataclass(frozen=True)
class Realised:
    """What became of the people scored on a day, by a horizon, and what had been expected; the whole company."""

    as_of: str
    horizon: int
    model_version: str
    bundle_digest: str
    people: int
    left: int
    expected: float
    """Sum of the risks."""
    low: int
    high: int
    """80 % interval of the leavers expected."""
    auc: float | None
    brier: float | None
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


def write_drift(connection: Connection, run: int, counts: Counted, drift: Drift) -> None:
    """Keep what a run's people looked like."""
    texts = {"counts": msgspec.json.encode(counts).decode(), "drift": msgspec.json.encode(drift).decode()}
    connection.execute(insert(monitored).values(run=run, **texts))


def write_estimates(connection: Connection, head: Run, found: Sequence[Estimate]) -> None:
    """Keep what is expected of a run, in place of what was expected of an earlier run of the day."""
    identity = head.identity
    connection.execute(delete(estimated).where(estimated.c.as_of == identity.as_of))
    named = {"as_of": identity.as_of, "model_version": head.model_version, "bundle_digest": identity.bundle_digest}
    if found:
        connection.execute(insert(estimated), [named | _values(one) for one in found])


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
    """What became of runs whose windows have closed, the newest first, at most so many of each horizon.

    Only windows that `group_outcomes` tells of for the whole company: they do not overlap, so that nobody's outcome is the
    difference of two of them.
    """
    whole = group_outcomes.c
    of = and_(whole.as_of == realised.c.as_of, whole.horizon == realised.c.horizon, whole.org_unit == "")
    said = and_(estimated.c.as_of == realised.c.as_of, estimated.c.horizon == realised.c.horizon)
    said = and_(said, estimated.c.bundle_digest == realised.c.bundle_digest)
    columns = [column.label(f"estimated_{column.name}") for column in estimated.c]
    query = (
        select(realised, whole.listed.label("told"), whole.listed_left.label("told_left"), *columns)
        .join(group_outcomes, of)
        .outerjoin(estimated, said)
        .where(whole.withheld.is_(None))
        .order_by(realised.c.horizon, realised.c.as_of.desc())
    )
    found: dict[int, list[Realised]] = {}
    with faults_named(), store.connect() as connection:
        for row in connection.execute(query):
            found.setdefault(row.horizon, []).append(_realised(row))
    return [one for some in found.values() for one in some[:newest]]


def _realised(row: Row[Any]) -> Realised:
    estimate = None if row.estimated_people is None else _estimate(row, "estimated_")
    plain = ("as_of", "horizon", "model_version", "bundle_digest", "people", "left", "expected", "low", "high")
    named = {name: getattr(row, name) for name in plain}
    return Realised(
        **named, auc=row.auc, brier=row.brier, listed=row.told, listed_left=row.told_left, estimate=estimate
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
