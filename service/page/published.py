"""What a run leaves for the page: names of the table `directory`, and the conversations of the last year.

Only the newest run has any: names are those that the last data gave, of people who are still here, and nothing older is
kept of either. They are shown on the page and nowhere else (`known`); erasure and the end of their run take them out.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select

from service.page.rhythm import packed
from service.store import tables, tombstones
from service.store.page_tables import page_people
from service.store.runs import Write

if TYPE_CHECKING:
    from service.alongside import Seen


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
    rows = [
        {"employee_id": id_, "display_name": name, "work_email": email, "conversations": talk}
        for id_, (name, email), talk in zip(ids, (known.get(id_, nothing) for id_ in ids), talks, strict=True)
    ]

    def write(connection: Connection, run: int) -> None:
        if not seen.head.retrospective and _newest(connection, run, seen.head.identity.as_of):
            _replace(connection, run, rows)

    return write


def _newest(connection: Connection, run: int, as_of: str) -> bool:
    """Whether no other run is of a later day."""
    runs = tables.runs.c
    later = select(runs.id).where(runs.as_of > as_of, runs.retrospective.is_(False), runs.id != run).limit(1)
    return connection.execute(later).first() is None


def _replace(connection: Connection, run: int, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute(delete(page_people))
    gone = tombstones.among(tombstones.stored(connection), [row["employee_id"] for row in rows])
    kept = [{"run": run, **row} for row in rows if row["employee_id"] not in gone]
    if kept:
        connection.execute(insert(page_people), kept)
