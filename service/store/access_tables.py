"""The tables of access beside the keys: which units are whose from when to when, and what cursors are sealed with.

They are made with `service.store.tables`' and change by the same migrations. None names an employee.
"""

from typing import Final

from sqlalchemy import Column, Index, String, Table, Text

from service.store.tables import METADATA

assignments: Final = Table(
    "assignments",
    METADATA,
    Column("id", String(8), primary_key=True, comment="by which it is named in commands"),
    Column("kind", String(8), nullable=False, comment="key: all keys of that name; person: a token's holder"),
    Column("holder", Text, nullable=False, comment="name of the keys, or pseudonym of the person"),
    Column("org_unit", Text, nullable=False, comment="path; empty: the whole company"),
    Column("valid_from", String(10), nullable=False, comment="first day, UTC"),
    Column("valid_to", String(10), comment="last day, UTC; null: until it is ended"),
    Column("assigned_at", String(32), nullable=False, comment="RFC 3339, UTC"),
    Column("assigned_by", String(64), nullable=False),
    Column("ended_at", String(32), comment="RFC 3339, UTC: from then on it holds no more; null: not ended"),
    Column("ended_by", String(64)),
)
"""Never purged: a holder without any would see all units of the key again."""

seals: Final = Table(
    "seals",
    METADATA,
    Column("purpose", String(16), primary_key=True),
    Column("key", String(64), nullable=False, comment="256 random bits, hexadecimal"),
    Column("made_at", String(32), nullable=False, comment="RFC 3339, UTC"),
)
"""Keys that this store's processes share, to seal what callers carry for them."""

Index("assignments_by_holder", assignments.c.kind, assignments.c.holder)
