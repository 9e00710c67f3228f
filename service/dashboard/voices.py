"""Figures of what people say: eNPS, survey scores by driver, who answers and who is silent, how comments sound.

Answers under a name, confidential and anonymous ones count alike: a figure is a whole group's, of five people at least.
Of an answer without an author nobody can tell whose it is, so each counts as one person's.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import NO_SHARE, UNIT, Codes, Fixed, Surveys
from features.compiled import compiled
from features.days import NEVER, Days
from features.streams import on_leave
from features.surveys import PATIENCE_DAYS
from service.dashboard.ground import Ground, Present
from service.dashboard.measured import Measured, ends, ratio, some
from service.dashboard.tally import Facts
from service.dashboard.workforce import mean
from service.disclosure.tree import FEWEST

PROMOTER: Final = 9
DETRACTOR: Final = 6
"""Of ten: at least, and at most."""
ONBOARDING_DAYS: Final = 90
"""A hire's onboarding answers count for so long."""
MOST: Final = 20
"""Drivers that are shown, the most frequent."""


def surveys(ground: Ground, there: Present) -> list[Measured]:
    """Everything that surveys say."""
    if (table := ground.company.surveys) is None:
        return []
    scored = answers(ground, table)
    return [
        *_promoters(ground, scored, table, there),
        *_response(ground, table),
        *_drivers(ground, scored, table, there),
        *_onboarding(ground, table),
    ]


def answers(ground: Ground, table: Surveys) -> Facts:
    """Every answer with a score but those of onboarding surveys, in the month it was given.

    Those count with the month of hire alone: counted twice, the two figures together could tell of one of them.
    """
    given = (table.score != NO_SHARE) & (table.answered <= ground.day) & ~table.onboarding
    month = ground.months_of(table.answered, given)
    return Facts(table.person, month, table.score, table.driver, ground.unit_node[table.unit])


def is_enps(ground: Ground, table: Surveys) -> NDArray[np.bool_]:
    """Which rows ask whether one would recommend the company."""
    names = np.asarray([name == "enps" for name in ground.company.names.drivers] + [False])
    return names[table.driver]


def sentiment(ground: Ground, there: Present) -> list[Measured]:
    """How the month's comments sound."""
    if (tones := ground.company.tones) is None:
        return []
    month = ground.months_of(tones.answered, tones.answered <= ground.day)
    found = ground.tally(Facts(tones.person, month, tones.valence, None, ground.unit_node[tones.unit]))
    return [mean("sentiment", found, 0, UNIT, there.people, -UNIT)]


def _plain(facts: Facts, value: Fixed | None = None) -> Facts:
    """The same facts, all of one kind."""
    return Facts(facts.person, facts.month, facts.value if value is None else value, None, facts.elsewhere)


