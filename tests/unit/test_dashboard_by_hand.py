"""The dashboard of twelve people, figure by figure, against numbers worked out by hand."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from service.dashboard.view import Dashboard, dashboard
from service.store import runs
from tests import builders, stores, twelve
from tests.twelve import figure, night, publish, read

MARCH: Final = -1
FEBRUARY: Final = -2
AUGUST: Final = 2
JULY: Final = 1
JUNE: Final = 0
"""Months of ten: from June 2025, when the first question was sent, to March 2026."""


@pytest.fixture(scope="module", params=stores.KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store of either kind with the run."""
    home = tmp_path_factory.mktemp("home")
    with stores.settings(request.param, home) as given, stores.opened(given) as engine:
        publish(engine, night(read(home / "data")))
        yield engine


def seen(store: Engine, unit: str = "") -> Dashboard:
    """What is told of a unit."""
    latest = runs.latest(store)
    assert latest is not None
    return dashboard(store, latest, unit, 60, 0.21)


def cell(store: Engine, unit: str, name: str, month: int) -> tuple[float | None, int | None, str | None]:
    """Value, people and code."""
    found = figure(seen(store, unit), name)
    return found.values[month], found.n[month], found.withheld[month]


TOO_FEW: Final = (None, None, "too_few")
COMPLEMENT: Final = (None, None, "complement")
NO_DATA: Final = (None, None, "no_data")

BY_HAND: Final[Sequence[tuple[str, int, Any, Any, Any]]] = (
    # Days of March: A 10 + 10 + 20 + 31 + 31 = 102, B 5 + 30 + 31 + 31 + 31 = 128, of 31.
    ("head_count", MARCH, (230 / 31, 10), (102 / 31, 5), (128 / 31, 5)),
    # August 2025: A 5 * 31 + 19, B 5 * 31; E06 went on the 20th.
    ("head_count", AUGUST, (329 / 31, 11), (174 / 31, 6), (5.0, 5)),
    ("attrition_voluntary", MARCH, (5 * 365 / 230, 10), (3 * 365 / 102, 5), (2 * 365 / 128, 5)),
    ("attrition_voluntary", AUGUST, (0.0, 11), (0.0, 6), (0.0, 5)),
    ("attrition_all", AUGUST, (365 / 329, 11), (365 / 174, 6), (0.0, 5)),
    # To the end of August: 1 of 6 gone after 40 days; E12 and E04 followed for 72 and 76; 1 of 3 gone after 80.
    ("retention_90", AUGUST, (5 / 6 * 2 / 3, 6), TOO_FEW, TOO_FEW),
    # To the end of March: hires since 1 January 2025, so without E10: 2 of 5 gone.
    ("retention_90", MARCH, (3 / 5, 5), TOO_FEW, TOO_FEW),
    # With E10, the only one followed for a year.
    ("retention_365", MARCH, (5 / 6 * 4 / 5, 6), TOO_FEW, TOO_FEW),
    ("retention_730", MARCH, NO_DATA, TOO_FEW, TOO_FEW),
    ("cohort_hires", JUNE, (5.0, 5), TOO_FEW, TOO_FEW),
    ("cohort_retention_90", JUNE, (3 / 5, 5), TOO_FEW, TOO_FEW),
    ("cohort_retention_365", JUNE, (None, None, "not_closed"), (None, None, "not_closed"), (None, None, "not_closed")),
    ("cohort_onboarding", JUNE, ((0.75 + 1 + 0.5 + 0.25 + 1) / 5, 5), TOO_FEW, TOO_FEW),
    # 40, 50, 60, 35 (E07 after the rise) and 45 thousand.
    ("cost_of_turnover", MARCH, (230_000 * 0.21, 5), TOO_FEW, TOO_FEW),
    # 0.95 are to be expected; 20, 30, 50, 70 and 80 thousand.
    ("cost_of_expected_exits", MARCH, (0.95 * 50_000 * 0.21, 5), TOO_FEW, TOO_FEW),
    # Promoters 10, 9, 9, 10; detractors 6, 0, 6; of nine. B has four answers, so A would give them away.
    ("enps", MARCH, (100 * (4 - 3) / 9, 9), COMPLEMENT, TOO_FEW),
    ("survey_score", MARCH, (0.6, 10), (0.65, 5), (0.55, 5)),
    ("driver.growth", MARCH, (0.6, 10), (0.65, 5), (0.55, 5)),
    ("driver.growth", FEBRUARY, ((0.75 + 0.75 + 0.25 + 1 + 0.5 + 0.5) / 6, 6), TOO_FEW, TOO_FEW),
    # 20 questions, one unanswered; what E01 was asked after leaving and E05 on leave counts not. All of A answered.
    ("survey_response", MARCH, (19 / 20, 10), COMPLEMENT, COMPLEMENT),
    ("survey_response", FEBRUARY, (6 / 10, 10), (3 / 5, 5), (3 / 5, 5)),
    ("survey_silence", FEBRUARY, (4 / 10, 10), (2 / 5, 5), (2 / 5, 5)),
    ("survey_silence", MARCH, COMPLEMENT, COMPLEMENT, COMPLEMENT),
    ("sentiment", MARCH, (0.1, 5), (0.1, 5), TOO_FEW),
    # Eight tickets of seven people; the two of B would be known from A's.
    ("tickets", MARCH, (8 * 100 * 31 / 230, 7), COMPLEMENT, TOO_FEW),
    ("theme.payroll", MARCH, (8 * 100 * 31 / 230, 7), COMPLEMENT, TOO_FEW),
    ("theme.it", FEBRUARY, TOO_FEW, TOO_FEW, TOO_FEW),
    # 2 4 6 8 10 12 20 hours.
    ("ticket_response", MARCH, (8.0, 6), COMPLEMENT, TOO_FEW),
    ("ticket_response_p90", MARCH, (12 + 0.4 * 8, 6), COMPLEMENT, TOO_FEW),
    # 1 2 3 4 5 10 days.
    ("ticket_resolution", MARCH, (3.5, 6), COMPLEMENT, TOO_FEW),
    ("ticket_resolution_p90", MARCH, (7.5, 6), COMPLEMENT, TOO_FEW),
    ("csat", MARCH, ((5 + 4 + 3 + 2 + 1) / 25, 5), TOO_FEW, TOO_FEW),
    ("escalation", MARCH, (1 / 6, 6), COMPLEMENT, TOO_FEW),
    # Days, E05's leave among them: A 102, B 128.
    ("cadence_what", MARCH, (7 * 365 / (230 * 12), 10), (4 * 365 / (102 * 12), 5), (3 * 365 / (128 * 12), 5)),
    ("cadence_how", MARCH, (365 / (230 * 4), 10), COMPLEMENT, COMPLEMENT),
    ("cadence_want", MARCH, COMPLEMENT, COMPLEMENT, COMPLEMENT),
    ("signal.learning", MARCH, (6 * 100 * 31 / 230, 5), TOO_FEW, TOO_FEW),
    ("team_signal.customer_nps", MARCH, (30.0, 10), (40.0, 5), (20.0, 5)),
    ("team_signal.service_level", MARCH, (0.9, 10), NO_DATA, (0.9, 5)),
)  # fmt: skip


