"""Random companies published run after run, and everything asked for that leaders and scientists may ask for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.hazard import HORIZONS
from service.access.keys import Caller, add_key
from service.app import create_app
from service.settings import Settings
from service.store.engine import open_store
from tests.answers import Answers, Night
from tests.moving import Company
from tests.posting import Client
from tests.recorded import HIRED, Records
from tests.served import day
from tests.staffed import Member, publish

DAYS: Final = ("2026-05-31", "2026-06-01", "2026-08-31", "2026-09-01", "2026-12-15", "2026-12-16")
"""Three times two consecutive runs: windows of outcomes begin with the first and the third, and close before the fifth."""
FIRST: Final = 2
"""Number of the first run that has records of the month."""
MOVES: Final = ("2026-06-01", "2026-08-25", "2026-09-01", "2026-12-01", "2026-12-16")
"""Days on which people came, went and moved between the runs."""


def told(seed: int, home: Path, days: Sequence[str] = DAYS) -> Answers:
    """Publish the runs of these days and ask for every unit, horizon and page after each."""
    rng, found = np.random.default_rng(seed), Answers()
    company, settings = _company(rng), Settings(home=home)
    store = open_store(settings.database_url)
    with Client(create_app(settings, {}, today=lambda: day(DAYS[-1]))) as client:
        keys = {
            role: add_key(store, Caller(role, role, ""), "2026-01-01T00:00:00Z") for role in ("leader", "scientist")
        }
        records: Records | None = None
        for number, on in enumerate(DAYS):
            if number == FIRST:
                company.staff = [_gone(rng, one) for one in company.staff]
            if number:
                company.night(MOVES[number - 1])
            if number == FIRST:
                here = [(one.employee_id, one.hired) for one in company.here()]
                records = Records(rng, here, range(FIRST, FIRST + 3))
            staff = {one.employee_id: one for one in company.staff}
            night = Night(on, number // 2, staff, records.known(number, staff) if records else [])
            if on in days:
                found.nights[on] = night
                tables = records.tables(number, staff) if records else {}
                publish(store, on, company.staff, tones=_tones(night), **tables)
                _ask(client, keys, sorted({"", *company.units}), night, found)
    store.dispose()
    found.people = company.hired
    return found


def _company(rng: np.random.Generator) -> Company:
    company = Company(rng)
    company.on = HIRED
    for unit in company.units:
        company.staff += company.joiners(unit, int(rng.integers(0, 8)))
    company.vanishing = bool(rng.random() < 0.5)
    return company


def _gone(rng: np.random.Generator, one: Member) -> Member:
    """Some left in the first window."""
    return replace(one, left="2026-06-20") if one.left is None and rng.random() < 0.2 else one


def _tones(night: Night) -> Mapping[str, float]:
    return {one.person: one.value for one in night.records if one.figure == "sentiment"}


def _ask(client: Client, keys: Mapping[str, str], units: Sequence[str], night: Night, found: Answers) -> None:
    """Everything that either may see; what both may is the same."""
    leader, scientist = keys["leader"], keys["scientist"]
    for unit in units:
        for answer in _pages(client, leader, f"/v1/teams?org_unit={unit}&limit={500 if unit else 3}"):
            found.teams(answer, night)
        asked = [f"/v1/dashboard?org_unit={unit}&months=8"] if night.records else []
        asked += [f"/v1/outcomes?org_unit={unit}&horizon={horizon}" for horizon in HORIZONS if night.day == DAYS[-1]]
        for path in asked:
            answer = _get(client, leader, path)
            assert unit or answer == _get(client, scientist, path)
            if answer is not None:
                (found.outcomes if "groups" in answer else found.dashboard)(answer, night)
    found.monitoring(_get(client, scientist, "/v1/monitoring"), night)


def _pages(client: Client, key: str, path: str) -> Iterator[Any]:
    answer = _get(client, key, path)
    while answer is not None:
        yield answer
        cursor = answer["next_cursor"]
        answer = _get(client, key, f"{path}&cursor={cursor}") if cursor else None


def _get(client: Client, key: str, path: str) -> Any:
    answer = client("GET", path, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code in {200, 404}, answer.text
    return answer.json() if answer.status_code == 200 else None
