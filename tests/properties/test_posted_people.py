"""Posted people have the facts that a company of them has, to the last bit, though no company is made of them."""

import random
from collections import Counter
from typing import Final

import numpy as np
import pytest

from features import posted
from features.days import to_date
from features.facts import Asked, Employed, Facts
from features.grams import BUCKETS
from features.posted import Limits
from features.posted_people import Mixed, Plain
from features.sentiment import WEIGHT_UNIT, Valence
from features.spec import FeatureSpec
from tests import posted_bodies
from tests.posted_equal import LEAVING
from tests.posting import body, people
from tests.served import day, shared_toy

TODAY: Final = day("2026-10-01")
SPEC: Final = FeatureSpec(
    drivers=("growth", "workload"), categories=("goal", "it", "payroll"), signals=("goal", "learning")
)
READER: Final = Valence(np.full(BUCKETS, WEIGHT_UNIT // 50, np.int32), 0)


def assert_alike(found: Facts, expected: Facts) -> None:
    """The same to the last bit."""
    assert (*found.ids,) == (*expected.ids,)
    assert (*found.refused,) == (*expected.refused,)
    assert (*found.managers, *found.units) == (*expected.managers, *expected.units)
    assert found.missing == expected.missing
    assert found.matrix.tobytes() == expected.matrix.tobytes()
    assert {column: days.tolist() for column, days in found.dates.items()} == {
        column: days.tolist() for column, days in expected.dates.items()
    }


@pytest.mark.parametrize("seed", range(6))
def test_random_people(seed: int, *, trial: bool) -> None:
    """Of every form, with sources missing, comments, leaves in any order and traces of leaving; on days of all years."""
    rng = random.Random(seed)
    compared, refused = Counter[type](), set[str | None]()
    for _ in range(1_000 if trial else 60):
        asked = posted.read(posted_bodies.body(rng, rng.choice((1, 1, 3, 9, 9))), TODAY, LEAVING, Limits())
        for part in asked.parts:
            for at in (asked.as_of, rng.randrange(day("2018-01-01"), TODAY)):
                question = Asked(at, SPEC, rng.choice((None, READER)))
                found = part.people.facts(question, slice(0, None))
                assert_alike(found, Employed(part.company).facts(question, slice(0, None)))
                refused |= set(found.refused)
                low, high = sorted(rng.randrange(len(part.entries) + 1) for _ in range(2))
                some = part.people.facts(question, slice(low, high)) if low < high else found
                assert low == high or some.matrix.tobytes() == found.matrix[low:high].tobytes()
                assert low == high or (*some.ids,) == (*found.ids[low:high],)
            compared[type(part.people)] += 1
    print("compared", compared, sorted(str(code) for code in refused))
    assert compared[Plain] > 20
    assert compared[Mixed] > 1
    assert {None, "left", "notice_given", "not_hired_yet"} <= refused


def test_a_whole_company_in_blocks() -> None:
    """Three hundred people as a model sees them: all at once, and block by block."""
    toy = shared_toy()
    spec, valence = toy.bundle.manifest.spec, READER
    for given in ("surveys", "absences", ""):
        asked = posted.read(
            body("2026-09-15", [_without(one, given) for one in people(toy.data)]), TODAY, LEAVING, Limits()
        )
        for part in asked.parts:
            for at in (asked.as_of, asked.as_of - 400):
                question = Asked(at, spec, valence)
                whole = Employed(part.company).facts(question, slice(0, None))
                assert_alike(part.people.facts(question, slice(0, None)), whole)
                some = part.people.facts(question, slice(7, 20))
                assert some.matrix.tobytes() == whole.matrix[7:20].tobytes()
                assert (*some.managers,) == (*whole.managers[7:20],)
    assert str(to_date(asked.as_of)) == "2026-09-15"


def _without(person: dict[str, object], table: str) -> dict[str, object]:
    rows = {name: value for name, value in person.items() if name != table}
    rows["surveys"] = [
        {name: value for name, value in row.items() if name not in {"comment", "language"}}
        for row in rows.get("surveys", ())  # type: ignore[attr-defined]
    ]
    return rows
