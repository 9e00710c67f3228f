"""Retention: what has been kept for its time goes, the rest stays, and the access log can still be verified."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from service.access.keys import Caller, add_key, listed
from service.audit.log import AccessLog
from service.audit.retention import purge
from service.audit.verify import verify
from service.errors import ChainError, UsageError
from service.lists.rises import Rise
from service.settings import Settings, checked, from_environment
from service.store import audit_tables, runs, tables
from service.store.audit_tables import access_head, access_log
from service.store.outcome_tables import group_outcomes
from tests import stores
from tests.published_runs import Person, publish

HRBP = Caller("People team", "hrbp", "", "0a1b2c3d")
TODAY = dt.date(2026, 3, 1)
SEEN = {"2024-02-28": ["E1", "E2"], "2024-02-29": ["E1"], "2024-03-01": ["E2", "E3"], "2026-02-28": ["E3"]}
"""Who was seen on which day. TODAY less 730 days is 2024-03-01."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings under which scores are kept for a year."""
    return replace(settings, keep_scores_days=365)


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """A store with a row of every kind on either side of its limit. TODAY less 365 days is 2025-03-01."""
    with stores.opened(settings) as engine:
        for day in ("2025-02-28", "2025-03-01"):
            publish(engine, day, [Person("E1", 0.1)], rises=[Rise("E1", "jump", 0.2)])
            with engine.begin() as connection:
                for table, row in rows_of(day).items():
                    connection.execute(insert(tables.METADATA.tables[table]).values(row))
        for ends, name in (("2024-02-29T23:59:59Z", "old"), ("2024-03-01T00:00:00Z", "new")):
            add_key(engine, Caller(name, "hrbp", ""), "2023-01-01T00:00:00Z", ends)
        yield engine


def rows_of(day: str) -> dict[str, dict[str, Any]]:
    """One row of a day for each table whose time is counted as the scores'."""
    at = f"{day}T12:00:00Z"
    return {
        "refused_runs": {"as_of": day, "refused_at": at, "reasons": "[]"},
        "actions": {
            "id": day, "employee_id": "E1", "action_type": "other", "occurred_at": at, "recorded_at": at, "recorded_by": "x"
        },
        "replies": {"caller": "x", "idempotency_key": day, "request": "r", "answer": "{}", "at": at},
        "objections": {"employee_id": "E1", "objected_at": at, "withdrawn_at": at},
        "units_off": {"path": "A", "off_at": at, "on_at": at},
    }  # fmt: skip


@pytest.fixture
def log(store: Engine, settings: Settings) -> AccessLog:
    """The access log, in which people were seen on those days."""
    for day, people in SEEN.items():
        moment = dt.datetime.fromisoformat(f"{day}T10:00:00+00:00").timestamp()
        one = AccessLog(store, settings, partial(float, moment))
        one.write(HRBP, "list", 1, people)
        one.flush()
    return AccessLog(store, settings, lambda: dt.datetime(2026, 3, 1, tzinfo=dt.UTC).timestamp())


def test_what_is_past_its_time_goes(log: AccessLog, settings: Settings, store: Engine) -> None:
    """The day before the limit goes, the day of the limit stays; a second night finds nothing more."""
    assert purge(log, settings, TODAY) == {
        "runs": 1, "refused_runs": 1, "actions": 1, "replies": 1, "objections": 1, "units_off": 1, "keys": 1,
        "access_log": 3, "subjects": 1,
    }  # fmt: skip
    assert purge(log, settings, TODAY) == {}
    with store.connect() as connection:
        for table in (tables.scores, tables.rises):
            assert connection.execute(select(table.c.run)).scalars().all() == [2]
    latest = runs.latest(store)
    assert latest is not None
    assert latest.identity.as_of == "2025-03-01"
    assert [held.caller.name for held in listed(store)] == ["new"]


