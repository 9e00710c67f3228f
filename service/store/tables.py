"""The score store's tables, for SQLite and PostgreSQL alike. Days are ISO dates in text; floats are doubles.

No table holds a comment, a name or anything else that scoring and lists do not need.
"""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION: Final = 13
"""Raised with every change of these tables, which `service.store.migrations` then makes in stores that are there; an
older program refuses a newer store."""

METADATA: Final = MetaData()

PATH: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""A path of units, compared letter by letter: what lies below a unit is then one stretch of an index."""

schema = Table(
    "schema_version",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)

keys = Table(
    "keys",
    METADATA,
    Column(
        "digest", String(64), primary_key=True, comment="SHA-256 of the key, hexadecimal; the key itself is nowhere"
    ),
    Column("prefix", String(8), comment="the public part, by which a key is named; of a key without one, its digest's"),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("org_unit", Text, nullable=False, comment="path; empty: the whole company"),
    Column("created_at", String(32), nullable=False, comment="RFC 3339, UTC"),
    Column("expires_at", String(32), comment="RFC 3339, UTC; null: never"),
    Column("revoked_at", String(32), comment="RFC 3339, UTC; null: not revoked"),
    Column("last_used_on", String(10), comment="the UTC day; null: never used since days are noted"),
)

runs = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("as_of", String(10), nullable=False),
    Column("data_digest", String(71), nullable=False),
    Column("bundle_digest", String(71), nullable=False),
    Column("settings_digest", String(71), nullable=False),
    Column("model_version", String(32), nullable=False),
    Column("retrospective", Boolean, nullable=False, comment="the day lies before the model's training day"),
    Column("published_at", String(32), nullable=False, comment="RFC 3339, UTC"),
    Column("people", Integer, nullable=False),
    Column("team_columns", Text, nullable=False, comment="JSON list: names of the team values, in their order"),
    Column("newest", Text, comment="JSON: by source, the day of the newest fact known on as_of; null: an older run"),
    Column("inputs", Text, comment="JSON: by column of features, the share of nulls and the usual size"),
    Column("bands", Text, comment="JSON list: the 90-day risks from which elevated, high and critical begin"),
    UniqueConstraint("as_of", "data_digest", "bundle_digest", "settings_digest", name="run_identity"),
)

scores = Table(
    "scores",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("employee_id", Text, primary_key=True),
    Column("manager_id", Text, comment="on the day; null: none known"),
    Column("org_unit", PATH, comment="on the day; null: none known"),
    Column("risk_30", Float(53), comment="null exactly where no_score is set"),
    Column("risk_90", Float(53)),
    Column("risk_180", Float(53)),
    Column("risk_365", Float(53)),
    Column("band", String(10)),
    Column("no_score", String(32)),
    Column("reasons", Text, nullable=False, comment="JSON list, strongest first"),
    Column("next_conversation", String(8)),
    Column("overdue_days", Integer),
    Column("team_values", LargeBinary, comment="float32, little-endian, as runs.team_columns; null: not scored"),
    Column("newest", Text, comment="JSON: by source, the day of the person's newest fact known on as_of"),
    Column("hired_on", String(10), comment="hire day of the first employment; null: an older run"),
)

team_values = Table(
    "team_values",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("manager_id", Text, primary_key=True),
    Column("means", LargeBinary, nullable=False, comment="float32, little-endian: plain means over the team's members"),
    Column("org_unit", Text, comment="the lowest unit that holds every member; null: none does, or not known"),
)

rises = Table(
    "rises",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("employee_id", Text, primary_key=True),
    Column(
        "kind", String(8), nullable=False, comment="band: into a higher band; jump: by more than risks usually move"
    ),
    Column("rise", Float(53), nullable=False, comment="of the 90-day risk's log-odds, since the run before"),
)
"""Whose risk rose between a run and the one before it."""

refused_runs = Table(
    "refused_runs",
    METADATA,
    Column("as_of", String(10), primary_key=True),
    Column("refused_at", String(32), primary_key=True, comment="RFC 3339, UTC"),
    Column("reasons", Text, nullable=False, comment="JSON list of sentences: counts and names of tables, no person"),
)
"""Runs that were not published, and why: the list before them stays, and says so."""

actions = Table(
    "actions",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("employee_id", Text, nullable=False),
    Column("action_type", String(32), nullable=False),
    Column("occurred_at", String(32), nullable=False, comment="RFC 3339, UTC"),
    Column("recorded_at", String(32), nullable=False, comment="RFC 3339, UTC"),
    Column("recorded_by", Text, nullable=False, comment="public part of the key, or pseudonym of the person"),
    Column("state", String(8), nullable=False, server_default="done", comment="open, done or dropped"),
    Column("follow_up_on", String(10), comment="when to come back to it; null: done, dropped, or no day was set"),
    Column("changed_at", String(32), comment="RFC 3339, UTC: last change of the state or the follow-up; null: none"),
)
"""What was done to keep somebody, as recorded here."""

replies = Table(
    "replies",
    METADATA,
    Column("caller", Text, primary_key=True),
    Column("idempotency_key", String(64), primary_key=True, comment="SHA-256 of what the caller sent as the key"),
    Column("request", String(64), nullable=False, comment="SHA-256 of method, path and body"),
    Column("answer", Text, nullable=False, comment="JSON of the answer that was given"),
    Column("at", String(32), nullable=False, comment="RFC 3339, UTC"),
)
"""Answers to requests that changed something, so that one sent twice changes it once."""

for _horizon in (30, 90, 180, 365):
    Index(f"scores_by_risk_{_horizon}", scores.c.run, scores.c[f"risk_{_horizon}"].desc(), scores.c.employee_id)

Index("scores_by_person", scores.c.employee_id)
Index("scores_by_unit", scores.c.run, scores.c.org_unit, scores.c.band)
Index("actions_by_person", actions.c.employee_id, actions.c.occurred_at)
Index("runs_by_day", runs.c.as_of, runs.c.id)
Index("keys_by_prefix", keys.c.prefix, unique=True)
