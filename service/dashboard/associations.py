"""How what goes on inside goes with what customers say, and with who leaves: across teams, over a year of closed months.

A customer signal is held against the teams, or the units, it was recorded for: what is recorded once for a unit says nothing
of each team in it. Each of these is one point, with more than five people and five behind each of its numbers, so that to be
counted does not tell of each that they answered; of units one in the other only the lowest count. Below `FEWEST_TEAMS` points nothing is said.

Many pairs are looked at, so some look strong by chance. Holm's correction keeps the chance that *any* pair is called found
where nothing is there below `LEVEL`: to follow a false lead costs a leader more than to miss a weak true one, and unlike
rules that allow a share of false finds it asks nothing of how the pairs depend on each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from features.company import UNIT, Floats
from service.dashboard import helpdesk, rhythm, voices
from service.dashboard.ground import Ground
from service.dashboard.measured import ratio
from service.dashboard.ranks import Correlation, holm, spearman
from service.dashboard.tally import Facts, Places, quantiles, tally
from service.disclosure.tree import FEWEST

FEWEST_TEAMS: Final = 20
"""Fewer teams say nothing."""
MONTHS: Final = 12
LEVEL: Final = 0.01
DEEPEST: Final = 2
"""Units down to so many steps below the company have associations of their own."""
SIGNALS: Final = 6
"""Customer signals that are looked at, the most frequent."""

INSIDE: Final = {
    "survey_score": ("survey scores", "higher survey scores go"),
    "ticket_response": (
        "time to the first answer to HR tickets",
        "a longer time to the first answer to HR tickets goes",
    ),
    "ticket_resolution": ("time to resolve HR tickets", "a longer time to resolve HR tickets goes"),
    "cadence": ("conversations held against the norm", "more conversations held against the norm go"),
}
"""What is looked at inside, in words, and as the beginning of a sentence about more of it."""
ATTRITION: Final = "attrition_voluntary"


class Association(Struct, frozen=True):
    """Two things held side by side, across teams."""

    inside: str
    outside: str
    across: str
    """`teams` of a manager, or `units`."""
    teams: int
    """How many there were to compare."""
    teams_needed: int
    correlation: float | None
    """Spearman's rank correlation, -1 to 1; null where teams are too few."""
    low: float | None
    """The 95 % interval of this pair looked at alone."""
    high: float | None
    p_value: float | None
    """How often so strong a one comes up where there is none, corrected for all pairs looked at (Holm)."""
    pairs: int
    """How many pairs were looked at."""
    found: bool
    """Whether the corrected p-value is below 0.01."""
    text: str
    """The same in a sentence."""


@dataclass(frozen=True)
class Points:
    """Teams or units, and what is known of each; NaN for nothing, or too few people."""

    across: str
    node: NDArray[np.int64]
    """The lowest unit that holds each; -1: none."""
    values: Mapping[str, Floats]
    """By name: inside, attrition and customer signals."""


def associations(ground: Ground, cadence: tuple[int, int, int]) -> dict[int, list[Association]]:
    """Of the company and of the units down to `DEEPEST`, by node."""
    if not len(ground.months):
        return {}
    points = list(_points(ground, cadence))
    nodes = np.flatnonzero(ground.tree.depth <= DEEPEST).tolist()
    return {node: _judged(points, _within(ground, points, node)) for node in nodes}


def _points(ground: Ground, cadence: tuple[int, int, int]) -> Iterator[Points]:
    column = np.full(len(ground.months), -1, np.int32)
    column[-MONTHS:] = 0
    alone = np.full(len(ground.company.names.managers), -1, np.int64)
    by_team = Places(ground.manager, alone, column, 1)
    by_unit = Places(ground.places.at, ground.tree.parent, column, 1)
    signals, facts = _signals(ground, column), _facts(ground, column)
    of_teams = {name: values for name, (_, values) in signals.items() if len(values)}
    yield Points("teams", _team_nodes(ground), {**_inside(ground, by_team, facts, cadence), **of_teams})
    of_units = {name: values for name, (values, _) in signals.items() if len(values)}
    if of_units:
        nodes = np.arange(len(ground.tree))
        yield Points("units", nodes, {**_inside(ground, by_unit, facts, cadence), **of_units})


def _facts(ground: Ground, column: NDArray[np.int32]) -> dict[str, Facts]:
    """What was said and done in the year, by name of what it is looked at for."""
    company = ground.company
    found = {}
    if company.surveys is not None:
        every = voices.answers(ground, company.surveys).where(~voices.is_enps(ground, company.surveys))
        found["survey_score"] = replace(every, group=None, elsewhere=None)
    if company.tickets is not None:
        found["ticket_response"] = helpdesk.responses(ground, company.tickets)
        found["ticket_resolution"] = helpdesk.resolutions(ground, company.tickets)
    if company.checkins is not None:
        talks = rhythm.held(ground, company.checkins).where(company.checkins.conversation < len(rhythm.KINDS))
        found["cadence"] = replace(talks, group=None)
    recent = np.append(column >= 0, [False])
    return {name: facts.only(recent[facts.month]) for name, facts in found.items()}


def _inside(
    ground: Ground, places: Places, facts: Mapping[str, Facts], cadence: tuple[int, int, int]
) -> dict[str, Floats]:
    """What goes on inside by place, over a year; NaN where fewer than five people are behind it."""
    there = ground.present(places)
    found = {ATTRITION: _enough(ratio(there.resigned, there.days, 1 / 365), there.people)}
    for name, rows in facts.items():
        told = tally(rows, places, ground.people)
        if name == "survey_score":
            found[name] = _enough(ratio(told.sums[0], told.counts[0], UNIT), told.people[0])
        elif name == "cadence":
            found[name] = _enough(ratio(told.counts[0] * 365, there.active * sum(cadence)), there.people)
        else:
            found[name] = _enough(quantiles(rows, places, (0.5,))[0] / helpdesk.HOUR, told.people[0])
    enough = there.people[:, 0] > FEWEST
    return {name: np.where(enough, values, np.nan) for name, values in found.items()}


