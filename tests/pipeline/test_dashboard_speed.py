"""Five years of 50,000 people: the dashboard in well under half a second over HTTP, and what it costs a night."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from features import presence
from features.days import to_date
from features.ingest import Ingested
from features.report import Report
from service.dashboard import kept, part
from service.settings import Settings
from service.store.engine import open_store
from tests.bench import random_company
from tests.published_runs import Person, publish
from tests.running import running

YEARS: Final = 5
SECONDS: Final = 0.5
"""Within which a dashboard is answered."""
CADENCE: Final = (12, 4, 2)


def night(people: int, days: int) -> tuple[kept.Night, int, float]:
    """The dashboard of a random company of so many employments, its day, and how many seconds of the processor it took."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random_company, "LENGTH", days)
        company = random_company.random_company(people, 1)
    day = random_company.FIRST + days - 1
    persons = np.flatnonzero(presence.at_risk(company, day)).astype(np.int32)
    data = Ingested(company, Report((), (), ()), "")
    began = time.process_time()
    found = part.night(data, day, CADENCE, persons)
    return found, day, time.process_time() - began


def test_five_years_are_answered_in_half_a_second(tmp_path: Path, trial: bool, figures: Callable[..., Path]) -> None:
    """Over HTTP, of the whole company and of a unit; the slowest of ten."""
    people = 50_000 if trial else 1_500
    found, day, _ = night(people, 365 * YEARS + 31)
    store = open_store(Settings(home=tmp_path).database_url)
    units = [path for path in found.paths if path]
    rows = [Person(f"E{number:06d}", 0.1, path) for number, path in enumerate(units)]
    publish(store, str(to_date(day)), rows, alongside=[kept.write(found)])
    store.dispose()
    slowest = {}
    with running(tmp_path, "--no-sync") as server:
        server.key_of("leader")
        for unit in ("", units[-1]):
            times = []
            for _ in range(10):
                began = time.perf_counter()
                answer = server.fetch("GET", f"/v1/dashboard?months=60&org_unit={unit}", role="leader")
                times.append(time.perf_counter() - began)
                assert answer.status == 200
                assert len(answer.json["months"]) == 12 * YEARS
            slowest[unit or "the company"] = round(max(times), 4)
    figures("dashboard-http", {"people": people, "months": 12 * YEARS, "slowest of ten, seconds": slowest})
    assert max(slowest.values()) < SECONDS


@pytest.mark.trial
def test_what_it_costs_a_night(figures: Callable[..., Path]) -> None:
    """Three years of 50,000 and of 200,000 employments: seconds of one processor, in which everything is worked out."""
    night(300, 1_096)
    told = {f"{people:,}": round(night(people, 1_096)[2], 2) for people in (50_000, 200_000)}
    figures("dashboard-night", {"seconds of one processor": told})
    assert told["200,000"] < 15
