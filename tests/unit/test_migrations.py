"""An older store is brought up to date and becomes what a new one is."""

from pathlib import Path

from sqlalchemy import Engine, inspect, update

from service.settings import Settings
from service.store import runs, tables
from service.store.engine import open_store
from tests import old_stores, stores
from tests.published_runs import Person, publish


def shape(store: Engine) -> dict[str, tuple[set[str], set[str]]]:
    """Names of the columns and of the indexes of every table."""
    found = inspect(store)
    return {
        table: (
            {column["name"] for column in found.get_columns(table)},
            {str(index["name"]) for index in found.get_indexes(table)},
        )
        for table in found.get_table_names()
    }


def test_the_first_schema_becomes_the_present_one(tmp_path: Path) -> None:
    """Every table, column and index is there, and the run that was published still is, its moment in today's form."""
    old_stores.first(tmp_path / "old").close()
    migrated = open_store(Settings(home=tmp_path / "old").database_url)
    assert shape(migrated) == shape(open_store(Settings(home=tmp_path / "new").database_url))
    latest = runs.latest(migrated)
    assert latest is not None
    (person,) = runs.scores_of(migrated, latest)
    assert (latest.identity.as_of, person.scored.employee_id, person.scored.risks) == (
        "2025-01-31",
        "E1",
        (0.01, 0.02, 0.03, 0.04),
    )
    assert (latest.published_at, person.hired_on) == ("2025-02-01T01:00:00Z", None)


def test_opening_it_twice_changes_nothing_more(tmp_path: Path) -> None:
    """What was migrated is a store like any other."""
    old_stores.first(tmp_path).close()
    url = Settings(home=tmp_path).database_url
    assert shape(open_store(url)) == shape(open_store(url))


def test_the_last_step_is_made_on_either_store(settings: Settings, store: Engine) -> None:
    """Of a store of the version before: the first hire is not known of its people, and moments have one form."""
    before = shape(store)
    publish(store, "2026-09-01", [Person("E1", 0.1, hired_on="2020-01-01")])
    with store.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE scores DROP COLUMN hired_on")
        connection.execute(update(tables.runs).values(published_at="2026-09-01T23:00:00+00:00"))
        connection.execute(update(tables.schema).values(version=12))
    with stores.opened(settings) as migrated:
        assert shape(migrated) == before
        latest = runs.latest(migrated)
        assert latest is not None
        assert latest.published_at == "2026-09-01T23:00:00Z"
        assert [person.hired_on for person in runs.scores_of(migrated, latest)] == [None]
