"""The dashboard's tables: figures of units by month, packed. No row is about a person: what is not shown is not stored.

Only the newest run that is not retrospective has any; they replace each other.
"""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from service.store.tables import METADATA

dashboards = Table(
    "dashboards",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "content", LargeBinary, nullable=False, comment="MessagePack: months, names of figures, since when each stands"
    ),
)
"""What the figures of a run have in common."""

dashboard_units = Table(
    "dashboard_units",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("org_unit", Text, primary_key=True, comment="empty: the whole company"),
    Column("block", Integer, nullable=False),
    Column("place", Integer, nullable=False, comment="within the block"),
    Column("currency", String(16), comment="of the amounts; null: none is named"),
    Column("associations", Text, comment="JSON list; null: none for this unit"),
)
"""Where each unit's figures lie."""

dashboard_blocks = Table(
    "dashboard_blocks",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("block", Integer, primary_key=True),
    Column(
        "content", LargeBinary, nullable=False, comment="figures of some units by month: codes, values, people, marks"
    ),
)
"""The figures themselves."""