def _enough(values: Floats, people: NDArray[np.int64]) -> Floats:
    return np.asarray(np.where(people[:, 0] >= FEWEST, values[:, 0], np.nan), np.float64)


def _signals(ground: Ground, column: NDArray[np.int32]) -> dict[str, tuple[Floats, Floats]]:
    """Of each customer signal the mean by unit, and by manager; one of them empty: the kind it is recorded for less."""
    if (table := ground.company.team_signals) is None:
        return {}
    month = ground.months_of(table.occurred, (table.known <= ground.day) & ~np.isnan(table.value))
    recent = (month >= 0) & (column[month] == 0)
    names = ground.company.names.team_signals
    found = {}
    for code in voices.frequent(table.name[recent], len(names), SIGNALS):
        rows = recent & (table.name == code)
        unit, manager, values = table.unit[rows], table.manager[rows], table.value[rows]
        of_units = len(np.unique(unit[unit >= 0])) > len(np.unique(manager[manager >= 0]))
        node = np.where(unit >= 0, ground.unit_node[unit], -1)
        by_unit = _lowest(ground, _means(node, values, len(ground.tree))) if of_units else np.zeros(0)
        by_team = np.zeros(0) if of_units else _means(manager, values, len(ground.company.names.managers))
        found[f"team_signal.{names[code]}"] = (by_unit, by_team)
    return found


def _means(place: NDArray[np.integer], values: Floats, size: int) -> Floats:
    here = place >= 0
    counts = np.bincount(place[here], minlength=size)
    return ratio(np.bincount(place[here], values[here], minlength=size), counts)


def _lowest(ground: Ground, values: Floats) -> Floats:
    """The values of units that have no unit with a value below them."""
    below = (~np.isnan(values)).astype(np.int64)
    total = ground.tree.totals(below)
    return np.where(total == 1, values, np.nan)


def _team_nodes(ground: Ground) -> NDArray[np.int64]:
    """The lowest unit that holds each manager's team at the end of the last month; -1: there is none."""
    return rhythm.teams(ground)[:-1, -1].astype(np.int64)


def _within(ground: Ground, points: Sequence[Points], node: int) -> list[NDArray[np.bool_]]:
    """Which points lie in a unit: those below a node stand right behind it."""
    depth = ground.tree.depth
    after = np.flatnonzero(depth[node + 1 :] <= depth[node])
    end = node + 1 + int(after[0]) if len(after) else len(depth)
    return [(one.node >= node) & (one.node < end) for one in points]


def _judged(points: Sequence[Points], within: Sequence[NDArray[np.bool_]]) -> list[Association]:
    """Every pair among the points of one unit, corrected for their number."""
    pairs: list[tuple[str, str, str, int, Correlation | None]] = []
    for one, here in zip(points, within, strict=True):
        outside = [name for name in one.values if name.startswith("team_signal.")]
        outside += [ATTRITION] if one.across == "teams" else []
        inner = [name for name in INSIDE if name in one.values]
        pairs += [(one.across, name, other, *_compared(one, here, name, other)) for name in inner for other in outside]
    tested = [pair[-1] for pair in pairs if pair[-1] is not None]
    corrected = iter(holm([one.p for one in tested]))
    return [_association(*pair, None if pair[-1] is None else next(corrected), len(tested)) for pair in pairs]


def _compared(points: Points, here: NDArray[np.bool_], inner: str, outer: str) -> tuple[int, Correlation | None]:
    one, other = points.values[inner], points.values[outer]
    both = here & ~np.isnan(one) & ~np.isnan(other)
    count = int(both.sum())
    return count, spearman(one[both], other[both]) if count >= FEWEST_TEAMS else None


def _association(
    across: str, inner: str, outer: str, count: int, found: Correlation | None, p: float | None, pairs: int
) -> Association:
    sure = p is not None and p < LEVEL
    text = _sentence(across, inner, outer, count, found, sure=sure, pairs=pairs)
    if found is None:
        return Association(inner, outer, across, count, FEWEST_TEAMS, None, None, None, None, pairs, False, text)
    value, low, high = (round(one, 3) for one in (found.value, found.low, found.high))
    return Association(inner, outer, across, count, FEWEST_TEAMS, value, low, high, p, pairs, sure, text)


def _sentence(
    across: str, inner: str, outer: str, count: int, found: Correlation | None, *, sure: bool, pairs: int
) -> str:
    what, more = INSIDE[inner]
    what = what[0].upper() + what[1:]
    other = "voluntary attrition" if outer == ATTRITION else outer.partition(".")[2].replace("_", " ")
    if found is None:
        if count >= FEWEST_TEAMS:
            return f"{what} and {other}: one of them is the same in all {count} {across}, so nothing can be said."
        return f"{what} and {other}: {count} {across} are too few; {FEWEST_TEAMS} are needed."
    interval = f"rank correlation {found.value:.2f}, 95 % interval {found.low:.2f} to {found.high:.2f}"
    if not sure:
        return (
            f"{what} and {other}: nothing found across {count} {across} ({interval}), "
            f"corrected for the {pairs} pairs looked at."
        )
    level = "higher" if found.value > 0 else "lower"
    return (
        f"Across {count} {across}, {more} with {level} {other} "
        f"({interval}; it holds after correction for the {pairs} pairs looked at). "
        "This is association, not cause: a third thing may move both, or the second the first."
    )
