"""A stream of posted people: its head, its lines, and what one bad line may do to the others: nothing."""

import json
from typing import Any, Final

import pytest

from features.faults import Fault, FaultsError, MalformedError
from features.posted_stream import Block, Stream
from features.posted_types import Limits
from tests.served import day

TODAY: Final = day("2026-10-01")
HEAD: Final = b'{"as_of": "2026-09-01"}'


def line(id_: str, hire: str = "2020-01-01", **more: Any) -> bytes:
    """One person."""
    return json.dumps({"employee_id": id_, "hire_date": hire, **more}).encode()


def blocks(lines: list[bytes], size: int, limits: Limits | None = None) -> list[Block]:
    """The lines, pushed so many at a time."""
    stream = Stream(HEAD, TODAY, (), limits or Limits())
    found = [stream.push(lines[start : start + size]) for start in range(0, len(lines), size)]
    return [block for block in (*found, stream.end()) if block is not None]


def told(lines: list[bytes], size: int, limits: Limits | None = None) -> list[str | tuple[Fault, ...]]:
    """For each line the employee it was read as, or its faults."""
    answers: list[str | tuple[Fault, ...]] = []
    for block in blocks(lines, size, limits):
        here: dict[int, str | tuple[Fault, ...]] = dict(block.faults)
        here |= dict(zip(block.places, block.posted.employee_ids, strict=True))
        assert sorted(here) == list(range(block.lines))
        answers += [here[place] for place in range(block.lines)]
    return answers


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_every_line_is_answered_in_its_place_however_it_is_cut(size: int) -> None:
    """Good lines, a broken one, one without form, one of an earlier employee, and one given twice."""
    lines = [
        line("A"),
        b'{"employee_id": "B", "hire_date"',
        line("C", tickets=[{"ticket_id": 5, "opened_at": "soon"}]),
        line("D", "2020-01-01", termination_date="2021-01-01"),
        line("D", "2022-01-01"),
        line("D", "2022-01-01"),
        line("A", "2023-01-01"),
        line("E"),
    ]
    rules = [
        answer if isinstance(answer, str) else [(fault.pointer, fault.rule) for fault in answer]
        for answer in told(lines, size)
    ]
    assert rules == [
        "A",
        [("", "not JSON")],
        [("/tickets/0/ticket_id", "not an id"), ("/tickets/0/opened_at", "not a time")],
        "D",
        "D",
        [("", "duplicate key")],
        [("/employee_id", "duplicate key")],
        "E",
    ]


def test_employments_of_one_employee_are_read_together() -> None:
    """Two lines of one employee, pushed apart, become one employee of two employments."""
    lines = [line("D", "2020-01-01", termination_date="2021-01-01"), line("D", "2022-01-01"), line("E")]
    first, second = blocks(lines, 1)
    assert (first.lines, second.lines) == (2, 1)
    people = first.posted.parts[0].company.people
    assert people.employee.tolist() == [0, 0]
    assert people.next_hire[0] == day("2022-01-01")


def test_a_broken_rule_refuses_its_person_alone() -> None:
    """A record that breaks a rule is no fault of the line: the person is invalid."""
    (block,) = blocks([line("A", absences=[{"start_date": "2021-01-02", "end_date": "2021-01-01"}]), line("B")], 9)[:1]
    assert block.posted.invalid == {0: "Table absences, row 1, column end_date: before start_date."}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_too_many_lines_of_one_employee_are_not_held_back(size: int) -> None:
    """What may be held back has a bound; what comes after it is told of."""
    lines = [line("D", f"20{year}-01-01", termination_date=f"20{year}-02-01") for year in (10, 11, 12)]
    assert [isinstance(answer, str) for answer in told(lines, size, Limits(people=2))] == [True, True, False]


@pytest.mark.parametrize(
    "head, error",
    [
        (b"[]", FaultsError),
        (b"{", MalformedError),
        (b'{"as_of": "2026-09-01", "as_of": "2026-09-01"}', MalformedError),
        (b'{"as_of": "2026-09-01", "employees": []}', FaultsError),
        (b'{"as_of": "2026-10-03"}', FaultsError),
        (b"{}", FaultsError),
    ],
)
def test_a_head_is_judged_as_a_request_is(head: bytes, error: type[Exception]) -> None:
    """No JSON, no day, a day after tomorrow, or more than a head."""
    with pytest.raises(error):
        Stream(head, TODAY, (), Limits())
