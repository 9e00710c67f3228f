"""Who was at risk at each month end, and what became of them: the rows and labels a fit learns from.

A row is (person, month end) with up to four cells, one for each interval after it. Example, training on 2024-12-31,
row of 2024-03-31, a person who resigned on 2024-08-15 (137 days later)::

    cell (0, 30]    closed 2024-04-30   stayed
    cell (30, 90]   closed 2024-06-29   stayed
    cell (90, 180]  closed 2024-09-27   left voluntarily: the event
    cell (180, 365] not reached: the row has ended

Had the person been made redundant that day, the third cell would say "stayed" and the row would end as well. The row
of 2024-11-30 has one cell, closed on 2024-12-30; its other cells are still open on the training day and teach
nothing, for leavers and stayers alike.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import presence
from features.company import VOLUNTARY, Codes, Company
from features.days import NEVER, Days, month_ends
from models.boosted import Cells, age_weight
from models.hazard import INTERVALS

MOST_CELLS: Final = 100_000
"""Above so many cells, rows without an event are sampled and weighted up."""
_STARTS: Final = np.array([start for start, _ in INTERVALS], dtype=np.int32)
_ENDS: Final = np.array([end for _, end in INTERVALS], dtype=np.int32)


@dataclass(frozen=True)
class Outcomes:
    """What is known about each cell of each row, (n, 4)."""

    closed: NDArray[np.bool_]
    """The person was there when the interval began, and it ended in time to be known."""
    event: NDArray[np.bool_]
    """A voluntary exit fell into a closed interval."""


@dataclass(frozen=True)
class TrainingRows:
    """Rows to compute features for, and the cells that belong to them."""

    person: Codes
    day: Days
    weight: NDArray[np.float64]
    """By age, and by the sampling of rows without an event."""
    cells: Cells
    closed_by: int
    """The last day on which an interval could end and still count."""
    observed_from: int
    landmarks: int
    candidates: int
    """Rows before sampling."""
    people: int
    leavers: int
    acted: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    """(cells,) whether an action may have changed what became of a cell (`training.acted`); empty where it is not known."""

    @property
    def rows_per_person(self) -> float:
        """How many rows a person has on average; 0 without people."""
        return len(self.person) / self.people if self.people else 0.0


def outcomes(day: Days, exit_day: Days, exit_kind: NDArray[np.int8], closed_by: int) -> Outcomes:
    """Label every cell of the rows.

    Parameters
    ----------
    day
        (n,) the day of each row.
    exit_day, exit_kind
        (n,) when and how each row's person left, as `presence.exits` says it.
    closed_by
        The last day on which an interval may end and still count.
    """
    starts, ends = day[:, None] + _STARTS, day[:, None] + _ENDS
    closed = (ends <= closed_by) & (exit_day[:, None] > starts)
    left = (exit_kind == VOLUNTARY)[:, None] & (exit_day[:, None] <= ends)
    return Outcomes(closed, closed & left)


def training_rows(
    company: Company, known_on: int, months: int, delay_days: int, seed: int, most_cells: int = MOST_CELLS
) -> TrainingRows:
    """All a fit on `known_on` may learn from, by everything known on that day and nothing later.

    Parameters
    ----------
    months
        At most so many month ends, the latest.
    delay_days
        An interval counts if it closed so many days before `known_on`.
    seed
        For the sample of rows without an event, drawn only above `most_cells` cells.
    """
    closed_by, first = known_on - delay_days, presence.observed_from(company, known_on)
    landmarks = month_ends(first, closed_by - INTERVALS[0][1])[-months:] if first != NEVER else np.empty(0, np.int32)
    person, day = _candidates(company, known_on, landmarks)
    ended = presence.exits(company, known_on)
    found = outcomes(day, ended.day[person], ended.kind[person], closed_by)
    kept, weight = _sample(found, seed, most_cells)
    row, interval = np.nonzero(found.closed[kept])
    weights = weight[kept] * age_weight(known_on - day[kept])
    event = found.event[kept][row, interval]
    return TrainingRows(
        person=person[kept],
        day=day[kept],
        weight=weights,
        cells=Cells(row, interval.astype(np.int8), event, weights[row]),
        closed_by=closed_by,
        observed_from=first,
        landmarks=len(landmarks),
        candidates=len(person),
        people=len(np.unique(person[kept])),
        leavers=len(np.unique(person[kept][row[event]])),
    )


def recording_delays(company: Company, known_on: int) -> NDArray[np.int32]:
    """Days from each known exit to the day it was recorded, sorted; an exit recorded ahead counts as 0 days."""
    ended = presence.exits(company, known_on)
    left = ended.day <= known_on
    delays: NDArray[np.int32] = np.sort(np.maximum(ended.known[left] - ended.day[left], 0))
    return delays


def latest_known_day(company: Company, today: int) -> int:
    """The latest day, not after `today`, on which any fact of the company became known; `today` where there is none.

    A conversation that is still planned is no fact: it stands in an export weeks before its day.
    """
    people, jobs = company.people, company.jobs
    ended = presence.exits(company, NEVER - 1)
    known: list[Days] = [people.hire, ended.known, jobs.known, company.traces.day]
    if company.surveys is not None:
        known += [company.surveys.sent, company.surveys.answered]
    if company.tickets is not None:
        known += [company.tickets.opened, company.tickets.responded, company.tickets.resolved]
    if company.checkins is not None:
        known += [company.checkins.held, company.checkins.missed, company.checkins.cancelled]
    if company.signals is not None:
        known.append(company.signals.known)
    if company.team_signals is not None:
        known.append(company.team_signals.known)
    if company.absences is not None:
        known.append(company.absences.start)
    return max((int(days[days <= today].max()) for days in known if (days <= today).any()), default=today)


def _candidates(company: Company, known_on: int, landmarks: Days) -> tuple[Codes, Days]:
    """(person, landmark) for everyone who may train there, by landmark, then person."""
    everyone = np.arange(len(company.people), dtype=np.int32)
    person = np.tile(everyone, len(landmarks))
    day = np.repeat(landmarks, len(everyone)).astype(np.int32)
    usable = presence.trainable(company, known_on, person, day)
    return person[usable], day[usable]


def _sample(found: Outcomes, seed: int, most_cells: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which rows to keep, and the weight of each: all with an event, and a share of the others weighted up by it.

    At least as many cells of rows without an event are kept as of rows with one.
    """
    cells = np.asarray(found.closed.sum(axis=1))
    left = np.asarray(found.event.any(axis=1))
    with_event, without = int(cells[left].sum()), int(cells[~left].sum())
    share = max(most_cells - with_event, with_event) / without if without else 1.0
    weight = np.ones(len(left))
    kept: NDArray[np.bool_] = cells > 0
    if with_event + without > most_cells and share < 1.0:
        kept &= left | (np.random.default_rng(seed).random(len(left)) < share)
        weight[~left] = 1.0 / share
    return kept, weight
