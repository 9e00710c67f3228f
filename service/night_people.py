"""Everybody of a run, scored part by part; parts that a run before this one had done are taken as they are.

A part is so many people in the order of the data, which the run's identity fixes: what was staged under that identity by
this very program is what would be worked out again, to the last bit. Parts are worked out side by side, in columns: what
is said of them is `scoring.told`, as it is for the endpoint.
"""

import hashlib
import logging
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from features import build, checkins, presence
from features.blocks import Snapshots
from features.company import Codes, Company, People
from features.days import NEVER, Days, to_date
from features.newest import newest_facts
from models.bands import Bands
from models.telling import Background
from service import scoring
from service.audit.blocks import Blocked
from service.scoring import How, Progress
from service.serving import Serving
from service.store.leases import Lease
from service.store.rows import Rows

_LOG: Final = logging.getLogger("service.nightly")

AT_ONCE: Final = 5_000
"""People of a part."""
_REASONS: Final = 5
_One = TypeVar("_One")


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

    @cached_property
    def employee_id(self) -> Sequence[str]:
        """Everybody's id."""
        return [self.company.people.employee_id[person] for person in self.persons.tolist()]

    @cached_property
    def places(self) -> tuple[list[str | None], list[str | None]]:
        """Everybody's manager and unit on the day."""
        return scoring.places(self.company, self.persons, self.day)

    @cached_property
    def no_score(self) -> Sequence[str | None]:
        """Why each may not be scored; None where nothing stands against it."""
        codes = presence.no_score(self.company, self.persons, self.day)
        if not (self.blocked.people or self.blocked.units):
            return codes
        people = zip(codes, self.employee_id, self.places[1], strict=True)
        return [code or self.blocked.code(id_, unit) for code, id_, unit in people]

    @cached_property
    def team(self) -> NDArray[np.float32]:
        """Everybody's team values, NaN for those who are refused. Shape (persons, team columns)."""
        spec, here = self.serving.model.spec, np.array([code is None for code in self.no_score], dtype=np.bool_)
        values = np.full((len(here), len(build.team_columns(spec))), np.nan, dtype=np.float32)
        if here.any():
            days = np.full(int(here.sum()), self.day, dtype=np.int32)
            values[here] = build.team_features(self.company, spec, Snapshots(self.persons[here], days))
        return values


def rows(asked: Asked, lease: Lease, tell: Progress) -> Rows:
    """Score everybody; every part is kept as soon as it is done.

    Raises
    ------
    LostError
        Another process has taken the run over.
    """
    author = f"{program()}/{AT_ONCE}"
    kept, parts = lease.parts(author), list[Part]()
    if kept:
        _LOG.warning("A run that was cut off had done %d parts of this one; they are used.", len(kept))
    for number, (content, part) in enumerate(_parts(asked, kept)):
        if number not in kept:
            lease.stage(number, author, content)
        parts.append(part)
        tell("scored", len(part.no_score))
    return _rows(asked, parts)


def _parts(asked: Asked, kept: Mapping[int, bytes]) -> "Iterator[tuple[bytes, Part]]":
    """The parts in order, as they are staged and as they are; a few are worked on ahead of the one that is given."""
    places = [slice(start, start + AT_ONCE) for start in range(0, len(asked.persons), AT_ONCE)]
    _ = asked.team  # before the threads that all need it
    ahead = deque[Future[tuple[bytes, Part]]]()
    with ThreadPoolExecutor(asked.threads) as pool:
        for number, place in enumerate(places):
            work = (_staged, kept[number]) if number in kept else (_made, asked, place)
            ahead.append(pool.submit(*work))
            if len(ahead) > asked.threads:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _staged(content: bytes) -> tuple[bytes, Part]:
    return content, msgspec.msgpack.decode(zlib.decompress(content), type=Part)


def _made(asked: Asked, place: slice) -> tuple[bytes, Part]:
    part = _part(asked, place)
    return zlib.compress(msgspec.msgpack.encode(part), 1), part


@cache
def program() -> str:
    """Digest of this program: of every module that what is found may depend on."""
    rooms, total = Path(__file__).resolve().parent.parent, hashlib.sha256()
    for room in ("features", "models", "service"):
        for path in sorted((rooms / room).rglob("*.py")):
            total.update(path.relative_to(rooms).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sha256:{total.hexdigest()}"


def _part(asked: Asked, place: slice) -> Part:
    """Score the people of a part, those who are refused left out."""
    codes, model = asked.no_score[place], asked.serving.model
    here = np.array([code is None for code in codes], dtype=np.bool_)
    persons = asked.persons[place][here]
    days = np.full(len(persons), asked.day, dtype=np.int32)
    own, dates = build.dated_features(asked.company, model.spec, Snapshots(persons, days))
    matrix = np.hstack([own, asked.team[place][here]])
    background = Background(scoring.missing_sources(asked.company), dates)
    told = scoring.told(matrix, background, How(asked.bands, _REASONS), model)
    risks = np.full((len(here), told.risks.shape[1]), np.nan)
    risks[here] = told.risks
    following = [checkins.KINDS[kind] if kind >= 0 else None for kind in told.conversations]
    return Part(
        risks=risks.tobytes(),
        band=_spread(here, told.bands, None),
        no_score=list(codes),
        reasons=_spread(here, [one.decode() for one in told.reasons], "[]"),
        next_conversation=_spread(here, following, None),
        overdue_days=_spread(
            here, [day if said else None for day, said in zip(told.overdue, following, strict=True)], None
        ),
    )


def _spread(here: NDArray[np.bool_], values: Sequence[_One], otherwise: _One) -> list[_One]:
    """The values at the places where people are scored, something else at the others."""
    given = iter(values)
    return [next(given) if one else otherwise for one in here.tolist()]


def _rows(asked: Asked, parts: list[Part]) -> Rows:
    """The columns of all parts, and those that are quickly worked out for everybody."""
    managers, units = asked.places
    refused = [code for part in parts for code in part.no_score]
    packed, size = asked.team.astype("<f4").tobytes(), 4 * asked.team.shape[1]
    return Rows(
        employee_id=asked.employee_id,
        manager_id=managers,
        org_unit=units,
        risks=np.frombuffer(b"".join(part.risks for part in parts), dtype=np.float64).reshape(-1, 4),
        band=[one for part in parts for one in part.band],
        no_score=refused,
        reasons=[one for part in parts for one in part.reasons],
        next_conversation=[one for part in parts for one in part.next_conversation],
        overdue_days=[one for part in parts for one in part.overdue_days],
        team_values=[None if code else packed[at * size : (at + 1) * size] for at, code in enumerate(refused)],
        newest=_newest(newest_facts(asked.company, asked.day), asked.persons),
        hired_on=hired_on(asked.company.people)[asked.persons].tolist(),
    )


def hired_on(people: People) -> NDArray[np.str_]:
    """Of every employment, the hire day (YYYY-MM-DD) of the same employee's first one."""
    first = np.diff(people.employee, prepend=-1) != 0
    return people.hire[np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))].astype("M8[D]").astype(np.str_)


def _newest(facts: Mapping[str, Days], persons: Codes) -> list[str]:
    """For each person JSON: the day of the newest fact of each source that has one."""
    said = [""] * len(persons)
    for source, newest in facts.items():
        days, which = np.unique(newest[persons], return_inverse=True)
        words = ["" if day == NEVER else f',"{source}":"{to_date(day)}"' for day in days.tolist()]
        said = [before + words[at] for before, at in zip(said, which.tolist(), strict=True)]
    return [f"{{{one[1:]}}}" for one in said]
