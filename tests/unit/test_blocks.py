"""Objections and units that are switched off: from the next look on, and back again."""

import pytest
from sqlalchemy import Engine, delete, select

from service.access.keys import Caller
from service.audit.blocks import Blocked, Blocks, blocked, object_to, switch_off, switch_on, withdraw
from service.audit.log import AccessLog
from service.audit.verify import verify
from service.errors import ChainError, StoreError, UsageError
from service.settings import Settings
from service.store.audit_tables import access_log

ADMIN = Caller("the test", "admin", "", "command:the test")


@pytest.fixture
def moments() -> list[float]:
    """The clock: its last entry is now."""
    return [1_767_225_600.0]


@pytest.fixture
def log(store: Engine, settings: Settings, moments: list[float]) -> AccessLog:
    """Its access log."""
    return AccessLog(store, settings, lambda: moments[-1])


def test_an_objection_holds_until_it_is_withdrawn(log: AccessLog, store: Engine, moments: list[float]) -> None:
    """Twice is once; withdrawn it holds no more; made again it holds again."""
    assert object_to(log, ADMIN, "E1")
    assert not object_to(log, ADMIN, "E1")
    assert blocked(store) == Blocked(frozenset({"E1"}))
    moments.append(moments[-1] + 1)
    assert withdraw(log, ADMIN, "E1")
    assert not withdraw(log, ADMIN, "E1")
    assert blocked(store) == Blocked()
    assert object_to(log, ADMIN, "E1")
    assert blocked(store).people == {"E1"}


def test_a_unit_is_off_with_all_below_it(log: AccessLog, store: Engine, moments: list[float]) -> None:
    """By whole segments; a unit below one that is off is switched on by its own path only."""
    assert switch_off(log, ADMIN, "Sales/EMEA/")
    assert not switch_off(log, ADMIN, "Sales/EMEA")
    held = blocked(store)
    found = {unit: held.code("E1", unit) for unit in ("Sales", "Sales/EMEA", "Sales/EMEA/A", "Sales/EMEAN", None)}
    assert found == {
        "Sales": None, "Sales/EMEA": "unit_switched_off", "Sales/EMEA/A": "unit_switched_off", "Sales/EMEAN": None,
        None: None,
    }  # fmt: skip
    moments.append(moments[-1] + 1)
    assert not switch_on(log, ADMIN, "Sales")
    assert switch_on(log, ADMIN, "Sales/EMEA")
    assert blocked(store) == Blocked()


def test_the_whole_company_can_be_switched_off(log: AccessLog, store: Engine) -> None:
    """`/` is everybody, also who stands in no unit; an empty path is a mistake."""
    assert switch_off(log, ADMIN, "/")
    assert [blocked(store).code("E1", unit) for unit in ("Sales", None)] == ["unit_switched_off"] * 2
    with pytest.raises(UsageError, match="/ is the whole company"):
        switch_off(log, ADMIN, "")


def test_an_objection_goes_before_a_unit(log: AccessLog, store: Engine) -> None:
    """Who objects in a unit that is off is told the objection."""
    switch_off(log, ADMIN, "Sales")
    object_to(log, ADMIN, "E1")
    assert (blocked(store).code("E1", "Sales"), blocked(store).code("E2", "Sales")) == (
        "objection",
        "unit_switched_off",
    )


def test_every_change_is_in_the_access_log(log: AccessLog, store: Engine, moments: list[float]) -> None:
    """With whoever gave the command; what changes nothing leaves no row."""
    object_to(log, ADMIN, "E1")
    object_to(log, ADMIN, "E1")
    moments.append(moments[-1] + 1)
    withdraw(log, ADMIN, "E1")
    switch_off(log, ADMIN, "Sales")
    switch_on(log, ADMIN, "Sales")
    columns = access_log.c
    with store.connect() as connection:
        rows = connection.execute(select(columns.action, columns.caller, columns.role).order_by(columns.seq)).all()
    assert [tuple(row) for row in rows] == [
        (action, "command:the test", "admin") for action in ("object", "withdraw", "unit_off", "unit_on")
    ]
    assert verify(store, log.anchor).bad_row is None


def test_it_holds_where_the_log_is_broken(log: AccessLog, store: Engine, moments: list[float]) -> None:
    """A log that was cut off takes no row, and says so; the objection and the switch hold all the same."""
    object_to(log, ADMIN, "E1")
    with store.begin() as connection:
        connection.execute(delete(access_log))
    moments.append(moments[-1] + 1)
    with pytest.raises(ChainError, match="It is recorded, and holds"):
        object_to(log, ADMIN, "E2")
    with pytest.raises(ChainError, match="It is recorded, and holds"):
        switch_off(log, ADMIN, "Sales")
    assert blocked(store) == Blocked(frozenset({"E1", "E2"}), ("Sales",))


def test_what_is_held_is_at_most_a_second_old(log: AccessLog, store: Engine) -> None:
    """Within a second the store is asked once; after it the change is seen; a store that is away shows nobody."""
    now = [0.0]
    blocks = Blocks(store, lambda: now[-1])
    assert blocks.now() == Blocked()
    object_to(log, ADMIN, "E1")
    now.append(0.99)
    assert blocks.now() == Blocked()
    now.append(1.0)
    assert blocks.now().people == {"E1"}
    with store.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE objections RENAME TO elsewhere")
    now.append(2.1)
    with pytest.raises(StoreError):
        blocks.now()
