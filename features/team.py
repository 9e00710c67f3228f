"""The team around a person: the people at risk with the same manager on the day, the manager not among them.

A second, small pass, day by day: what the members said, how many of their conversations were held, who left of
late, and what is known of the team from outside (customers, service levels). A person's own part is left out of the
means (leave-one-out), and small teams are drawn towards the company's mean of the day.

Answers and comments that are not identified enter only here, as the mean of a whole group (the person included) over at
least `GROUP_ANSWERS` of them by as many people, in the manager's team or else in the org unit; their value is never said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features import career, checkins
from features.blocks import Snapshots, blocks
from features.company import NO_SHARE, UNIT, VOLUNTARY, Codes, Company, Fixed, Floats, partition
from features.days import NEVER, Days
from features.feature import Feature, Formula, of_group, plain, slug
from features.grid import Places, Totals, ratio
from features.grid import block as block_of
from features.groups import ancestors, at, or_zero, sum_over, with_above
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
    """One day's people: everybody at risk (`here`), and the rows asked for besides.

    The rest is what each of them brings to a team, of the 365 active days before. Sums are integers.
    """

    here: NDArray[np.bool_]
    manager: Codes
    unit: Codes
    score: Fixed
    answers: Fixed
    private_score: Fixed
    private_answers: Fixed
    tone: Fixed
    comments: Fixed
    private_tone: Fixed
    private_comments: Fixed
    held: Fixed
    planned: Fixed


@dataclass(frozen=True)
class Groups:
    """What a day knows of each manager and each unit besides their people: leavers, what nameless people said, signals.

    Signals of a unit include those of the units above it.
    """

    leavers: Totals
    nameless: Totals | None
    nameless_tones: Totals | None
    manager_signals: Totals | None
    unit_signals: Totals | None


@dataclass(frozen=True)
class Accumulated:
    """Team figures of one day's people, NaN where the manager is unknown or nothing is there to average.

    The signals have shape (names, people).
    """

    size: Floats
    survey: Floats
    survey_gap: Floats
    private: Floats
    tone: Floats
    private_tone: Floats
    kept: Floats
    leavers_90: Floats
    leavers_365: Floats
    leaver_rate: Floats
    signals_90: Floats
    signals_365: Floats


def accumulate(company: Company, spec: FeatureSpec, rows: Snapshots) -> Iterator[tuple[Places, Places, Accumulated]]:
    """Day by day the rows of that day, their places among the day's people, and these people's team figures.

    Needs everybody's tables, not only the rows' people.
    """
    dates = np.unique(rows.day).astype(np.int32)
    date, own = np.searchsorted(dates, rows.day), career.own_codes(company)
    risk = np.stack([at_risk(company, int(day)) for day in dates])
    wanted = risk.copy()
    wanted[date, rows.person] = True
    day, person = np.nonzero(wanted)
    brought = _brought(company, Snapshots(person.astype(np.int32), dates[day]), own)
    asked = np.split(np.argsort(date, kind="stable"), np.cumsum(np.bincount(date))[:-1])
    stop = np.cumsum(np.bincount(day)).tolist()
    for d, groups in enumerate(_groups(company, spec, dates, own)):
        people = slice(stop[d - 1] if d else 0, stop[d])
        members = Members(here=risk[d, person[people]], **{name: values[people] for name, values in brought.items()})
        place = np.searchsorted(person[people], rows.person[asked[d]])
        yield asked[d], place, _figures(company, spec, members, groups)


def _figures(company: Company, spec: FeatureSpec, m: Members, groups: Groups) -> Accumulated:
    managers, nothing = len(company.names.managers), np.full(len(m.here), np.nan)
    size = at(sum_over(m.manager, m.here, managers), m.manager)
    recent, year = (groups.leavers.count(window) for window in (90, 365))
    survey = nothing if company.surveys is None else _others(m, m.score, m.answers, managers) / UNIT
    private = m.private_score, m.private_answers
    private_tone = m.private_tone, m.private_comments
    signals_90, signals_365 = (_outside(spec, m, groups, window) for window in (90, 365))
    return Accumulated(
        size=size,
        survey=survey,
        survey_gap=ratio(m.score, m.answers, UNIT) - survey,
        private=_private(company, m, *private, groups.nameless),
        tone=nothing if company.tones is None else _others(m, m.tone, m.comments, managers) / UNIT,
        private_tone=_private(company, m, *private_tone, groups.nameless_tones),
        kept=nothing if company.checkins is None else _others(m, m.held, m.planned, managers),
        leavers_90=at(recent, m.manager),
        leavers_365=at(year, m.manager),
        leaver_rate=_leaver_rate(size, at(year, m.manager), year.sum(), m.here.sum()),
        signals_90=signals_90,
        signals_365=signals_365,
    )


def _brought(company: Company, cells: Snapshots, own: Codes) -> dict[str, Any]:
    """The cells' managers, units, answers and check-ins, by field of `Members`."""
    away = leaves(company.absences, len(company.people))
    names = ("score", "answers", "private_score", "private_answers", "tone", "comments", "private_tone",
             "private_comments", "held", "planned")  # fmt: skip
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
    if (t := company.tones) is not None:
        own, private = (
            stream(t.person, t.answered, value=t.valence, where=(t.person >= 0) & (t.identified == named))
            for named in (True, False)
        )
        parts += [("comments", "tone", own), ("private_comments", "private_tone", private)]
    if company.checkins is not None:
        c = checkins.streams(company.checkins, away)
        parts += [("held", "", c.held), ("planned", "", c.missed), ("planned", "", c.cancelled)]
    return parts


