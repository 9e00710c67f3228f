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

from features.bare import bare
from features.company import VOLUNTARY, Codes, Company
from features.compiled import compiled
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
    size = len(company.people)
    day, known = np.empty(size, np.int32), np.empty(size, np.int32)
    _exits(known_on, *_ends(company), day, known)
    seen = day != NEVER
    return Exits(day=day, kind=np.where(seen, company.people.exit_kind, 0).astype(np.int8), known=known)


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
    people, jobs = company.people, company.jobs
    found = np.zeros(len(persons), np.int8)
    refuse(persons, day, people.hire, people.next_hire, *_ends(company), jobs.person, jobs.effective, jobs.known,
             _objecting(company, persons, day), found)  # fmt: skip
    return [REFUSALS[code] for code in found.tolist()]


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


def _objecting(company: Company, persons: Codes, day: int) -> NDArray[np.bool_]:
    """Which of `persons` had objected by `day`; empty where nobody ever did."""
    objections = company.objections
    if objections is None:
        return _NOBODY
    standing = (objections.objected <= day) & (day < objections.withdrawn)
    return np.isin(company.people.employee[persons], objections.employee[standing])


_Ends = tuple[Days, Days, NDArray[np.int8], Days, Codes, Days]
_NOBODY: Final = np.zeros(0, np.bool_)


def _ends(company: Company) -> _Ends:
    """What says how employments ended: four columns of people, and the traces."""
    people, traces = company.people, company.traces
    return (
        people.resignation,
        people.termination,
        people.exit_kind,
        people.exit_recorded,
        traces.person,
        traces.day,
    )


@compiled
def _exits(
    known_on: int,
    resignation: Days,
    termination: Days,
    kind: NDArray[np.int8],
    recorded: Days,
    traced: Codes,
    trace: Days,
    day: Days,
    known: Days,
) -> None:
    at = 0
    for p in range(len(day)):
        while at < len(traced) and traced[at] < p:
            at += 1
        day[p] = _exit(known_on, resignation[p], termination[p], kind[p], recorded[p], p, traced, trace, at)
        known[p] = NEVER if day[p] == NEVER else (day[p] if recorded[p] == NEVER else recorded[p])


@bare
def _exit(
    known_on: int,
    resignation: int,
    termination: int,
    kind: int,
    recorded: int,
    person: int,
    traced: Codes,
    trace: Days,
    first: int,
) -> int:
    """The exit day of a person whose traces begin at `first`, NEVER where none is known on `known_on`."""
    day = min(resignation, termination)
    if kind == VOLUNTARY and resignation == NEVER and termination != NEVER:
        at = first
        while at < len(traced) and traced[at] == person:
            if trace[at] <= known_on and termination - NOTICE_DAYS <= trace[at] <= termination:
                day = min(day, trace[at])
            at += 1
    return day if (day if recorded == NEVER else recorded) <= known_on else NEVER


REFUSALS: Final = (None, "not_hired_yet", "left", "notice_given", "objection", "no_job_history")
"""Why somebody may not be scored, as `refuse` numbers it."""


@compiled
def refuse(
    persons: Codes,
    day: int,
    hire: Days,
    next_hire: Days,
    resignation: Days,
    termination: Days,
    kind: NDArray[np.int8],
    recorded: Days,
    traced: Codes,
    trace: Days,
    employed: Codes,
    effective: Days,
    known: Days,
    objecting: NDArray[np.bool_],
    found: NDArray[np.int8],
) -> None:
    """Writes for each person an index into `REFUSALS`."""
    for row in range(len(persons)):
        p = persons[row]
        first = np.searchsorted(traced, p)
        end = _exit(day, resignation[p], termination[p], kind[p], recorded[p], p, traced, trace, first)
        if hire[p] > day:
            found[row] = 1
        elif next_hire[p] <= day or (end != NEVER and kind[p] > 0 and termination[p] <= day):
            found[row] = 2
        elif end != NEVER or _recent(p, day, traced, trace, first):
            found[row] = 3
        elif len(objecting) and objecting[row]:
            found[row] = 4
        elif not _employed(p, day, employed, effective, known):
            found[row] = 5


@bare
def _recent(person: int, day: int, traced: Codes, trace: Days, first: int) -> bool:
    """Whether there is a trace in the `NOTICE_DAYS` up to the day."""
    at = first
    while at < len(traced) and traced[at] == person:
        if day - NOTICE_DAYS <= trace[at] <= day:
            return True
        at += 1
    return False


@bare
def _employed(person: int, day: int, employed: Codes, effective: Days, known: Days) -> bool:
    """Whether any job row was both known and in force by the day."""
    at = np.searchsorted(employed, person)
    while at < len(employed) and employed[at] == person:
        if max(effective[at], known[at]) <= day:
            return True
        at += 1
    return False
