"""Nothing that became known after a day has a say in that day's numbers, nor in any earlier day's.

The raw tables are cut back to what was known, or given another future, pushed through the door again, and everything
computed anew: features, presence, refusals, exits, columns. All of it must be the same to the last bit.
"""

import datetime as dt
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features import presence
from features.build import build
from features.catalogue import catalogue
from features.company import Company
from features.days import month_ends, to_date, to_day
from features.spec import feature_spec
from tests import companies
from tests.companies import FIRST, LAST, SPEC, Key, Tables
from tests.conftest import SEED, TRIAL
from tests.hindsight import another_future, as_known_on

SEEDS = range(SEED, SEED + (25 if TRIAL else 3))
REPLAYS = 6 if TRIAL else 3
NAMES = tuple(feature.name for feature in catalogue(SPEC))


@dataclass
class Case:
    """A company, its raw tables, and the days on which it is looked at again."""

    seed: int
    tables: Tables
    arrays: Company
    days: list[dt.date]


@pytest.fixture(scope="module", params=SEEDS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A generated company, and random days: one of them a month end, the others any."""
    seed, rng = request.param, random.Random(request.param)
    tables = companies.company(seed, people=60)
    folder = tmp_path_factory.mktemp("replay") / "data"
    days = [companies.day_in(rng, FIRST + dt.timedelta(days=300), LAST) for _ in range(REPLAYS - 1)]
    return Case(seed, tables, companies.through_the_door(folder, tables), [dt.date(2024, 5, 31), *days])


def landmarks(t: dt.date) -> list[dt.date]:
    """Month ends up to `t`, every third of them, the day before `t`, and `t`."""
    ends = [to_date(end) for end in month_ends(to_day(FIRST), to_day(t) - 2)]
    return [*ends[::3], t - dt.timedelta(days=1), t]


def said(arrays: Company, t: dt.date) -> dict[str, Any]:
    """All that is said of the days up to `t` by what was known on them; keyed by employment, not by place."""
    days = landmarks(t)
    names = companies.keys(arrays)
    everybody = np.arange(len(names), dtype=np.int32)
    found: dict[str, Any] = {"spec": feature_spec(arrays, to_day(t)), "from": presence.observed_from(arrays, to_day(t))}
    rows = sorted(companies.hired_by(arrays, days))
    matrix = build(arrays, SPEC, companies.snapshots(arrays, rows))
    for column, name in enumerate(NAMES):
        found[name] = dict(zip(rows, matrix[:, column].view(np.uint32).tolist(), strict=True))
    for day in days:
        there, refused = presence.at_risk(arrays, to_day(day)), presence.no_score(arrays, everybody, to_day(day))
        dated = np.full(len(names), to_day(day), np.int32)
        usable = presence.trainable(arrays, to_day(t), everybody, dated)
        known = presence.exits(arrays, to_day(day))
        for place, key in enumerate(names):
            if key[1] <= day:
                exit_ = int(known.day[place]), int(known.kind[place]), int(known.known[place])
                found[f"presence of {key} on {day}"] = bool(there[place]), refused[place], bool(usable[place]), exit_
    return found


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[Any]:
    """Name what two tellings disagree about."""
    return sorted({str(name) for name in one.keys() | other.keys() if one.get(name) != other.get(name)})


def test_hiding_the_future_changes_nothing(case: Case, tmp_path: Path) -> None:
    """Computed from what was known on a day alone, that day and all before it are the same to the last bit."""
    for t in case.days:
        then = companies.through_the_door(tmp_path / str(t), as_known_on(case.tables, t))
        assert differences(said(case.arrays, t), said(then, t)) == [], t


def test_another_future_changes_nothing(case: Case, tmp_path: Path) -> None:
    """Other exits, answers, corrections, late records and newcomers after a day leave it and all before it alone."""
    for place, t in enumerate(case.days):
        other = another_future(case.tables, t, seed=case.seed * 10 + place)
        assert differences(said(case.arrays, t), said(companies.through_the_door(tmp_path / str(t), other), t)) == [], t


def test_another_future_is_another_future(case: Case, tmp_path: Path) -> None:
    """The futures of these tests do differ: some months later, most columns tell them apart."""
    t = dt.date(2024, 5, 31)
    later = t + dt.timedelta(days=150)
    arrays = companies.through_the_door(tmp_path / "other", another_future(case.tables, t, seed=case.seed))
    both = sorted(set(hired(case.arrays, later)) & set(hired(arrays, later)))
    one, other = (build(a, SPEC, companies.snapshots(a, [(key, later) for key in both])) for a in (case.arrays, arrays))
    moved = [name for column, name in enumerate(NAMES) if not np.array_equal(one[:, column], other[:, column])]
    assert len(moved) > 0.9 * len(NAMES)


def hired(arrays: Company, t: dt.date) -> list[Key]:
    """The employments hired by `t`."""
    return [key for key in companies.keys(arrays) if key[1] <= t]
