"""What the page knows of people besides a run: their names, and the conversations of their last year."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select

from service.store import tables
from service.store.actions import OPEN, Action
from service.store.engine import faults_named
from service.store.page_tables import page_people
from service.store.runs import Run

_IDS_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Named:
    """What the page shows of somebody besides the run."""

    name: str
    """Their name, the id where none was given."""
    email: str | None


def names(store: Engine, employee_ids: Sequence[str]) -> dict[str, Named]:
    """The names of these people; of somebody without one, the id."""
    found = {id_: Named(id_, None) for id_ in employee_ids}
    columns = page_people.c
    with faults_named(), store.connect() as connection:
        for start in range(0, len(employee_ids), _IDS_AT_ONCE):
            some = employee_ids[start : start + _IDS_AT_ONCE]
            query = select(columns.employee_id, columns.display_name, columns.work_email).where(
                columns.employee_id.in_(some)
            )
            for id_, name, email in connection.execute(query):
                found[id_] = Named(name or id_, email)
    return found


def conversations(store: Engine, run: Run, employee_id: str) -> bytes | None:
    """The packed conversations of a person up to a run's day; None where they are not known."""
    columns = page_people.c
    query = select(columns.conversations).where(columns.run == run.id, columns.employee_id == employee_id)
    with faults_named(), store.connect() as connection:
        return connection.execute(query).scalar()


def action(store: Engine, action_id: str) -> Action | None:
    """The action of that id; None where there is none."""
    query = select(tables.actions).where(tables.actions.c.id == action_id)
    with faults_named(), store.connect() as connection:
        found = connection.execute(query).one_or_none()
    return None if found is None else Action(*tuple(found))


def begun(store: Engine) -> set[str]:
    """Who has an action that is still open."""
    query = select(tables.actions.c.employee_id).where(tables.actions.c.state == OPEN).distinct()
    with faults_named(), store.connect() as connection:
        return set(connection.execute(query).scalars())
