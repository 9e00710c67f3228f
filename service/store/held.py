"""Runs that were held back, and why: kept, so that the list before them can say so."""

import json
from collections.abc import Sequence

from sqlalchemy import Engine, and_, delete, insert, or_, select

from service.store import tables
from service.store.engine import faults_named
from service.store.runs import Run
from service.webhooks import queue


def refuse(store: Engine, as_of: str, now: str, reasons: Sequence[str]) -> None:
    """Write down that the run of a day was held back.

    Parameters
    ----------
    now
        The present moment, RFC 3339 in UTC.
    reasons
        Sentences that name tables, columns and counts, and nobody.
    """
    row = {"as_of": as_of, "refused_at": now, "reasons": json.dumps(list(reasons))}
    with faults_named(), store.begin() as connection:
        connection.execute(delete(tables.refused_runs).filter_by(as_of=as_of, refused_at=now))
        connection.execute(insert(tables.refused_runs).values(row))
        queue.put(connection, "run.held_back", {"as_of": as_of, "reasons": len(reasons)}, now)


def held_back(store: Engine, run: Run) -> list[str]:
    """Why the newest run that was refused since this one, for its day or a later one, was; empty where none was."""
    refused = tables.refused_runs.c
    as_of, at = run.identity.as_of, run.published_at
    later = and_(refused.refused_at == at, refused.as_of > as_of)  # moments are whole seconds
    query = select(refused.reasons).where(or_(later, and_(refused.refused_at > at, refused.as_of >= as_of)))
    with faults_named(), store.connect() as connection:
        reasons = connection.execute(query.order_by(refused.refused_at.desc()).limit(1)).scalar()
    found: list[str] = json.loads(reasons) if reasons else []
    return found
