"""Outcomes by the real nightly run: what `service score` leaves in the store, night after night."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from sqlalchemy import Engine, func, select

from features import presence
from features.company import VOLUNTARY
from service.cli import main
from service.outcomes import realised
from service.settings import Settings
from service.store import runs
from service.store.engine import open_store
from service.store.outcome_tables import exits, group_outcomes
from service.store.outcome_tables import realised as figures
from tests.served import day, shared_toy

FIRST: Final = "2026-08-05"
CLOSES: Final = "2026-09-04"
"""Thirty days later."""
LAST: Final = "2026-09-05"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """The store of a home with the toy champion."""
    home = shared_toy().home(tmp_path / "home")
    engine = open_store(Settings(home=home).database_url)
    yield engine
    engine.dispose()


def score(home: Path, as_of: str, **environ: str) -> None:
    """Publish the run of a day."""
    asked = ["score", "--data", str(shared_toy().data), "--as-of", as_of]
    assert main(asked, {"RETENTION_HOME": str(home), "RETENTION_THREADS": "1", **environ}) == 0


def test_a_window_closes_after_its_thirty_days_and_the_delay(tmp_path: Path, store: Engine) -> None:
    """Who left is what the records say, once exits had their time to be recorded; a run of an older day tells nothing."""
    home, company = tmp_path / "home", shared_toy().company
    score(home, FIRST)
    score(home, CLOSES, RETENTION_REPORTING_DELAY_DAYS="10")
    assert realised.stored(store) == []
    score(home, LAST)
    (found,) = realised.stored(store)
    assert (found.as_of, found.horizon, found.first_on, found.last_on) == (FIRST, 30, LAST, LAST)
    first = runs.on_or_before(store, FIRST)
    assert first is not None
    risks = {one.scored.employee_id: one.scored.risks for one in runs.scores_of(store, first) if one.scored.risks}
    ended, start = presence.exits(company, day(LAST)), day(FIRST)
    there = (company.people.hire <= start) & (start < company.people.next_hire)
    within = there & (ended.day > start) & (ended.day <= start + 30)
    who = {kind: {company.people.employee_id[p] for p in np.flatnonzero(within & chosen)} & risks.keys()
           for kind, chosen in (("left", ended.kind == VOLUNTARY), ("other", ended.kind != VOLUNTARY))}  # fmt: skip
    gone = {company.people.employee_id[p] for p in np.flatnonzero(there & (ended.day <= start))} & risks.keys()
    everybody = found.everybody
    assert (everybody.left, everybody.other, found.gone) == (len(who["left"]), len(who["other"]), len(gone))
    assert everybody.people == len(risks) - len(gone)
    assert everybody.left > 0
    assert everybody.expected.value == pytest.approx(sum(risk[0] for one, risk in risks.items() if one not in gone))
    assert found.listed.people == sum(risk[1] >= 0.05 for one, risk in risks.items() if one not in gone)
    before = _rows(store)
    score(home, "2026-08-20")
    assert _rows(store) == before


def _rows(store: Engine) -> list[int]:
    """Rows of each table of outcomes."""
    with store.connect() as connection:
        found = (exits, figures, group_outcomes)
        return [int(connection.execute(select(func.count()).select_from(table)).scalar_one()) for table in found]
