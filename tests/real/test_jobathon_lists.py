"""The Monday list of the sales force, month by month over 2017: fifteen people, and how many of them left within 90 days.

At each month end the model is fitted on what was known then, the run is published to a real store, and the list is made as
the service makes it: the last month's list is the one before. Nobody is talked to. Beside it stand fifteen drawn at random
and the fifteen that tenure alone would name, equal risks shared out.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

from features.days import month_ends, to_date
from features.ingest import load
from features.settings import FeatureSettings
from models.hazard import HORIZONS
from service.lists import expected
from service.lists.sized import sized
from service.settings import Settings
from service.store.engine import open_store
from service.store.listing import Population
from service.store.runs import Run
from tests.mapped import data_folder
from tests.published_runs import Person, publish
from tests.served import day
from training.backtest import Judged, backtest
from training.fit import BY_TENURE, FULL
from training.settings import TrainingSettings
from training.splits import Origin

pytestmark = [pytest.mark.real, pytest.mark.trial, pytest.mark.timeout(3_600)]

CAPACITY: Final = 15
PLACE: Final = HORIZONS.index(90)
LAST: Final = day("2017-12-31")
"""The last day of records."""


def test_the_lists_of_2017_beside_a_draw_and_tenure(
    shared_data: Path, tmp_path: Path, figures: Callable[[str, Mapping[str, object]], Path]
) -> None:
    """The lists of nine months hold half as many leavers again as tenure's, and twice a draw's."""
    folder = tmp_path / "data"
    folder.mkdir()
    company = load(data_folder(shared_data, "jobathon", folder), FeatureSettings(), LAST + 1).company
    origins = [Origin(int(one), HORIZONS[: PLACE + 1]) for one in month_ends(day("2017-01-01"), LAST - 90)]
    replayed = backtest(company, origins, LAST, TrainingSettings(threads=2), (12, 4, 2))
    store = open_store(Settings(home=tmp_path).database_url)
    lists, before = [], None
    for judged in replayed.judged:
        one, before = listed(store, judged, before)
        lists.append(one)
    totals = {name: sum(one[name] for one in lists) for name in ("left", "by tenure", "drawn", "expected")}
    figures("jobathon_lists_2017", {"lists": lists, "totals": totals})
    assert [one["as_of"][:7] for one in lists] == [f"2017-0{month}" for month in range(1, 10)]
    assert all(one["listed"] == CAPACITY for one in lists)
    assert totals["left"] >= 1.5 * totals["by tenure"]
    assert totals["left"] >= 2 * totals["drawn"]


def listed(store: Engine, judged: Judged, before: Run | None) -> tuple[dict[str, Any], Run]:
    """What one month's list held, and its run."""
    risks, left = judged.risks[FULL][:, PLACE], judged.left[:, PLACE]
    rows = {str(employee): row for row, employee in enumerate(judged.employee.tolist())}
    people = [Person(id_, float(risks[row])) for id_, row in rows.items()]
    run = publish(store, str(to_date(judged.origin.cutoff)), people)
    found = [rows[person.scored.employee_id] for person in sized(store, Population(run), CAPACITY, before, ())]
    said = expected.expected(risks[found], expected.UNKNOWN_SPREAD)
    return {
        "as_of": run.identity.as_of,
        "people": len(rows),
        "listed": len(found),
        "left": int(left[found].sum()),
        "expected": round(said.value, 1),
        "interval": [said.low, said.high],
        "by tenure": round(top(judged.risks[BY_TENURE][:, PLACE], left), 1),
        "drawn": round(CAPACITY * float(left.mean()), 1),
    }, run


def top(risks: NDArray[np.float64], left: NDArray[np.bool_]) -> float:
    """Leavers among the fifteen highest risks; those equal to the last share the places that are left."""
    least = np.sort(risks)[-CAPACITY]
    above, equal = risks > least, risks == least
    return float(left[above].sum() + (CAPACITY - above.sum()) * left[equal].mean())


def test_equal_risks_share_the_places() -> None:
    """Thirty alike, ten of whom left, hold five leavers among fifteen; one above them takes a place of its own."""
    left = np.array([one < 10 for one in range(30)])
    assert top(np.full(30, 0.1), left) == pytest.approx(5.0)
    assert top(np.array([0.2] + [0.1] * 29), left) == pytest.approx(1 + 14 * 9 / 29)
