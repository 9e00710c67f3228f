"""The page of the week when something is old, held back, missing, calm or very full."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, update

from service.app import create_app
from service.settings import Settings
from service.store import actions, held, tables
from service.store.engine import open_store
from tests.page_home import written
from tests.page_reading import people, signed_in, words
from tests.posting import Client
from tests.served import day
from tests.visitor import Visitor

TODAY: Final = day("2026-09-17")


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """A home with three runs, of this test alone."""
    return shutil.copytree(made, tmp_path / "home")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every home of these tests begins as."""
    return written(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def client(home: Path) -> Iterator[Client]:
    """The application on that home."""
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as found:
        yield found


@pytest.fixture
def store(client: Client) -> Engine:
    """The home's store."""
    found: Engine = client.app.state.service.store
    return found


@pytest.fixture
def reader(client: Client, home: Path) -> Visitor:
    """An HR business partner of Sales, signed in."""
    return signed_in(client, home, "Sales")


def test_an_old_list_and_a_held_back_one_say_so(home: Path, reader: Visitor, store: Engine) -> None:
    """Two days old nothing is said; ten days, its age; with a newer run refused, why."""
    assert "days old" not in reader.get("/").text
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY + 8)) as later:
        told = words(signed_in(later, home).get("/").text)
        assert "This list is 10 days old" in told
        held.refuse(store, "2026-09-16", "2026-09-16T23:00:00Z", ["'surveys' has 90 % fewer rows."])
        told = words(signed_in(later, home).get("/").text)
    assert "A newer list was held back" in told
    assert "'surveys' has 90 % fewer rows." in told


def test_a_home_without_a_run_and_a_reader_without_a_unit_are_told_kindly(tmp_path: Path) -> None:
    """No error: what is missing, and who can help."""
    home = tmp_path / "new"
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        assert "There is no list yet." in words(signed_in(client, home).get("/").text)


def test_a_run_from_before_an_upgrade_says_nothing_of_groups_and_when_it_will(reader: Visitor) -> None:
    """A run without figures of groups: a page in words and no error, for its teams and for its dashboard."""
    for path, title in (("/teams", "Teams"), ("/dashboard", "Dashboard")):
        answer = reader.get(path)
        assert answer.status_code == 200
        assert words(answer.text).startswith(f"{title} Scored on 15 Sep 2026")
        assert "Nothing is known of groups yet. The latest scoring run was made before" in words(answer.text)
    assert reader.get("/teams?org_unit=Nowhere").status_code == 404


def test_a_calm_company_has_an_empty_list(tmp_path: Path, made: Path) -> None:
    """Nobody above the lowest band: said as good news."""
    home = shutil.copytree(made, tmp_path / "calm")
    store = open_store(Settings(home=home).database_url)
    with store.begin() as connection:
        connection.execute(
            update(tables.scores).where(tables.scores.c.band.is_not(None)).values(band="low", risk_90=0.001)
        )
        connection.execute(tables.actions.delete())
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        told = words(signed_in(client, home).get("/").text)
    store.dispose()
    assert "Nobody needs to be first this week Of 9 people nobody stands above the lowest band." in told


def test_the_fullest_page_is_light(tmp_path: Path) -> None:
    """Thirty to talk to and more than thirty with something open: under 150 kB, and the rest is counted."""
    home = written(tmp_path / "full", copies=40)
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        reader = signed_in(client, home)
        reader.post("/capacity", token=reader.token("/"), capacity="30")
        for number in range(1, 35):
            when = "2026-09-16T00:00:00Z"
            begun = actions.new(f"E000001x{number}", "workload", when, when, "k", actions.OPEN, "2026-10-01")
            actions.record(client.app.state.service.store, begun, None)
        made = actions.new("E000002x9", "other", when, when, "k")
        page = reader.get(f"/?changed={actions.record(client.app.state.service.store, made, None).id}")
    assert "Recorded for E000002x9: Something else, 16 Sep 2026." in words(page.text)
    assert (len(people(page.text)), len(people(page.text, "people under"))) == (30, 30)
    assert "6 more stand on their own pages." in words(page.text)
    assert len(page.content) < 150_000


def test_who_is_signed_in_is_led_back_and_not_asked_to_sign_in(reader: Visitor, home: Path) -> None:
    """At no page of ours, and at one of another role, the menu stands; a stranger is offered the sign-in page."""
    leader = signed_in(reader.client, home, role="leader")
    for visitor, path, status in ((reader, "/no/such/page", 404), (leader, "/people/E000001", 403)):
        answer = visitor.get(path)
        assert (answer.status_code, "/sign-in" in answer.text) == (status, False)
        assert 'aria-label="Main"' in answer.text
        assert "Go to the start page" in words(answer.text)
    stranger = Visitor(reader.client).get("/no/such/page")
    assert "Go to the sign-in page" in words(stranger.text)
    assert 'aria-label="Main"' not in stranger.text
