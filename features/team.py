"""The team around a person: the people at risk with the same manager on the day, the manager not among them.

A second, small pass over (day, manager): what the members said, how many of their conversations were held, who left of
late, and what is known of the team from outside (customers, service levels). A person's own part is left out of the
means (leave-one-out), and small teams are drawn towards the company's mean of the day.

Answers that are not identified enter only here, as the mean of a whole group (the person included) over at least
`GROUP_ANSWERS` answers by as many people, in the manager's team or else in the org unit; their value is never said.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import career, checkins
from features.blocks import Snapshots, blocks
from features.company import NO_SHARE, UNIT, VOLUNTARY, Codes, Company, Floats, partition
from features.days import NEVER, Days
from features.feature import Feature, Formula, of_group, plain, slug
from features.grid import Block, Totals, ratio
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
_YEAR: Final = (90, 365)
_90, _365 = range(2)


@dataclass(frozen=True)
class Members:
    """What each (person, day) cell brings to its team. Sums are integers; `here` marks people at risk on the day."""

    manager: Codes
    unit: Codes
    here: NDArray[np.bool_]
    score: NDArray[np.int64]
    answers: NDArray[np.int64]
    private_score: NDArray[np.int64]
    private_answers: NDArray[np.int64]
    held: NDArray[np.int64]
    planned: NDArray[np.int64]


@dataclass(frozen=True)
class Accumulated:
    """Team figures at each requested row, NaN where the manager is unknown or nothing is there to average."""

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


def accumulate(company: Company, spec: FeatureSpec, rows: Snapshots) -> Accumulated:
    """The team figures of the rows; needs everybody's tables, not only the rows' people."""
    dates = np.unique(rows.day).astype(np.int32)
    cells, place = _cells(company, rows, dates)
    date = np.searchsorted(dates, cells.day)
    own = career.own_codes(company)
    members = _members(company, cells, dates, own)
    team = np.where(members.manager < 0, -1, date * len(company.names.managers) + members.manager)
    figures = _own_team(company, members, team, date, len(dates), len(company.names.managers))
    figures["private"] = _private(company, members, team, date, dates)
    recent, year = _leavers(company, dates, own)
    size = figures["size"]
    figures["leavers_90"], figures["leavers_365"] = _at(recent, team), _at(year, team)
    figures["leaver_rate"] = _leaver_rate(size, figures["leavers_365"], year, members, date, len(dates))
    figures["signals_90"], figures["signals_365"] = _outside(company, spec, members, date, dates)
    return Accumulated(**{name: values[place] for name, values in figures.items()})


def _cells(company: Company, rows: Snapshots, dates: Days) -> tuple[Snapshots, NDArray[np.int64]]:
    """Everybody at risk on each date and the requested rows besides, each once; and where each requested row is."""
    people = len(company.people)
    wanted = np.stack([at_risk(company, int(day)) for day in dates])
    asked = np.searchsorted(dates, rows.day).astype(np.int64) * people + rows.person
    wanted.reshape(-1)[asked] = True
    keys = np.flatnonzero(wanted)
    place = np.cumsum(wanted.reshape(-1), dtype=np.int64) - 1
    return Snapshots((keys % people).astype(np.int32), dates[keys // people]), place[asked]


def _members(company: Company, cells: Snapshots, dates: Days, own: Codes) -> Members:
    """The cells' managers, units, answers and check-ins."""
    away = leaves(company.absences, len(company.people))
    found = {f.name: np.zeros(len(cells), np.int64) for f in fields(Members)}
    for place, block in blocks(cells, away):
        part = partition(company, block.low, block.high)
        found["manager"][place], found["unit"][place] = career.team_codes(part, block, own)
        for names, events in _member_streams(part, away):
            totals = block.totals(events, (365,))
            found[names[0]][place] += totals.count.sum(axis=(1, 2))
            if len(names) > 1:
                found[names[1]][place] += totals.sum.sum(axis=(1, 2))
    found["planned"] += found["held"]
    for day in dates:
        on_day = cells.day == day
        found["here"][on_day] = at_risk(company, int(day))[cells.person[on_day]]
    codes = {name: found.pop(name).astype(np.int32) for name in ("manager", "unit")}
    return Members(**codes, here=found.pop("here").astype(np.bool_), **found)  # type: ignore[arg-type]


