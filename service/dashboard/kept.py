"""The dashboard in the store: written with its run, read by unit; only the newest stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from sqlalchemy import Connection, Engine, delete, insert, select

from service.dashboard import packed
from service.dashboard.packed import Common, Entries
from service.dashboard.shown import Line
from service.store.dashboard_tables import dashboard_blocks, dashboard_units, dashboards
from service.store.engine import faults_named
from service.store.runs import Run, Write


@dataclass(frozen=True)
class Night:
    """Everything a run says."""

    common: Common
    paths: Sequence[str]
    """Of the units, the company first."""
    lines: Sequence[Entries]
    """Packed, in the order of `Common.names`."""
    currencies: Sequence[str | None]
    """By unit."""
    associations: Mapping[int, str]
    """JSON by unit's number."""


@dataclass(frozen=True)
class Before:
    """What was shown last."""

    common: Common
    paths: Sequence[str]
    lines: Sequence[Entries]

    def aligned(self, name: str, paths: Sequence[str], months: Sequence[str]) -> Line | None:
        """A line by other units and months, without a value where there was none; None where there was no such line."""
        if name not in self.common.names:
            return None
        held = packed.joined(
            [packed.whole(self.lines[self.common.names.index(name)], len(self.common.months)),
             packed.blank(1, len(self.common.months))], len(self.common.months)
        )  # fmt: skip
        place = {path: number for number, path in enumerate(self.paths)}
        rows = np.asarray([place.get(path, -1) for path in paths], np.int64)
        there = {month: number for number, month in enumerate(self.common.months)}
        columns = np.asarray([there.get(month, -1) for month in months], np.int64)
        found = Line(*(part[rows][:, columns] for part in vars(held).values()))
        fresh = packed.blank(len(rows), len(columns))
        return Line(*(np.where(columns >= 0, old, new) for old, new in zip(
            vars(found).values(), vars(fresh).values(), strict=True)))  # fmt: skip

    def since(self, name: str) -> Mapping[str, str]:
        """By month, the day of the run that gave a line's values; empty where there was no such line."""
        if name not in self.common.names:
            return {}
        days = self.common.since[self.common.names.index(name)]
        return dict(zip(self.common.months, days, strict=True))


@dataclass(frozen=True)
class OfUnit:
    """What a run says of one unit."""

    common: Common
    lines: Sequence[Line]
    """Shape (1, months) each."""
    currency: str | None
    associations: str


def write(night: Night) -> Write:
    """What puts a night's dashboard in the place of the last one."""
    content = packed.blocks(night.lines)
    units = [
        {"org_unit": path, "block": number // packed.UNITS, "place": number % packed.UNITS,
         "currency": night.currencies[number], "associations": night.associations.get(number)}
        for number, path in enumerate(night.paths)
    ]  # fmt: skip

    def put(connection: Connection, run: int) -> None:
        for table in (dashboards, dashboard_units, dashboard_blocks):
            connection.execute(delete(table).where(table.c.run != run))
        connection.execute(insert(dashboards), {"run": run, "content": msgspec.msgpack.encode(night.common)})
        connection.execute(insert(dashboard_units), [{"run": run, **unit} for unit in units])
        rows = [{"run": run, "block": number, "content": block} for number, block in enumerate(content)]
        if rows:
            connection.execute(insert(dashboard_blocks), rows)

    return put


def of_unit(store: Engine, run: Run, path: str) -> OfUnit | None:
    """What a run says of a unit; None where it says nothing of it."""
    units, blocks, heads = dashboard_units.c, dashboard_blocks.c, dashboards.c
    query = (
        select(heads.content, blocks.content, units.place, units.currency, units.associations)
        .join_from(dashboard_units, dashboards, heads.run == units.run)
        .outerjoin(dashboard_blocks, (blocks.run == units.run) & (blocks.block == units.block))
        .where(units.run == run.id, units.org_unit == path)
    )
    with faults_named(), store.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    head, block, place, currency, associations = row
    common = msgspec.msgpack.decode(head, type=Common)
    lines = packed.unit(block, place, len(common.months)) if block else []
    return OfUnit(common, lines, currency, associations or "[]")


def last(store: Engine) -> Before | None:
    """The dashboard that is there now; None before the first."""
    units, blocks = dashboard_units.c, dashboard_blocks.c
    with faults_named(), store.connect() as connection:
        head = connection.execute(select(dashboards).order_by(dashboards.c.run.desc()).limit(1)).first()
        if head is None:
            return None
        where = select(units.org_unit).where(units.run == head.run).order_by(units.block, units.place)
        paths = connection.execute(where).scalars().all()
        query = select(blocks.content).where(blocks.run == head.run).order_by(blocks.block)
        content = [packed.decoded(block) for block in connection.execute(query).scalars()]
    common = msgspec.msgpack.decode(head.content, type=Common)
    return Before(common, paths, [list(entries) for entries in zip(*content, strict=True)])
