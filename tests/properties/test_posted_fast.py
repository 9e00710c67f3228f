"""The fast reader of posted people gives what the exact one gives, or nothing."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from features import posted_together
from features.posted_body import Body
from features.posted_people import Plain
from features.posted_types import Limits
from tests import posted_bodies
from tests.posted_equal import LEAVING, read_alike
from tests.served import day

TODAY: Final = day("2026-10-01")
PLAIN: Final = b'{"as_of":"2026-09-01","employees":[{"employee_id":"E1","hire_date":"2020-01-01"%s}]}'


@pytest.mark.parametrize("seed", range(8))
def test_random_requests(seed: int, *, trial: bool) -> None:
    """Requests of one person and of many, of every form: equal; and of one plainly good person none is declined."""
    rng = random.Random(seed)
    read = [read_alike(posted_bodies.body(rng, rng.choice((1, 1, 2, 9))), TODAY) for _ in range(2_000 if trial else 60)]
    print("read", sum(one is not None for one in read), "of", len(read))
    assert sum(one is not None for one in read) > len(read) // 2


@pytest.mark.parametrize("seed", range(4))
def test_damaged_requests(seed: int, *, trial: bool) -> None:
    """Requests with damaged bytes: never a crash, never read where the exact reader refuses."""
    rng = random.Random(seed)
    content = posted_bodies.body(rng, 2)
    read = 0
    for number in range(40_000 if trial else 500):
        if number % 50 == 0:
            content = posted_bodies.body(rng, rng.choice((1, 2)))
        read += read_alike(posted_bodies.damaged(rng, content), TODAY) is not None
    print("read", read)
    assert read > 10


def test_every_byte_changed(*, trial: bool) -> None:
    """Each byte of a small request left out, doubled, or made each of the bytes that JSON is built of (or any byte)."""
    rows = b""","absences":[{"start_date":"2020-01-01"},{"start_date":"2021-01-01","end_date":null}],"signals":[],
        "tickets":[{"ticket_id":"1","opened_at":"2024-01-01T09:00:00Z","escalated":true,"csat":4.5}]"""
    content = PLAIN % rows
    others = [bytes([byte]) for byte in (range(256) if trial else b'{}[],:"\\ 0-.et\0\n')]
    read = 0
    for at in range(len(content)):
        for other in (b"", content[at : at + 1] * 2, *others):
            read += read_alike(content[:at] + other + content[at + 1 :], TODAY) is not None
    print("read", read)
    assert read > 500


def test_nothing_beyond_an_array_is_touched(tmp_path: Path) -> None:
    """The same in a process that checks every index of the compiled code."""
    code = (
        "import random; from tests import posted_bodies; from tests.posted_equal import read_alike\n"
        "rng = random.Random(5)\n"
        "for _ in range(20):\n"
        "    content = posted_bodies.body(rng, 2)\n"
        f"    [read_alike(posted_bodies.damaged(rng, content), {TODAY}) for _ in range(25)]\n"
    )
    told = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "0", "NUMBA_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=told, check=True, timeout=300, cwd=Path.cwd())


@pytest.mark.parametrize(
    "value",
    [
        "0", "-0", "0.0", "-0.0", "1", "-1", "01", "1.", ".5", "1e5", "1E+5", "1e-5", "1e", "1e+", "--1", "+1", "1e22", "1e23",
        "9007199254740992", "9007199254740993", "0.1", "0.30000000000000004", "123456789012345678", "1234567890123456789",
        "1e-22", "1e-23", "5e-324", "1e308", "1e309", "0.000000000000000000000000001", "NaN", "Infinity", "1_0", "0x1", "1 ",
        "null", "true", '""', '" "', '"1"', "[]", "{}", "1e00005", "1e000005", "72057594037927937", "2.5", "1e-400",
    ],
)  # fmt: skip
def test_numbers(value: str) -> None:
    """Every form of a number, good, bad and hard to round, in a number, a whole number and a text."""
    for column in (b'"value":%s', b'"name":%s'):
        row = (
            b'{"occurred_at":"2024-01-01",'
            + (b"" if b"name" in column else b'"name":"a",')
            + column % value.encode()
            + b"}"
        )
        read_alike(PLAIN % (b',"signals":[' + row + b"]"), TODAY)
    ticket = b'{"ticket_id":"1","opened_at":"2024-01-01","reopen_count":%s}' % value.encode()
    read_alike(PLAIN % (b',"tickets":[' + ticket + b"]"), TODAY)


@pytest.mark.parametrize(
    "zone", ["", "Z", "z", "+00:00", "-00:00", "+0000", "+05:30", "-23:59", "+24:00", "+5:30", "+05", "X"]
)
@pytest.mark.parametrize(
    "clock",
    [
        "", "T00:00", "t00:00:00", " 00:00:00", "T00:00:00.0", "T00:00:00.1", "T23:59:59.999999999", "T24:00:00", "T12:60:00",
        "T12:00:60", "T12", "T1:00", "T12:00:00.", "T12:00.5", "T12:00:00.0000000000", "_00:00", "T05:30:00",
    ],
)  # fmt: skip
def test_days_and_times(clock: str, zone: str) -> None:
    """Every form of a time of day and zone, in a date and in a time."""
    for date in ("2024-02-29", "2023-02-29", "2100-02-29", "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01",
                 "9999-12-31", "9999-01-01", "9998-12-31", "0000-01-01", "2024-13-01", "2024-00-01", "2024-1-01"):  # fmt: skip
        value = f'"{date}{clock}{zone}"'.encode()
        read_alike(PLAIN % (b',"absences":[{"start_date":%s}]' % value), TODAY)
        read_alike(PLAIN % (b',"absences":[{"start_date":"1950-01-01","end_date":%s}]' % value), TODAY)
        read_alike(PLAIN % (b',"checkins":[{"checkin_id":"1","scheduled_at":%s}]' % value), TODAY)
        read_alike(PLAIN % (b',"termination_date":%s,"exit_recorded_at":%s' % (value, value)), TODAY)


def test_blanks_are_those_of_unicode() -> None:
    """A character before and after a name is taken off exactly where it is a blank."""
    blanks = [chr(point) for point in range(0x20, 0x3002) if chr(point).isspace()]
    others = ["\u200b", "\u2060", "\ufeff", "\u180e", "\u0301", "\u2027", "\u205e", "\u0084", "\u3001", "😀", "é"]
    for character in [*blanks, *others]:
        name = f"{character}x{character}".encode()
        row = b'{"effective_date":"2020-01-01","event":"hire","manager_id":"%s","org_unit":"%s"}' % (
            name,
            character.encode(),
        )
        assert read_alike(PLAIN % (b',"job_history":[' + row + b"]"), TODAY) is not None, character.encode()


@pytest.mark.parametrize(
    "text",
    ["\\u00fc", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\ud83dx", "\\u0000", "\\x", "\\", "\\u12", "\\u12g4", "\\n", "a\\tb", '\\"',
     "\\/", "\\\\", "\\b\\f\\r", "\\u000a", "\\uD83D\\uDE00", "\\ud83d\\u0041", "\\u03ce\\x", "\n", "\x7f", "\x1f"],
)  # fmt: skip
def test_escapes(text: str) -> None:
    """Every escape, alone and beside others, as a name and as a comment."""
    for value in (text, f"a{text}", f"{text}b"):
        row = b'{"effective_date":"2020-01-01","event":"hire","org_unit":"%s","manager_id":"%s"}' % (
            value.encode(),
            value.encode(),
        )
        survey = (
            b'{"survey_id":"1","sent_at":"2024-01-01","responded_at":"2024-01-02","driver":"x","comment":"%s"}'
            % value.encode()
        )
        read_alike(PLAIN % (b',"job_history":[' + row + b'],"surveys":[' + survey + b"]"), TODAY)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"null", PLAIN, PLAIN % b"" + b"x", PLAIN % b"" + b"\n ", b"\xef\xbb\xbf" + PLAIN % b"",
        PLAIN % b',"employee_id":"E2"', PLAIN % b',"signals":[],"signals":[]', PLAIN % b',"signals":[{},]', PLAIN % b',"signals":[,]',
        PLAIN % b',"signals":{}', PLAIN % b',"signals":null', PLAIN % b",", PLAIN % b',"a":1', PLAIN % b',"salary":[[]]',
        b'{"as_of":"2026-09-01","employees":[]}', b'{"as_of":"2026-09-01","employees":[{}]}', b'{"as_of":null,"employees":[{}]}',
        b'{"employees":[{"employee_id":"E1","hire_date":"2020-01-01"}]}', b'{"as_of":"2026-09-01"}',
        b'{"as_of":"2026-10-03","employees":[{"employee_id":"E1","hire_date":"2020-01-01"}]}',
        (PLAIN % b"")[:-1], PLAIN % b',"country":"\xff"', PLAIN % b',"country":"\xed\xa0\x80"', PLAIN % (b"," + b"[" * 9999),
    ],
)  # fmt: skip
def test_frames(content: bytes) -> None:
    """What stands around the records: equal or declined."""
    read_alike(content, TODAY)


def test_employments_of_one_employee_are_read_exactly() -> None:
    """Two plain entries of one employee: pooled, overlapping, or the same twice; alone and beside another."""
    first = b'{"employee_id":"A","hire_date":"2018-01-01","termination_date":"2019-01-01","signals":[]}'
    other = b'{"employee_id":"B","hire_date":"2018-01-01","signals":[{"occurred_at":"2020-01-01","name":"x"}]}'
    for second in (first.replace(b"2018", b"2020").replace(b"2019", b"2021"), first.replace(b"2018", b"2017"), first):
        for entries in ((first, second), (second, first), (other, first, second), (second, other, first)):
            content = b'{"as_of":"2026-09-01","employees":[' + b",".join(entries) + b"]}"
            assert (read_alike(content, TODAY) is None) == (second is first)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_many_people_some_of_whom_are_not_plain(share: float) -> None:
    """The plainly good and the others become one company for each set of sources, whatever their shares."""
    rng = random.Random(7)
    people = posted_bodies.entries(rng, 120)
    for person in people:
        if rng.random() < share:
            person.setdefault("job_history", []).append({"effective_date": "2020-01-01", "event": "hire", "colour": 1})
    content = json.dumps({"as_of": "2026-09-01", "employees": people}).encode()
    found = read_alike(content, TODAY)
    assert found is None or len(found.employee_ids) == 120


def test_limits() -> None:
    """As many people and rows as may be, and one more."""
    rows = b",".join(b'{"occurred_at":"2024-01-01","name":"a","value":%d}' % number for number in range(4))
    content = PLAIN % (b',"signals":[' + rows + b"]")
    assert read_alike(content, TODAY, Limits(people=1, rows=4)) is not None
    assert read_alike(content, TODAY, Limits(people=1, rows=3)) is None
    two = content.replace(b"[{", b'[{"employee_id":"E2","hire_date":"2020-01-01"},{', 1)
    assert read_alike(two, TODAY, Limits(people=2)) is not None
    assert read_alike(two, TODAY, Limits(people=1)) is None


def test_an_empty_offboarding_category_is_left_to_the_exact_reader() -> None:
    """With it every ticket without a category is a trace."""
    assert posted_together.read(Body.of(PLAIN % b""), TODAY, ("",), Limits()) is None
    assert posted_together.read(Body.of(PLAIN % b""), TODAY, LEAVING, Limits()) is not None


BASE: Final = {"effective_date": "2025-04-01", "event": "pay_change", "base_salary": 40_000}
LATER: Final = {**BASE, "base_salary": 42_000, "recorded_at": "2025-05-02"}


@pytest.mark.parametrize(
    "rows, plain",
    [
        ([BASE, LATER], True),
        ([{**BASE, "recorded_at": "2025-04-20"}, LATER], True),
        ([BASE, LATER, {**BASE, "event": "promotion"}, {**LATER, "event": "promotion"}], True),
        ([LATER, BASE], False),
        ([BASE, {**LATER, "recorded_at": "2025-04-01"}], False),
        ([BASE, BASE], False),
        ([BASE, {**BASE, "base_salary": 41_000}], False),
        ([BASE, LATER, LATER], False),
        ([BASE, LATER, {**LATER, "base_salary": 43_000, "recorded_at": "2025-06-02"}], False),
    ],
)
def test_corrections_of_job_history(rows: list[dict[str, object]], *, plain: bool) -> None:
    """A row recorded after the one whose key it has corrects it; whatever else repeats a key is judged exactly."""
    person = {"employee_id": "E1", "hire_date": "2024-01-08", "job_history": rows}
    found = read_alike(json.dumps({"as_of": "2026-09-15", "employees": [person]}).encode(), TODAY)
    assert found is not None
    assert isinstance(found.parts[0].people, Plain) is plain
