"""The use case: features of people in; risks, bands, reasons and the next conversation out.

The nightly run and the endpoint call this one function (`told`), so the same person with the same records gets the same
numbers to the last bit, alone or among a million. It knows no HTTP, no files and no clock.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from features import build, checkins, facts
from features.blocks import Snapshots
from features.company import Codes, Company
from features.facts import Facts, named_places
from models.bands import Bands
from models.risk import RiskModel
from models.telling import Background, Reason
from service.audit.blocks import Blocked

REASONS_HORIZON: Final = 90
"""Reasons speak of the risk that also gives the band, unless another is asked for. Unit: days."""

_AT_ONCE: Final = 2_000
"""So many people are explained between two words of progress."""

Risks = tuple[float, float, float, float]
"""By 30, 90, 180 and 365 days."""
Progress = Callable[[str, int], None]
"""Told a stage, and for how many more people it is done."""


class NextConversation(Struct, frozen=True):
    """The type of conversation that is most overdue by the norm."""

    type: str
    """`what`, `how` or `want`."""
    overdue_days: int


class NoScore(Struct, frozen=True):
    """Why a person was not scored."""

    code: str
    detail: str


class Scored(Struct, frozen=True):
    """One person's answer: a risk or a typed refusal, never both, never neither."""

    employee_id: str
    risks: Risks | None
    band: str | None
    reasons: tuple[Reason, ...]
    next_conversation: NextConversation | None
    no_score: NoScore | None


DETAILS: Final = {
    "not_hired_yet": "The employment begins after the as-of date.",
    "left": "The employment had ended by the as-of date.",
    "notice_given": "Notice was known by the as-of date, or there is a trace of off-boarding.",
    "no_job_history": "No job history was known by the as-of date.",
    "objection": "The person has objected to being scored.",
    "unit_switched_off": "Nobody of the person's unit is scored: it is switched off.",
    "invalid_input": "A record breaks a rule of its table.",
}
"""What each code of a refusal means, in a sentence."""


class How(NamedTuple):
    """How people are scored."""

    bands: Bands
    reasons: int = 5
    horizon: int = REASONS_HORIZON
    """Which risk the reasons speak of: 30, 90, 180 or 365 days."""
    threads: int = 1


class Told(NamedTuple):
    """What is said of some people who are scored, each in their order."""

    risks: NDArray[np.float64]
    """Shape (people, 4): by 30, 90, 180 and 365 days."""
    by_90: list[float]
    """The one of them that gives the band."""
    bands: list[str]
    reasons: list[bytes]
    """JSON: an array of `Reason`."""
    conversations: list[int]
    """The most overdue one, as an index into `checkins.KINDS`; -1 where none is due."""
    overdue: list[int]
    """By so many days."""


def refusal(employee_id: str, code: str, detail: str = "") -> Scored:
    """The answer for a person who is not scored."""
    return Scored(employee_id, None, None, (), None, NoScore(code, detail or DETAILS[code]))


def told(rows: build.Matrix, background: Background, how: How, model: RiskModel) -> Told:
    """Score people whose features are there, their team's among them."""
    if how.reasons:
        risks, found = model.explained(rows, how.horizon, how.threads)
        reasons = model.written(rows, found, how.reasons, background)
    else:
        risks, reasons = model.risks(rows, how.threads), [b"[]"] * len(rows)
    by_90: list[float] = risks[:, 1].tolist()
    return Told(risks, by_90, how.bands.of_all(by_90), reasons, *checkins.next_of(rows, model.overdue_columns).tolist())


def refused(known: Facts, blocked: Blocked) -> Sequence[str | None]:
    """Why each person may not be scored, as a code of `DETAILS`; None where nothing stands against it."""
    if not (blocked.people or blocked.units):
        return known.refused
    people = zip(known.refused, known.ids, known.units, strict=True)
    return [code or blocked.code(id_, unit) for code, id_, unit in people]


missing_sources: Final = facts.missing_sources


def places(company: Company, persons: Codes, day: int) -> tuple[list[str | None], list[str | None]]:
    """Manager id and org unit of each person on the day, None where not known."""
    return named_places(company, Snapshots(persons, np.full(len(persons), day, dtype=np.int32)))
