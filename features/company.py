"""A company as arrays: what the door hands to the feature engine, for a million people or for one posted person.

Every table is a frozen record of equal-length columns; a row of a fact table points at an employment by its index in
`People` (``person``). Dates are days (`days.Days`), with `NEVER` for "not given". Texts are codes into `Names`. Nothing
here knows files, Polars or the network; `ingest` (data folders) and `posted` (one HTTP request) fill it.

A table that is None is a source that does not exist here: its features are null. A table with no rows is a source
that has nothing to say yet: its counts are zero.

Denied rows, rejected rows and duplicates are gone before this point. Off-boarding tickets and exit surveys are not in
`Tickets` and `Surveys`: they stand in `Traces`, which no feature reads.
"""

from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.days import Days

Codes = NDArray[np.int32]
"""Indices into a list of `Names`; -1 is null."""
Fixed = NDArray[np.int64]
"""Fixed-point numbers: integers, so that sums do not depend on the order of addition."""
Floats = NDArray[np.float64]

UNIT: Final = 1 << 20
"""What 1.0 is in a `Fixed` share (a survey score or a CSat between 0 and 1)."""
NO_SHARE: Final = -1
"""A `Fixed` share that is not given."""

VOLUNTARY: Final = 1
COMPETING: Final = 2
"""`People.exit_kind`: 0 no exit on record, 1 voluntary, 2 every other type."""

EVENTS: Final = ("hire", "rehire", "promotion", "demotion", "transfer", "manager_change", "pay_change", "data_change")
CONVERSATIONS: Final = ("what", "how", "want", "other")
CANCELLED_BY: Final = ("employee", "manager", "other")


@dataclass(frozen=True)
class Names:
    """Texts behind the codes, each list in order of first use or sorted; a code is an index.

    `units` are whole org-unit paths, `managers` manager ids. `drivers`, `categories`, `signals` and `team_signals` are
    lower-cased and stripped; `languages` are primary tags in lower case.
    """

    units: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    job_families: tuple[str, ...] = ()
    job_titles: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    employment_types: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    team_signals: tuple[str, ...] = ()


@dataclass(frozen=True)
class People:
    """One row an employment, sorted by (employee_id, hire day). `person` everywhere is an index into this table."""

    employee_id: tuple[str, ...]
    employee: Codes
    """The same number for all employments of one employee_id."""
    hire: Days
    next_hire: Days
    """Hire day of the same employee's next employment; events from then on belong to that one."""
    resignation: Days
    termination: Days
    exit_kind: NDArray[np.int8]
    exit_recorded: Days
    """`exit_recorded_at`; NEVER where not given (then an exit is known from the exit day)."""

    def __len__(self) -> int:
        return len(self.employee_id)


@dataclass(frozen=True)
class Jobs:
    """`job_history`, in file order within a person. `known` is `recorded_at`, else the effective day."""

    person: Codes
    effective: Days
    known: Days
    event: NDArray[np.int8]
    """Index into `EVENTS`."""
    repeat: NDArray[np.bool_]
    """True for a correction: an earlier-known row has the same key (employee, effective date, event)."""
    manager: Codes
    unit: Codes
    job_family: Codes
    job_title: Codes
    location: Codes
    employment_type: Codes
    level: Floats
    """The number that ends `job_level` ("7", "L7", "Grade 7"); NaN where there is none."""
    fte: Floats
    base_salary: Floats
    compa_ratio: Floats


@dataclass(frozen=True)
class Surveys:
    """One question sent to one person (exit surveys are `Traces`)."""

    person: Codes
    """-1 where only the org unit is known."""
    unit: Codes
    sent: Days
    answered: Days
    onboarding: NDArray[np.bool_]
    driver: Codes
    score: Fixed
    """(score - scale_min) / (scale_max - scale_min) in `UNIT`s; `NO_SHARE` without an answer."""
    identified: NDArray[np.bool_]
    """False for confidential and anonymous: such a row may only enter whole-group means over 5 answers or more."""


@dataclass(frozen=True)
class Comments:
    """The comments given with answers, as the hashed n-grams they hold and no text (see `grams`): one row a comment.

    Rows stand in order of `person`, and the n-grams of row i are ``gram[first[i] : first[i + 1]]``, ascending.
    """

    row: NDArray[np.int64]
    """The row's number in its file, from 1."""
    person: Codes
    """-1 where only the org unit is known."""
    unit: Codes
    answered: Days
    identified: NDArray[np.bool_]
    """False for confidential and anonymous, as in `Surveys`."""
    score: Fixed
    """The score given in the same row, in `UNIT`s; `NO_SHARE` without one."""
    language: Codes
    first: NDArray[np.int64]
    gram: NDArray[np.uint32]


