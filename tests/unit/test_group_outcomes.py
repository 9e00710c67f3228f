"""Outcomes for whoever may see no person: counts by unit from which nobody's listing can be worked out."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from sqlalchemy import Engine, select

from service.outcomes.groups import Members, rows
from service.settings import Settings
from service.store.engine import open_store
from service.store.outcome_tables import group_outcomes
from tests.builders import employee
from tests.companies_with_exits import company, left, night
from tests.published_runs import Person

UNITS: Final = ("A", "A/X", "A/Y", "A/Y/1", "B", "B/Z", None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """An empty store."""
    engine = open_store(Settings(home=tmp_path / "home").database_url)
    yield engine
    engine.dispose()


def members(units: Sequence[str | None], listed: list[int], leavers: list[int]) -> Members:
    """People by number: who stands where, who was listed, who left; each at a risk of a tenth."""
    ids = [f"E{n}" for n in range(len(units))]
    flags = [np.array([n in some for n in range(len(units))], dtype=np.bool_) for some in (listed, leavers)]
    return Members(ids, units, np.full(len(units), 0.1), *flags)


def by_unit(found: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """What is said of each unit: people, left, listed, listed who left, expected, why not."""
    names = ("people", "left", "listed", "listed_left", "expected", "withheld")
    return {row["org_unit"]: tuple(row[name] for name in names) for row in found}


def test_a_unit_large_enough_is_told() -> None:
    """Twenty people, six listed, six left of whom four were listed; a tenth each: 0.6 expected."""
    found = rows(members(["A"] * 20, [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 10, 11]), None, judged=True)
    assert by_unit(found) == {"": (20, 6, 6, 4, 0.6, None), "A": (20, 6, 6, 4, 0.6, None)}


@pytest.mark.parametrize(
    "people,listed,leavers,expected",
    [
        (4, [0, 1], [0], (None, None, None, None, None, "too_few")),
        (20, [0, 1, 2, 3], [0, 1, 2, 3, 10], (20, 5, None, None, None, "complement")),
        (20, [], [0, 1, 2, 3, 10], (20, 5, None, None, None, "complement")),
        (20, list(range(16)), [0, 1, 2, 3, 10], (20, 5, None, None, None, "complement")),
        (20, list(range(6)), [0, 1, 2, 10], (20, 4, 6, None, 0.6, "too_few")),
        (20, list(range(6)), [0, 1, 2, 3, 4], (20, 5, 6, None, 0.6, "complement")),
        (20, list(range(6)), [10, 11, 12, 13, 14], (20, 5, 6, None, 0.6, "complement")),
        (20, list(range(6)), list(range(17)), (20, 17, 6, None, 0.6, "too_few")),
    ],
)
def test_what_would_tell_of_a_few_is_withheld(
    people: int, listed: list[int], leavers: list[int], expected: tuple[Any, ...]
) -> None:
    """Too few people, listed, unlisted, leavers or stayers; all or none of either listed: facts stay, the rest goes."""
    assert by_unit(rows(members(["A"] * people, listed, leavers), None, judged=True))["A"] == expected


def test_lists_are_judged_by_one_window_length() -> None:
    """Of another horizon only who left is told."""
    found = rows(members(["A"] * 20, [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 10, 11]), None, judged=False)
    assert by_unit(found)["A"] == (20, 6, None, None, None, "overlap")


def test_a_remainder_tells_of_nobody() -> None:
    """A/Y would leave A with five people of whom none was listed: the smaller of A's parts is withheld with it."""
    units = ["A/X"] * 30 + ["A/Y"] * 20 + ["A"] * 5
    listed = [*range(10), *range(30, 38)]
    found = by_unit(rows(members(units, listed, [*range(5, 15), *range(34, 44)]), None, judged=True))
    assert found["A"][2:4] == (18, 9)
    assert found["A/X"][2:4] == (10, 5)
    assert found["A/Y"][2:] == (None, None, None, "complement")


