"""The team around a person: the people at risk with the same manager on the day, the manager not among them.

A second, small pass over (day, manager): what the members said, how many of their conversations were held, who left of
late, and what is known of the team from outside (customers, service levels). A person's own part is left out of the
means (leave-one-out), and small teams are drawn towards the company's mean of the day.

Answers that are not identified enter only here, as the mean of a whole group (the person included) over at least
`GROUP_ANSWERS` answers by as many people, in the manager's team or else in the org unit; their value is never said.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features import career, checkins
from features.blocks import Snapshots, blocks
from features.company import NO_SHARE, UNIT, VOLUNTARY, Codes, Company, Fixed, Floats, partition
from features.compiled import compiled
from features.days import NEVER, Days
from features.feature import Feature, Formula, of_group, plain, slug
from features.grid import Places, Totals, ratio
from features.grid import block as block_of
from features.presence import at_risk, exits
from features.signals import VALUE, fixed
from features.spec import FeatureSpec, slots
from features.streams import Leaves, Stream, leaves, stream

GROUP_ANSWERS: Final = 5
"""Fewer answers, or answers by fewer people, than this say nothing of a group."""
OWN_WEIGHT: Final = 5.0
"""So many answers or check-ins at the company's mean are added to each team's own."""
LEAVER_WEIGHT: Final = 10.0
"""So many people leaving at the company's rate are added to each team."""


@dataclass(frozen=True)
class Members:
    """The (person, day) cells the teams are made of, sorted by both: everybody at risk on a day, and the rows asked for.

    `date` is the day's place in `dates`; `here` marks people at risk; the rest is what each cell brings to its team,
    of the 365 active days before. Sums are integers.
    """

    dates: Days
    date: Places
    here: NDArray[np.bool_]
    manager: Codes
    unit: Codes
    score: Fixed
    answers: Fixed
    private_score: Fixed
    private_answers: Fixed
    held: Fixed
    planned: Fixed

    def key(self, code: Codes) -> Places:
        """Each cell's place among all (code, day) pairs, -1 for code -1: the group it belongs to on its day."""
        return np.where(code < 0, -1, code.astype(np.int64) * len(self.dates) + self.date)


@dataclass(frozen=True)
class Accumulated:
    """Team figures of each cell, NaN where the manager is unknown or nothing is there to average.

    The signals have shape (names, cells).
    """

    size: Floats
    survey: Floats
    survey_gap: Floats
    private: Floats
    kept: Floats
    leavers_90: Floats
    leavers_365: Floats
    leaver_rate: Floats
    signals_90: Floats
    signals_365: Floats


def accumulate(company: Company, spec: FeatureSpec, rows: Snapshots) -> tuple[Accumulated, Places]:
    """The team figures of cells, and the cell of each row; needs everybody's tables, not only the rows' people."""
    own = career.own_codes(company)
    members, place = _members(company, rows, own)
    team = members.key(members.manager)
    size = _at(_sum_over(team, members.here, _pairs(members, company.names.managers)), team)
    survey = _others(company, members, team, members.score, members.answers) / UNIT
    kept = _others(company, members, team, members.held, members.planned)
    recent, year = _leavers(company, members.dates, own)
    signals_90, signals_365 = _outside(company, spec, members)
    found = Accumulated(
        size=size,
        survey=survey if company.surveys is not None else np.full(len(team), np.nan),
        survey_gap=ratio(members.score, members.answers, UNIT) - survey,
        private=_private(company, members, team),
        kept=kept if company.checkins is not None else np.full(len(team), np.nan),
        leavers_90=_at(recent, team),
        leavers_365=_at(year, team),
        leaver_rate=_leaver_rate(size, _at(year, team), year, members),
        signals_90=signals_90,
        signals_365=signals_365,
    )
    return found, place