@pytest.mark.parametrize("name,month,company,a,b", BY_HAND, ids=[f"{row[0]}{row[1]}" for row in BY_HAND])
def test_a_figure_is_the_one_by_hand(store: Engine, name: str, month: int, company: Any, a: Any, b: Any) -> None:
    """Of the company and both units: the value and its people, or why there is none."""
    for unit, expected in (("", company), ("A", a), ("B", b)):
        value, people, code = expected if len(expected) == 3 else (*expected, None)
        found = cell(store, unit, name, month)
        assert found == (None if value is None else pytest.approx(value, rel=1e-5), people, code), unit


def test_every_figure_was_worked_out_by_hand(store: Engine) -> None:
    """No figure of the dashboard is missing above, and none above is made up."""
    assert {one.name for one in seen(store).figures} == {row[0] for row in BY_HAND}


def test_the_interval_of_retention(store: Engine) -> None:
    """Greenwood 1 / (6 * 5) + 1 / (3 * 2) = 0.2; 1.96 * sqrt(0.2) / log(9/5) = 1.4912; 5/9 to the powers e^1.4912, e^-1.4912."""
    found = figure(seen(store), "retention_90")
    assert found.low is not None
    assert found.high is not None
    assert (found.low[AUGUST], found.high[AUGUST]) == pytest.approx((0.07344, 0.87607), abs=1e-5)


def test_months_sources_and_assumptions_are_told(store: Engine) -> None:
    """Ten closed months, amounts in euros, and the share of a salary that can be changed."""
    told = seen(store)
    assert (told.months[0], told.months[-1], len(told.months)) == ("2025-06", "2026-03", 10)
    assert figure(told, "cost_of_turnover").currency == "EUR"
    assert told.assumptions[0].value == 0.21
    latest = runs.latest(store)
    assert latest is not None
    half = dashboard(store, latest, "", 1, 0.5)
    assert figure(half, "cost_of_turnover").values == [115_000.0]
    assert all(one.definition and one.title and one.unit for one in told.figures)
    assert "Kaplan" in figure(told, "retention_365").source
    assert "ISO" in figure(told, "attrition_voluntary").source
    assert "Reichheld" in figure(told, "enps").source


def test_two_teams_are_too_few_to_compare(store: Engine) -> None:
    """Every pair says how many there are and how many it takes."""
    told = seen(store).associations
    assert told
    assert all(
        not one.found and one.correlation is None and f"{one.teams_needed} are needed" in one.text for one in told
    )


def test_amounts_in_two_currencies_are_not_added(tmp_path: Path) -> None:
    """One leaver is paid in dollars: the company has no sum and no currency; what is counted stays."""
    paid = builders.job("E01", "2026-02-01", "pay_change", None, None, base_salary=40_000, currency="USD")
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        publish(store, night(read(tmp_path / "data", job_history=[paid])))
        costs: list[Any] = [figure(seen(store), f"cost_of_{name}") for name in ("turnover", "expected_exits")]
    spent, expected = costs
    assert (spent.values[MARCH], spent.currency, spent.withheld[MARCH]) == (None, None, "mixed_currency")
    assert spent.n[MARCH] is None
    assert (expected.values[MARCH], expected.withheld[MARCH]) == (pytest.approx(9_975.0), None)


def test_amounts_without_a_currency_are_added(tmp_path: Path) -> None:
    """Nobody says in what: the sum is there, and its currency is null."""
    folder = twelve.write(tmp_path / "data")
    text = (folder / "job_history.csv").read_text().replace("EUR", "").replace("eur", "")
    (folder / "job_history.csv").write_text(text)
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        publish(store, night(twelve.loaded(folder)))
        spent: Any = figure(seen(store), "cost_of_turnover")
    assert (spent.values[MARCH], spent.currency) == (pytest.approx(48_300.0), None)
