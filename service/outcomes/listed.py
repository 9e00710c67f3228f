"""What became of those who were listed, person by person, for whoever may see them: run by run, the newest first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from sqlalchemy import Engine, and_, select

from models.hazard import position
from service.lists.expected import expected
from service.lists.sized import WORTH
from service.outcomes import working
from service.outcomes.became import Became, Window, became
from service.outcomes.exits import employed
from service.outcomes.figures import SHARE, Counted
from service.store import listing, tables
from service.store.engine import faults_named
from service.store.listing import Population
from service.store.outcome_tables import exits
from service.store.runs import PublishedScore, Run

_IDS_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Told:
    """A person of a list, and what became of them."""

    run: Run
    person: PublishedScore
    became: Became
    exit_day: str | None
    """Of the employment that was scored, as soon as it is known; YYYY-MM-DD."""
    kind: str | None
    """voluntary, other or unknown."""
    first_told: str | None
    """Day of the run that first told of the exit."""
    last_told: str | None
    """Day of the run that last changed it."""


@dataclass(frozen=True)
class Summary:
    """Of a run, within the units asked for."""

    run: Run
    window: Window
    listed: Counted
    """Those listed of whom it is known what became of them; all of them, of whom nobody has left, until then."""
    gone: int
    unknown: int
    """Listed, and in no figure."""
    everybody: Counted | None
    """Without what was expected; None until the window has closed."""


def days(store: Engine) -> list[Run]:
    """The kept runs that count, one a day, the newest first."""
    with faults_named(), store.connect() as connection:
        return working.days(connection)[::-1]


def page(
    store: Engine, population: Population, runs: Iterable[Run], after: tuple[int, float, str] | None, limit: int
) -> list[tuple[Run, PublishedScore]]:
    """The listed people of these runs, the highest risk of each run first.

    Parameters
    ----------
    population
        Whom the caller may see; its run does not matter.
    runs
        The newest first.
    after
        Number of the run, risk and id of the last person of the page before.
    """
    found: list[tuple[Run, PublishedScore]] = []
    for run in runs:
        if after is not None and run.id != after[0]:
            continue
        wanted = replace(population, run=run, bands=WORTH)
        place = None if after is None else (after[1], after[2])
        found += [(run, one) for one in listing.ranked(store, wanted, limit - len(found), place)]
        after = None
        if len(found) == limit:
            break
    return found


def told(store: Engine, people: Sequence[tuple[Run, PublishedScore]], window_of: dict[int, Window]) -> list[Told]:
    """What became of them; `window_of` by the number of the run."""
    known = _exits(store, {person.scored.employee_id for _, person in people})
    return [_told(run, person, window_of[run.id], known.get(person.scored.employee_id, [])) for run, person in people]


def summary(store: Engine, population: Population, window: Window, spread: float) -> Summary:
    """The figures of one run within a population.

    Parameters
    ----------
    population
        Of that run, in any band.
    spread
        As `lists.expected.spread` gives it.
    """
    run, scores = population.run, tables.scores.c
    risk = scores[f"risk_{window.horizon}"]
    worth = replace(population, bands=WORTH)
    with faults_named(), store.connect() as connection:
        risks = [float(one) for one in connection.execute(select(risk).where(listing.among(worth))).scalars()]
        query = (
            select(risk, scores.band, exits.c.exit_day, exits.c.kind)
            .join(exits, and_(exits.c.employee_id == scores.employee_id, employed(window.as_of)))
            .where(listing.among(population), exits.c.exit_day <= window.ends)
        )
        rows = connection.execute(query).all() if window.closed else []
    fates = [(row[0], row.band in WORTH, became(window.as_of, window.ends, row.exit_day, row.kind)) for row in rows]
    out = [(risk, above, fate) for risk, above, fate in fates if fate in {"gone", "unknown"}]
    for one, above, _ in out:
        if above:
            risks.remove(one)
    mine = [fate for _, above, fate in fates if above]
    chances = np.array(risks, dtype=np.float64)
    over = expected(chances, spread, SHARE)
    listed = Counted(len(risks), mine.count("left"), mine.count("other"), over)
    everybody = None
    if window.closed:
        all_ = [fate for *_, fate in fates]
        people = listing.size(store, replace(population, horizon=90, bands=())) - len(out)
        everybody = Counted(people, all_.count("left"), all_.count("other"), over)
    return Summary(run, window, listed, mine.count("gone"), mine.count("unknown"), everybody)


def risk_of(person: PublishedScore, horizon: int) -> float:
    """The risk that a listed person had."""
    if person.scored.risks is None:
        raise ValueError("only people with a score are listed")
    return person.scored.risks[position(horizon)]


def _told(run: Run, person: PublishedScore, window: Window, known: Sequence[Mapping[str, Any]]) -> Told:
    found = next((one for one in known if _holds(one, window.as_of)), None)
    if found is None:
        return Told(run, person, window.became(None, None), None, None, None, None)
    return Told(
        run, person, window.became(found["exit_day"], found["kind"]), found["exit_day"], found["kind"],
        found["first_told"], found["last_told"],
    )  # fmt: skip


def _holds(one: Mapping[str, Any], as_of: str) -> bool:
    """Whether an exit is one of the employment that was scored on a day."""
    return one["hire_day"] <= as_of and (one["next_hire"] is None or one["next_hire"] > as_of)


def _exits(store: Engine, employees: set[str]) -> dict[str, list[Mapping[str, Any]]]:
    ids, found = sorted(employees), dict[str, list[Mapping[str, Any]]]()
    with faults_named(), store.connect() as connection:
        for start in range(0, len(ids), _IDS_AT_ONCE):
            query = select(exits).where(exits.c.employee_id.in_(ids[start : start + _IDS_AT_ONCE]))
            for row in connection.execute(query).mappings():
                found.setdefault(row["employee_id"], []).append(dict(row))
    return found
