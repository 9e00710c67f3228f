"""Who was there on a day, who had given notice, who may be scored, and when and how an employment ended.

Two questions that look alike are kept apart. *Scoring* on a day asks what was known on that day: an exit recorded
later does not count yet. *Labels and training rows* ask what is known on the training day, about every earlier day.

Example: notice on 2024-03-01 with `exit_recorded_at` 2024-03-20. On 2024-03-10 the person is scored, since nobody
could know; a training run in April does not use the row of 2024-03-10, since by then the exit day is known.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import VOLUNTARY, Codes, Company
from features.days import NEVER, Days

NOTICE_DAYS: Final = 120
"""An off-boarding trace counts as notice for so many days, and dates a voluntary exit at most so long before its
`termination_date`. Unit: calendar days."""


@dataclass(frozen=True)
class Exits:
    """How each employment ended, as known on one day.

    `day` is the exit day, `NEVER` where no exit is known; it may lie after the day of knowledge when an exit was
    recorded ahead. `kind` is 0 (none), `VOLUNTARY` or `COMPETING`. `known` is the day the exit became known.
    """

    day: Days
    kind: NDArray[np.int8]
    known: Days


def exits(company: Company, known_on: int) -> Exits:
    """The exits known on `known_on`, one entry an employment.

    The exit day is the earliest of the resignation, the termination and, for a voluntary exit without resignation,
    the first off-boarding trace in the `NOTICE_DAYS` before the termination.
    """
    people = company.people
    day = np.minimum(people.resignation, people.termination)
    traced = (people.exit_kind == VOLUNTARY) & (people.resignation == NEVER) & (people.termination != NEVER)
    rows = company.traces.day <= known_on
    person, trace = company.traces.person[rows], company.traces.day[rows]
    end = people.termination[person]
    counts = traced[person] & (trace >= end - NOTICE_DAYS) & (trace <= end)
    np.minimum.at(day, person[counts], trace[counts])
    known = np.where(people.exit_recorded == NEVER, day, people.exit_recorded)
    seen = (day != NEVER) & (known <= known_on)
    return Exits(
        day=np.where(seen, day, NEVER).astype(np.int32),
        kind=np.where(seen, people.exit_kind, 0).astype(np.int8),
        known=np.where(seen, known, NEVER).astype(np.int32),
    )


def at_risk(company: Company, day: int) -> NDArray[np.bool_]:
    """Employments at risk on `day`, by what was known on `day`: hired, not gone, no notice by a trace."""
    people = company.people
    here = (people.hire <= day) & (day < people.next_hire) & (exits(company, day).day > day)
    return here & ~_traced(company, day)


def no_score(company: Company, persons: Codes, day: int) -> list[str | None]:
    """Why a person may not be scored on `day`, by what was known on that day; None where nothing stands against it.

    Codes, first that applies: ``not_hired_yet``, ``left``, ``notice_given`` (the exit day has passed but not the
    termination, a trace is there, or an exit ahead is already recorded), ``objection``, ``no_job_history``.
    """
    people = company.people
    ended = exits(company, day)
    gone = (np.where(ended.kind > 0, people.termination, NEVER) <= day) | (people.next_hire <= day)
    conditions = (
        ("not_hired_yet", people.hire > day),
        ("left", gone),
        ("notice_given", (ended.day != NEVER) | _traced(company, day)),
        ("objection", _objecting(company, day)),
        ("no_job_history", first_job(company) > day),
    )
    codes: list[str | None] = [None] * len(persons)
    for code, holds in reversed(conditions):
        for row in np.flatnonzero(holds[persons]):
            codes[row] = code
    return codes


def trainable(company: Company, known_on: int, person: Codes, day: Days) -> NDArray[np.bool_]:
    """Rows (person, day) a training run on `known_on` may use.

    At risk by everything known on `known_on`, and such as would have been scored on their day: no notice known, some
    job history known.
    """
    people, ended = company.people, exits(company, known_on)
    here = (people.hire[person] <= day) & (day < ended.day[person]) & (day < people.next_hire[person])
    announced = ended.known[person] <= day
    usable: NDArray[np.bool_] = here & ~announced & (first_job(company)[person] <= day)
    for date in np.unique(day):
        rows = day == date
        usable[rows] &= ~_traced(company, int(date))[person[rows]]
    return usable


def observed_from(company: Company, known_on: int) -> int:
    """The first day of observation, as known on `known_on`: the first exit or dated fact of any kind.

    Before it nobody *could* leave in these records, so rows from then would teach that nobody ever does
    (left truncation). `NEVER` for a company without exits or facts by then; an exit ahead is none yet.
    """
    starts = [exits(company, known_on).day, company.traces.day]
    if company.surveys is not None:
        starts.append(company.surveys.sent)
    if company.tickets is not None:
        starts.append(company.tickets.opened)
    if company.checkins is not None:
        starts.append(company.checkins.scheduled)
    if company.signals is not None:
        starts.append(company.signals.occurred[company.signals.known <= known_on])
    days = np.concatenate(starts)
    return int(days[days <= known_on].min(initial=NEVER))


def first_job(company: Company) -> Days:
    """The first day on which any job row of each employment was both known and in force; `NEVER` where none is."""
    first = np.full(len(company.people), NEVER, dtype=np.int32)
    np.minimum.at(first, company.jobs.person, np.maximum(company.jobs.effective, company.jobs.known))
    return first


def _traced(company: Company, day: int) -> NDArray[np.bool_]:
    """Employments with an off-boarding trace in the `NOTICE_DAYS` up to `day`."""
    traced = np.zeros(len(company.people), dtype=np.bool_)
    recent = (company.traces.day <= day) & (company.traces.day >= day - NOTICE_DAYS)
    traced[company.traces.person[recent]] = True
    return traced


def _objecting(company: Company, day: int) -> NDArray[np.bool_]:
    objections = company.objections
    if objections is None:
        return np.zeros(len(company.people), dtype=np.bool_)
    standing = (objections.objected <= day) & (day < objections.withdrawn)
    return np.isin(company.people.employee, objections.employee[standing])
