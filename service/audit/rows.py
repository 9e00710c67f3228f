"""The rows of a store in a file, and back: how a store that is no file of the home gets into a backup.

Each table begins with a line ``{"table", "columns"}``; every further line is one row, a list in the order of the
columns; bytes as base64.
"""

import base64
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, LargeBinary, Table, delete, func, insert, select

from service.errors import UsageError
from service.store import tables
from service.store.engine import faults_named

_AT_ONCE: Final = 5_000


class _Head(msgspec.Struct, frozen=True):
    table: str
    columns: list[str]


def dump(store: Engine, path: Path) -> None:
    """Write every row as the store is at one moment."""
    encode = msgspec.json.Encoder().encode
    with faults_named(), store.connect() as connection, path.open("wb") as handle:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        else:
            connection.exec_driver_sql("BEGIN")
        for table in _tables():
            handle.write(encode(_Head(str(table.name), [str(column.name) for column in table.c])) + b"\n")
            for row in connection.execution_options(yield_per=_AT_ONCE).execute(select(table)):
                handle.write(encode(tuple(row)) + b"\n")


def empty(connection: Connection) -> bool:
    """Whether no table has a row."""
    return not any(connection.execute(select(table).limit(1)).first() for table in _tables())


def load(connection: Connection, path: Path) -> None:
    """Put the rows of a file in the place of the store's own, in the transaction of the caller.

    Raises
    ------
    UsageError
        The file holds a table or a column that is not one of the store's.
    """
    for table in reversed(_tables()):
        connection.execute(delete(table))
    with path.open("rb") as handle:
        for head, rows in _parts(iter(handle)):
            table = tables.METADATA.tables.get(head.table)
            if table is None or not set(head.columns) <= set(table.c.keys()):
                raise UsageError("The backup's store has other tables than this program's.")
            read = _reader(table, head.columns)
            while part := [read(row) for row in islice(rows, _AT_ONCE)]:
                connection.execute(insert(table), part)
    if connection.dialect.name == "postgresql":
        last = select(func.coalesce(func.max(tables.runs.c.id), 0)).scalar_subquery()
        sequence = func.pg_get_serial_sequence("runs", "id")
        connection.execute(select(func.setval(sequence, last + 1, False)))


def _tables() -> list[Table]:
    """The store's tables but for the one that tells its version."""
    return [table for table in tables.METADATA.sorted_tables if table is not tables.schema]


def _parts(lines: Iterator[bytes]) -> Iterator[tuple[_Head, Iterator[list[Any]]]]:
    """Each table's head, and its rows, which must be read before the next head is asked for."""
    following: list[bytes] = [next(lines, b"")]

    def rows() -> Iterator[list[Any]]:
        for line in lines:
            if line.startswith(b"{"):
                following[0] = line
                return
            yield msgspec.json.decode(line)
        following[0] = b""

    while following[0]:
        yield msgspec.json.decode(following[0], type=_Head), rows()


def _reader(table: Table, columns: list[str]) -> Callable[[list[Any]], dict[str, Any]]:
    """Makes a row's values of what the file holds."""
    binary = {name for name in columns if isinstance(table.c[name].type, LargeBinary)}

    def read(row: list[Any]) -> dict[str, Any]:
        found = dict(zip(columns, row, strict=True))
        return found | {name: base64.b64decode(found[name]) for name in binary if found[name] is not None}

    return read
