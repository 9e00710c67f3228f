"""Whoever asks, whatever they ask, and whatever changes meanwhile: nobody outside the caller's units is ever shown.

The expected scope is worked out here, segment by segment and day by day, from the unit each person was given and from what
was assigned to whom.
"""

import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.hazard import position
from service.access import assigning, keys
from service.access.assignments import KEY
from service.access.keys import Caller
from service.audit.blocks import Blocked
from service.audit.log import AccessLog
from service.errors import NotFoundError, UsageError
from service.lists import rows, sized
from service.lists.rises import Rise
from service.lists.view import view
from service.settings import Settings
from service.store import listing, runs
from service.store.engine import open_store
from service.store.listing import Population
from service.store.runs import PublishedScore
from tests.conftest import TRIAL
from tests.published_runs import Person, publish

SEGMENTS: Final = ("A", "a", "AB", "A-", "A0", "%", "_", "B")
UNITS: Final = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join)
RISKS: Final = st.sampled_from([0.001, 0.04, 0.06, 0.12, 0.3])
ADMIN: Final = Caller("the test", "admin", "", "command:the test")
WHOSE: Final = {"everything": "", "A": "A", "AB": "A/B"}
"""Units of the keys, by their holders' names."""


def date(day: int) -> dt.date:
    """A day of the test."""
    return dt.date(2026, 8, day)


def inside(path: str | None, unit: str) -> bool:
    """Whether the unit's segments are the first of the path's."""
    if not unit:
        return True
    wanted = unit.split("/")
    return path is not None and path.split("/")[: len(wanted)] == wanted


