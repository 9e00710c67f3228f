"""The tables of groups of people: what a run says of every org unit and of every manager's team.

A group's figures may be those of an earlier run, since figures over nearly the same people would tell of the few who came or
went. So each row carries what is shown, the day it is from, and a digest of whom it speaks of.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from service.store.tables import METADATA, PATH

DAY: Final = 10

group_figures = Table(
    "group_figures",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="place among the run's groups"),
    Column(
        "kind", String(4), nullable=False, comment="unit: org_unit with all below it; team: who reports to manager_id"
    ),
    Column("org_unit", PATH, nullable=False, comment="path, empty: the company; of a team the lowest that holds it"),
    Column("above", PATH, comment="of a unit, the path right above; null: the company, and teams"),
    Column("manager_id", Text, comment="of a team; null: a unit, or a manager who was erased"),
    Column("people", Integer, nullable=False, comment="at risk on the day"),
    Column("left_voluntarily", Integer, nullable=False, comment="in the 12 months up to the day"),
    Column("left_otherwise", Integer, nullable=False),
    Column("withheld", String(12), comment="code of why no figure is shown; null: they are"),
    Column("as_of", String(DAY), comment="day of the run that worked the figures out; null: none ever were"),
    Column("made_by", Integer, comment="number of that run, which may be gone since"),
    Column("figures", Text, comment="JSON: what was last worked out to be shown of the group, also while withheld"),
    Column("digest", LargeBinary, comment="of whom the figures speak (service.disclosure.digests)"),
)
"""One row a group."""

group_keys = Table(
    "group_keys",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False, comment="256 random bits, hexadecimal: what digests are made with"),
)
"""One row."""

Index("group_figures_by_unit", group_figures.c.run, group_figures.c.kind, group_figures.c.org_unit)
