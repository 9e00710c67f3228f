"""The fast reader of posted people, byte by byte: wherever something stands among eight bytes, it is read as by the exact one."""

import json
import random
from typing import Any, Final

import pytest

from features import contracts, posted_json
from tests.posted_equal import read_alike
from tests.served import day

TODAY: Final = day("2026-10-01")
ENTRY: Final = b'{"as_of":"2026-09-01","employees":[{"employee_id":"E1","hire_date":"2020-01-01",%s}]}'
JOB: Final = b'"job_history":[{"effective_date":"2020-01-01","event":"hire","org_unit":"%s","manager_id":"M%s"}]'
SURVEY: Final = b'"surveys":[{"survey_id":"%s","sent_at":"2024-01-01","driver":"x%s"},{"survey_id":"1","sent_at":"2024-01-01","driver":"x"}]'
COMMENT: Final = b'"surveys":[{"survey_id":"1","sent_at":"2024-01-01","driver":"x","comment":"%s","language":"%s"}]'
ENUM: Final = b'"surveys":[{"survey_id":"1","sent_at":"2024-01-01","driver":"x","survey_type":"%s","attribution":"%s"}]'
ODD: Final = (
    *(bytes((byte,)) for byte in (*range(0x22), 0x23, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF)),
    *(text.encode() for text in ("\\n", '\\"', "\\\\", "\\u0022", "\\u0000", "\\u00e9", "é", "\u00a2", "\u2003", "😀")),
)
"""What may stand in a text, and may not."""


@pytest.mark.parametrize("form", [JOB, SURVEY, COMMENT, ENUM])
def test_odd_bytes_in_texts(form: bytes) -> None:
    """Each behind up to 17 letters and before as many: a name, a key, a comment, an enum's value."""
    read = 0
    for odd in ODD:
        for place in range(18):
            for behind in (b"", b"abcdefghijklmnopq"[: 17 - place]):
                told = b"identifiedabcdefghi"[:place] + odd + behind
                read += read_alike(ENTRY % (form % (told, told)), TODAY) is not None
    print("read", read)
    assert read > 500


def test_names_that_differ_in_one_byte() -> None:
    """Of up to 40 bytes, one changed or one more, all in one request: each person has their own."""
    names = ["n" * size for size in range(1, 41)]
    names += [
        "n" * place + "N" + "n" * (size - place - 1) for size in (1, 8, 9, 16, 17, 24, 40) for place in range(size)
    ]
    people = [
        {
            "employee_id": f"E{number}",
            "hire_date": "2020-01-01",
            "job_history": [{"effective_date": "2020-01-01", "event": "hire", "manager_id": name, "org_unit": name}],
        }
        for number, name in enumerate(names)
    ]
    found = read_alike(json.dumps({"as_of": "2026-09-01", "employees": people}).encode(), TODAY)
    assert found is not None
    assert len(found.employee_ids) == len(names)


def sample(kind: str, values: tuple[str, ...]) -> Any:
    """A good value of a column."""
    day_or_text = {"date": "2021-02-03", "time": "2021-02-03T04:05:06Z", "enum": values[0] if values else ""}
    return day_or_text.get(kind, {"number": 4.5, "integer": 2, "bool": True}.get(kind, "abc"))


@pytest.mark.parametrize("name", posted_json.TABLES)
def test_keys_in_any_order(name: str, *, trial: bool) -> None:
    """Rows with some of their table's columns, null or not, in any order: the key that came last time is only a guess."""
    rng = random.Random(name)
    table = next(table for table in contracts.TABLES if table.name == name)
    columns = [column for column in table.columns if column.name != "employee_id"]
    read = 0
    for _ in range(2_000 if trial else 60):
        rows = []
        for number in range(rng.randrange(12)):
            row = {
                column.name: None if rng.random() < 0.02 else sample(column.kind, column.values)
                for column in columns
                if rng.random() < (0.99 if column.required else 0.6)
            }
            keyed = {key: f"{key}{number}" for key in table.key if key.endswith("_id") and key in row}
            rows.append(dict(rng.sample([*(row | keyed).items()], len(row))))
        person = {"employee_id": "E1", "hire_date": "2020-01-01", name: rows}
        separators = rng.choice(((",", ":"), (", ", ": "), (" ,\n", "\t: ")))
        content = json.dumps({"as_of": "2026-09-01", "employees": [person]}, separators=separators).encode()
        read += read_alike(content, TODAY) is not None
    print("read", read)
    assert read > 20


@pytest.mark.parametrize("bit", range(8))
def test_every_bit_of_the_keys(bit: int) -> None:
    """Each bit of each byte of a row's keys turned over, in the second row, where they are looked for."""
    row = b'{"checkin_id":"%d","manager_id":"M","scheduled_at":"2024-01-01","conversation_type":"what"}'
    for at in range(len(row)):
        changed = bytearray(row % 2)
        if at < len(changed):
            changed[at] ^= 1 << bit
        read_alike(ENTRY % (b'"checkins":[' + row % 1 + b"," + changed + b"]"), TODAY)


@pytest.mark.parametrize("first", ["null", "0", "0.0", "-1e-400", "1", "1.0", "0.30000000000000004", "3e-1"])
@pytest.mark.parametrize("second", ["null", "0", "1e-400", "1.00", "0.3000000000000000400"])
def test_rows_told_apart_by_a_number(first: str, second: str) -> None:
    """Two facts of a day that differ in nothing else, if in that: a null is not nought, and nought has no sign."""
    rows = ",".join(f'{{"occurred_at":"2024-01-01","name":"a","value":{value}}}' for value in (first, second))
    read_alike(ENTRY % f'"signals":[{rows}]'.encode(), TODAY)


@pytest.mark.parametrize(
    "value",
    ["Pulse", "PULSE", "pulse ", " pulse", "pul\\u0073e", "puls\u00e9", "pulsep", "puls", "\u212a", "ex\u0131t"],
)
def test_values_without_regard_to_case(value: str) -> None:
    """Capitals, blanks around it, escapes, and letters that only look alike."""
    read_alike(ENTRY % (ENUM % (value.encode(), b"IDENTIFIED")), TODAY)