class Lists(RuleBasedStateMachine):
    """People move, runs are published, units are assigned and taken away, callers of any unit ask in any way."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        given = Settings(home=Path(self.folder.name), anchor_seconds=3_600)
        self.store = open_store(given.database_url)
        self.log = AccessLog(self.store, given, time.time)
        for name, unit in WHOSE.items():
            keys.add_key(self.store, Caller(name, "hrbp", unit), "2026-01-01T00:00:00+00:00")
        self.assigned: dict[str, list[tuple[str, str, int, int]]] = {name: [] for name in WHOSE}
        """By holder: id, unit, first and last day; one that was ended has no day left."""
        self.day = 0
        self.units: dict[str, str | None] = {}
        self.risks: dict[str, float | None] = {}

    @initialize(data=st.data())
    def first(self, data: Any) -> None:
        """A first run."""
        self.night(data)

    @rule(data=st.data())
    def night(self, data: Any) -> None:
        """Everybody stands somewhere, at some risk, and the run of the next day says so."""
        self.day += 1
        ids = [f"E{number}" for number in range(data.draw(st.integers(1, 8)))]
        self.units = {id_: data.draw(st.none() | UNITS) for id_ in ids}
        self.risks = {id_: data.draw(st.none() | RISKS) for id_ in ids}
        people = [Person(id_, self.risks[id_], self.units[id_]) for id_ in ids]
        rises = [Rise(id_, "jump", 0.5) for id_ in ids if self.risks[id_] is not None]
        publish(self.store, f"2026-08-{self.day:02d}", people, rises=rises)

    @rule(
        name=st.sampled_from(sorted(WHOSE)),
        unit=st.just("/") | UNITS,
        first=st.integers(-2, 2),
        length=st.none() | st.integers(0, 3),
    )
    def assign(self, name: str, unit: str, first: int, length: int | None) -> None:
        """Somebody gets a unit for a time; one outside the key's own is refused and changes nothing."""
        begin = max(1, self.day + first)
        last = None if length is None else begin + length
        days = date(begin), None if last is None else date(last)
        made = assigning.new((KEY, name), unit, days, "2026-08-01T00:00:00Z", "the test")
        path = unit.strip("/")
        if not (inside(path, WHOSE[name]) or inside(WHOSE[name], path)):
            with pytest.raises(UsageError, match="outside"):
                assigning.assign(self.log, ADMIN, made)
            return
        assigning.assign(self.log, ADMIN, made)
        self.assigned[name].append((made.id, path, begin, last or 99))

    @precondition(lambda self: any(self.assigned.values()))
    @rule(data=st.data())
    def end(self, data: Any) -> None:
        """An assignment is ended before its time."""
        name = data.draw(st.sampled_from(sorted(name for name, held in self.assigned.items() if held)))
        place = data.draw(st.integers(0, len(self.assigned[name]) - 1))
        id_, unit, _, _ = self.assigned[name][place]
        assigning.end(self.log, ADMIN, id_)
        self.assigned[name][place] = id_, unit, 99, 0

    def theirs(self, name: str, path: str | None) -> bool:
        """Whether a unit is a holder's today."""
        return inside(path, WHOSE[name]) and (
            not self.assigned[name] or any(inside(path, unit) for unit in self.valid(name))
        )

    def valid(self, name: str) -> list[str]:
        """The units assigned to a holder that are valid today."""
        return [unit for _, unit, first, last in self.assigned[name] if first <= self.day <= last]

    @precondition(lambda self: self.day < 20)
    @rule(
        name=st.sampled_from(sorted(WHOSE)),
        asked=st.just("") | UNITS,
        horizon=st.sampled_from([30, 90, 365]),
        capacity=st.integers(1, 9),
    )
    def ask(self, name: str, asked: str, horizon: int, capacity: int) -> None:
        """A list in pages, a sized one, warnings and every single person, for one caller."""
        held = keys.live(self.store, f"{date(self.day)}T12:00:00+00:00").values()
        caller = next(one.caller for one in held if one.caller.name == name)
        mine = {id_ for id_, path in self.units.items() if self.theirs(name, path)}
        self.single(caller, mine)
        expected = {id_ for id_ in mine if inside(self.units[id_], asked) and self.risks[id_] is not None}
        try:
            seen = view(self.store, caller, Blocked(), asked)
        except NotFoundError:
            nobody = not any(inside(path, asked) for path in self.units.values())
            nothing = bool(self.assigned[name]) and not self.valid(name)
            assert nothing or (asked and (nobody or not self.theirs(name, asked)))
            return
        assert self.theirs(name, asked) or not asked
        population = seen.population(horizon)
        pages = list(self.pages(population, horizon))
        shown = [person.scored.employee_id for page in pages for person in page]
        assert sorted(shown) == sorted(expected)
        assert listing.size(self.store, population) == len(expected)
        few = sized.sized(self.store, population, capacity, seen.before, ())
        assert {person.scored.employee_id for person in few} <= expected
        assert len(few) <= capacity
        assert {person.scored.employee_id for person, _, _ in listing.rose(self.store, population)} == expected
        told = rows.listed(self.store, population, seen.before, pages[0])
        assert {row.person.scored.employee_id for row in told} <= expected

    def pages(self, population: Population, horizon: int) -> Iterator[list[PublishedScore]]:
        """A list, three at a time, each page behind the last person of the one before; the last page is empty."""
        after = None
        while True:
            yield (page := listing.ranked(self.store, population, 3, after))
            if not page:
                return
            last = page[-1].scored
            assert last.risks is not None
            after = last.risks[position(horizon)], last.employee_id

    def single(self, caller: Caller, mine: set[str]) -> None:
        """One person after the other: what is found is the caller's; all others are as who is not there."""
        latest = runs.latest(self.store)
        assert latest is not None
        found = {id_: listing.one(self.store, latest, caller.units, id_) for id_ in (*self.units, "nobody")}
        assert {id_ for id_, one in found.items() if one is not None} == mine

    @invariant()
    def the_latest_run_is_the_newest_day(self) -> None:
        """What is asked is always the last night."""
        latest = runs.latest(self.store)
        assert latest is None or latest.identity.as_of == f"2026-08-{self.day:02d}"

    def teardown(self) -> None:
        """Close and remove the store."""
        self.store.dispose()
        self.folder.cleanup()


Lists.TestCase.settings = settings(max_examples=200 if TRIAL else 15, stateful_step_count=16, deadline=None)
TestLists = Lists.TestCase
