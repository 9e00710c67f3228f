"""Taking back what the dashboard tells of a month, so that the next night tells it anew.

The whole month goes, of every unit and figure: a month of which a part is told as before and a part anew would tell of people
by the difference between the two.
"""

import msgspec
from sqlalchemy import Connection, select, update

from service.dashboard import packed
from service.dashboard.packed import Common
from service.errors import UsageError
from service.store.dashboard_tables import dashboard_blocks, dashboards


def retract(connection: Connection, run: int, month: str) -> tuple[int, list[str]]:
    """Withdraw a month, as ``2026-03``, within a transaction: how many values, and the days on which they were told first.

    Raises
    ------
    UsageError
        The run has no dashboard, or not of that month.
    """
    head = connection.execute(select(dashboards.c.content).where(dashboards.c.run == run)).scalar()
    common = None if head is None else msgspec.msgpack.decode(head, type=Common)
    if common is None or month not in common.months:
        told = f" It tells of {common.months[0]} to {common.months[-1]}." if common and common.months else ""
        raise UsageError(f"The dashboard tells nothing of that month.{told} A month is written as 2026-03.")
    at, mine, total, days = common.months.index(month), dashboard_blocks.c, 0, set[str]()
    stored = select(mine.block, mine.content).where(mine.run == run)
    for block, content in connection.execute(stored).all():
        left, counts = packed.retracted(content, at, len(common.months))
        connection.execute(update(dashboard_blocks).where(mine.run == run, mine.block == block).values(content=left))
        total += sum(counts)
        days |= {since[at] for since, count in zip(common.since, counts, strict=True) if count}
    return total, sorted(days)