@pytest.mark.parametrize("moved,expected", [(0, None), (3, "held"), (6, None)])
def test_a_unit_that_changed_by_a_few_is_held(moved: int, expected: str | None) -> None:
    """Nobody, or at least five, came or went since the window that was shown before."""
    now = members(["A"] * 20 + ["B"] * 20, [*range(6), *range(20, 26)], [0, 1, 2, 3, 10, 11, 20, 21, 30, 31, 32, 33])
    before: dict[str, str | None] = {f"E{n}": "A" if n < 20 else "B" for n in range(40)}
    for n in range(moved):
        before[f"E{n}"] = "B"
    found = by_unit(rows(now, before, judged=True))
    assert [found[unit][5] for unit in ("", "A", "B")] == [None, expected, expected]


@pytest.mark.parametrize("seed", range(200))
def test_nobodys_listing_follows_from_all_that_is_told(seed: int) -> None:
    """Exact linear algebra over a random company: no shown sum or difference is a sum over one person, or all or none.

    The unknowns are, of each unit alone, how many of those who left there were listed, and how many of those who did not.
    People of one kind in one unit cannot be told apart, so what is told of any one is told of their kind: a kind of fewer
    than five people may not be determined, nor may any be known to be all or none.
    """
    rng = random.Random(seed)
    units = [rng.choice(UNITS) for _ in range(rng.randint(20, 160))]
    leavers = [n for n in range(len(units)) if rng.random() < 0.4]
    listed = [n for n in range(len(units)) if rng.random() < (0.6 if n in leavers else 0.25)]
    found = rows(members(units, listed, leavers), None, judged=True)
    atoms: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for n, unit in enumerate(units):
        atoms[unit or "", n in leavers].append(n)
    keys = sorted(atoms)
    told, values = [], []
    for row in found:
        inside = [key for key in keys if not row["org_unit"] or f"{key[0]}/".startswith(f"{row['org_unit']}/")]
        if row["listed"] is not None:
            told.append([float(key in inside) for key in keys])
            values.append(row["listed"])
        if row["listed_left"] is not None:
            told.append([float(key in inside and key[1]) for key in keys])
            values.append(row["listed_left"])
    if not told:
        return
    matrix = np.array(told)
    rank = np.linalg.matrix_rank(matrix)
    for place, key in enumerate(keys):
        one = np.zeros(len(keys))
        one[place] = 1.0
        if np.linalg.matrix_rank(np.vstack([matrix, one])) > rank:
            continue
        solved = float(np.linalg.lstsq(matrix.T, one, rcond=None)[0] @ np.array(values, dtype=np.float64))
        assert len(atoms[key]) >= 5
        assert 0.5 < solved < len(atoms[key]) - 0.5


def test_windows_do_not_overlap_and_are_never_worked_out_again(store: Engine, tmp_path: Path) -> None:
    """Of runs at five month ends the first is shown, then the first that begins after its window; a correction waits."""
    ids = [f"E{n:02d}" for n in range(30)]
    ended = [left(one, "2025-02-20") for one in ids[:6]] + [left("E06", "2025-02-21", recorded="2025-07-20")]
    found = company(tmp_path, [*ended, *(employee(one, "2020-01-01") for one in ids[7:])])
    people = [Person(one, 0.1 if n % 2 else 0.01, "A") for n, one in enumerate(ids)]
    days = ("2025-01-15", "2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30")
    for as_of in (*days, "2025-07-31", "2025-08-31"):
        night(store, found, as_of, people if as_of < "2025-02-20" else people[6:])
    query = select(group_outcomes).where(group_outcomes.c.org_unit == "A", group_outcomes.c.horizon == 90)
    with store.connect() as connection:
        shown = connection.execute(query.order_by(group_outcomes.c.as_of)).all()
    assert [(row.as_of, row.worked_out_on) for row in shown] == [
        ("2025-01-31", "2025-05-31"), ("2025-05-31", "2025-08-31"),
    ]  # fmt: skip
    assert (shown[0].people, shown[0].left, shown[0].listed, shown[0].listed_left) == (30, 6, 15, 3)
