"""Random requests for the readers of posted people: of every table, form of a value and oddity, and damaged ones."""

import json
import random
from collections.abc import Callable
from typing import Any

Rows = list[dict[str, Any]]

_TEXTS = (
    "Sales/EMEA",
    "Zürich",
    " M7 ",
    "日本",
    "Σίσυφος",
    "a\u2003b",
    "\u00a0x\u3000",
    "ÄRGER",
    "K",
    "İ",
    "😀",
    'q"uo\\te/',
    "tab\t",
)


def body(rng: random.Random, people: int = 3) -> bytes:
    """A request; most are plainly good, and the more people there are the fewer."""
    value = {
        "as_of": rng.choice(("2026-09-01", "2026-09-01T00:00:00Z", " 2026-09-01 ")),
        "employees": entries(rng, people),
    }
    keys = list(value.items())
    if rng.random() < 0.2:
        keys.reverse()
    separators = rng.choice(((",", ":"), (", ", ": "), (" ,\n", "\t: ")))
    return json.dumps(dict(keys), ensure_ascii=rng.random() < 0.5, separators=separators).encode()


def entries(rng: random.Random, people: int) -> Rows:
    """Employments, some of one employee."""
    return [_entry(rng, f"{rng.choice('Eeé')}{rng.randrange(people * 6)}") for _ in range(people)]


def damaged(rng: random.Random, content: bytes) -> bytes:
    """The bytes with some of them changed, left out, put in or moved."""
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at, other, size = rng.randrange(len(found)), rng.randrange(len(found)), rng.randrange(1, 40)
        kind = rng.randrange(6)
        if kind == 0:
            found[at] = rng.randrange(256)
        elif kind == 1:
            found[at] = rng.choice(b'{}[],:"\\0123456789.eE-+ \n\tntfuTZ')
        elif kind == 2:
            del found[at : at + rng.choice((1, 1, size))]
        elif kind == 3:
            found[at:at] = bytes([rng.choice(b'{}[],:"\\0123456789.eE-+ \n\t')])
        elif kind == 4:
            found[at:at] = found[other : other + size]
        else:
            found[at : at + size] = found[other : other + size]
    return bytes(found)


def _entry(rng: random.Random, id_: str) -> dict[str, Any]:
    entry = _some(
        rng,
        {"employee_id": id_, "hire_date": _date(rng, 2015, 2020)},
        termination_date=lambda: _date(rng, 2021, 2027) if rng.random() < 0.3 else None,
        resignation_date=lambda: _date(rng, 2021, 2026) if rng.random() < 0.2 else None,
        termination_type=lambda: rng.choice(("voluntary", "MUTUAL", "other")),
        exit_recorded_at=lambda: _time(rng, 2020, 2026),
        country=lambda: rng.choice(("DE", 49, "")),
    )
    for name, (make, most) in _TABLES.items():
        if rng.random() < 0.8:
            entry[name] = [make(rng, row) for row in range(rng.randrange(most))]
            if entry[name] and rng.random() < 0.02:
                entry[name].append(dict(entry[name][0]))
    return _odd(rng, entry)


def _odd(rng: random.Random, entry: dict[str, Any]) -> dict[str, Any]:
    """Now and then a null list, an objection, a denied or unknown key."""
    draw = rng.random()
    if draw < 0.03:
        entry["absences"] = None
    elif draw < 0.06:
        entry["objections"] = [{"objected_at": "2025-01-01"}] if draw < 0.045 else []
    elif draw < 0.08:
        entry["gender"] = "x"
    elif draw < 0.16 and entry.get("job_history"):
        entry["job_history"] += [
            _correction(rng, rng.choice(entry["job_history"])) for _ in range(rng.choice((1, 1, 2)))
        ]
    elif draw < 0.18 and entry.get("tickets"):
        entry["tickets"][0][rng.choice(("age", "colour", "employee_id", "score"))] = "x"
    return entry


def _correction(rng: random.Random, job: dict[str, Any]) -> dict[str, Any]:
    """A row with the key of another, most often recorded later."""
    recorded = rng.choice(("2026-08-01", "2026-08-01T09:00:00Z", _time(rng, 2015, 2026), None, job.get("recorded_at")))
    found = {**job, "base_salary": rng.choice((50_000, 61_000.5, job.get("base_salary"))), "recorded_at": recorded}
    return {name: value for name, value in found.items() if value is not None}


def _job(rng: random.Random, _row: int) -> dict[str, Any]:
    return _some(
        rng,
        {
            "effective_date": _date(rng, 2014, 2027),
            "event": rng.choice(("hire", "Transfer", "pay_change", "promotion")),
        },
        manager_id=lambda: rng.choice(("M1", "M2", " M1", *_TEXTS)),
        org_unit=lambda: rng.choice(("A/B", "A", *_TEXTS)),
        job_family=lambda: rng.choice(("Sales", 7)),
        job_title=lambda: rng.choice(_TEXTS),
        job_level=lambda: rng.choice((7, "L7", "Grade 8.5", "L", "3. ", "1.2.3", -4)),
        location=lambda: "Berlin",
        employment_type=lambda: "full_time",
        fte=lambda: rng.choice((1, 0.5, 1.0, 8e-1)),
        base_salary=lambda: _number(rng),
        currency=lambda: "EUR",
        compa_ratio=lambda: round(rng.random() + 0.5, rng.choice((2, 17))),
        recorded_at=lambda: _time(rng, 2014, 2026),
    )


