"""How fast a list's first page is: over HTTP, with its access log written first, beside a bare SELECT of the same rows.

    python -m tests.bench.bench_lists [--people 200000] [--rounds 30]

Two runs of invented people are published to SQLite in a home of its own, so that every row has a change to tell. The bare
SELECT reads fifty rows in the order of the risk, from the same file, by Python's own driver. They take turns; times are
medians, in milliseconds.
"""

import argparse
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from service.settings import Settings
from service.store.engine import open_store
from tests.published_runs import NEWEST, Person, publish
from tests.running import Server, running

ROOT: Final = Path(__file__).parents[2]
DAYS: Final = ("2026-08-01", "2026-09-01")
PAGES: Final = {
    "first page, whole company": "/v1/risk-list?limit=50",
    "first page, a unit of a thousandth": "/v1/risk-list?limit=50&org_unit=D3/U33/T333",
    "a list of 15, whole company": "/v1/risk-list?capacity=15",
    "first page as CSV": "/v1/risk-list?limit=50",
}
BARE: Final = "SELECT * FROM scores WHERE run = (SELECT max(id) FROM runs) ORDER BY risk_90 DESC LIMIT 50"


def fill(home: Path, people: int) -> None:
    """Publish two runs of so many people, whose risks moved a little between them."""
    generator = np.random.default_rng(1)
    store = open_store(Settings(home=home).database_url)
    risks = generator.beta(1, 20, people)
    for as_of in DAYS:
        moved = np.clip(risks * np.exp(generator.normal(0, 0.1, people)), 1e-4, 0.99).tolist()
        publish(store, as_of, [invented(number, risk) for number, risk in enumerate(moved)])
    store.dispose()


def invented(number: int, risk: float) -> Person:
    """A person of one of a thousand teams."""
    reasons = {f"feature_{place}": 0.3 - 0.05 * place for place in range(5)}
    unit = f"D{number % 10}/U{number % 100}/T{number % 1000}"
    return Person(f"E{number:06d}", risk, unit, reasons, NEWEST)


def milliseconds(act: Callable[[], object]) -> float:
    """How long it took once."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e3


def asked(server: Server, name: str) -> None:
    """Ask for a page once."""
    accept = {"Accept": "text/csv"} if name.endswith("CSV") else {}
    reply = server.fetch("GET", PAGES[name], headers=accept)
    assert reply.status == 200, reply.content


def measure(home: Path, rounds: int) -> dict[str, float]:
    """Medians by name, those asking in turn."""
    connection = sqlite3.connect(home / "retention.db")
    took: dict[str, list[float]] = {}
    with running(home, "--no-sync") as server:
        acts: dict[str, Callable[[], object]] = {name: partial(asked, server, name) for name in PAGES}
        acts = {"bare SELECT": lambda: connection.execute(BARE).fetchall(), **acts}
        for act in acts.values():
            act()
        for _ in range(rounds):
            for name, act in acts.items():
                took.setdefault(name, []).append(milliseconds(act))
    connection.close()
    return {name: round(statistics.median(times), 2) for name, times in took.items()}


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=30)
    asked_for = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="retention-lists-") as folder:
        fill(Path(folder), asked_for.people)
        found = measure(Path(folder), asked_for.rounds)
    for name, took in found.items():
        print(f"{name:36} {took:8.2f} ms   {took / found['bare SELECT']:6.1f} x bare SELECT")
    into = ROOT / ".retention" / "bench"
    into.mkdir(parents=True, exist_ok=True)
    (into / "lists.json").write_text(json.dumps({"people": asked_for.people, "milliseconds": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
