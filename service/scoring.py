"""The use case: people of a company and a day in; risks, bands, reasons and the next conversation out.

The nightly run and the endpoint call this one function, so the same person with the same records gets the same
numbers to the last bit, alone or among a million. It knows no HTTP, no files and no clock.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from features import build, checkins, facts, presence
from features.blocks import Snapshots
from features.company import Codes, Company
from features.facts import Facts, named_places
from models.bands import Bands
from models.risk import RiskModel
from models.telling import Background, Reason
from service.audit.blocks import NOBODY, Blocked

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

    @property
    def how(self) -> How:
        """How they are to be scored."""
        return How(self.bands, self.reasons, self.horizon, self.threads)


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
    company, persons, day = request.company, request.persons, request.day
    ids = [company.people.employee_id[person] for person in persons]
    units: Sequence[str | None] = ()
    if request.blocked.units:
        units = places(company, persons, day)[1]
    codes = _codes(presence.no_score(company, persons, day), ids, units, request.blocked)
    here = np.asarray([row for row, code in enumerate(codes) if code is None], dtype=np.int64)
    answers = _answers(request, here, model, progress or _silent)
    return [refusal(id_, code) if code else next(answers) for id_, code in zip(ids, codes, strict=True)]


def score_known(known: Facts, how: How, blocked: Blocked, model: RiskModel) -> list[Scored]:
    """Score people whose facts are there, their team's features among them; the same answers as `score` gives."""
    ids = known.ids
    codes = _codes(known.refused, ids, known.units, blocked)
    rows, background = known.matrix, Background(known.missing, known.dates)
    if not any(codes):
        return list(_told(ids, rows, background, how, model))
    here = np.asarray([row for row, code in enumerate(codes) if code is None], dtype=np.int64)
    if len(here):
        background = Background(known.missing, {column: days[here] for column, days in known.dates.items()})
    answers = _told([ids[row] for row in here], rows[here], background, how, model)
    return [refusal(id_, code) if code else next(answers) for id_, code in zip(ids, codes, strict=True)]


def _codes(
    refused: Sequence[str | None], ids: Sequence[str], units: Sequence[str | None], blocked: Blocked
) -> Sequence[str | None]:
    """Why each person may not be scored; None where nothing stands against it."""
    if not (blocked.people or blocked.units):
        return refused
    known = units if blocked.units else [None] * len(ids)
    return [code or blocked.code(id_, unit) for code, id_, unit in zip(refused, ids, known, strict=True)]


missing_sources: Final = facts.missing_sources


def places(company: Company, persons: Codes, day: int) -> tuple[list[str | None], list[str | None]]:
    """Manager id and org unit of each person on the day, None where not known."""
    return named_places(company, Snapshots(persons, _days(persons, day)))


def _answers(request: Request, here: NDArray[np.int64], model: RiskModel, tell: Progress) -> Iterator[Scored]:
    if not len(here):
        return
    persons = request.persons[here]
    snapshots = Snapshots(persons, _days(persons, request.day))
    own, dates = build.dated_features(request.company, model.spec, snapshots)
    tell("features", len(persons))
    rows = np.hstack([own, request.team_values[here]])
    missing, ids = missing_sources(request.company), request.company.people.employee_id
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        said = dates if len(rows) <= _AT_ONCE else {column: days[part] for column, days in dates.items()}
        told = [ids[person] for person in persons[part].tolist()]
        yield from _told(told, rows[part], Background(missing, said), request.how, model)
        tell("reasons", len(rows[part]))


def _told(
    ids: Sequence[str], rows: build.Matrix, background: Background, how: How, model: RiskModel
) -> Iterator[Scored]:
    """The answers of people whose features are there."""
    if not len(rows):
        return
    risks = model.risks(rows, how.threads).tolist()
    reasons: list[list[Reason]] = [[]] * len(rows)
    if how.reasons:
        found = model.contributions(rows, how.horizon, how.threads)
        reasons = model.tell(rows, found, how.reasons, background)
    kinds, days = checkins.next_of(rows, model.overdue_columns)
    band = how.bands.of
    columns = zip(ids, risks, reasons, kinds.tolist(), days.tolist(), strict=True)
    for id_, (by_30, by_90, by_180, by_365), told, kind, overdue in columns:
        following = NextConversation(checkins.KINDS[kind], overdue) if kind >= 0 else None
        yield Scored(id_, (by_30, by_90, by_180, by_365), band(by_90), tuple(told), following, None)


def _days(persons: Codes, day: int) -> NDArray[np.int32]:
    return np.full(len(persons), day, dtype=np.int32)


def _silent(_stage: str, _people: int) -> None:
    """Tell nobody."""
