"""A few plainly good people have the facts that they have by all other means, to the last bit, whoever came before them."""

import json
import random
from collections import Counter
from typing import Any, Final

import numpy as np
import pytest

from features import posted
from features.facts import Asked, Facts
from features.grams import BUCKETS
from features.posted import Limits
from features.posted_few import Few, Read
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
MOST: Final = 8
SIZE: Final = 65_536


def reader(valence: Valence | None = None, spec: FeatureSpec = SPEC, limits: Limits | None = None) -> Few:
    """A reader of at most `MOST` people."""
    return Few(
        spec,
        reads_comments=valence is not None,
        leaving=LEAVING,
        limits=limits or Limits(),
        people=MOST,
        size=SIZE,
    )


def alike(found: Read, content: bytes, valence: Valence | None, spec: FeatureSpec = SPEC) -> int:
    """Compare what was read with what the usual way gives; the number of people."""
    asked = posted.read(content, TODAY, LEAVING, Limits())
    assert (found.as_of, found.left_out, tuple(found.facts.ids)) == (asked.as_of, asked.left_out, asked.employee_ids)
    assert not asked.invalid
    for part in asked.parts:
        expected = part.people.facts(Asked(asked.as_of, spec, valence), slice(0, None))
        rows = list(part.entries)
        assert row(found.facts, rows) == row(expected, list(range(len(rows))))
    return len(asked.employee_ids)


def row(facts: Facts, rows: list[int]) -> Any:
    """Some people's facts, in a form that can be compared bit by bit."""
    lists = [[of[one] for one in rows] for of in (facts.ids, facts.refused, facts.managers, facts.units)]
    dates = {column: days[rows].tolist() for column, days in facts.dates.items()}
    return lists, dates, facts.missing, facts.matrix[rows].tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_random_people(seed: int, *, trial: bool) -> None:
    """Of every form, one request after the other; some are left to other means, and damaged ones always are."""
    rng = random.Random(seed)
    few = {False: reader(), True: reader(READER)}
    compared = Counter[int]()
    for _ in range(4_000 if trial else 250):
        content = without_comments(rng, posted_bodies.body(rng, rng.choice((1, 1, 1, 2, 2, 12))))
        if rng.random() < 0.1:
            content = posted_bodies.damaged(rng, content)
        valence = rng.choice((None, READER))
        found = few[valence is not None].read(content, TODAY)
        if found is None:
            compared[0] += 1
            continue
        compared[alike(found, content, valence)] += 1
    print("compared", compared)
    assert compared[1] > 40
    assert compared[2] > 0
    assert compared[0] > 40


def test_a_whole_company_one_by_one() -> None:
    """Three hundred people as a model sees them, alone and some together: nearly all are read so."""
    toy = shared_toy()
    spec, few, all_ = toy.bundle.manifest.spec, reader(READER, toy.bundle.manifest.spec), people(toy.data)
    lots = [all_[at : at + size] for size in (1, 3) for at in range(0, 300, size)]
    read, rng = 0, random.Random(1)
    for lot in lots:
        content = without_comments(rng, body("2026-09-15", lot))
        found = few.read(content, TODAY)
        read += found is not None
        if found is not None:
            alike(found, content, READER, spec)
    print("read", read, "of", len(lots))
    assert read > len(lots) * 0.8


def without_comments(rng: random.Random, content: bytes) -> bytes:
    """Most requests without their comments, which are read by other means."""
    if rng.random() < 0.1:
        return content
    asked = json.loads(content)
    for one in asked["employees"]:
        for survey in one.get("surveys") or ():
            survey.pop("comment", None)
    return json.dumps(asked, ensure_ascii=rng.random() < 0.5).encode()


def entry(**more: Any) -> dict[str, Any]:
    """A person of few records."""
    return {"employee_id": "E1", "hire_date": "2024-01-08", **more}


def ticket(number: int, category: str) -> dict[str, Any]:
    """A ticket of that category."""
    return {"ticket_id": f"T{number}", "opened_at": "2026-05-05T10:00:00Z", "category": category, "priority": "Urgent"}


def test_more_names_than_there_is_room_for() -> None:
    """Thousands of categories in requests that follow each other are learned, forgotten and learned again."""
    few = reader()
    for turn in range(60):
        names = [f"Kind {turn * 50 + number}{'x' * (number % 40)}" for number in range(50)] + [
            "Payroll",
            "IT",
            "health",
        ]
        content = body("2026-09-15", [entry(tickets=[ticket(number, name) for number, name in enumerate(names)])])
        found = few.read(content, TODAY)
        assert found is not None
        alike(found, content, None)


def test_names_that_never_fit_are_left_to_other_means() -> None:
    """A request with more names than there is room for is not read so, and those after it are."""
    few = reader()
    many = body("2026-09-15", [entry(tickets=[ticket(number, "y" * 40 + str(number)) for number in range(450)])])
    assert few.read(many, TODAY) is None or len(many) < SIZE
    wide = body("2026-09-15", [entry(tickets=[ticket(number, "z" * 9_000 + str(number)) for number in range(5)])])
    assert few.read(wide, TODAY) is None
    plain = body("2026-09-15", [entry(tickets=[ticket(1, "IT")])])
    found = few.read(plain, TODAY)
    assert found is not None
    alike(found, plain, None)


def test_limits() -> None:
    """More people, more rows or more bytes than asked for, a later day, the same person twice: left to other means."""
    one = entry(job_history=[])
    few = reader(limits=Limits(people=5, rows=2))
    several = [{**one, "employee_id": f"E{number}"} for number in range(6)]
    assert few.read(body("2026-09-15", several[:5]), TODAY) is not None
    assert few.read(body("2026-09-15", several), TODAY) is None
    assert reader().read(body("2026-09-15", [{**one, "employee_id": f"E{n}"} for n in range(MOST + 1)]), TODAY) is None
    assert few.read(body("2026-09-15", [one, one]), TODAY) is None
    rows = [{"start_date": f"2026-02-0{number}", "end_date": "2026-03-01"} for number in range(1, 4)]
    assert few.read(body("2026-09-15", [entry(absences=rows[:2])]), TODAY) is not None
    assert few.read(body("2026-09-15", [entry(absences=rows)]), TODAY) is None
    assert few.read(body("2026-10-03", [one]), TODAY) is None
    assert few.read(body("2026-09-15", [one]) + b" " * SIZE, TODAY) is None
    assert few.read(b"", TODAY) is None


@pytest.mark.parametrize("text", ["Kanarienvogel", "Kanarienvogel\n\\", "Kanarienvogel \N{BIRD}", "\N{BIRD}"])
def test_nothing_is_kept_of_who_was_asked_about(text: str) -> None:
    """After a request no byte of its ids and units is held, written plainly or with escapes; read again, it is the same."""
    few = reader()
    jobs = [{"effective_date": "2024-01-08", "event": "hire", "manager_id": text * 2, "org_unit": text * 3}]
    escaped = body("2026-09-15", [entry(job_history=jobs) | {"employee_id": text}])
    for content in (escaped, json.dumps(json.loads(escaped), ensure_ascii=False).encode()):
        found = few.read(content, TODAY)
        assert found is not None
        assert (found.facts.ids, found.facts.managers, found.facts.units) == ([text], [text * 2], [text * 3])
        held = bytes(few._memory)
        assert text.encode()[:8] not in held
        assert not any(held[-SIZE:])
