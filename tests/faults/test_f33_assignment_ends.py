"""F33: an HR business partner's assignment ends while a list is being paged through or exported: the next page is refused."""

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from sqlalchemy import Engine, select

from service.access import assigning
from service.access.assignments import KEY, Assignment
from service.access.keys import Caller, add_key
from service.audit.log import AccessLog
from service.audit.verify import verify
from service.settings import Settings
from service.store.audit_tables import access_log
from tests import stores
from tests.published_runs import Person, publish
from tests.running import Reply, Server, running

ADMIN: Final = Caller("the test", "admin", "", "command:the test")
NOW: Final = "2026-01-01T00:00:00+00:00"
HELD_SECONDS: Final = 2.0
"""So long a running server may still go by what was."""
UNITS: Final = ("Sales/North", "Sales/South", "Finance")
Ask = Callable[..., Reply]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a fresh home, with a store of either kind, in which twelve people of three units were scored."""
    with stores.opened(settings) as store:
        publish(store, "2026-09-01", [Person(f"E{n}", 0.02 * n, UNITS[n % 3]) for n in range(1, 13)])
    return settings


@contextmanager
def served(settings: Settings, name: str, unit: str = "") -> Iterator[tuple[Server, Ask]]:
    """A running server, and how a caller of that name asks it."""
    with stores.opened(settings) as store:
        key = add_key(store, Caller(name, "hrbp", unit), NOW)
    more = {"RETENTION_STORE_URL": settings.store_url} if settings.store_url else {}
    with running(settings.home, "--no-sync", settings=more) as server:

        def ask(path: str, accept: str = "application/json") -> Reply:
            return server.fetch("GET", path, headers={"Authorization": f"Bearer {key}", "Accept": accept}, role="")

        yield server, ask


def assigned(store: Engine, settings: Settings, name: str, *units: str) -> list[Assignment]:
    """Assign units to the holder of a key, from today on."""
    log, today = AccessLog(store, settings, time.time), dt.datetime.now(dt.UTC).date()
    made = [assigning.new((KEY, name), unit, (today, None), log.moment(), "the test") for unit in units]
    for one in made:
        assigning.assign(log, ADMIN, one)
    return made


def ids(reply: Reply) -> list[str]:
    """Who is on a page."""
    assert reply.status == 200, reply.content
    return [person["employee_id"] for person in reply.json["people"]]


def test_f33_the_next_page_is_refused_and_audited(settings: Settings) -> None:
    """North and South are paged through, South ends: within 2 s the next page is 404, and a new list is North's alone."""
    with stores.opened(settings) as store, served(settings, "partner") as (server, ask):
        north, south = assigned(store, settings, "partner", "Sales/North", "Sales/South")
        server.wait_until(lambda: len(ids(ask("/v1/risk-list"))) == 8, HELD_SECONDS)
        first = ask("/v1/risk-list?limit=2")
        assert ids(first) == ["E12", "E10"]
        cursor = first.json["next_cursor"]
        assert ids(ask(f"/v1/risk-list?limit=2&cursor={cursor}")) == ["E9", "E7"]
        assigning.end(AccessLog(store, settings, time.time), ADMIN, south.id)
        took = server.wait_until(lambda: ask(f"/v1/risk-list?limit=2&cursor={cursor}").status == 404, HELD_SECONDS)
        refused = ask(f"/v1/risk-list?limit=2&cursor={cursor}")
        assert refused.content == ask("/v1/employees/nobody/risk").content
        assert ids(ask("/v1/risk-list")) == ["E12", "E9", "E6", "E3"]
        assert ask("/v1/employees/E10/risk").content == refused.content
        assert ids(ask("/v1/risk-list?org_unit=Sales/North")) == ["E12", "E9", "E6", "E3"]
        assert ask("/v1/risk-list?org_unit=Sales/South").content == refused.content
        print(f"F33 {store.dialect.name}: refused after {took:.2f} s")
    audited(settings, "refused", at_least=2)
    assert north.org_unit == "Sales/North"


def test_f33_an_export_ends_with_the_last_assignment(settings: Settings) -> None:
    """CSV, page by page by its links: when nothing is assigned any more, the next link, list and warnings are all 404."""
    with stores.opened(settings) as store, served(settings, "exporter", "Sales") as (server, ask):
        (one,) = assigned(store, settings, "exporter", "Sales/North")

        def page(query: str) -> Reply:
            return ask(f"/v1/risk-list{query}", "text/csv")

        server.wait_until(lambda: len(page("?limit=9").content.splitlines()) == 5, HELD_SECONDS)
        begun = page("?limit=1")
        link = re.fullmatch('<(.*)>; rel="next"', begun.headers["link"])
        assert link is not None
        assert page(link[1]).content.splitlines()[1].startswith(b"E9,")
        assigning.end(AccessLog(store, settings, time.time), ADMIN, one.id)
        server.wait_until(lambda: page(link[1]).status == 404, HELD_SECONDS)
        for path in ("/v1/risk-list", "/v1/warnings", "/v1/employees/E12/risk", "/v1/employees/nobody/risk"):
            assert ask(path).status == 404
        assert len({ask(path).content for path in ("/v1/risk-list", "/v1/employees/E12/risk")}) == 1
    audited(settings, "refused", at_least=5)


def test_f33_a_cursor_goes_on_while_its_own_unit_stays(settings: Settings) -> None:
    """A list of one unit alone is not cut off by the end of another's assignment."""
    with stores.opened(settings) as store, served(settings, "partner") as (server, ask):
        _, south = assigned(store, settings, "partner", "Sales/North", "Sales/South")
        server.wait_until(lambda: len(ids(ask("/v1/risk-list"))) == 8, HELD_SECONDS)
        cursor = ask("/v1/risk-list?org_unit=Sales/North&limit=2").json["next_cursor"]
        assigning.end(AccessLog(store, settings, time.time), ADMIN, south.id)
        server.wait_until(lambda: len(ids(ask("/v1/risk-list"))) == 4, HELD_SECONDS)
        assert ids(ask(f"/v1/risk-list?org_unit=Sales/North&limit=2&cursor={cursor}")) == ["E6", "E3"]


def audited(settings: Settings, action: str, at_least: int) -> None:
    """The access log says so often that somebody was refused, names nobody by it, and is whole."""
    with stores.opened(settings) as store, store.connect() as connection:
        rows = connection.execute(select(access_log).where(access_log.c.action == action)).all()
        assert len(rows) >= at_least
        assert {(row.role, row.subject) for row in rows} == {("hrbp", "")}
        assert verify(store, AccessLog(store, settings, time.time).anchor).bad_row is None
