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

from features import career, checkins, comments, surveys
from features.blocks import Snapshots, blocks
from features.company import NO_SHARE, UNIT, VOLUNTARY, Codes, Company, Fixed, Floats
from features.days import NEVER, Days
from features.engine import evaluate, families
from features.feature import Feature, plain, slug
from features.formulas import Formula, count, state, total
from features.grid import Block, Places, block, ratio
from features.groups import ancestors, at, or_zero, sum_over, with_above
from features.presence import at_risk, exits
from features.program import Output, Program, program
from features.signals import VALUE, fixed
from features.spec import FeatureSpec, slots
from features.streams import leaves
from features.totals import Events, Totals, by_day

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


BROUGHT: Final = {
    "score": ("surveys", total(surveys.ANSWERS, 365)),
    "answers": ("surveys", count(surveys.ANSWERS, 365)),
    "private_score": ("surveys", total(surveys.PRIVATE, 365)),
    "private_answers": ("surveys", count(surveys.PRIVATE, 365)),
    "tone": ("comments", total(comments.SAID, 365)),
    "comments": ("comments", count(comments.SAID, 365)),
    "private_tone": ("comments", total(comments.PRIVATE, 365)),
    "private_comments": ("comments", count(comments.PRIVATE, 365)),
    "held": ("checkins", checkins.held(365)),
    "planned": ("checkins", checkins.planned(365)),
}
"""What each member brings to a team, by field of `Members`: families' streams, as in the person's own columns."""
FIGURES: Final = ("size", "survey", "survey_gap", "private", "tone", "private_tone", "kept", "leavers_90", "leavers_365",
                  "leaver_rate")  # fmt: skip
"""A team's figures; each team signal adds its means of three months and of a year."""


def fill(company: Company, spec: FeatureSpec, rows: Snapshots, columns: Program, out: Output) -> None:
    """Computes the team's columns at each snapshot, into the row of `out` with the same number.

    Needs everybody's tables, not only the rows' people.
    """
    nobody, away = np.zeros(0, np.int64), leaves(None, 0)
    for asked, figures in _by_day(company, spec, rows):
        # No stream is read, so the rows of a day may come in any order.
        here = Block(0, nobody, rows.person[asked], rows.day[asked], away)
        columns.fill(columns.layout.book(len(asked)), figures, here, asked, out)


def _by_day(company: Company, spec: FeatureSpec, rows: Snapshots) -> Iterator[tuple[Places, Floats]]:
    """Day by day the rows of that day, and their team's figures: shape (rows, figures)."""
    dates = np.unique(rows.day).astype(np.int32)
    date, own = np.searchsorted(dates, rows.day), career.own_codes(company)
    risk = np.stack([at_risk(company, int(day)) for day in dates])
    wanted = risk.copy()
    wanted[date, rows.person] = True
    day, person = np.nonzero(wanted)
    brought = _brought(company, spec, Snapshots(person.astype(np.int32), dates[day]), own)
    asked = np.split(np.argsort(date, kind="stable"), np.cumsum(np.bincount(date))[:-1])
    stop = np.cumsum(np.bincount(day)).tolist()
    for d, groups in enumerate(_groups(company, spec, dates, own)):
        people = slice(stop[d - 1] if d else 0, stop[d])
        members = Members(risk[d, person[people]], *(values[people] for values in brought))
        place = np.searchsorted(person[people], rows.person[asked[d]])
        yield asked[d], np.stack([figure[place] for figure in _figures(company, spec, members, groups)], axis=1)


def _figures(company: Company, spec: FeatureSpec, m: Members, groups: Groups) -> list[Floats]:
    managers, nothing = len(company.names.managers), np.full(len(m.here), np.nan)
    size = at(sum_over(m.manager, m.here, managers), m.manager)
    recent, year = (groups.leavers.count(window) for window in (90, 365))
    survey = nothing if company.surveys is None else _others(m, m.score, m.answers, managers) / UNIT
    private = m.private_score, m.private_answers
    private_tone = m.private_tone, m.private_comments
    signals = (_outside(spec, m, groups, window) for window in (90, 365))
    return [
        size,
        survey,
        ratio(m.score, m.answers, UNIT) - survey,
        _private(company, m, *private, groups.nameless),
        nothing if company.tones is None else _others(m, m.tone, m.comments, managers) / UNIT,
        _private(company, m, *private_tone, groups.nameless_tones),
        nothing if company.checkins is None else _others(m, m.held, m.planned, managers),
        at(recent, m.manager),
        at(year, m.manager),
        _leaver_rate(size, at(year, m.manager), year.sum(), m.here.sum()),
        *(mean for of_name in zip(*signals, strict=True) for mean in of_name),
    ]


