"""What a run leaves for the page: names of the table `directory`, and the conversations of the last year.

Only the newest run has any: names are those that the last data gave, of people who are still here, and nothing older is
kept of either. They are shown on the page and nowhere else (`known`); erasure and the end of their run take them out.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, insert, select

from service.page.rhythm import packed
from service.store import tables, tombstones
from service.store.page_tables import page_people
from service.store.runs import Write

if TYPE_CHECKING:
    from service.alongside import Seen

_NAMES: Final = ("run", "employee_id", "display_name", "work_email", "conversations")
_SQLITE: Final = f"INSERT INTO page_people ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608
_Row = tuple[str, str | None, str | None, bytes | None]
"""All but the run."""


def part(seen: "Seen") -> Write:
    """What is published for the page."""
    people = seen.data.company.people
    ids = [people.employee_id[person] for person in seen.persons.tolist()]
    known: Mapping[str, tuple[str | None, str | None]] = {}
    if (given := seen.data.directory) is not None:
        known = dict(zip(given.employee_id, zip(given.display_name, given.work_email, strict=True), strict=True))
    checkins = seen.data.company.checkins
    talks = [None] * len(ids) if checkins is None else packed(checkins, seen.persons, seen.day)
    nothing = None, None
    rows = [(id_, *known.get(id_, nothing), talk) for id_, talk in zip(ids, talks, strict=True)]

    def write(connection: Connection, run: int) -> None:
        if not seen.head.retrospective and _newest(connection, run, seen.head.identity.as_of):
            _replace(connection, run, rows)

    return write


def _newest(connection: Connection, run: int, as_of: str) -> bool:
    """Whether no other run is of a later day."""
    runs = tables.runs.c
    later = select(runs.id).where(runs.as_of > as_of, runs.retrospective.is_(False), runs.id != run).limit(1)
    return connection.execute(later).first() is None


def _replace(connection: Connection, run: int, rows: Sequence[_Row]) -> None:
    connection.execute(delete(page_people))
    stones = tombstones.stored(connection)
    gone = tombstones.among(stones, [row[0] for row in rows]) if stones else set()
    kept = [(run, *row) for row in rows if row[0] not in gone]
    if kept and connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_SQLITE, kept)
    elif kept:
        connection.execute(insert(page_people), [dict(zip(_NAMES, row, strict=True)) for row in kept])
