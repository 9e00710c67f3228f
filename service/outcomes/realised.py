"""The table of realised figures: one row for each run and horizon, once the window has closed.

stored(store, horizon=90)      the figures as they are, the newest run first: what monitoring and the page read
"""

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, insert, select

from models.evidence import Figure
from service.lists.expected import Expected
from service.outcomes import figures
from service.outcomes.figures import Bin, Counted
from service.store.engine import faults_named
from service.store.outcome_tables import realised


@dataclass(frozen=True)
class Realised:
    """What became of one run's risks by one horizon."""

    as_of: str
    horizon: int
    model_version: str
    bundle_digest: str
    everybody: Counted
    listed: Counted
    gone: int
    """Scored, though they had left on that day, which became known later: in no figure."""
    unknown: int
    """Not in the data any more, without an exit: in no figure."""
    auc: float | None
    brier: float | None
    bins: tuple[Bin, ...]
    first_on: str
    """Day of the run that first worked it out."""
    last_on: str
    """Day of the run that last did, since an exit was corrected."""
    stale_on: str | None
    """Day of a run that brought a correction which is not worked in yet."""
    worked_out_at: str

    @property
    def lift(self) -> float | None:
        """How many times as many of the listed left as of everybody."""
        return figures.lift(self.listed, self.everybody)

    @property
    def expected_precision(self) -> float | None:
        """The share of the listed that was expected to leave."""
        return self.listed.expected.value / self.listed.people if self.listed.people else None

    @property
    def observed_expected(self) -> Figure:
        """Leavers for each expected, of everybody."""
        return self.everybody.observed_expected


def stored(store: Engine, horizon: int | None = None) -> list[Realised]:
    """The figures of every run whose window has closed, the newest first."""
    query = select(realised).order_by(realised.c.as_of.desc(), realised.c.horizon)
    if horizon is not None:
        query = query.where(realised.c.horizon == horizon)
    with faults_named(), store.connect() as connection:
        return [_realised(row) for row in connection.execute(query)]


def put(connection: Connection, found: Realised) -> None:
    """Write figures in the place of those that were worked out before; when that was first stays."""
    mine = realised.c.as_of == found.as_of, realised.c.horizon == found.horizon
    first = connection.execute(select(realised.c.first_on).where(*mine)).scalar()
    connection.execute(delete(realised).where(*mine))
    connection.execute(insert(realised).values(_row(replace(found, first_on=first or found.first_on))))


def _row(found: Realised) -> dict[str, Any]:
    plain = ("as_of", "horizon", "model_version", "bundle_digest", "gone", "unknown", "auc", "brier", "first_on",
             "last_on", "stale_on", "worked_out_at")  # fmt: skip
    everybody, listed = found.everybody, found.listed
    return {
        **{name: getattr(found, name) for name in plain},
        "bins": msgspec.json.encode(found.bins).decode(),
        **{name: getattr(everybody, name) for name in ("people", "left", "other")},
        "expected": everybody.expected.value,
        "low": everybody.expected.low,
        "high": everybody.expected.high,
        "listed": listed.people,
        "listed_left": listed.left,
        "listed_other": listed.other,
        "listed_expected": listed.expected.value,
        "listed_low": listed.expected.low,
        "listed_high": listed.expected.high,
    }


def _realised(row: Row[Any]) -> Realised:
    everybody = Counted(row.people, row.left, row.other, Expected(row.expected, row.low, row.high))
    over = Expected(row.listed_expected, row.listed_low, row.listed_high)
    listed = Counted(row.listed, row.listed_left, row.listed_other, over)
    return Realised(
        row.as_of, row.horizon, row.model_version, row.bundle_digest, everybody, listed, row.gone, row.unknown, row.auc,
        row.brier, msgspec.json.decode(row.bins, type=tuple[Bin, ...]), row.first_on, row.last_on, row.stale_on,
        row.worked_out_at,
    )  # fmt: skip
