"""The pages of groups, of a company that the command has scored: what a leader reads, and what they never do."""

import html
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from service.access.keys import Caller, add_key
from service.app import create_app
from service.page import charts_groups, measures, place
from service.page.words import percent
from service.settings import Settings
from tests.exports import NEXT
from tests.posting import Client
from tests.served import day, shared_toy
from tests.visitor import Visitor

PAGES: Final = ("/teams", "/dashboard", "/dashboard/attrition_voluntary", "/model", "/guide")


@pytest.fixture(name="client")
def fixture_client(company: Path) -> Iterator[Client]:
    """Its application, a day later."""
    with Client(create_app(Settings(home=company), {}, today=lambda: day(NEXT) + 1)) as client:
        yield client


def signed_in(client: Client, role: str, unit: str = "") -> Visitor:
    """Somebody of that role and unit."""
    visitor = Visitor(client)
    key = add_key(client.app.state.service.store, Caller(secrets.token_hex(4), role, unit), "2026-01-01T00:00:00Z")
    assert visitor.sign_in(key).status_code == 303
    return visitor


def test_a_leader_reads_every_page_of_groups_and_no_person(client: Client) -> None:
    """Every page answers; none of them holds the id or the name of anybody but managers, whose teams are named by them."""
    leader = signed_in(client, "leader")
    people = pl.read_parquet(shared_toy().data / "directory.parquet")
    jobs = pl.read_parquet(shared_toy().data / "job_history.parquet")
    managers = set(jobs["manager_id"].drop_nulls())
    others = people.filter(~pl.col("employee_id").is_in(managers))
    for path in PAGES:
        answer = leader.get(path)
        assert answer.status_code == 200, path
        assert not set(others["employee_id"]) & set(re.findall(r"E\d{6}", answer.text)), path
        assert not [name for name in others["display_name"] if name in answer.text], path
    assert leader.get("/people/E000001").status_code == 403


def test_teams_say_what_to_expect_in_words(client: Client) -> None:
    """The company, its units and teams, each with a number and its range, or with the words why there is none."""
    text = signed_in(client, "leader").get("/teams?horizon=365").text
    assert "are expected to resign within 1 year" in text
    assert "In 80 of 100 such groups it will be between" in text
    links = re.findall(r'href="/teams\?org_unit=([^&"]+)&amp;horizon=365"', text)
    assert links
    assert signed_in(client, "hrbp").get(f"/teams?org_unit={links[0]}").status_code == 200


def test_teams_can_be_read_by_their_share_of_leavers(client: Client) -> None:
    """The leavers to expect over the people, as the API tells both; the highest first, what is withheld last, no script."""
    key = add_key(client.app.state.service.store, Caller(secrets.token_hex(4), "leader", ""), "2026-01-01T00:00:00Z")
    told = client("GET", "/v1/teams?limit=500", headers={"authorization": f"Bearer {key}"}).json()["groups"]
    units, teams = ([one for one in told if one["kind"] == kind] for kind in ("unit", "team"))
    leader = signed_in(client, "leader")
    usual = leader.get("/teams").text
    (link,) = re.findall(r'href="(/teams[^"]+)">Highest share first', usual)
    page = leader.get(html.unescape(link)).text
    for number, groups in enumerate((units, teams)):
        shown = re.findall(r'<table class="people groups">.*?</table>', page, re.DOTALL)[number]
        shares = sorted(
            (one["expected"]["180"]["value"] / one["people"] for one in groups if one["people"]), reverse=True
        )
        found = re.findall(r"Of its people: </span>([^<]+)<", shown)
        assert found == [percent(share) for share in shares[:50]]
        rows = re.findall(r"<tr>.*?</tr>", shown, re.DOTALL)
        assert [row for row in rows[: 1 + len(found)] if "Not shown" in row] == []
    assert re.search(r'href="/teams\?org_unit=[^"]+horizon=180&amp;order=share"', page)
    assert leader.get("/teams?order=size").status_code == 422


@pytest.mark.parametrize(
    "path", ["/teams?horizon=91", "/dashboard/no_such", "/teams?org_unit=Nowhere", "/dashboard?org_unit=Nowhere"]
)
def test_what_is_not_there_is_a_page_that_says_so(client: Client, path: str) -> None:
    """An error in words, never a broken page."""
    answer = signed_in(client, "leader", "").get(path)
    assert answer.status_code in {404, 422}
    assert "<h1>" in answer.text


