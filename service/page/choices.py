"""What a holder chose for their page, remembered by key or account."""

from typing import Final

from sqlalchemy import Engine, insert, select, update

from service.store.engine import faults_named
from service.store.page_tables import page_choices

CAPACITY: Final = 5
"""Conversations a week where nobody chose otherwise."""
MOST: Final = 30
"""More than anybody can hold in a week; so many fit on a page that a phone loads at once."""


def capacity(store: Engine, holder: str) -> int | None:
    """For how many conversations a week a holder has time; None: they did not say."""
    query = select(page_choices.c.capacity).where(page_choices.c.holder == holder)
    with faults_named(), store.connect() as connection:
        return connection.execute(query).scalar()


def choose(store: Engine, holder: str, capacity: int) -> None:
    """Remember it."""
    row = {"holder": holder, "capacity": capacity}
    with faults_named(), store.begin() as connection:
        mine = update(page_choices).where(page_choices.c.holder == holder)
        if not connection.execute(mine.values(capacity=capacity)).rowcount:
            connection.execute(insert(page_choices).values(row))
