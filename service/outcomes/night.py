"""What outcomes add to a published run: who left by now, and the figures of the windows that have closed since the last."""

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from service.lists.expected import spread
from service.outcomes import exits, groups, working
from service.store import tables
from service.store.runs import Run, Write

if TYPE_CHECKING:
    from service.alongside import Seen


def part(seen: "Seen") -> Write:
    """Bring exits and outcomes up to the run's day; a run of an older day, or a retrospective one, brings nothing."""
    return partial(_write, seen)


def _write(seen: "Seen", connection: Connection, _run: int) -> None:
    runs, as_of = tables.runs.c, seen.head.identity.as_of
    newer = select(runs.id).where(runs.retrospective.is_(False), runs.as_of > as_of).limit(1)
    if seen.head.retrospective or connection.execute(newer).first() is not None:
        return
    changes = exits.refresh(connection, seen.data.company, seen.day, as_of)
    kept = working.days(connection)
    working.work_out(connection, kept, seen.delay_days, changes, partial(_spread, seen), seen.now)
    groups.work_out(connection, kept, seen.delay_days)


def _spread(seen: "Seen", run: Run, horizon: int) -> float:
    """How far the level of a run's risks may be off: by the backtest of its own model, where that is still served."""
    model = seen.serving.model
    own = run.identity.bundle_digest == model.digest
    return spread(model.manifest.evidence if own else (), model.mode, horizon)
