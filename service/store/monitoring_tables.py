"""The tables of monitoring: how a run's people lay in the model's bins, what differed, and what was expected of the run.

They are made with `service.store.tables`' and change by the same migrations. Nobody stands in them: counts, shares and names
of columns alone.
"""

from typing import Final

from sqlalchemy import Column, Float, ForeignKey, Integer, String, Table, Text

from service.store.tables import METADATA

RANGES: Final = ("leavers", "auc", "brier", "precision")
"""Figures that are estimated, each with a lower and an upper end."""

monitored = Table(
    "monitored",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("counts", Text, nullable=False, comment="JSON: people by bin of the model's reference, by column and score"),
    Column("drift", Text, nullable=False, comment="JSON: what differs from the training window, and by how much"),
)
"""What a run's people looked like beside those the model learned from; runs of models without a reference have no row."""

estimated = Table(
    "estimated",
    METADATA,
    Column("as_of", String(10), primary_key=True, comment="of the day's run that was published last"),
    Column("horizon", Integer, primary_key=True, comment="days"),
    Column("model_version", String(32), nullable=False),
    Column("bundle_digest", String(71), nullable=False),
    Column("people", Integer, nullable=False, comment="who were scored"),
    Column("listed", Integer, comment="of them above the lowest band; null: too few, or nearly all"),
    *(
        Column(f"{name}{end}", Float(53), comment="expected; null: cannot be told" if not end else None)
        for name in RANGES
        for end in ("", "_low", "_high")
    ),
)
"""What a run was expected to come to, from its own risks; it outlives the run, until what came of it is known."""
