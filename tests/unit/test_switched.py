"""What a unit that is switched off takes with it: by hand, and that nothing told leaves its figure by subtraction."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert

from service.access.scope import within
from service.disclosure.switched import gone
from service.disclosure.tree import FEWEST
from service.outcomes import groups
from service.store.audit_tables import units_off
from service.store.outcome_tables import group_outcomes
from tests import stores


def test_the_smallest_beside_it_goes_as_well() -> None:
    """30 less 12 and 8 is the unit of 10; where five stand right in the unit above, nothing else goes."""
    parts = {"S/A": 10, "S/B": 12, "S/C": 8, "S/C/1": 5}
    assert gone({"": 60, "S": 30, **parts}, ["S/A"]) == {"S/A", "S/C", "S/C/1"}
    assert gone({"": 60, "S": 35, **parts}, ["S/A"]) == {"S/A"}
    assert gone({"": 60, "S": 35, **parts}, []) == set()


def test_a_unit_that_is_nothing_else_goes_with_it() -> None:
    """All of S stands in S/A, so that S tells of it; and the company less T of S."""
    assert gone({"": 21, "S": 11, "S/A": 10, "T": 10}, ["S/A"]) == {"S/A", "S", "T"}
    assert gone({"": 26, "S": 11, "S/A": 10, "T": 10}, ["S/A"]) == {"S/A", "S"}
    assert gone({"": 10, "S": 10}, [""]) == {"", "S"}


def test_what_was_never_told_takes_nothing_along() -> None:
    """It was withheld with enough others before."""
    assert gone({"": 30, "S": 20}, ["T"]) == set()


@pytest.mark.parametrize("seed", range(40))
def test_no_difference_is_its_figure(seed: int) -> None:
    """Random units, some switched off: of each told unit the rest that they are in has five other people or more."""
    rng = np.random.default_rng(seed)
    paths = sorted({"/".join(rng.choice(list("ABC"), rng.integers(1, 4))) for _ in range(12)})
    here = {path: int(rng.choice([0, 0, 3, 5, 9])) for path in paths}
    told = {path: sum(n for one, n in here.items() if within(one, path)) for path in ["", *paths]}
    told = {path: people for path, people in told.items() if people >= FEWEST}
    off = [path for path in paths if rng.random() < 0.2]
    left = set(told) - gone(told, off)
    assert not any(within(path, one) for path in left for one in off)
    for path in left:
        below = [one for one in left if one != path and within(one, path)]
        rest = {
            one: n for one, n in here.items() if within(one, path) and not any(within(one, other) for other in below)
        }
        hidden = sum(n for one, n in rest.items() if any(within(one, other) for other in off if other in told))
        assert hidden == 0 or sum(rest.values()) - hidden >= FEWEST


@pytest.mark.parametrize("kind", stores.KINDS)
def test_lists_from_before_are_not_told(kind: str, tmp_path: Path) -> None:
    """A is switched off in June: of the window of May its list and B's are gone, of August's none."""
    with stores.settings(kind, tmp_path / "home") as given, stores.opened(given) as store:
        rows = [
            {"as_of": as_of, "horizon": 90, "org_unit": unit, "people": people, "left": 10, "listed": 20, "worked_out_on": "x"}
            for as_of in ("2026-05-31", "2026-08-31")
            for unit, people in (("", 100), ("A", 60), ("B", 40))
        ]  # fmt: skip
        with store.begin() as connection:
            connection.execute(insert(group_outcomes), rows)
            connection.execute(insert(units_off).values(path="A", off_at="2026-06-10T08:00:00.000Z"))
        told = {(row["as_of"], row["org_unit"]): row for row in groups.stored(store, ["", "A", "B"], 90, 10)}
    assert {one for one, row in told.items() if row["listed"] is None} == {("2026-05-31", "A"), ("2026-05-31", "B")}
    assert {row["withheld"] for row in told.values() if row["listed"] is None} == {"unit_switched_off"}
    assert {row["people"] for row in told.values()} == {100, 60, 40}