def _brought(company: Company, spec: FeatureSpec, cells: Snapshots, own: Codes) -> list[NDArray[Any]]:
    """The cells' managers, units and what they bring, in the order of `Members`."""
    jobs, codes = career.in_winning_order(company.jobs), np.empty((2, len(cells)), np.int32)
    for place, rows in blocks(cells, leaves(None, len(company.people))):
        codes[0, place], codes[1, place] = career.team_codes(jobs, rows, own)
    found = np.empty((len(cells), len(BROUGHT)))
    columns = [(family, formula, None) for family, formula in BROUGHT.values()]
    evaluate(company, spec, program(columns, families(company)), cells, Output(found))
    return [*codes, *np.nan_to_num(found, copy=False).astype(np.int64, order="F").T]


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
    leavers = by_day(_leavers(company, own), len(managers), dates, (90, 365))
    nameless = [
        nothing if events is None else by_day(events, len(units), dates, (365,)) for events in _nameless(company)
    ]
    if (t := company.team_signals) is None:
        return list(map(Groups, leavers, *nameless, nothing, nothing))
    slot, valued = slots(company.names.team_signals, spec.team_signals)[t.name], ~np.isnan(t.value)
    of_manager, of_unit = (
        Events(owner, t.occurred, t.known, slot, fixed(t.value), len(spec.team_signals)).where(valued)
        for owner in (t.manager, t.unit)
    )
    teams = by_day(of_manager, len(managers), dates, (90, 365))
    lines = ancestors(units)
    above = [with_above(lines, alone) for alone in by_day(of_unit, len(units), dates, (90, 365))]
    return list(map(Groups, leavers, *nameless, teams, above))


def _nameless(company: Company) -> tuple[Events | None, Events | None]:
    """Answers and comments that name a unit and no person, by unit."""
    answers = comments = None
    if (s := company.surveys) is not None:
        rows = ~s.identified & (s.person < 0) & (s.score != NO_SHARE)
        answers = _of_one_kind(s.unit, s.answered, s.answered, s.score).where(rows)
    if (t := company.tones) is not None:
        rows = ~t.identified & (t.person < 0)
        comments = _of_one_kind(t.unit, t.answered, t.answered, t.valence).where(rows)
    return answers, comments


def _leavers(company: Company, own: Codes) -> Events:
    """Voluntary leavers, each under the manager known on the exit day."""
    ended, people = exits(company, NEVER), len(company.people)
    gone = np.flatnonzero(ended.kind == VOLUNTARY).astype(np.int32)
    rows = block(gone, ended.day[gone], 0, people, leaves(None, people))
    managers, _ = career.team_codes(career.in_winning_order(company.jobs), rows, own)
    known = np.maximum(ended.day, ended.known)[gone]
    return _of_one_kind(managers, ended.day[gone], known, np.zeros(len(gone), np.int64))


def _of_one_kind(owner: Codes, event: Days, known: Days, value: Fixed) -> Events:
    return Events(owner, event, known, np.zeros(len(owner), np.int32), value)


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


def _figure(name: str) -> Formula:
    return state(FIGURES.index(name))


_NO_MANAGER: Final = "No manager on record"

FEATURES: Final = (
    _f("size", "count", "Team of {} now", _NO_MANAGER, _figure("size"), actionable=False),
    _f("survey_365", "score", "Colleagues' survey answers average {} in the last 12 months",
       "No survey answer of colleagues in the last 12 months", _figure("survey"), source="surveys"),
    _f("survey_gap", "points", "Own survey answers of the last 12 months differ from the colleagues' by {}",
       "No survey answer of the last 12 months to compare", _figure("survey_gap"), source="surveys"),
    _f("private_answers", "score", "Confidential survey answers of the whole group in the last 12 months",
       "Too few confidential survey answers in the group in the last 12 months", _figure("private"),
       group_only=True, source="surveys"),
    _f("comments_365", "points", "The tone of colleagues' survey comments of the last 12 months: {} against the average",
       "No survey comment of the team in the last 12 months that could be read", _figure("tone"), source="surveys"),
    _f("private_comments", "points", "Confidential survey comments of the whole group in the last 12 months",
       "Too few confidential survey comments in the group in the last 12 months", _figure("private_tone"),
       group_only=True, source="surveys"),
    _f("kept_365", "share", "{} of the colleagues' conversations planned in the last 12 months held",
       "No conversation of colleagues planned in the last 12 months", _figure("kept"), source="checkins"),
    _f("leavers_90", "count", "{} colleague{s} left of their own will in the last 3 months", _NO_MANAGER,
       _figure("leavers_90"), actionable=False),
    _f("leavers_365", "count", "{} colleague{s} left of their own will in the last 12 months", _NO_MANAGER,
       _figure("leavers_365"), actionable=False),
    _f("leaver_rate_365", "share", "About {} of the team left of their own will in the last 12 months", _NO_MANAGER,
       _figure("leaver_rate"), actionable=False),
)  # fmt: skip


def team_signal_features(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Three columns a name: the means of three months and of a year, and the first less the second."""
    columns: list[Feature] = []
    for g, name in enumerate(names):
        column, word = slug(name), plain(name)
        quarter, year = (state(len(FIGURES) + 2 * g + window) for window in (0, 1))
        no_quarter, no_year = (f"No {word} of the team in the last {months} months" for months in (3, 12))
        columns += [
            _f(f"signal_{column}_90", "number", f"The team's {word}: {{}} on average in the last 3 months", no_quarter,
               quarter, actionable=False, source="team_signals"),
            _f(f"signal_{column}_365", "number", f"The team's {word}: {{}} on average in the last 12 months", no_year,
               year, actionable=False, source="team_signals"),
            _f(f"signal_{column}_trend", "change",
               f"The team's average {word} of the last 3 months against the last 12: {{}}", no_quarter,
               quarter - year, actionable=False, source="team_signals"),
        ]  # fmt: skip
    return tuple(columns)