def _survey(rng: random.Random, row: int) -> dict[str, Any]:
    return _some(
        rng,
        {
            "survey_id": f"W{row}",
            "sent_at": _time(rng, 2016, 2022),
            "driver": rng.choice(
                ("enps", " eNPS", "Growth", "growth", "Über", "über", "workload", "sick_note", "MentalHealth")
            ),
        },
        survey_type=lambda: rng.choice(("pulse", "onboarding", "Exit", "engagement", "other")),
        responded_at=lambda: _time(rng, 2022, 2026),
        score=lambda: rng.choice((1, 3, 4.5, 5, rng.random() * 4 + 1)),
        scale_min=lambda: rng.choice((0, 1)),
        scale_max=lambda: rng.choice((5, 7, 10)),
        comment=lambda: rng.choice(("fine", "", "  ", *_TEXTS)),
        language=lambda: rng.choice(("de", "EN-gb", "x", "")),
        attribution=lambda: rng.choice(("Identified", "anonymous", "confidential")),
        org_unit=lambda: rng.choice(("A/B", "C")),
    )


def _ticket(rng: random.Random, row: int) -> dict[str, Any]:
    return _some(
        rng,
        {"ticket_id": f"T{row}", "opened_at": _time(rng, 2015, 2022)},
        first_response_at=lambda: _time(rng, 2023, 2024),
        resolved_at=lambda: _time(rng, 2024, 2026),
        category=lambda: rng.choice(("Payroll", "payroll", "IT", "Final Pay", "legal", "Ärger", 5)),
        priority=lambda: rng.choice(("High", "low")),
        escalated=lambda: rng.random() < 0.5,
        reopen_count=lambda: rng.choice((0, 2, 3.0)),
        csat=lambda: rng.choice((1, 4, 4.5)),
        csat_max=lambda: rng.choice((5, 10)),
    )


def _checkin(rng: random.Random, row: int) -> dict[str, Any]:
    return _some(
        rng,
        {"checkin_id": f"C{row}", "scheduled_at": _time(rng, 2015, 2027)},
        manager_id=lambda: "M1",
        status=lambda: rng.choice(("scheduled", "HELD", "missed", "cancelled")),
        cancelled_by=lambda: rng.choice(("employee", "other")),
        conversation_type=lambda: rng.choice(("what", "how", "Want")),
    )


def _signal(rng: random.Random, _row: int) -> dict[str, Any]:
    return _some(
        rng,
        {
            "occurred_at": _time(rng, 2015, 2026),
            "name": rng.choice(("Learning", "learning", "goal", "Ünit", "sick_days", "K2")),
        },
        value=lambda: _number(rng),
        recorded_at=lambda: _time(rng, 2015, 2026),
    )


def _absence(rng: random.Random, _row: int) -> dict[str, Any]:
    return _some(
        rng, {"start_date": _date(rng, 2015, 2022)}, end_date=lambda: rng.choice((_date(rng, 2022, 2027), "9999-12-31"))
    )


_TABLES = {
    "job_history": (_job, 5),
    "surveys": (_survey, 8),
    "tickets": (_ticket, 4),
    "checkins": (_checkin, 6),
    "signals": (_signal, 5),
    "absences": (_absence, 3),
}


def _some(rng: random.Random, given: dict[str, Any], **more: Callable[[], Any]) -> dict[str, Any]:
    found = given | {name: make() if rng.random() < 0.97 else None for name, make in more.items() if rng.random() < 0.6}
    pairs = list(found.items())
    if rng.random() < 0.2:
        rng.shuffle(pairs)
    return dict(pairs)


def _date(rng: random.Random, first: int, last: int) -> str:
    day = f"{rng.randrange(first, last):04}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    return day + rng.choice(("",) * 12 + ("T00:00:00Z", " 00:00", "T00:00:00.000+00:00", " "))


def _time(rng: random.Random, first: int, last: int) -> str:
    clock = rng.choice(("", "Z", "+05:30", "-0100", ".25Z", ".123456789+01:00"))
    time = f"T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}{clock}"
    return _date(rng, first, last)[:10] + rng.choice(
        ("", time, time, time.lower(), time.replace("T", " "), "T06:30", "T06:30Z")
    )


def _number(rng: random.Random) -> float:
    return rng.choice(
        (0, 12, 12345.5, 1e5, 2.5e-3, 0.1, rng.random(), rng.random() * 1e5, 10 ** rng.randrange(22), 1e-30)
    )
