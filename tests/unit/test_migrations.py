"""An older store is brought up to date and becomes what a new one is."""

from pathlib import Path

from sqlalchemy import Engine, inspect

from service.settings import Settings
from service.store import runs
from service.store.engine import open_store
from tests import old_stores


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
    """Every table, column and index is there, and the run that was published still is."""
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


def test_opening_it_twice_changes_nothing_more(tmp_path: Path) -> None:
    """What was migrated is a store like any other."""
    old_stores.first(tmp_path).close()
    url = Settings(home=tmp_path).database_url
    assert shape(open_store(url)) == shape(open_store(url))
