"""Writing the people of a run, in the quickest way that each database has; within the transaction that publishes it."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from service.access.scope import common
from service.store import tables, tombstones
from service.store.rows import COLUMNS, Rows, StoreRow, values_of
from service.store.tombstones import Tombstone

_AT_ONCE: Final = 5_000
_CACHE_KB: Final = 262_144
"""The pages of all indexes that a run's people are entered in; with fewer, half of the time goes into fetching them again."""
_NAMES: Final = ("run", *COLUMNS)
_PERSON, _MANAGER, _UNIT = (_NAMES.index(name) for name in ("employee_id", "manager_id", "org_unit"))

_Values = tuple[Any, ...]
Units = dict[str | None, str | None]
"""By manager: the lowest unit that holds every member of the team."""


def write(
    connection: Connection, number: int, people: Iterable[StoreRow], stones: Sequence[Tombstone]
) -> tuple[int, Units]:
    """Write the people of a run, but for those who were erased, even while the run was made.

    Returns
    -------
    How many were written, and the units of their managers' teams.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KB}")
    values = people.values() if isinstance(people, Rows) else map(values_of, people)
    written, units = 0, Units()
    while part := [(number, *one) for one in islice(values, _AT_ONCE)]:
        rows = _without_erased(stones, part)
        _insert(connection, rows)
        written += len(rows)
        for manager, unit in {(row[_MANAGER], row[_UNIT]) for row in rows}:
            units[manager] = common(units.get(manager, unit), unit)
    return written, units


def _without_erased(stones: Sequence[Tombstone], rows: list[_Values]) -> list[_Values]:
    """The rows without people who were erased, and without their mention as a manager."""
    if not stones:
        return rows
    gone = tombstones.among(stones, {one for row in rows for one in (row[_PERSON], row[_MANAGER]) if one})
    return [
        (*row[:_MANAGER], None, *row[_MANAGER + 1 :]) if row[_MANAGER] in gone else row
        for row in rows
        if row[_PERSON] not in gone
    ]


def _insert(connection: Connection, rows: Sequence[_Values]) -> None:
    if not rows:
        return
    dialect = connection.dialect
    if dialect.name == "sqlite":
        connection.exec_driver_sql(_SQLITE, list(rows))
    elif dialect.driver == "psycopg":
        _copy(connection, rows)
    else:
        connection.execute(insert(tables.scores), [dict(zip(_NAMES, row, strict=True)) for row in rows])


def _copy(connection: Connection, rows: Iterable[_Values]) -> None:
    """By PostgreSQL's COPY, whose errors are given the names that SQLAlchemy has for them."""
    psycopg: Any = connection.dialect.loaded_dbapi
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(_POSTGRESQL) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.IntegrityError as error:
        raise IntegrityError(_POSTGRESQL, None, error) from error
    except psycopg.Error as error:
        raise DBAPIError(_POSTGRESQL, None, error) from error


_SQLITE: Final = f"INSERT INTO scores ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608
_POSTGRESQL: Final = f"COPY scores ({', '.join(_NAMES)}) FROM STDIN"
