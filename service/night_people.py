"""Everybody of a run, scored part by part; parts that a run before this one had done are taken as they are.

A part is so many people in the order of the data, which the run's identity fixes: what was staged under that identity by
this very program is what would be worked out again, to the last bit.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from features import build, presence
from features.blocks import Snapshots
from features.company import Codes, Company
from features.days import NEVER, Days, to_date
from features.newest import newest_facts
from models.bands import Bands
from service import published, scoring
from service.audit.blocks import Blocked
from service.scoring import Progress, Scored
from service.serving import Serving
from service.store.leases import Lease
from service.store.rows import Rows

_LOG: Final = logging.getLogger("service.nightly")

AT_ONCE: Final = 5_000
"""People of a part."""
_NOBODY: Final = (float("nan"),) * 4


class Part(msgspec.Struct, frozen=True, array_like=True):
    """What was found of the people of a part, in their order; the columns of `Rows` that take long to work out."""

    risks: bytes
    """float64 of this machine, shape (people, 4)."""
    band: list[str | None]
    no_score: list[str | None]
    reasons: list[str]
    next_conversation: list[str | None]
    overdue_days: list[int | None]


@dataclass(frozen=True)
class Asked:
    """Who is scored, and how."""

    company: Company
    """Its comments read by the model's `valence`."""
    persons: Codes
    day: int
    serving: Serving
    bands: Bands
    threads: int
    blocked: Blocked


def rows(asked: Asked, team: NDArray[np.float32], lease: Lease, tell: Progress) -> Rows:
    """Score everybody; every part is kept as soon as it is done.

    Parameters
    ----------
    team
        The team values of the people, as `team_values` gives them.

    Raises
    ------
    LostError
        Another process has taken the run over.
    """
    author = f"{program()}/{AT_ONCE}"
    kept, parts = lease.parts(author), list[Part]()
    if kept:
        _LOG.warning("A run that was cut off had done %d parts of this one; they are used.", len(kept))
    for number, start in enumerate(range(0, len(asked.persons), AT_ONCE)):
        place = slice(start, start + AT_ONCE)
        if number in kept:
            parts.append(msgspec.msgpack.decode(kept[number], type=Part))
            for stage in ("features", "reasons"):
                tell(stage, len(parts[-1].no_score))
        else:
            parts.append(_part(asked, place, team[place], tell))
            lease.stage(number, author, msgspec.msgpack.encode(parts[-1]))
    return _rows(asked, team, parts)


def team_values(asked: Asked) -> NDArray[np.float32]:
    """The team features of everybody who may be scored; NaN for the others. Shape (persons, team columns)."""
    spec, persons = asked.serving.model.spec, asked.persons
    codes = presence.no_score(asked.company, persons, asked.day)
    here = np.asarray([code is None for code in codes], dtype=np.bool_)
    values = np.full((len(persons), len(build.team_columns(spec))), np.nan, dtype=np.float32)
    if here.any():
        days = np.full(int(here.sum()), asked.day, dtype=np.int32)
        values[here] = build.team_features(asked.company, spec, Snapshots(persons[here], days))
    return values


@cache
def program() -> str:
    """Digest of this program: of every module that what is found may depend on."""
    rooms, total = Path(__file__).resolve().parent.parent, hashlib.sha256()
    for room in ("features", "models", "service"):
        for path in sorted((rooms / room).rglob("*.py")):
            total.update(path.relative_to(rooms).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sha256:{total.hexdigest()}"


def _part(asked: Asked, place: slice, team: NDArray[np.float32], tell: Progress) -> Part:
    request = scoring.Request(
        asked.company, asked.persons[place], asked.day, team, asked.bands, threads=asked.threads, blocked=asked.blocked
    )
    return _columns(scoring.score(request, asked.serving.model, tell))


def _columns(scored: list[Scored]) -> Part:
    following = [one.next_conversation for one in scored]
    return Part(
        risks=np.asarray([one.risks or _NOBODY for one in scored], dtype=np.float64).tobytes(),
        band=[one.band for one in scored],
        no_score=[None if one.no_score is None else one.no_score.code for one in scored],
        reasons=[msgspec.json.encode(one.reasons).decode() for one in scored],
        next_conversation=[None if one is None else one.type for one in following],
        overdue_days=[None if one is None else one.overdue_days for one in following],
    )


def _rows(asked: Asked, team: NDArray[np.float32], parts: list[Part]) -> Rows:
    """The columns of all parts, and those that are quickly worked out for everybody."""
    company, persons = asked.company, asked.persons
    managers, units = scoring.places(company, persons, asked.day)
    refused = [code for part in parts for code in part.no_score]
    risks = b"".join(part.risks for part in parts)
    return Rows(
        employee_id=[company.people.employee_id[person] for person in persons.tolist()],
        manager_id=managers,
        org_unit=units,
        risks=np.frombuffer(risks, dtype=np.float64).reshape(-1, 4),
        band=[one for part in parts for one in part.band],
        no_score=refused,
        reasons=[one for part in parts for one in part.reasons],
        next_conversation=[one for part in parts for one in part.next_conversation],
        overdue_days=[one for part in parts for one in part.overdue_days],
        team_values=[None if code else published.pack(one) for code, one in zip(refused, team, strict=True)],
        newest=[msgspec.json.encode(one).decode() for one in _newest(newest_facts(company, asked.day), persons)],
    )


def _newest(facts: Mapping[str, Days], persons: Codes) -> Iterator[dict[str, str]]:
    """For each person the day of the newest fact of each source that has one."""
    said: dict[int, str] = {}
    columns = {source: days[persons].tolist() for source, days in facts.items()}
    for row in range(len(persons)):
        found = {}
        for source, days in columns.items():
            if (day := days[row]) != NEVER:
                found[source] = said.get(day) or said.setdefault(day, str(to_date(day)))
        yield found