def _member_streams(company: Company, away: Leaves) -> list[tuple[tuple[str, ...], Stream]]:
    """The streams behind `Members`: the name that takes the count, and the one that takes the sum."""
    parts: list[tuple[tuple[str, ...], Stream]] = []
    if (s := company.surveys) is not None:
        answer = (s.score != NO_SHARE) & (s.person >= 0)
        own = stream(s.person, s.answered, value=s.score, where=answer & s.identified)
        private = stream(s.person, s.answered, value=s.score, where=answer & ~s.identified)
        parts += [(("answers", "score"), own), (("private_answers", "private_score"), private)]
    if company.checkins is not None:
        c = checkins.streams(company.checkins, away)
        parts += [(("held",), c.any_held), (("planned",), c.missed), (("planned",), c.cancelled)]
    return parts


def _own_team(
    company: Company, m: Members, team: NDArray[np.int64], date: NDArray[np.int64], dates: int, managers: int
) -> dict[str, Floats]:
    """Size and leave-one-out means of each cell's team."""
    size = _sum_over(team, m.here, dates * managers)
    figures = {"size": _at(size.astype(np.float64), team)}
    for name, total, count, there in (
        ("survey", m.score, m.answers, company.surveys is not None),
        ("kept", m.held, m.planned, company.checkins is not None),
    ):
        mean = ratio(_sum_over(date, total * m.here, dates), _sum_over(date, count * m.here, dates))[date]
        others = _at(_sum_over(team, total * m.here, dates * managers), team) - total * m.here
        answers = _at(_sum_over(team, count * m.here, dates * managers), team) - count * m.here
        shrunk = (others + OWN_WEIGHT * mean) / (answers + OWN_WEIGHT)
        figures[name] = shrunk if there else np.full(len(team), np.nan)
    figures["survey"] = figures["survey"] / UNIT
    figures["survey_gap"] = ratio(m.score, m.answers) / UNIT - figures["survey"]
    return figures


def _private(company: Company, m: Members, team: NDArray[np.int64], date: NDArray[np.int64], dates: Days) -> Floats:
    """The mean of a group's answers that are not identified: the team's, else the unit's, else NaN."""
    s, units = company.surveys, len(company.names.units)
    if s is None:
        return np.full(len(team), np.nan)
    unit = np.where(m.unit < 0, -1, date * units + m.unit)
    there = m.here & (m.private_answers > 0)
    nameless = stream(
        s.unit, s.answered, value=s.score, where=~s.identified & (s.person < 0) & (s.unit >= 0) & (s.score != NO_SHARE)
    )
    alone = _entities(nameless, units, dates, (365,))
    means = []
    for key, size, extra in ((team, len(dates) * len(company.names.managers), None), (unit, len(dates) * units, alone)):
        people = _sum_over(key, there, size)
        answers, total = (
            _sum_over(key, m.private_answers * m.here, size),
            _sum_over(key, m.private_score * m.here, size),
        )
        if extra is not None:
            people = people + extra.count[:, 0, 0]
            answers, total = answers + extra.count[:, 0, 0], total + extra.sum[:, 0, 0]
        enough = (people >= GROUP_ANSWERS) & (answers >= GROUP_ANSWERS)
        means.append(_at(np.where(enough, ratio(total, answers), np.nan) / UNIT, key))
    return np.where(np.isnan(means[0]), means[1], means[0])


def _leavers(company: Company, dates: Days, own: Codes) -> tuple[Floats, Floats]:
    """Voluntary leavers of 90 and 365 days by (day, manager), flattened; each under the manager known on the exit day."""
    ended = exits(company, NEVER)
    gone = np.flatnonzero(ended.kind == VOLUNTARY).astype(np.int32)
    none, people = leaves(None, len(company.people)), len(company.people)
    everybody = Block(0, people, dates, gone, ended.day[gone], np.zeros(0, np.int64), none)
    managers = career.team_codes(company, everybody, own)[0]
    known = np.maximum(ended.day, ended.known)[gone]
    events = stream(managers, ended.day[gone], known, where=managers >= 0)
    totals = _entities(events, len(company.names.managers), dates, _YEAR)
    return totals.count[:, 0, _90].astype(np.float64), totals.count[:, 0, _365].astype(np.float64)