@dataclass(frozen=True)
class Tones:
    """How comments sound, by what a model has learned (see `sentiment`): one row a comment it could read."""

    person: Codes
    unit: Codes
    answered: Days
    identified: NDArray[np.bool_]
    valence: Fixed
    """Against the average comment, in `UNIT`s of the scale of scores: between -1 and 1."""


@dataclass(frozen=True)
class Tickets:
    """HR tickets, without denied and off-boarding categories. Seconds are since 1970 (UTC); -1 where not given."""

    person: Codes
    opened: Days
    responded: Days
    resolved: Days
    opened_seconds: NDArray[np.int64]
    responded_seconds: NDArray[np.int64]
    resolved_seconds: NDArray[np.int64]
    category: Codes
    priority: Codes
    escalated: NDArray[np.int8]
    """1, 0, or -1 null. Known, with `reopened` and `csat`, from `resolved`."""
    reopened: NDArray[np.int32]
    """`reopen_count`; -1 null."""
    csat: Fixed
    """csat / csat_max in `UNIT`s; `NO_SHARE` where not given."""


@dataclass(frozen=True)
class Checkins:
    """Planned conversations. Exactly one of `held`, `missed`, `cancelled` is a day, or none while it is still planned."""

    person: Codes
    scheduled: Days
    held: Days
    """`held_at`, or the scheduled day of a row with status held and no `held_at`."""
    missed: Days
    cancelled: Days
    """The scheduled day, from which a missed or cancelled check-in is known as such."""
    cancelled_by: Codes
    """Index into `CANCELLED_BY`."""
    conversation: Codes
    """Index into `CONVERSATIONS`; a missing type is "other"."""


@dataclass(frozen=True)
class Signals:
    """Any other dated fact about a person."""

    person: Codes
    occurred: Days
    known: Days
    """max(occurred, recorded)."""
    name: Codes
    value: Floats
    """NaN where not given."""


@dataclass(frozen=True)
class TeamSignals:
    """A dated fact about a manager's team (`manager` set) or about a unit and all below it (`unit` set)."""

    manager: Codes
    unit: Codes
    occurred: Days
    known: Days
    name: Codes
    value: Floats


@dataclass(frozen=True)
class Absences:
    """Leaves: a mask on time, never a feature. Known from `start`; `end` is the last day of leave, NEVER while open."""

    person: Codes
    start: Days
    end: Days


@dataclass(frozen=True)
class Traces:
    """Off-boarding tickets (opened) and exit surveys (sent): they mark notice, and no feature reads them."""

    person: Codes
    day: Days


@dataclass(frozen=True)
class Objections:
    """A person who objects to being scored, by employee (not by employment)."""

    employee: Codes
    objected: Days
    withdrawn: Days


@dataclass(frozen=True)
class Company:
    """All tables of one company. Fact rows whose date lies outside ``[hire, next_hire)`` of every employment are gone."""

    names: Names
    people: People
    jobs: Jobs
    traces: Traces
    surveys: Surveys | None = None
    tickets: Tickets | None = None
    checkins: Checkins | None = None
    signals: Signals | None = None
    team_signals: TeamSignals | None = None
    absences: Absences | None = None
    objections: Objections | None = None
    comments: Comments | None = None
    """As they came; None once they have been read."""
    tones: Tones | None = None
    """The same comments read; None where nothing was learned to read them with."""


PERSONAL: Final = ("jobs", "traces", "surveys", "tones", "tickets", "checkins", "signals", "absences")
"""The tables of `Company` that are sorted by person; `partition` cuts them."""
_Table = TypeVar("_Table")


def partition(company: Company, low: int, high: int) -> Company:
    """The company with only the rows of the persons ``low <= p < high`` in its personal tables.

    Persons keep their numbers, and nothing is copied: columns are views. Survey rows without a person are left out.
    """
    cut = {name: _rows(getattr(company, name), low, high) for name in PERSONAL if getattr(company, name) is not None}
    return replace(company, **cut)


def _rows(table: _Table, low: int, high: int) -> _Table:
    person: Codes = table.person  # type: ignore[attr-defined]
    start, stop = person.searchsorted(np.asarray((low, high), np.int32))
    if stop - start == len(person):
        return table
    return type(table)(**{name: column[start:stop] for name, column in vars(table).items()})