def _members(company: Company, rows: Snapshots, own: Codes) -> tuple[Members, Places]:
    """Everybody at risk on each date and the requested rows besides, each once; and where each requested row is."""
    dates = np.unique(rows.day).astype(np.int32)
    risk = np.stack([at_risk(company, int(day)) for day in dates], axis=1).reshape(-1)
    asked = rows.person.astype(np.int64) * len(dates) + np.searchsorted(dates, rows.day)
    wanted = risk.copy()
    wanted[asked] = True
    keys = np.flatnonzero(wanted)
    date = keys % len(dates)
    brought = _brought(company, Snapshots((keys // len(dates)).astype(np.int32), dates[date]), own)
    return Members(dates=dates, date=date, here=risk[keys], **brought), np.searchsorted(keys, asked)


def _brought(company: Company, cells: Snapshots, own: Codes) -> dict[str, Any]:
    """The cells' managers, units, answers and check-ins, by field of `Members`."""
    away = leaves(company.absences, len(company.people))
    names = ("score", "answers", "private_score", "private_answers", "held", "planned")
    found: dict[str, NDArray[Any]] = {name: np.zeros(len(cells), np.int64) for name in names}
    found["manager"], found["unit"] = np.empty((2, len(cells)), np.int32)
    for place, block in blocks(cells, away):
        part = partition(company, block.low, block.high)
        found["manager"][place], found["unit"][place] = career.team_codes(part, block, own)
        for count, total, events in _member_streams(part, away):
            totals = block.totals(events, (365,))
            found[count][place] += totals.count_all(365)
            if total:
                found[total][place] += totals.sum(365)
    found["planned"] += found["held"]
    return found


def _member_streams(company: Company, away: Leaves) -> list[tuple[str, str, Stream]]:
    """The streams behind `Members`: the name that takes the count, the one that takes the sum ("" for none)."""
    parts: list[tuple[str, str, Stream]] = []
    if (s := company.surveys) is not None:
        answer = (s.score != NO_SHARE) & (s.person >= 0)
        own = stream(s.person, s.answered, value=s.score, where=answer & s.identified)
        private = stream(s.person, s.answered, value=s.score, where=answer & ~s.identified)
        parts += [("answers", "score", own), ("private_answers", "private_score", private)]
    if company.checkins is not None:
        c = checkins.streams(company.checkins, away)
        parts += [("held", "", c.held), ("planned", "", c.missed), ("planned", "", c.cancelled)]
    return parts


def _others(company: Company, m: Members, team: Places, total: Fixed, count: Fixed) -> Floats:
    """Total by count of each cell's team without the cell itself, drawn towards everybody's on the day."""
    total, count = total * m.here, count * m.here
    days, teams = len(m.dates), _pairs(m, company.names.managers)
    mean = ratio(_sum_over(m.date, total, days), _sum_over(m.date, count, days))[m.date]
    others = _at(_sum_over(team, total, teams), team) - total
    answers = _at(_sum_over(team, count, teams), team) - count
    return (others + OWN_WEIGHT * mean) / (answers + OWN_WEIGHT)


def _private(company: Company, m: Members, team: Places) -> Floats:
    """The mean of a group's answers that are not identified: the team's, else the unit's, else NaN."""
    s, names = company.surveys, company.names
    if s is None:
        return np.full(len(team), np.nan)
    nameless = ~s.identified & (s.person < 0) & (s.unit >= 0) & (s.score != NO_SHARE)
    alone = _entities(stream(s.unit, s.answered, value=s.score, where=nameless), len(names.units), m.dates, (365,))
    there, count, total = m.here & (m.private_answers > 0), m.private_answers * m.here, m.private_score * m.here
    means = []
    for key, groups, extra in ((team, names.managers, None), (m.key(m.unit), names.units, alone)):
        people, answers, score = (_sum_over(key, values, _pairs(m, groups)) for values in (there, count, total))
        if extra is not None:
            nobody = extra.count(365)
            people, answers, score = people + nobody, answers + nobody, score + extra.sum(365)
        enough = (people >= GROUP_ANSWERS) & (answers >= GROUP_ANSWERS)
        means.append(_at(np.where(enough, ratio(score, answers, UNIT), np.nan), key))
    return np.where(np.isnan(means[0]), means[1], means[0])


def _leavers(company: Company, dates: Days, own: Codes) -> tuple[Fixed, Fixed]:
    """Voluntary leavers of 90 and 365 days by (manager, day); each under the manager known on the exit day."""
    ended, people = exits(company, NEVER), len(company.people)
    gone = np.flatnonzero(ended.kind == VOLUNTARY).astype(np.int32)
    managers, _ = career.team_codes(company, block_of(gone, ended.day[gone], 0, people, leaves(None, people)), own)
    known = np.maximum(ended.day, ended.known)[gone]
    events = stream(managers, ended.day[gone], known, where=managers >= 0)
    totals = _entities(events, len(company.names.managers), dates, (90, 365))
    return totals.count(90), totals.count(365)


def _leaver_rate(size: Floats, leavers: Floats, by_team: Fixed, m: Members) -> Floats:
    """Leavers of a year by members and leavers, drawn towards the company's rate of the day."""
    left = by_team.reshape(-1, len(m.dates)).sum(axis=0)
    rate = ratio(left, _sum_over(m.date, m.here, len(m.dates)) + left)[m.date]
    return (leavers + LEAVER_WEIGHT * rate) / (size + leavers + LEAVER_WEIGHT)


def _outside(company: Company, spec: FeatureSpec, m: Members) -> tuple[Floats, Floats]:
    """Means of the team signals over 90 and 365 days: those of the manager and of the unit and the units above it."""
    signals, names = company.team_signals, company.names
    means = np.full((2, len(spec.team_signals), len(m.date)), np.nan)
    if signals is None:
        return means[0], means[1]
    slot = slots(names.team_signals, spec.team_signals)[signals.name]
    of_manager, of_unit = (
        stream(owner, signals.occurred, signals.known, slot=slot, groups=len(spec.team_signals),
               value=fixed(signals.value), where=(owner >= 0) & ~np.isnan(signals.value))
        for owner in (signals.manager, signals.unit)
    )  # fmt: skip
    windows = (90, 365)
    teams = _entities(of_manager, len(names.managers), m.dates, windows)
    units = _with_above(_entities(of_unit, len(names.units), m.dates, windows), names.units, len(m.dates))
    team, unit = m.key(m.manager), m.key(m.unit)
    for w, window in enumerate(windows):
        for g in range(len(spec.team_signals)):
            count = _or_zero(teams.count(window, g), team) + _or_zero(units.count(window, g), unit)
            total = _or_zero(teams.sum(window, g), team) + _or_zero(units.sum(window, g), unit)
            means[w, g] = ratio(total, count, VALUE)
    return means[0], means[1]


def _with_above(own: Totals, units: tuple[str, ...], days: int) -> Totals:
    """The totals of each unit and of the units above it."""
    lines = _ancestors(units)

    def up(values: Fixed) -> Fixed:
        grid = np.pad(values.reshape(*values.shape[:2], len(units), days), ((0, 0), (0, 0), (0, 1), (0, 0)))
        return sum((grid[:, :, line] for line in lines.T), np.zeros_like(grid[:, :, :-1])).reshape(values.shape)

    return Totals(own.windows, up(own.counts), up(own.sums))


def _ancestors(units: tuple[str, ...]) -> Places:
    """For each unit path the codes of itself and of the units above it that have a code; -1 fills up."""
    code = {unit: index for index, unit in enumerate(units)}
    paths = [unit.split("/") for unit in units]
    deepest = max(map(len, paths), default=0)
    lines = [[code.get("/".join(path[: depth + 1]), -1) for depth in range(len(path))] for path in paths]
    return np.asarray([line + [-1] * (deepest - len(line)) for line in lines], np.int64).reshape(len(units), deepest)


def _entities(events: Stream, size: int, dates: Days, windows: tuple[int, ...]) -> Totals:
    """Totals of a stream whose `person` is a manager or a unit, by (entity, day)."""
    who, day = np.repeat(np.arange(size, dtype=np.int32), len(dates)), np.tile(dates, size)
    return block_of(who, day, 0, size, leaves(None, size)).totals(events, windows)


def _pairs(m: Members, names: tuple[str, ...]) -> int:
    return len(names) * len(m.dates)


def _sum_over(key: Places, values: NDArray[Any], size: int) -> Fixed:
    """Sums by key; key -1 is left out."""
    total = np.zeros(size, np.int64)
    _sum_into(key, values, total)
    return total


@compiled
def _sum_into(key: Places, values: NDArray[Any], total: Fixed) -> None:
    for row in range(len(key)):
        if key[row] >= 0:
            total[key[row]] += values[row]


def _at(values: NDArray[Any], key: Places) -> Floats:
    """The value of each key; NaN for key -1."""
    return np.append(values, np.nan)[key]


def _or_zero(values: Fixed, key: Places) -> Fixed:
    """The value of each key; 0 for key -1."""
    return np.append(values, 0)[key]


def _f(name: str, unit: str, phrase: str, null: str, formula: Formula, *, actionable: bool = True) -> Feature:
    return Feature(f"team_{name}", "team", unit, phrase, null, formula, actionable)


_NO_MANAGER: Final = "No manager on record"

FEATURES: Final = (
    _f("size", "count", "Team of {}", _NO_MANAGER, lambda a: a.size, actionable=False),
    _f("survey_365", "score", "Colleagues' survey answers average {} over a year", "No survey answers in the team",
       lambda a: a.survey),
    _f("survey_gap", "points", "Own survey answers differ from the colleagues' by {}", "No survey answer to compare",
       lambda a: a.survey_gap),
    Feature("team_private_answers", "team", "score", "Confidential survey answers of the whole group",
            "Too few confidential survey answers in the group", lambda a: a.private, group_only=True),
    _f("kept_365", "share", "{} of the colleagues' planned conversations held in a year", "No check-ins in the team",
       lambda a: a.kept),
    _f("leavers_90", "count", "{} colleagues left of their own will in three months", _NO_MANAGER, lambda a: a.leavers_90),
    _f("leavers_365", "count", "{} colleagues left of their own will in a year", _NO_MANAGER, lambda a: a.leavers_365),
    _f("leaver_rate_365", "share", "About {} of the team leave of their own will in a year", _NO_MANAGER,
       lambda a: a.leaver_rate),
)  # fmt: skip


def team_signal_features(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Three columns a name: the means of three months and of a year, and the first less the second."""
    columns: list[Feature] = []
    for g, name in enumerate(names):
        column, word, none = slug(name), plain(name), f"No {plain(name)} on record for the team"
        columns += [
            _f(f"signal_{column}_90", "number", f"The team's {word}: {{}} over three months", none,
               of_group(g, lambda a, g: a.signals_90[g])),
            _f(f"signal_{column}_365", "number", f"The team's {word}: {{}} over a year", none,
               of_group(g, lambda a, g: a.signals_365[g])),
            _f(f"signal_{column}_trend", "number", f"The team's {word} of three months less that of the year: {{}}", none,
               of_group(g, lambda a, g: a.signals_90[g] - a.signals_365[g])),
        ]  # fmt: skip
    return tuple(columns)
