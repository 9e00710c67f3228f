"""What became of those listed, over HTTP: people for their HR business partner, counts for leader and scientist."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from service.access.keys import Caller, add_key
from service.api.outcomes import _WHY
from service.app import create_app
from service.outcomes.groups import OVERLAP
from service.settings import Settings
from service.store import tables
from tests import stores
from tests.builders import employee
from tests.companies_with_exits import company, left, night
from tests.posting import Client
from tests.published_runs import Person
from tests.served import day

TODAY: Final = day("2025-06-02")
FIRST: Final = "2025-01-31"
"""Its window of 90 days closes on 2025-05-01."""
PEOPLE: Final = (
    Person("E1", 0.30, "Sales/North"),
    Person("E2", 0.20, "Sales/North"),
    Person("E3", 0.10, "Sales/South"),
    Person("E4", 0.08, "Sales/South"),
    Person("E5", 0.02, "Sales/South"),
    Person("E6", 0.20, "Salesforce"),
    Person("E7", 0.01, None),
    Person("E8", None, "Sales/North"),
)
LEFT: Final = (
    left("E1", "2025-03-01"),
    left("E3", "2025-02-20", "redundancy"),
    left("E5", "2025-04-01"),
    left("E6", "2025-05-20"),
)


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Engine]:
    """Three runs: one whose window of 90 days has closed, and two whose window has not."""
    others = [employee(f"E{n}", "2020-01-01") for n in (2, 4, 7, 8)]
    found = company(tmp_path / "data", [*LEFT, *others])
    with stores.opened(settings) as engine:
        for as_of, gone in ((FIRST, ()), ("2025-04-30", ("E1", "E3", "E5")), ("2025-06-01", ("E1", "E3", "E5", "E6"))):
            night(engine, found, as_of, [person for person in PEOPLE if person.employee_id not in gone])
        yield engine


@pytest.fixture
def client(settings: Settings, store: Engine) -> Iterator[Client]:
    """The application on that store."""
    del store
    with Client(create_app(settings, {}, today=lambda: TODAY)) as client:
        yield client


def ask(client: Client, query: str = "", unit: str = "", role: str = "hrbp") -> Any:
    """The answer to a caller of that unit and role."""
    known: dict[tuple[str, str], str] = client.__dict__.setdefault("keys", {})
    if (role, unit) not in known:
        caller = Caller("test", role, unit)
        known[role, unit] = add_key(client.app.state.service.store, caller, "2025-01-01T00:00:00Z")
    return client("GET", f"/v1/outcomes{query}", headers={"Authorization": f"Bearer {known[role, unit]}"})


def became(answer: Any) -> list[tuple[str, str, str]]:
    """Run, person and outcome."""
    assert answer.status_code == 200, answer.text
    return [(one["as_of"], one["employee_id"], one["outcome"]) for one in answer.json()["people"]]


def test_each_listed_person_and_what_became_of_them(client: Client) -> None:
    """Run by run, the newest first, the highest risk first; pending until the window has closed, whoever left already."""
    found = ask(client)
    assert became(found) == [
        ("2025-06-01", "E2", "pending"), ("2025-06-01", "E4", "pending"),
        ("2025-04-30", "E2", "pending"), ("2025-04-30", "E6", "pending"), ("2025-04-30", "E4", "pending"),
        (FIRST, "E1", "left"), (FIRST, "E2", "stayed"), (FIRST, "E6", "stayed"), (FIRST, "E3", "other"),
        (FIRST, "E4", "stayed"),
    ]  # fmt: skip
    by_id = {(one["as_of"], one["employee_id"]): one for one in found.json()["people"]}
    assert {name: by_id[FIRST, "E1"][name] for name in ("exit_day", "exit_kind", "told_first", "told_last", "risk")} == {
        "exit_day": "2025-03-01", "exit_kind": "voluntary", "told_first": "2025-04-30", "told_last": "2025-04-30",
        "risk": 0.30,
    }  # fmt: skip
    assert by_id["2025-04-30", "E6"]["exit_day"] == "2025-05-20"
    assert found.json()["run"]["as_of"] == "2025-06-01"
    assert found.json()["groups"] is None


def test_a_run_is_judged_beside_what_was_expected(client: Client) -> None:
    """Five listed at .3 .2 .2 .1 .08, one of whom left, of seven of whom two did; the company's figures beside it."""
    runs = {run["as_of"]: run for run in ask(client).json()["runs"]}
    first, open_ = runs[FIRST], runs["2025-06-01"]
    listed = first["listed"]
    assert (first["closes_on"], first["closed"], first["everybody"], first["everybody_left"]) == (
        "2025-05-01",
        True,
        7,
        2,
    )
    counts = {name: listed[name] for name in ("people", "left", "other", "stayed", "pending", "gone", "unknown")}
    assert counts == {"people": 5, "left": 1, "other": 1, "stayed": 3, "pending": 0, "gone": 0, "unknown": 0}
    assert listed["expected"]["value"] == pytest.approx(0.88)
    assert listed["expected_precision"] == pytest.approx(0.176)
    assert listed["precision"]["value"] == 0.2
    assert listed["lift"] == pytest.approx(0.2 / (2 / 7), abs=1e-6)
    assert first["company"]["people"] == 7
    assert first["company"]["observed_expected"]["value"] == pytest.approx(2 / 0.91, abs=1e-6)
    assert (open_["closed"], open_["listed"]["pending"], open_["listed"]["precision"]["value"]) == (False, 2, None)
    assert (open_["everybody"], open_["company"]) == (None, None)