def test_a_unit_s_leader_sees_no_other_unit(client: Client) -> None:
    """Their own unit is the top of every page; another answers as one that does not exist."""
    units = pl.read_parquet(shared_toy().data / "job_history.parquet")["org_unit"].drop_nulls().unique().to_list()
    first, *_ = sorted({unit.split("/")[0] for unit in units})
    other = next(unit.split("/")[0] for unit in units if unit.split("/")[0] != first)
    leader = signed_in(client, "leader", first)
    assert f"<h1>Dashboard: {first}</h1>" in leader.get("/dashboard").text
    for path in ("/teams", "/dashboard"):
        outside, nowhere = (leader.get(f"{path}?org_unit={unit}") for unit in (other, "Nowhere"))
        assert (outside.status_code, nowhere.status_code) == (404, 404)


def test_another_cost_of_replacing_somebody_changes_the_costs(client: Client) -> None:
    """Twice the share, twice the cost: the form's value is used, and kept in the links."""
    leader = signed_in(client, "leader")
    once, twice = (leader.get(f"/dashboard?percent={percent}").text for percent in (50, 100))
    found = [
        re.search(r'Cost of expected exits in the coming year</a></h3>\s*<p class="value">([\d,]+)', text)
        for text in (once, twice)
    ]
    costs = [int(one[1].replace(",", "")) for one in found if one]
    assert costs[1] == pytest.approx(2 * costs[0], rel=0.01)
    assert "percent=100" in twice


def test_the_page_calls_figures_as_the_api_does(client: Client) -> None:
    """Also those of signals, which say that it is how often, not how much."""
    page = html.unescape(signed_in(client, "leader").get("/dashboard").text)
    key = add_key(client.app.state.service.store, Caller("a program", "leader", ""), "2026-01-01T00:00:00Z")
    found = client("GET", "/v1/dashboard", headers={"Authorization": f"Bearer {key}"}).json()["figures"]
    titles = {one["name"]: one["title"] for one in found}
    assert titles["signal.overtime_hours"] == "Overtime hours: how often recorded"
    assert {name.partition(".")[0] for name in titles} >= {"driver", "theme", "signal", "team_signal"}
    for one in found:
        drawn = one["title"] + (": " if one["missing"] else "</a></h3>")
        assert drawn in page, one["name"]


def test_attrition_names_its_month_and_its_year(client: Client) -> None:
    """One month as a yearly rate, and the exits of the last twelve over their mean head count, worked out from the table."""
    leader = signed_in(client, "leader")
    text = leader.get("/dashboard/attrition_all").text
    (told,) = re.findall(r"In the 12 months to (\w+ \d+) together: ([\d.]+) %", text)
    assert re.search(rf"% a year in {told[0]} alone, as a yearly rate", text)
    rates, heads = (_months(leader.get(f"/dashboard/{name}").text) for name in ("attrition_all", "head_count"))
    lengths = {"Jan": 31, "Feb": 28, "Mar": 31, "Apr": 30, "May": 31, "Jun": 30, "Jul": 31, "Aug": 31, "Sep": 30,
               "Oct": 31, "Nov": 30, "Dec": 31}  # fmt: skip
    days = {month: lengths[month[:3]] for month in rates}
    exits = sum(rates[month] / 100 * heads[month] * days[month] / 365 for month in rates)
    mean = sum(heads[month] * days[month] for month in rates) / sum(days.values())
    assert len(rates) == 12
    assert float(told[1]) == pytest.approx(100 * exits / mean, abs=0.1)
    assert "the last 12 months together" in leader.get("/dashboard").text


def _months(page: str) -> dict[str, float]:
    """The table of a figure's page."""
    return {
        month: float(value.replace(",", ""))
        for month, value in re.findall(r'<th scope="row">(\w+ \d+)</th><td>([\d.,]+)', page)
    }


def test_a_gap_is_a_gap() -> None:
    """Months without a value are not joined by a line, and one between two gaps is a dot."""
    drawn = charts_groups.months([1.0, 2.0, None, 3.0, None, 4.0, 5.0], "said")
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 2
    assert charts_groups.months([None, None], "said") == ""


def test_a_dot_stands_in_its_range() -> None:
    """Of at most ten: two to six from 21.2 to 59.6 percent across, five at 50."""
    drawn = charts_groups.expected(5.0, 2, 6, 10, "about 5")
    assert 'x="21.2%"' in drawn
    assert 'width="38.4%"' in drawn
    assert 'cx="50.0%"' in drawn


def test_every_figure_has_a_part_of_the_page_and_its_words() -> None:
    """Names of the data too; a figure nobody has thought of stands under More."""
    assert measures.section("driver.workload") == "What people say"
    assert measures.section("something_new") == measures.OTHER
    assert [step.path for step in place.way("A/B", ["A"])] == ["A", "A/B"]
