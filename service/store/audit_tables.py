"""The tables of oversight: who saw whose risk, under which pseudonym, who objected, what is switched off, who was erased.

They are made with `service.store.tables`' and change by the same migrations. Only `subjects` and `objections` hold an
employee id: the access log knows people by pseudonym alone, and a tombstone is a keyed digest.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from service.store.tables import METADATA

_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")

access_log = Table(
    "access_log",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False, comment="1, 2, 3 … without a gap"),
    Column("at", String(32), nullable=False, comment="RFC 3339, UTC"),
    Column("caller", String(64), nullable=False, comment="a key's public part, a token holder's pseudonym, a command"),
    Column("role", String(16), nullable=False),
    Column("action", String(24), nullable=False),
    Column("run", Integer, comment="number of the run that was read; null: none. The run itself may be gone since"),
    Column("subject", String(64), nullable=False, comment="the person's pseudonym; empty: nobody in particular"),
    Column("hash", String(64), nullable=False, comment="SHA-256 of the hash before and of this row"),
)
"""One row for every person shown, written before the answer leaves. Without an index by person: it would double the time
of every read, and who asks who saw them can wait for a look at every row."""

access_head = Table(
    "access_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", _NUMBER, nullable=False, comment="of the last row"),
    Column("hash", String(64), nullable=False, comment="of the last row"),
    Column("base_seq", _NUMBER, nullable=False, comment="rows up to this one are gone, their time being over"),
    Column("base_hash", String(64), nullable=False, comment="of that row: where the chain now begins"),
)
"""One row: where the chain ends. Whoever appends holds it, so that several processes and hosts make one chain."""

subjects = Table(
    "subjects",
    METADATA,
    Column("employee_id", Text, primary_key=True),
    Column("key", String(64), nullable=False, comment="256 random bits, hexadecimal: what the pseudonym is made with"),
)
"""The only way from an employee to their pseudonym; erasure destroys it."""

objections = Table(
    "objections",
    METADATA,
    Column("employee_id", Text, primary_key=True),
    Column("objected_at", String(32), primary_key=True, comment="RFC 3339, UTC"),
    Column("withdrawn_at", String(32), comment="null: it holds"),
)
"""Objections that were made here; those in a data folder stand in its table of the same name."""

units_off = Table(
    "units_off",
    METADATA,
    Column("path", Text, primary_key=True, comment="org unit; empty: the whole company"),
    Column("off_at", String(32), primary_key=True, comment="RFC 3339, UTC"),
    Column("on_at", String(32), comment="null: still off"),
)
"""Units in which nobody is scored or listed."""

tombstones = Table(
    "tombstones",
    METADATA,
    Column("key", String(64), primary_key=True, comment="random, hexadecimal; the same for all made in one home"),
    Column("digest", String(64), primary_key=True, comment="HMAC-SHA256 of the employee id under that key"),
    Column("erased_at", String(32), nullable=False, comment="RFC 3339, UTC"),
)
"""Who was erased, so that later imports leave them out; the same lines lie outside the store."""
