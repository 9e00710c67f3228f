"""The tables of outgoing webhooks: who is told, what, and how far that got. They hold counts and days, and no person.

They are made with `service.store.tables`' and change by the same migrations. A secret must be readable, since messages
are signed with it: what protects it is what protects the store (a file of its owner alone, or the database's rights).
"""

from typing import Final

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text

from service.store.tables import METADATA

webhooks: Final = Table(
    "webhooks",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False, comment="JSON list of the types that are sent"),
    Column("secret", String(64), nullable=False, comment="whsec_ and base64: what messages are signed with"),
    Column("old_secret", String(64), comment="the one before, which signs beside it for a while"),
    Column("old_until", Float(53), comment="seconds since 1970: until then"),
    Column("made_at", String(32), nullable=False, comment="RFC 3339, UTC"),
    Column("disabled_at", String(32), comment="RFC 3339, UTC; null: messages are sent"),
)

messages: Final = Table(
    "webhook_messages",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("type", String(32), nullable=False),
    Column("payload", Text, nullable=False, comment="JSON as it is sent: type, timestamp, numbers and days of a run"),
    Column("made_at", String(32), nullable=False, comment="RFC 3339, UTC"),
)

deliveries: Final = Table(
    "webhook_deliveries",
    METADATA,
    Column("webhook", String(16), ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True),
    Column("message", String(40), ForeignKey("webhook_messages.id", ondelete="CASCADE"), primary_key=True),
    Column("due", Float(53), comment="seconds since 1970: when it is tried next; null: it is over"),
    Column("attempts", Integer, nullable=False),
    Column("outcome", String(16), nullable=False, comment="of the last attempt; empty: none was made"),
)

leader: Final = Table(
    "webhook_leader",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", String(32), nullable=False, comment="the process that sends; empty: none"),
    Column("until", Float(53), nullable=False, comment="seconds since 1970: then another may"),
    Column("champion", String(32), comment="version of the model that was told of last; null: none was looked for"),
)
"""One row: of all processes of all hosts, one sends."""

Index("webhook_deliveries_by_due", deliveries.c.due)