def test_what_still_holds_stays(log: AccessLog, settings: Settings, store: Engine) -> None:
    """An objection that was never withdrawn and a unit that is still off have no end, however old."""
    with store.begin() as connection:
        for table, column in ((audit_tables.objections, "withdrawn_at"), (audit_tables.units_off, "on_at")):
            connection.execute(update(table).values({column: None}))
    found = purge(log, settings, dt.date(2036, 1, 1))
    assert {"objections", "units_off"} & set(found) == set()


def test_the_rest_of_the_log_can_be_verified(log: AccessLog, settings: Settings, store: Engine) -> None:
    """The chain begins where the purged part ended, the log says so, and goes on; the anchor still fits."""
    purge(log, settings, TODAY)
    verdict = verify(store, log.anchor)
    assert (verdict.rows, verdict.bad_row, verdict.anchored) == (4, None, 4)
    with store.connect() as connection:
        rows = connection.execute(select(access_log).order_by(access_log.c.seq)).all()
        head = connection.execute(select(access_head)).one()
    assert [row.seq for row in rows] == [4, 5, 6, 7]
    assert (rows[-1].action, rows[-1].subject, head.base_seq) == ("purged", head.base_hash, 3)
    log.write(HRBP, "list", 2, ["E1"])
    log.flush()
    assert verify(store, log.anchor).bad_row is None
    purge(log, settings, dt.date(2026, 3, 2))
    assert verify(store, log.anchor).rows == 4


def test_a_log_that_is_old_altogether_leaves_its_end(log: AccessLog, settings: Settings, store: Engine) -> None:
    """Nobody was seen for years: what remains is the row that says so, and the chain goes on from it."""
    found = purge(log, settings, dt.date(2036, 1, 1))
    assert (found["access_log"], found["subjects"]) == (6, 3)
    verdict = verify(store, log.anchor)
    assert (verdict.rows, verdict.end.seq, verdict.bad_row) == (1, 7, None)


def test_a_pseudonym_that_is_still_needed_stays(log: AccessLog, settings: Settings, store: Engine) -> None:
    """E1 was seen last before the limit, E2 and E3 after it."""
    purge(log, settings, TODAY)
    with store.connect() as connection:
        assert sorted(connection.execute(select(audit_tables.subjects.c.employee_id)).scalars()) == ["E2", "E3"]


def test_nothing_goes_from_a_broken_log(log: AccessLog, settings: Settings, store: Engine) -> None:
    """A chain whose end was cut off is evidence: all stays as it is."""
    with store.begin() as connection:
        connection.execute(delete(access_log).where(access_log.c.seq == 6))
    with pytest.raises(ChainError):
        purge(log, settings, TODAY)
    assert len(listed(store)) == 2


def test_the_log_is_kept_half_a_year_at_least() -> None:
    """A shorter time is refused at start."""
    assert from_environment({"RETENTION_KEEP_LOG_DAYS": "183"}).keep_log_days == 183
    with pytest.raises(UsageError, match="RETENTION_KEEP_LOG_DAYS must be at least 183"):
        checked(Settings(keep_log_days=182))


def test_counts_of_a_past_day_stay_as_long_as_its_run(log: AccessLog, settings: Settings, store: Engine) -> None:
    """A day of 2015 that was scored last month keeps what became of it; of one without a run it goes."""
    publish(store, "2015-01-01", [Person("E1", 0.1)])
    with store.begin() as connection:
        late = update(tables.runs).where(tables.runs.c.as_of == "2015-01-01")
        connection.execute(late.values(published_at="2026-02-01T00:00:00Z"))
        for day in ("2015-01-01", "2015-02-01"):
            row = {"as_of": day, "horizon": 90, "org_unit": "", "worked_out_on": day}
            connection.execute(insert(group_outcomes).values(row))
    assert purge(log, settings, TODAY)["group_outcomes"] == 1
    with store.connect() as connection:
        assert connection.execute(select(group_outcomes.c.as_of)).scalars().all() == ["2015-01-01"]