def _others(m: Members, total: Fixed, count: Fixed, managers: int) -> Floats:
    """Total by count of each one's team without them, drawn towards everybody's on the day."""
    total, count = total * m.here, count * m.here
    mean = ratio(total.sum(keepdims=True), count.sum(keepdims=True))
    others = at(sum_over(m.manager, total, managers), m.manager) - total
    answers = at(sum_over(m.manager, count, managers), m.manager) - count
    return (others + OWN_WEIGHT * mean) / (answers + OWN_WEIGHT)


def _private(company: Company, m: Members, total: Fixed, count: Fixed, nameless: Totals | None) -> Floats:
    """The mean of what a group said and is not identified: the team's, else the unit's, else NaN."""
    there, count, total = m.here & (count > 0), count * m.here, total * m.here
    means = []
    for code, names, extra in ((m.manager, company.names.managers, None), (m.unit, company.names.units, nameless)):
        people, answers, score = (sum_over(code, values, len(names)) for values in (there, count, total))
        if extra is not None:
            people, answers = people + extra.count(365), answers + extra.count(365)
            score = score + extra.sum(365)
        enough = (people >= GROUP_ANSWERS) & (answers >= GROUP_ANSWERS)
        means.append(at(np.where(enough, ratio(score, answers, UNIT), np.nan), code))
    return np.where(np.isnan(means[0]), means[1], means[0])


def _leaver_rate(size: Floats, leavers: Floats, left: int, head: int) -> Floats:
    """Leavers of a year by members and leavers, drawn towards the company's rate of the day."""
    rate = left / (head + left) if head + left else np.nan
    return (leavers + LEAVER_WEIGHT * rate) / (size + leavers + LEAVER_WEIGHT)


def _outside(spec: FeatureSpec, m: Members, groups: Groups, window: int) -> Floats:
    """Means of the team signals of a window: those of the manager and of the unit and the units above it."""
    means = np.full((len(spec.team_signals), len(m.here)), np.nan)
    if groups.manager_signals is not None and groups.unit_signals is not None:
        teams, units = groups.manager_signals, groups.unit_signals
        for g in range(len(means)):
            count = or_zero(teams.count(window, g), m.manager) + or_zero(units.count(window, g), m.unit)
            total = or_zero(teams.sum(window, g), m.manager) + or_zero(units.sum(window, g), m.unit)
            means[g] = ratio(total, count, VALUE)
    return means


def _groups(company: Company, spec: FeatureSpec, dates: Days, own: Codes) -> list[Groups]:
    """Leavers, what nameless people said, and team signals, day by day."""
    managers, units = company.names.managers, company.names.units
    nothing: Sequence[Totals | None] = [None] * len(dates)
    leavers = _by_day(_leavers(company, own), len(managers), dates, (90, 365))
    nameless = [
        nothing if events is None else _by_day(events, len(units), dates, (365,)) for events in _nameless(company)
    ]
    if (t := company.team_signals) is None:
        return list(map(Groups, leavers, *nameless, nothing, nothing))
    slot, valued = slots(company.names.team_signals, spec.team_signals)[t.name], ~np.isnan(t.value)
    of_manager, of_unit = (
        stream(owner, t.occurred, t.known, slot=slot, groups=len(spec.team_signals), value=fixed(t.value),
               where=(owner >= 0) & valued)
        for owner in (t.manager, t.unit)
    )  # fmt: skip
    teams = _by_day(of_manager, len(managers), dates, (90, 365))
    lines = ancestors(units)
    above = [with_above(lines, alone) for alone in _by_day(of_unit, len(units), dates, (90, 365))]
    return list(map(Groups, leavers, *nameless, teams, above))


def _nameless(company: Company) -> tuple[Stream | None, Stream | None]:
    """Answers and comments that name a unit and no person, by unit."""
    answers = comments = None
    if (s := company.surveys) is not None:
        rows = ~s.identified & (s.person < 0) & (s.unit >= 0) & (s.score != NO_SHARE)
        answers = stream(s.unit, s.answered, value=s.score, where=rows)
    if (t := company.tones) is not None:
        rows = ~t.identified & (t.person < 0) & (t.unit >= 0)
        comments = stream(t.unit, t.answered, value=t.valence, where=rows)
    return answers, comments


