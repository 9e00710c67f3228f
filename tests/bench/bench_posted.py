"""How fast posted people are read: the compiled reader beside the exact one, in one run.

    python -m tests.bench.bench_posted [--rounds 7]

One person with 60 records, a thousand such people in one request and as lines of a stream, and a thousand random people
of whom some are not plainly good. The readers take turns, so that a busy machine is busy for both, and what they give is
compared to the last bit before anything is timed. Times are medians of rounds, in microseconds a person.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from features import posted, posted_exact
from features.posted_stream import Stream
from features.posted_types import Limits
from tests import posted_bodies
from tests.posted_equal import LEAVING, read_alike
from tests.served import day

ROOT: Final = Path(__file__).parents[2]
TODAY: Final = day("2026-11-01")
HEAD: Final = b'{"as_of": "2026-11-01"}'
PEOPLE: Final = 1_000


def person(number: int) -> dict[str, Any]:
    """A person with 60 records, about 10 kB."""
    months = [f"{2025 + month // 12}-{month % 12 + 1:02}" for month in range(22)]
    jobs: list[dict[str, Any]] = [
        {"effective_date": "2021-04-01", "event": "hire", "manager_id": f"M{number % 50}", "org_unit": "Sales/EMEA/T1",
         "job_family": "Sales", "job_level": "L3", "location": "Berlin", "fte": 1, "base_salary": 60000, "compa_ratio": 0.95},
        {"effective_date": "2023-04-01", "event": "promotion", "job_level": "L4"},
        {"effective_date": "2024-04-01", "event": "pay_change", "base_salary": 64000, "compa_ratio": 0.98},
        {"effective_date": "2025-09-01", "event": "manager_change", "manager_id": "M8"},
    ]  # fmt: skip
    surveys = [
        {"survey_id": f"pulse-{month}", "survey_type": "pulse", "sent_at": f"{month}-01T09:00:00Z",
         "responded_at": f"{month}-02T10:00:00Z", "driver": driver, "score": 3, "scale_min": 1, "scale_max": 5}
        for month in months[-4:] for driver in ("enps", "workload", "growth", "recognition")
    ]  # fmt: skip
    tickets = [
        {"ticket_id": f"T{place}", "opened_at": f"{month}-03T08:00:00Z", "first_response_at": f"{month}-03T12:00:00Z",
         "resolved_at": f"{month}-05T12:00:00Z", "category": "payroll", "priority": "normal", "escalated": False,
         "reopen_count": 0, "csat": 4}
        for place, month in enumerate(months[:8])
    ]  # fmt: skip
    checkins = [
        {"checkin_id": f"C{place}", "manager_id": "M8", "scheduled_at": f"{months[place % 22]}-12T09:00:00Z",
         "held_at": f"{months[place % 22]}-12T09:30:00Z", "status": "held", "conversation_type": "what"}
        for place in range(24)
    ]  # fmt: skip
    signals = [{"occurred_at": f"{month}-20", "name": "learning_hours", "value": 2.5} for month in months[:8]]
    return {"employee_id": f"E{number:05}", "hire_date": "2021-04-01", "job_history": jobs, "surveys": surveys,
            "tickets": tickets, "checkins": checkins, "signals": signals, "absences": []}  # fmt: skip


def request(people: list[dict[str, Any]]) -> bytes:
    """The people in one request."""
    return json.dumps({"as_of": "2026-11-01", "employees": people}).encode()


def mixed() -> bytes:
    """Random people; what would refuse the request as a whole is left out."""
    rng = random.Random(1)
    found: list[dict[str, Any]] = []
    while len(found) < PEOPLE:
        (one,) = posted_bodies.entries(rng, 1)
        one["employee_id"] = f"R{len(found)}"
        if posted.read(request([one]), TODAY, LEAVING, Limits()).as_of:
            found.append(one)
    return request(found)


def streamed(lines: list[bytes]) -> int:
    """The lines, read 200 at a time; how many were good."""
    stream = Stream(HEAD, TODAY, LEAVING, Limits())
    blocks = [*(stream.push(lines[start : start + 200]) for start in range(0, len(lines), 200)), stream.end()]
    return sum(len(block.places) for block in blocks if block is not None)


def seconds(work: Callable[[], object], times: int) -> float:
    """One call's time, of several."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def main() -> None:
    """Compare, take turns, print the table and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    people = [person(number) for number in range(PEOPLE)]
    one, many, random_people = request(people[:1]), request(people), mixed()
    for body in (one, many, random_people):
        if read_alike(body, TODAY) is None:
            raise SystemExit("the compiled reader declines what it should read")
    lines = [json.dumps(entry).encode() for entry in people]
    cases: dict[str, tuple[Callable[[], object], Callable[[], object], int, int]] = {
        f"1 person, {len(one)} bytes": (*_both(one), 1, 200),
        f"{PEOPLE} people": (*_both(many), PEOPLE, 1),
        f"{PEOPLE} lines": (
            lambda: streamed(lines),
            lambda: posted_exact.read(many, TODAY, LEAVING, Limits()),
            PEOPLE,
            1,
        ),
        f"{PEOPLE} random people": (*_both(random_people), PEOPLE, 1),
    }
    figures: dict[str, dict[str, float]] = {}
    print(f"{'microseconds a person':<28}{'compiled':>10}{'exact':>10}{'ratio':>8}")
    for name, (fast, exact, count, times) in cases.items():
        took = [(seconds(fast, times), seconds(exact, max(1, times // 10))) for _ in range(rounds)]
        mine, theirs = (1e6 * statistics.median(column) / count for column in zip(*took, strict=True))
        figures[name] = {"compiled": mine, "exact": theirs, "ratio": theirs / mine}
        print(f"{name:<28}{mine:>10.1f}{theirs:>10.1f}{theirs / mine:>8.1f}")
    path = ROOT / ".retention" / "bench" / "posted.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nFigures: {path.relative_to(ROOT)}")


def _both(body: bytes) -> tuple[Callable[[], object], Callable[[], object]]:
    return (
        lambda: posted.read(body, TODAY, LEAVING, Limits()),
        lambda: posted_exact.read(body, TODAY, LEAVING, Limits()),
    )


if __name__ == "__main__":
    main()