def _leaver_rate(
    size: Floats, leavers: Floats, by_team: Floats, m: Members, date: NDArray[np.int64], dates: int
) -> Floats:
    """Leavers of a year by members and leavers, drawn towards the company's rate of the day."""
    head = _sum_over(date, m.here, dates)
    left = by_team.reshape(dates, -1).sum(axis=1)
    rate = ratio(left, head + left)[date]
    return (leavers + LEAVER_WEIGHT * rate) / (size + leavers + LEAVER_WEIGHT)


def _outside(
    company: Company, spec: FeatureSpec, m: Members, date: NDArray[np.int64], dates: Days
) -> tuple[Floats, Floats]:
    """Means of the team signals over 90 and 365 days: those of the manager and of the unit and the units above it."""
    signals, size = company.team_signals, len(spec.team_signals)
    if signals is None or size == 0:
        return np.full((len(date), size), np.nan), np.full((len(date), size), np.nan)
    slot = slots(company.names.team_signals, spec.team_signals)[signals.name]
    valued = (slot >= 0) & ~np.isnan(signals.value)
    rows = {"known": signals.known, "slot": slot, "groups": size, "value": fixed(signals.value)}
    count, total = np.zeros((len(date), size, 2), np.int64), np.zeros((len(date), size, 2), np.int64)
    for owner, names, code in (
        (signals.manager, company.names.managers, m.manager),
        (signals.unit, company.names.units, m.unit),
    ):
        events = stream(owner, signals.occurred, where=valued & (owner >= 0), **rows)  # type: ignore[arg-type]
        found = _entities(events, len(names), dates, _YEAR)
        above = _ancestors(names) if names is company.names.units else [[c] for c in range(len(names))]
        for depth in range(max(map(len, above), default=0)):
            up = np.asarray([line[depth] if depth < len(line) else -1 for line in above] + [-1], np.int64)[code]
            key = np.where(up < 0, -1, date * len(names) + up)
            count += np.where((key < 0)[:, None, None], 0, found.count[key])
            total += np.where((key < 0)[:, None, None], 0, found.sum[key])
    means = ratio(total, count) / VALUE
    return means[..., _90], means[..., _365]


def _ancestors(units: tuple[str, ...]) -> list[list[int]]:
    """For each unit path the codes of itself and of the units above it that have a code."""
    code = {unit: index for index, unit in enumerate(units)}
    lines = []
    for unit in units:
        parts = unit.split("/")
        paths = ("/".join(parts[: depth + 1]) for depth in range(len(parts)))
        lines.append([code[path] for path in paths if path in code])
    return lines


def _entities(events: Stream, size: int, dates: Days, windows: tuple[int, ...]) -> Totals:
    """Totals of a stream whose `person` is a manager or a unit, by (day, entity), flattened day first."""
    who = np.tile(np.arange(size, dtype=np.int32), len(dates))
    day = np.repeat(dates, size)
    cell = who.astype(np.int64) * len(dates) + np.repeat(np.arange(len(dates)), size)
    block = Block(0, size, dates, who, day, cell, leaves(None, size))
    return block.totals(events, windows)


def _sum_over(key: NDArray[np.int64], value: NDArray[np.generic], size: int) -> NDArray[np.int64]:
    """Integer sums by key; key -1 is left out. Exact: bincount's doubles hold these integers."""
    used = key >= 0
    return np.bincount(key[used], weights=np.asarray(value)[used], minlength=size).astype(np.int64)


def _at(values: NDArray[np.generic], key: NDArray[np.int64]) -> Floats:
    """The value of each key; NaN for key -1."""
    found = np.full(len(key), np.nan)
    found[key >= 0] = np.asarray(values, np.float64)[key[key >= 0]]
    return found


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
               of_group(g, lambda a, g: a.signals_90[:, g])),
            _f(f"signal_{column}_365", "number", f"The team's {word}: {{}} over a year", none,
               of_group(g, lambda a, g: a.signals_365[:, g])),
            _f(f"signal_{column}_trend", "number", f"The team's {word} of three months less that of the year: {{}}", none,
               of_group(g, lambda a, g: a.signals_90[:, g] - a.signals_365[:, g])),
        ]  # fmt: skip
    return tuple(columns)
