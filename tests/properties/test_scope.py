"""Whoever asks, whatever they ask, and whatever changes meanwhile: nobody outside the caller's units is ever shown.

The expected scope is worked out here, segment by segment, from the unit each person was given.
"""

import tempfile
from pathlib import Path
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from service.access.keys import Caller
from service.audit.blocks import Blocked
from service.errors import NotFoundError
from service.lists import rows, sized
from service.lists.rises import Rise
from service.lists.view import view
from service.settings import Settings
from service.store import listing, runs
from service.store.engine import open_store
from tests.conftest import TRIAL
from tests.published_runs import Person, publish

SEGMENTS: Final = ("A", "a", "AB", "A-", "A0", "%", "_", "B")
UNITS: Final = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join)
RISKS: Final = st.sampled_from([0.001, 0.04, 0.06, 0.12, 0.3])


def inside(path: str | None, unit: str) -> bool:
    """Whether the unit's segments are the first of the path's."""
    if not unit:
        return True
    wanted = unit.split("/")
    return path is not None and path.split("/")[: len(wanted)] == wanted


class Lists(RuleBasedStateMachine):
    """People move, runs are published, callers of any unit ask in any way."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(Settings(home=Path(self.folder.name)).database_url)
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

    @precondition(lambda self: self.day < 20)
    @rule(
        unit=st.just("") | UNITS,
        asked=st.just("") | UNITS,
        horizon=st.sampled_from([30, 90, 365]),
        capacity=st.integers(1, 9),
    )
    def ask(self, unit: str, asked: str, horizon: int, capacity: int) -> None:
        """A list in pages, a sized one, warnings and every single person, for one caller."""
        caller = Caller("test", "hrbp", unit)
        expected = {
            id_
            for id_, path in self.units.items()
            if inside(path, unit) and inside(path, asked) and self.risks[id_] is not None
        }
        try:
            seen = view(self.store, caller, Blocked(), asked)
        except NotFoundError:
            assert asked
            return
        population = seen.population(horizon)
        pages = [listing.ranked(self.store, population, 3, start) for start in range(0, 12, 3)]
        shown = [person.scored.employee_id for page in pages for person in page]
        assert sorted(shown) == sorted(expected)
        assert listing.size(self.store, population) == len(expected)
        few = sized.sized(self.store, population, capacity, seen.before, ())
        assert {person.scored.employee_id for person in few} <= expected
        assert len(few) <= capacity
        assert {person.scored.employee_id for person, _, _ in listing.rose(self.store, population)} == expected
        told = rows.listed(self.store, population, seen.before, pages[0])
        assert {row.person.scored.employee_id for row in told} <= expected
        self.single(caller, expected)

    def single(self, caller: Caller, expected: set[str]) -> None:
        """One person after the other."""
        latest = runs.latest(self.store)
        assert latest is not None
        for id_, path in self.units.items():
            found = listing.one(self.store, latest, caller.units, id_)
            assert (found is not None) == inside(path, caller.org_unit)
        assert listing.one(self.store, latest, caller.units, "nobody") is None
        assert expected <= set(self.units)

    @invariant()
    def the_latest_run_is_the_newest_day(self) -> None:
        """What is asked is always the last night."""
        latest = runs.latest(self.store)
        assert latest is None or latest.identity.as_of == f"2026-08-{self.day:02d}"

    def teardown(self) -> None:
        """Close and remove the store."""
        self.store.dispose()
        self.folder.cleanup()


Lists.TestCase.settings = settings(max_examples=200 if TRIAL else 25, stateful_step_count=12, deadline=None)
TestLists = Lists.TestCase
