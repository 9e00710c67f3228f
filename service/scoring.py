"""The use case: people of a company and a day in; risks, bands, reasons and the next conversation out.

The nightly run and the endpoint call this one function, so the same person with the same records gets the same
numbers to the last bit, alone or among a million. It knows no HTTP, no files and no clock.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from features import build, checkins, presence
from features.blocks import Snapshots
from features.company import Codes, Company
from features.places import places as codes_of
from models.bands import Bands
from models.risk import RiskModel
from models.telling import Background, Reason
from service.audit.blocks import NOBODY, Blocked

REASONS_HORIZON: Final = 90
"""Reasons speak of the risk that also gives the band, unless another is asked for. Unit: days."""
SOURCES: Final = ("surveys", "tickets", "checkins", "signals", "team_signals", "absences")
"""Tables that may be missing: without one the features that rest on it are null, or do not know of a leave."""

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


@dataclass(frozen=True)
class Request:
    """Who is to be scored, when and how."""

    company: Company
    """Its comments read by the model's `valence`."""
    persons: Codes
    """Employments, by index."""
    day: int
    """The as-of date: what was known on or before it counts."""
    team_values: NDArray[np.float32]
    """Shape (persons, team columns of the model), NaN for null."""
    bands: Bands
    reasons: int = 5
    horizon: int = REASONS_HORIZON
    """Which risk the reasons speak of: 30, 90, 180 or 365 days."""
    threads: int = 1
    blocked: Blocked = NOBODY
    """Who objected, and which units were switched off, since the records were made."""


def refusal(employee_id: str, code: str, detail: str = "") -> Scored:
    """The answer for a person who is not scored."""
    return Scored(employee_id, None, None, (), None, NoScore(code, detail or DETAILS[code]))


def score(request: Request, model: RiskModel, progress: Progress | None = None) -> list[Scored]:
    """Score each person of a request, in order; who may not be scored gets a typed refusal.

    Parameters
    ----------
    progress
        Told of the stages of a long run.
    """
    ids = [request.company.people.employee_id[person] for person in request.persons]
    codes = _codes(request, ids)
    here = np.asarray([row for row, code in enumerate(codes) if code is None], dtype=np.int64)
    answers = _answers(request, here, model, progress or _silent)
    return [refusal(id_, code) if code else next(answers) for id_, code in zip(ids, codes, strict=True)]


def _codes(request: Request, ids: list[str]) -> list[str | None]:
    """Why each person may not be scored; None where nothing stands against it."""
    codes = presence.no_score(request.company, request.persons, request.day)
    blocked = request.blocked
    if blocked.people or blocked.units:
        units: list[str | None] = [None] * len(ids)
        if blocked.units:
            units = places(request.company, request.persons, request.day)[1]
        codes = [code or blocked.code(id_, unit) for code, id_, unit in zip(codes, ids, units, strict=True)]
    return codes


def missing_sources(company: Company) -> tuple[str, ...]:
    """The names of the `SOURCES` that a company does not have."""
    return tuple(name for name in SOURCES if getattr(company, name) is None)


def places(company: Company, persons: Codes, day: int) -> tuple[list[str | None], list[str | None]]:
    """Manager id and org unit of each person on the day, None where not known."""
    managers, units = codes_of(company, Snapshots(persons, _days(persons, day)))
    names = company.names
    return (
        [names.managers[code] if code >= 0 else None for code in managers],
        [names.units[code] if code >= 0 else None for code in units],
    )


def _answers(request: Request, here: NDArray[np.int64], model: RiskModel, tell: Progress) -> Iterator[Scored]:
    if not len(here):
        return
    persons = request.persons[here]
    snapshots = Snapshots(persons, _days(persons, request.day))
    own, dates = build.dated_features(request.company, model.spec, snapshots)
    tell("features", len(persons))
    rows = np.hstack([own, request.team_values[here]])
    missing = missing_sources(request.company)
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        said = dates if len(rows) <= _AT_ONCE else {column: days[part] for column, days in dates.items()}
        yield from _told(request, persons[part], rows[part], Background(missing, said), model)
        tell("reasons", len(rows[part]))


def _told(
    request: Request, persons: Codes, rows: build.Matrix, background: Background, model: RiskModel
) -> Iterator[Scored]:
    """The answers of people whose features are there: the risks, and what moves them, in one pass over the trees."""
    reasons: list[list[Reason]]
    if request.reasons:
        risks, found = model.explained(rows, request.horizon, request.threads)
        reasons = model.tell(rows, found, request.reasons, background)
    else:
        risks, reasons = model.risks(rows, request.threads), [[]] * len(rows)
    bands = request.bands.of_all(risks[:, 1])
    kinds, days = checkins.next_conversation(rows[:, model.overdue_columns].astype(np.float64))
    ids = request.company.people.employee_id
    columns = zip(persons.tolist(), risks.tolist(), bands, reasons, kinds.tolist(), days.tolist(), strict=True)
    for person, (by_30, by_90, by_180, by_365), band, told, kind, overdue in columns:
        following = NextConversation(checkins.KINDS[kind], overdue) if kind >= 0 else None
        yield Scored(ids[person], (by_30, by_90, by_180, by_365), band, tuple(told), following, None)


def _days(persons: Codes, day: int) -> NDArray[np.int32]:
    return np.full(len(persons), day, dtype=np.int32)


def _silent(_stage: str, _people: int) -> None:
    """Tell nobody."""