def test_one_sees_the_own_units_alone(client: Client) -> None:
    """People and figures of the caller's unit, no company figures; another unit and an unknown one answer alike."""
    north = ask(client, f"?as_of={FIRST}", "Sales/North")
    assert became(north) == [(FIRST, "E1", "left"), (FIRST, "E2", "stayed")]
    (run,) = north.json()["runs"]
    assert (run["everybody"], run["listed"]["people"], run["company"]) == (2, 2, None)
    sales = ask(client, f"?as_of={FIRST}&org_unit=Sales")
    assert [one[1] for one in became(sales)] == ["E1", "E2", "E3", "E4"]
    refused = [ask(client, f"?org_unit={unit}", "Sales/North") for unit in ("Sales/South", "Nowhere", "Sales")]
    assert {(answer.status_code, answer.text) for answer in refused} == {(404, refused[0].text)}


def test_horizons_differ(client: Client) -> None:
    """By 30 days E3 alone had ended; the window closed before April ended, and who left on the 29th day counts."""
    assert became(ask(client, f"?as_of={FIRST}&horizon=30")) == [
        (FIRST, "E1", "left"), (FIRST, "E2", "stayed"), (FIRST, "E6", "stayed"), (FIRST, "E3", "other"),
        (FIRST, "E4", "stayed"),
    ]  # fmt: skip
    assert {outcome for *_, outcome in became(ask(client, f"?as_of={FIRST}&horizon=180"))} == {"pending"}


def test_pages_go_on_where_the_last_ended(client: Client) -> None:
    """Across runs, without losing or repeating anybody; a cursor of another list, or of other units, is refused."""
    whole, found, cursor = became(ask(client)), [], ""
    for _ in range(10):
        answer = ask(client, f"?limit=3&cursor={cursor}" if cursor else "?limit=3")
        found += became(answer)
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert found == whole
    cursor = ask(client, "?limit=3").json()["next_cursor"]
    assert ask(client, f"?limit=3&horizon=30&cursor={cursor}").status_code == 422
    assert ask(client, "?limit=3&cursor=abc").status_code == 422


def test_a_page_of_a_run_that_is_gone_is_not_found(client: Client, store: Engine) -> None:
    """Its time is over between two pages: it is said, and no end of the list is made up."""
    cursor = ask(client, "?limit=7").json()["next_cursor"]
    with store.begin() as connection:
        connection.execute(tables.runs.delete().where(tables.runs.c.as_of == FIRST))
    assert ask(client, f"?limit=7&cursor={cursor}").status_code == 404


def test_every_person_shown_is_logged_first(client: Client, store: Engine) -> None:
    """One row for every person of every run shown; where nothing can be written, nothing is shown."""
    ask(client, "?limit=7")
    with store.connect() as connection:
        rows = connection.exec_driver_sql("SELECT action, run FROM access_log ORDER BY seq").all()
    assert [tuple(row) for row in rows] == [("outcomes", 3)] * 2 + [("outcomes", 2)] * 3 + [("outcomes", 1)] * 2
    with store.begin() as connection:
        connection.exec_driver_sql("DROP TABLE access_log")
    refused = ask(client)
    assert refused.status_code == 503
    assert "E1" not in refused.text


@pytest.mark.parametrize("role", ["leader", "scientist"])
def test_who_may_see_no_person_gets_counts(client: Client, role: str) -> None:
    """Seven people are too few to be told of; nobody is named, and no row of the access log is written."""
    answer = ask(client, "", role=role)
    assert answer.json()["people"] is None
    assert answer.json()["runs"] is None
    (group,) = answer.json()["groups"]
    assert (group["as_of"], group["org_unit"], group["people"], group["left"]) == (FIRST, "", 7, 2)
    assert (group["listed"], group["listed_left"], group["precision"], group["withheld"]["code"]) == (
        None, None, None, "too_few",
    )  # fmt: skip
    assert group["withheld"]["detail"] == _WHY["too_few"]
    by_30 = ask(client, "?horizon=30", role=role).json()["groups"]
    assert [(one["as_of"], one["withheld"]["code"]) for one in by_30] == [("2025-04-30", "too_few"), (FIRST, OVERLAP)]
    (small,) = ask(client, "?org_unit=Sales/South", role=role).json()["groups"]
    assert (small["people"], small["withheld"]["code"]) == (None, "too_few")
    assert "E1" not in answer.text


@pytest.mark.parametrize("role", ["system", "admin"])
def test_other_roles_are_refused(client: Client, role: str) -> None:
    """Outcomes are for HR business partners, leaders and scientists."""
    assert ask(client, "", role=role).status_code == 403


@pytest.mark.parametrize(
    "query", ["?horizon=60", "?as_of=soon", "?as_of=2025-1-31", "?limit=0", "?limit=201", "?who=E1"]
)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_wrong_question_is_refused(client: Client, query: str) -> None:
    """The fault points at the parameter."""
    refused = ask(client, query)
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["pointer"].startswith("/query")
