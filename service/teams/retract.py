"""Taking back the figures of groups that were worked out on a day, so that the next night works them out anew."""

from sqlalchemy import Connection, func, select, update

from service.disclosure.tree import RETRACTED
from service.errors import UsageError
from service.store.team_tables import group_figures


def retract(connection: Connection, run: int, since: str) -> int:
    """Withdraw the figures from a day (YYYY-MM-DD), within a transaction; how many groups the latest run told them of.

    Of whom they spoke is forgotten too: what is told next is not compared with it.

    Raises
    ------
    UsageError
        No figures of the latest run are from that day.
    """
    told = group_figures.c
    days = select(told.as_of, func.count()).where(told.run == run, told.withheld.is_(None)).group_by(told.as_of)
    counts: dict[str, int] = {day: count for day, count in connection.execute(days) if day is not None}
    if since not in counts:
        known = f" There are figures from {', '.join(sorted(counts))}." if counts else ""
        raise UsageError(f"No figures of units and teams are from that day.{known}")
    gone = dict.fromkeys(("as_of", "made_by", "figures", "digest"))
    values = {**gone, "withheld": func.coalesce(told.withheld, RETRACTED)}
    connection.execute(update(group_figures).where(told.as_of == since).values(values))
    return counts[since]
