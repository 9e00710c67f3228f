"""What a person is told: everything held about them, in words, and who saw it."""

import re
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import Connection, Engine, insert, update

from models.telling import Reason
from service.access.keys import Caller, add_key
from service.audit.blocks import object_to, switch_off, withdraw
from service.audit.log import AccessLog
from service.audit.report import ABOUT, report
from service.audit.verify import verify
from service.audit.who import View, views
from service.errors import UsageError
from service.lists.rises import Rise
from service.settings import Settings
from service.store import tables
from service.store.actions import new, record
from service.store.page_tables import page_people
from tests import stores
from tests.published_runs import Person, publish

ADMIN = Caller("the test", "admin", "", "command:the test")
MOMENT = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """Two runs; E1 was scored once and refused once, has risen, is E2's manager, and something was done."""
    with stores.opened(settings) as engine:
        publish(engine, "2025-11-30", [Person("E1", 0.1, "A/B", {"a": 0.5, "b": -0.2}), Person("E2", 0.2, "A")])
        publish(
            engine, "2025-12-31", [Person("E1", None, None), Person("E2", 0.3, "A")], rises=[Rise("E1", "band", 0.4)]
        )
        record(engine, new("E1", "stay_interview", "2025-12-02T00:00:00Z", "2025-12-03T00:00:00Z", "0a1b2c3d"), None)
        with engine.begin() as connection:
            connection.execute(update(tables.scores).where(tables.scores.c.employee_id == "E2").values(manager_id="E1"))
        yield engine


@pytest.fixture
def log(store: Engine, settings: Settings) -> AccessLog:
    """The access log at a moment that stands still."""
    return AccessLog(store, settings, lambda: MOMENT)


def caller(store: Engine, name: str, role: str) -> Caller:
    """A caller with a key."""
    return Caller(name, role, "", add_key(store, Caller(name, role, ""), "2025-01-01T00:00:00Z")[3:11])


def test_a_person_reads_everything_in_words(log: AccessLog, store: Engine) -> None:
    """The whole text, newest run first; nothing of E2 but that E1 is the manager."""
    log.write(caller(store, "People team", "hrbp"), "list", 1, ["E1", "E2"])
    object_to(log, ADMIN, "E1")
    assert (
        report(log, ADMIN, "E1")
        == f"""\
What is held about E1

{ABOUT}

Objections
----------
Objected on 2026-01-01; it holds.

Risks
-----
2025-12-31 (model version 1; no known unit, manager M1): not scored. The person has objected to being scored.
2025-11-30 (model version 1; unit A/B, manager M1): 5.0% within 30 days, 10.0% within 90 days, 20.0% within 180 days, \
30.0% within 365 days. Band: high.
    raises: A
    lowers: B
    due: a conversation about what they want to do, overdue by 12 days

What was done
-------------
2025-12-02: stay interview, recorded 2025-12-03; it is done.

Who saw it
----------
2026-01-01 00:00 UTC: People team (hrbp) was shown the risk list, of 2025-11-30
2026-01-01 00:00 UTC: command:the test (admin) recorded an objection
2026-01-01 00:00 UTC: command:the test (admin) made this report

Also held
---------
Early warning of 2025-12-31: the risk rose into a higher band.
Named as the manager in 2 people's rows.
A key from which the pseudonym in the access log is made."""
    )


def test_little_is_little(log: AccessLog) -> None:
    """Who only stands as a manager somewhere gets that; every heading says that there is nothing."""
    text = report(log, ADMIN, "M1")
    assert re.findall(r"\n-+\n(.*)", text) == [
        "None was recorded here.",
        "None is kept.",
        "Nothing was recorded here.",
        "2026-01-01 00:00 UTC: command:the test (admin) made this report",
        "Named as the manager in 2 people's rows.",
    ]


def test_what_only_the_page_shows_is_told(log: AccessLog, store: Engine) -> None:
    """The name, the address and how many conversations, and since when the person is here."""

    def named(connection: Connection, run: int) -> None:
        row = {"display_name": "Name of E2", "work_email": "e2@example.com", "conversations": b"\0\1" * 3}
        connection.execute(insert(page_people).values(run=run, employee_id="E2", **row))

    publish(store, "2026-01-02", [Person("E2", 0.2, "A", hired_on="2019-05-01")], alongside=[named])
    also = report(log, ADMIN, "E2").partition("Also held\n---------\n")[2].splitlines()
    assert also[:2] == [
        "First hired on 2019-05-01.",
        "For the page: Name of E2, e2@example.com, 3 conversations of the last year.",
    ]


def test_objections_and_switches_are_told(log: AccessLog) -> None:
    """An objection that was withdrawn with both days, and that the unit is off."""
    object_to(log, ADMIN, "E2")
    withdraw(log, ADMIN, "E2")
    switch_off(log, ADMIN, "A")
    told = report(log, ADMIN, "E2")
    assert "Objected on 2026-01-01; until it was withdrawn on 2026-01-01." in told
    assert "Scoring and lists are switched off for this person's unit." in told


def test_nobody_unknown_gets_a_report(log: AccessLog, store: Engine) -> None:
    """A mistake, and no row of the log."""
    with pytest.raises(UsageError, match="Nothing is held about such a person"):
        report(log, ADMIN, "E3")
    assert verify(store, log.anchor).rows == 0


def test_who_saw_a_person(log: AccessLog, store: Engine) -> None:
    """Every time, in order, with the key's name and the day of the run; nobody else's rows; of a stranger nothing."""
    hrbp, program = caller(store, "People team", "hrbp"), caller(store, "Payroll", "system")
    log.write(hrbp, "list", 1, ["E1", "E2"])
    log.write(program, "csv", 2, ["E2"])
    log.write(Caller("somebody", "hrbp", "", "p:77"), "person", 2, ["E1"])
    at = "2026-01-01T00:00:00.000Z"
    assert list(views(store, "E1")) == [
        View(at, "People team", "hrbp", "list", "2025-11-30"),
        View(at, "p:77", "hrbp", "person", "2025-12-31"),
    ]
    assert [view.by for view in views(store, "E2")] == ["People team", "Payroll"]
    assert list(views(store, "E3")) == []


def test_what_lowers_is_said_once(log: AccessLog, store: Engine) -> None:
    """A reason's own words for lowering are left out behind the word for its direction."""
    told = msgspec.json.encode(
        [Reason("b", "Lowers the risk: Pay +9 %", "lowers", -0.2, 0.09, actionable=True)]
    ).decode()
    with store.begin() as connection:
        connection.execute(update(tables.scores).where(tables.scores.c.employee_id == "E1").values(reasons=told))
    assert "    lowers: Pay +9 %\n" in report(log, ADMIN, "E1")