def _leavers(company: Company, own: Codes) -> Stream:
    """Voluntary leavers, each under the manager known on the exit day."""
    ended, people = exits(company, NEVER), len(company.people)
    gone = np.flatnonzero(ended.kind == VOLUNTARY).astype(np.int32)
    managers, _ = career.team_codes(company, block_of(gone, ended.day[gone], 0, people, leaves(None, people)), own)
    known = np.maximum(ended.day, ended.known)[gone]
    return stream(managers, ended.day[gone], known, where=managers >= 0)


def _by_day(events: Stream, size: int, dates: Days, windows: tuple[int, ...]) -> list[Totals]:
    """Each day's totals by manager or unit, of a stream whose `person` is one."""
    who, day = np.repeat(np.arange(size, dtype=np.int32), len(dates)), np.tile(dates, size)
    found = block_of(who, day, 0, size, leaves(None, size)).totals(events, windows)
    shape = (events.groups, len(windows), size, len(dates))
    counts, sums = found.counts.reshape(shape), found.sums.reshape(shape)
    return [Totals(windows, counts[..., d], sums[..., d]) for d in range(len(dates))]


def _f(
    name: str,
    unit: str,
    phrase: str,
    null: str,
    formula: Formula,
    *,
    actionable: bool = True,
    group_only: bool = False,
    source: str = "",
) -> Feature:
    topic = name.rpartition("_")[0] if name.startswith("signal_") else "leavers" if name.startswith("leaver") else ""
    return Feature(f"team_{name}", "team", unit, phrase, null, formula, actionable, group_only, source=source,
                   topic=topic and f"team {topic}")  # fmt: skip


_NO_MANAGER: Final = "No manager on record"

FEATURES: Final = (
    _f("size", "count", "Team of {} now", _NO_MANAGER, lambda a: a.size, actionable=False),
    _f("survey_365", "score", "Colleagues' survey answers average {} in the last 12 months",
       "No survey answer of colleagues in the last 12 months", lambda a: a.survey, source="surveys"),
    _f("survey_gap", "points", "Own survey answers of the last 12 months differ from the colleagues' by {}",
       "No survey answer of the last 12 months to compare", lambda a: a.survey_gap, source="surveys"),
    _f("private_answers", "score", "Confidential survey answers of the whole group in the last 12 months",
       "Too few confidential survey answers in the group in the last 12 months", lambda a: a.private,
       group_only=True, source="surveys"),
    _f("comments_365", "points", "The tone of colleagues' survey comments of the last 12 months: {} against the average",
       "No survey comment of the team in the last 12 months that could be read", lambda a: a.tone, source="surveys"),
    _f("private_comments", "points", "Confidential survey comments of the whole group in the last 12 months",
       "Too few confidential survey comments in the group in the last 12 months", lambda a: a.private_tone,
       group_only=True, source="surveys"),
    _f("kept_365", "share", "{} of the colleagues' conversations planned in the last 12 months held",
       "No conversation of colleagues planned in the last 12 months", lambda a: a.kept, source="checkins"),
    _f("leavers_90", "count", "{} colleague{s} left of their own will in the last 3 months", _NO_MANAGER,
       lambda a: a.leavers_90, actionable=False),
    _f("leavers_365", "count", "{} colleague{s} left of their own will in the last 12 months", _NO_MANAGER,
       lambda a: a.leavers_365, actionable=False),
    _f("leaver_rate_365", "share", "About {} of the team left of their own will in the last 12 months", _NO_MANAGER,
       lambda a: a.leaver_rate, actionable=False),
)  # fmt: skip


def team_signal_features(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Three columns a name: the means of three months and of a year, and the first less the second."""
    columns: list[Feature] = []
    for g, name in enumerate(names):
        column, word = slug(name), plain(name)
        no_quarter, no_year = (f"No {word} of the team in the last {months} months" for months in (3, 12))
        columns += [
            _f(f"signal_{column}_90", "number", f"The team's {word}: {{}} on average in the last 3 months", no_quarter,
               of_group(g, lambda a, g: a.signals_90[g]), actionable=False, source="team_signals"),
            _f(f"signal_{column}_365", "number", f"The team's {word}: {{}} on average in the last 12 months", no_year,
               of_group(g, lambda a, g: a.signals_365[g]), actionable=False, source="team_signals"),
            _f(f"signal_{column}_trend", "change",
               f"The team's average {word} of the last 3 months against the last 12: {{}}", no_quarter,
               of_group(g, lambda a, g: a.signals_90[g] - a.signals_365[g]), actionable=False, source="team_signals"),
        ]  # fmt: skip
    return tuple(columns)
