"""The dashboard's part of a night: every figure of every unit by month, worked out from the arrays the run has read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from features.company import Codes, Company
from features.days import to_date
from features.ingest import Ingested
from service.dashboard import helpdesk, kept, packed, rhythm, voices, workforce
from service.dashboard.associations import associations
from service.dashboard.ground import Ground, Present, ground
from service.dashboard.kept import Before, Night
from service.dashboard.measured import Family, Measured
from service.dashboard.packed import Common, Entries, blank
from service.dashboard.shown import Line, apart, beside, held, line
from service.store import runs, tombstones
from service.store.runs import Write

if TYPE_CHECKING:
    from service.alongside import Seen

SOURCES: Final = ("surveys", "tickets", "checkins", "signals", "team_signals")


def part(seen: "Seen") -> Write:
    """What is published of the dashboard; nothing where the run is not the newest."""
    newest = runs.latest(seen.store)
    if seen.head.retrospective or (newest is not None and newest.identity.as_of > seen.head.identity.as_of):
        return _nothing
    cadence = seen.serving.model.spec.cadence
    before, gone = kept.last(seen.store), tombstones.erased(seen.store, seen.data.company.people.employee_id)
    found = night(seen.data, seen.day, cadence, seen.persons, before, gone, seen.delay_days)
    return kept.write(found)


def night(
    data: Ingested,
    day: int,
    cadence: tuple[int, int, int],
    persons: Codes,
    before: Before | None = None,
    without: NDArray[np.bool_] | None = None,
    delay: int = 0,
) -> Night:
    """Work everything out.

    Parameters
    ----------
    data
        As read; its comments read by the model.
    day
        The run's day.
    cadence
        The norm of conversations a year.
    persons
        People at risk on the day, in order.
    before
        What was shown last; its months stay as they are.
    without
        Employments that count nowhere.
    delay
        Days after its end from which a month is told, so that late records are in it.
    """
    base = ground(data.company, day, without, delay)
    weaver = _Weaver(base, before)
    if len(base.months):
        there = base.present(base.places)
        for one in chain(_workforce(base, there, data, persons, weaver), _records(base, there, cadence)):
            weaver.add(one)
        weaver.rest()
    common = Common(base.months.names, weaver.names, weaver.since, missing(data), list(cadence))
    told = associations(base, cadence)
    return Night(
        common,
        base.tree.paths,
        weaver.entries,
        weaver.currencies,
        {node: msgspec.json.encode(found).decode() for node, found in told.items()},
    )


def missing(data: Ingested) -> list[str]:
    """Sources that the data does not have."""
    absent = [name for name in SOURCES if getattr(data.company, name) is None]
    if data.company.tones is None:
        absent.append("comments")
    return absent if (~np.isnan(data.company.jobs.base_salary)).any() else [*absent, "base_salary"]


def _secret(company: Company) -> int:
    """What is drawn is drawn by this: the same for the same records, and unknown to whoever does not know them all."""
    digest = blake2b(digest_size=16)
    for table, column in (
        (company.surveys, "score"),
        (company.checkins, "held"),
        (company.tickets, "resolved_seconds"),
    ):
        if table is not None:
            digest.update(getattr(table, column).tobytes())
    return int.from_bytes(digest.digest())


class _Weaver:
    """Decides what is shown of each figure, against what was shown before, and packs it."""

    def __init__(self, base: Ground, before: Before | None) -> None:
        self._base, self._before, self._secret = base, before, _secret(base.company)
        self._today = str(to_date(base.day))
        self.names: list[str] = []
        self.since: list[list[str]] = []
        self.entries: list[Entries] = []
        self.currencies: list[str | None] = [None] * len(base.tree)

    def add(self, found: Measured | Family) -> None:
        """Add a figure with the numbers beside it, or a total with its parts."""
        if isinstance(found, Measured):
            self._settle([found], [self._line(found)])
            return
        lines, people = [self._line(one) for one in found.parts], [one.people for one in found.parts]
        parts = apart(lines, people, found.rest, self._base.tree.parent)
        self._settle([found.total, *found.parts], [self._line(found.total), *parts])

    def _line(self, found: Measured) -> Line:
        chance = np.random.default_rng([self._secret, crc32((found.kin or found.name).encode())])
        return line(found, self._base.tree.parent, chance.random(found.people.shape))

    def _settle(self, found: Sequence[Measured], now: Sequence[Line]) -> None:
        """Keep the lines, but the months in which one of them was shown as they were."""
        names, months = self._base.tree.paths, self._base.months.names
        before = [
            None if self._before is None or not one.personal else self._before.aligned(one.name, names, months)
            for one in found
        ]
        stays = np.zeros(len(months), np.bool_)
        for then in before:
            if then is not None:
                stays |= then.visible.any(axis=0)
        for one, fresh, then in zip(found, now, before, strict=True):
            told = fresh
            if stays.any():
                told = held(fresh, then or blank(*fresh.codes.shape), stays)
            self._keep(one.name, told, stays)
            for called, value in one.beside.items():
                self._keep(f"{one.name}:{called}", beside(told, value), stays)

    def rest(self) -> None:
        """Add what was shown and is not worked out tonight: else it might be told otherwise another night."""
        months = self._base.months.names
        for name in () if self._before is None else self._before.common.names:
            then = self._before.aligned(name, self._base.tree.paths, months) if self._before else None
            if name not in self.names and then is not None and then.visible.any():
                self._keep(name, then, np.ones(len(months), np.bool_))

    def _keep(self, name: str, now: Line, stays: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        since = [self._today] * len(stays)
        if self._before is not None and stays.any():
            then = self._before.since(name)
            since = [
                then.get(month, self._today) if stay else self._today
                for month, stay in zip(self._base.months.names, stays.tolist(), strict=True)
            ]
        self.names.append(name)
        self.since.append(since)
        self.entries.append(packed.entries(now, len(self._base.tree)))


def _workforce(base: Ground, there: Present, data: Ingested, persons: Codes, weaver: _Weaver) -> Iterator[Measured]:
    yield from workforce.presence(base, there)
    yield from workforce.retention(base)
    spent, currencies = workforce.cost_of_turnover(base, data.currencies)
    usual, more = workforce.pay_of_those_here(base, data.currencies, persons)
    alike = np.asarray([not (one and other) or one == other for one, other in zip(currencies, more, strict=True)])
    weaver.currencies = [
        one or other if same else None for one, other, same in zip(currencies, more, alike.tolist(), strict=True)
    ]
    for found in (spent, usual):
        yield replace(found, single=alike if found.single is None else found.single & alike)


def _records(base: Ground, there: Present, cadence: tuple[int, int, int]) -> Iterator[Measured | Family]:
    yield from voices.surveys(base, there)
    yield from voices.sentiment(base, there)
    yield from helpdesk.tickets(base, there)
    yield from rhythm.conversations(base, there, cadence)
    yield from rhythm.signals(base, there)
    yield from rhythm.team_signals(base, there)


def _nothing(_connection: Connection, _run: int) -> None:
    """Leave what is there."""