def _promoters(ground: Ground, scored: Facts, table: Surveys, there: Present) -> list[Measured]:
    asked = scored.only(is_enps(ground, table) & (scored.month >= 0))
    if asked.value is None or not len(asked.person):
        return []
    ten = (asked.value * 10 + UNIT // 2) // UNIT
    up = ground.tally(_plain(asked, (ten >= PROMOTER).astype(np.int64)))
    down = ground.tally(_plain(asked, (ten <= DETRACTOR).astype(np.int64)))
    value = ratio((up.sums - down.sums)[0] * 100, up.counts[0])
    people = up.people[0]
    agree = ends((up.counts - down.sums)[0], (up.counts - up.sums)[0], people)
    return [Measured("enps", value, people, sides=(*agree, some(people, there.people)))]


def _drivers(ground: Ground, scored: Facts, table: Surveys, there: Present) -> list[Measured]:
    names = ground.company.names.drivers
    used = frequent(table.driver[scored.month >= 0], len(names), MOST + 1)
    used = [code for code in used if names[code] != "enps"][:MOST]
    kind = slots(used, len(names))
    grouped = Facts(scored.person, scored.month, scored.value, kind[table.driver], scored.elsewhere)
    found = ground.tally(grouped, max(1, len(used)))
    return [mean(f"driver.{names[code]}", found, at, UNIT, there.people) for at, code in enumerate(used)]


def _response(ground: Ground, table: Surveys) -> list[Measured]:
    """Questions by the month in which their time ran out; those of nobody in particular were asked of nobody.

    Beside how many questions were answered, how many people were silent can single out who was asked more than others: in a
    month in which not all were asked as many it is told where five were, and five were not.
    """
    due = (table.sent + PATIENCE_DAYS).astype(np.int32)
    answered = table.answered <= due
    person = np.maximum(table.person, 0)
    away = np.zeros(len(due), np.bool_)
    _asked_away(person, table.sent, ground.away.first, ground.away.start, ground.away.stop, away)
    gone = due >= ground.exits.day[person]
    counted = (table.person >= 0) & (answered | ~(away | gone))
    facts = Facts(table.person, ground.months_of(due, counted), answered.astype(np.int64))
    asked, heard = ground.tally(facts), ground.tally(facts.where(answered))
    value = ratio(asked.sums[0], asked.counts[0])
    people, sums = asked.people[0], asked.sums[0]
    silent, least = people - heard.people[0], np.where(_alike(ground, facts), 0, FEWEST - 1)
    return [
        Measured("survey_response", value, people, sides=ends(sums, asked.counts[0] - sums, people), kin="asked"),
        Measured(
            "survey_silence",
            ratio(silent, people),
            people,
            sides=ends(silent, heard.people[0], people, least),
            kin="asked",
        ),
    ]


def _alike(ground: Ground, facts: Facts) -> NDArray[np.bool_]:
    """The months in which everybody who was asked was asked as many questions."""
    rows, months = facts.month >= 0, len(ground.months)
    employee = ground.people.employee
    place = employee[facts.person[rows]].astype(np.int64) * months + facts.month[rows]
    counts = np.bincount(place, minlength=(int(employee.max(initial=-1)) + 1) * months).reshape(-1, months)
    return np.asarray(
        counts.max(axis=0, initial=0) <= np.where(counts > 0, counts, len(rows)).min(axis=0, initial=len(rows))
    )


def _onboarding(ground: Ground, table: Surveys) -> list[Measured]:
    hire = ground.company.people.hire
    hired = hire[np.maximum(table.person, 0)]
    early = (table.answered - hired <= ONBOARDING_DAYS) & (table.answered <= ground.day)
    mine = table.onboarding & (table.person >= 0) & (table.score != NO_SHARE) & (table.answered != NEVER) & early
    found = ground.tally(Facts(table.person, ground.months_of(hired, mine), table.score))
    everybody = np.arange(len(hire), dtype=np.int32)
    cohort = ground.tally(Facts(everybody, ground.months_of(hire))).people[0]
    closed = ground.months.ends + ONBOARDING_DAYS <= ground.day
    return [replace(mean("cohort_onboarding", found, 0, UNIT, cohort), closed=closed)]


def frequent(codes: Codes, names: int, most: int) -> list[int]:
    """The most frequent codes, in order of the names."""
    counts = np.bincount(codes[codes >= 0], minlength=names)
    ranked = [code for code in np.argsort(-counts, kind="stable")[:most].tolist() if counts[code]]
    return sorted(ranked)


def slots(used: list[int], names: int) -> Codes:
    """For each code its place among those used, -1 for the others, and for null as the last."""
    found = np.full(names + 1, -1, np.int32)
    found[used] = np.arange(len(used), dtype=np.int32)
    return found


@compiled
def _asked_away(
    person: Codes, sent: Days, first: NDArray[np.int64], start: Days, stop: Days, away: NDArray[np.bool_]
) -> None:
    for row in range(len(person)):
        away[row] = on_leave(sent[row], start, stop, first[person[row]], first[person[row] + 1])
