"""The tables of a scoring run under way: who works on it, and what of it is done. No reader of scores looks here.

Rows of a run that is published are gone. What is staged names nobody: it is numbers and sentences in the order of the
people, which only the run's own data tells.
"""

from typing import Final

from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, String, Table, Text

from service.store.tables import METADATA

nights: Final = Table(
    "nights",
    METADATA,
    Column("night", String(71), primary_key=True, comment="digest of what makes the run what it is"),
    Column("holder", Text, nullable=False, comment="host and process that work on it; empty: nobody"),
    Column("token", String(32), nullable=False, comment="of this holding: whoever takes it over has another"),
    Column("expires", Float(53), nullable=False, comment="seconds since 1970, by the database's clock"),
)

staged: Final = Table(
    "staged",
    METADATA,
    Column("night", String(71), ForeignKey("nights.night", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("author", String(80), nullable=False, comment="the program that worked it out, and its size of parts"),
    Column("content", LargeBinary, nullable=False, comment="MessagePack: what was found of this part of the people"),
)
