"""Working the realised figures out: once when a window has closed, and again where an exit was corrected since.

One night works out the windows that closed since the last, then what a correction made stale, as far as a night's budget
of people reaches; what is left over says since when it is stale. Risks are read from the indexes by which lists are
ranked, and whoever left is looked up alone.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, and_, func, select, update

from models.hazard import HORIZONS
from service.outcomes import figures
from service.outcomes.became import Window, became
from service.outcomes.exits import Change, Exit, employed
from service.outcomes.figures import Floats, Scored
from service.outcomes.realised import Realised, put
from service.store import tables
from service.store.outcome_tables import exits, realised
from service.store.runs import Run, run_of

BUDGET: Final = 2_000_000
"""People whose risks one night reads, all windows together."""
LEAST: Final = 8
"""Windows that one night works out, however large the company."""
_AT_ONCE: Final = 5_000
"""Numbers read at a time: so many objects never live together that looking for garbage takes longer than reading."""
Spread = Callable[[Run, int], float]
"""Of a run's model at a horizon: how far the level of its risks may be off, as `lists.expected.spread` gives it."""


def days(connection: Connection) -> list[Run]:
    """The kept runs that count, one a day (that published last), the earliest first."""
    runs = tables.runs.c
    last = select(func.max(runs.id)).where(runs.retrospective.is_(False)).group_by(runs.as_of)
    query = select(tables.runs).where(runs.id.in_(last)).order_by(runs.as_of)
    return [run_of(row) for row in connection.execute(query)]


def work_out(
    connection: Connection, runs: Sequence[Run], delay_days: int, changes: Sequence[Change], wide: Spread, now: str
) -> None:
    """Work out what is due of these runs, the last of which is being published, as far as the budget reaches."""
    known_to = runs[-1].identity.as_of
    known = _mark(connection, changes, known_to)
    windows = [(run, Window(run.identity.as_of, horizon, delay_days, known_to)) for run in runs for horizon in HORIZONS]
    closed = [(run, window) for run, window in reversed(windows) if window.closed]
    due = [one for one in closed if (one[1].as_of, one[1].horizon) not in known]
    stale = [one for one in closed if known.get((one[1].as_of, one[1].horizon))]
    budget = max(LEAST, BUDGET // max(1, *(run.people for run in runs)))
    for run, window in [*due, *stale][:budget]:
        put(connection, _worked_out(connection, run, window, wide(run, window.horizon), now))


def scored(connection: Connection, run: Run, window: Window) -> tuple[Scored, int, int]:
    """Everybody of a run of whom it is known what became of them; then how many are gone, and how many unknown."""
    scores, risk = tables.scores.c, tables.scores.c[f"risk_{window.horizon}"]
    there, limit, ends = scores.run == run.id, run.bands.elevated, window.ends
    everybody = _floats(connection, select(risk).where(there, risk.is_not(None)))
    listed = _floats(connection, select(risk).where(there, scores.risk_90 >= limit))
    ended = connection.execute(
        select(risk, scores.risk_90, exits.c.exit_day, exits.c.kind)
        .join(exits, and_(exits.c.employee_id == scores.employee_id, employed(run.identity.as_of)))
        .where(there, risk.is_not(None), exits.c.exit_day <= ends)
    ).all()
    was = [became(window.as_of, ends, row.exit_day, row.kind) for row in ended]
    rows = [(row[0], row.risk_90 >= limit, one == "left", one) for row, one in zip(ended, was, strict=True)]
    stayed_listed = _without(listed, [risk for risk, above, *_ in rows if above])
    stayed = _without(_without(everybody, [risk for risk, *_ in rows]), stayed_listed)
    counted = [row for row in rows if row[3] in {"left", "other"}]
    none = [(stayed, False), (stayed_listed, True)]
    found = Scored(
        risk=np.concatenate([stayed, stayed_listed, np.array([row[0] for row in counted])]),
        left=np.array([False] * (len(stayed) + len(stayed_listed)) + [row[2] for row in counted], dtype=np.bool_),
        other=np.array([False] * (len(stayed) + len(stayed_listed)) + [not row[2] for row in counted], dtype=np.bool_),
        listed=np.array([above for part, above in none for _ in part] + [row[1] for row in counted], dtype=np.bool_),
    )
    return found, was.count("gone"), was.count("unknown")


def _floats(connection: Connection, query: Any) -> Floats:
    """Numbers, the smallest first."""
    parts = connection.execute(query).scalars().partitions(_AT_ONCE)
    return np.sort(np.concatenate([np.zeros(0), *(np.array(part, dtype=np.float64) for part in parts)]))


def _without(everybody: Floats, some: Iterable[float]) -> Floats:
    """Sorted numbers less some of them, each as often as it stands among these."""
    taken = np.sort(np.fromiter(some, dtype=np.float64))
    first = np.searchsorted(taken, taken, side="left")
    return np.delete(everybody, np.searchsorted(everybody, taken, side="left") + np.arange(len(taken)) - first)


def _worked_out(connection: Connection, run: Run, window: Window, wide: float, now: str) -> Realised:
    found, gone, unknown = scored(connection, run, window)
    everybody = np.ones(len(found.risk), dtype=np.bool_)
    return Realised(
        as_of=window.as_of,
        horizon=window.horizon,
        model_version=run.model_version,
        bundle_digest=run.identity.bundle_digest,
        everybody=figures.counted(found, everybody, wide),
        listed=figures.counted(found, found.listed, wide),
        gone=gone,
        unknown=unknown,
        auc=figures.auc(found),
        brier=figures.brier(found),
        bins=figures.bins(found),
        first_on=window.known_to,
        last_on=window.known_to,
        stale_on=None,
        worked_out_at=now,
    )


def _mark(connection: Connection, changes: Sequence[Change], known_to: str) -> dict[tuple[str, int], str | None]:
    """Note which figures a correction made stale; since when each is, by day and horizon."""
    known = {(row.as_of, row.horizon): row.stale_on for row in connection.execute(select(realised))}
    windows = {key: Window(key[0], key[1], 0, known_to) for key, since in known.items() if since is None}
    hit = [key for key, window in windows.items() if any(_moves(window, one) for one in changes)]
    for as_of, horizon in hit:
        mine = realised.c.as_of == as_of, realised.c.horizon == horizon
        connection.execute(update(realised).where(*mine).values(stale_on=known_to))
    return known | dict.fromkeys(hit, known_to)


def _moves(window: Window, change: Change) -> bool:
    """Whether a change tells otherwise what became of a person who may have been scored on the window's day."""
    return _of(window, change.before) != _of(window, change.now)


def _of(window: Window, one: Exit | None) -> str:
    if one is None or one.hire_day > window.as_of or (one.next_hire is not None and one.next_hire <= window.as_of):
        return "stayed"
    return became(window.as_of, window.ends, one.exit_day, one.kind)
