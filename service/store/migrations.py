"""Changes of the tables, in order: each brings a store from one schema version to the next, keeping what is in it.

The number of a step is the version it leads to. A step is written once and never changed; a new one is added with every
change of `service.store.tables`. All that are due are made in one transaction, by one process: the others wait.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, func, select, text, update

from service.store import tables

STEPS: Final[Mapping[int, Sequence[str]]] = {
    2: (
        "ALTER TABLE keys ADD COLUMN prefix VARCHAR(8)",
        "ALTER TABLE keys ADD COLUMN expires_at VARCHAR(32)",
        "ALTER TABLE keys ADD COLUMN revoked_at VARCHAR(32)",
        "ALTER TABLE keys ADD COLUMN last_used_on VARCHAR(10)",
        "UPDATE keys SET prefix = substr(digest, 1, 8)",
        "CREATE UNIQUE INDEX keys_by_prefix ON keys (prefix)",
        "ALTER TABLE team_values ADD COLUMN org_unit TEXT",
    ),
    3: (
        "ALTER TABLE runs ADD COLUMN newest TEXT",
        "ALTER TABLE runs ADD COLUMN bands TEXT",
        "ALTER TABLE scores ADD COLUMN newest TEXT",
        """CREATE TABLE rises (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, employee_id TEXT NOT NULL,
            kind VARCHAR(8) NOT NULL, rise DOUBLE PRECISION NOT NULL, PRIMARY KEY (run, employee_id))""",
        """CREATE TABLE refused_runs (
            as_of VARCHAR(10) NOT NULL, refused_at VARCHAR(32) NOT NULL, reasons TEXT NOT NULL,
            PRIMARY KEY (as_of, refused_at))""",
        """CREATE TABLE actions (
            id VARCHAR(32) NOT NULL PRIMARY KEY, employee_id TEXT NOT NULL, action_type VARCHAR(32) NOT NULL,
            occurred_at VARCHAR(32) NOT NULL, recorded_at VARCHAR(32) NOT NULL, recorded_by TEXT NOT NULL)""",
        "CREATE INDEX actions_by_person ON actions (employee_id, occurred_at)",
        """CREATE TABLE replies (
            caller TEXT NOT NULL, idempotency_key VARCHAR(64) NOT NULL, request VARCHAR(64) NOT NULL,
            answer TEXT NOT NULL, at VARCHAR(32) NOT NULL, PRIMARY KEY (caller, idempotency_key))""",
        *(
            f"CREATE INDEX scores_by_risk_{days} ON scores (run, risk_{days} DESC, employee_id)"
            for days in (30, 90, 180, 365)
        ),
    ),
    4: (
        """CREATE TABLE access_log (
            seq {number} PRIMARY KEY, at VARCHAR(32) NOT NULL, caller VARCHAR(64) NOT NULL, role VARCHAR(16) NOT NULL,
            action VARCHAR(24) NOT NULL, run INTEGER, subject VARCHAR(64) NOT NULL, hash VARCHAR(64) NOT NULL)""",
        """CREATE TABLE access_head (
            id INTEGER PRIMARY KEY, seq {number} NOT NULL, hash VARCHAR(64) NOT NULL,
            base_seq {number} NOT NULL, base_hash VARCHAR(64) NOT NULL)""",
        "CREATE TABLE subjects (employee_id TEXT PRIMARY KEY, key VARCHAR(64) NOT NULL)",
        """CREATE TABLE objections (
            employee_id TEXT NOT NULL, objected_at VARCHAR(32) NOT NULL, withdrawn_at VARCHAR(32),
            PRIMARY KEY (employee_id, objected_at))""",
        """CREATE TABLE units_off (
            path TEXT NOT NULL, off_at VARCHAR(32) NOT NULL, on_at VARCHAR(32), PRIMARY KEY (path, off_at))""",
        """CREATE TABLE tombstones (
            key VARCHAR(64) NOT NULL, digest VARCHAR(64) NOT NULL, erased_at VARCHAR(32) NOT NULL,
            PRIMARY KEY (key, digest))""",
    ),
    5: (
        "ALTER TABLE runs ADD COLUMN inputs TEXT",
        "CREATE INDEX scores_by_unit ON scores (run, org_unit, band)",
    ),
    6: (
        """CREATE TABLE nights (
            night VARCHAR(71) NOT NULL PRIMARY KEY, holder TEXT NOT NULL, token VARCHAR(32) NOT NULL,
            expires DOUBLE PRECISION NOT NULL)""",
        """CREATE TABLE staged (
            night VARCHAR(71) NOT NULL REFERENCES nights (night) ON DELETE CASCADE, part INTEGER NOT NULL,
            author VARCHAR(80) NOT NULL, content {bytes} NOT NULL, PRIMARY KEY (night, part))""",
        "CREATE INDEX scores_by_person ON scores (employee_id)",
    ),
    7: (
        """CREATE TABLE assignments (
            id VARCHAR(8) NOT NULL PRIMARY KEY, kind VARCHAR(8) NOT NULL, holder TEXT NOT NULL, org_unit TEXT NOT NULL,
            valid_from VARCHAR(10) NOT NULL, valid_to VARCHAR(10), assigned_at VARCHAR(32) NOT NULL,
            assigned_by VARCHAR(64) NOT NULL, ended_at VARCHAR(32), ended_by VARCHAR(64))""",
        "CREATE INDEX assignments_by_holder ON assignments (kind, holder)",
        """CREATE TABLE seals (
            purpose VARCHAR(16) NOT NULL PRIMARY KEY, key VARCHAR(64) NOT NULL, made_at VARCHAR(32) NOT NULL)""",
        """CREATE TABLE webhooks (
            id VARCHAR(16) NOT NULL PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, secret VARCHAR(64) NOT NULL,
            old_secret VARCHAR(64), old_until DOUBLE PRECISION, made_at VARCHAR(32) NOT NULL, disabled_at VARCHAR(32))""",
        """CREATE TABLE webhook_messages (
            id VARCHAR(40) NOT NULL PRIMARY KEY, type VARCHAR(32) NOT NULL, payload TEXT NOT NULL,
            made_at VARCHAR(32) NOT NULL)""",
        """CREATE TABLE webhook_deliveries (
            webhook VARCHAR(16) NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
            message VARCHAR(40) NOT NULL REFERENCES webhook_messages (id) ON DELETE CASCADE,
            due DOUBLE PRECISION, attempts INTEGER NOT NULL, outcome VARCHAR(16) NOT NULL,
            PRIMARY KEY (webhook, message))""",
        "CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (due)",
        """CREATE TABLE webhook_leader (
            id INTEGER NOT NULL PRIMARY KEY, holder VARCHAR(32) NOT NULL, until DOUBLE PRECISION NOT NULL,
            champion VARCHAR(32))""",
    ),
    8: (
        "ALTER TABLE actions ADD COLUMN state VARCHAR(8) NOT NULL DEFAULT 'done'",
        "ALTER TABLE actions ADD COLUMN follow_up_on VARCHAR(10)",
        "ALTER TABLE actions ADD COLUMN changed_at VARCHAR(32)",
        """CREATE TABLE exits (
            employee_id TEXT NOT NULL, hire_day VARCHAR(10) NOT NULL, next_hire VARCHAR(10),
            exit_day VARCHAR(10) NOT NULL, kind VARCHAR(10) NOT NULL, known_on VARCHAR(10) NOT NULL,
            first_told VARCHAR(10) NOT NULL, last_told VARCHAR(10) NOT NULL, PRIMARY KEY (employee_id, hire_day))""",
        """CREATE TABLE realised (
            as_of VARCHAR(10) NOT NULL, horizon INTEGER NOT NULL, model_version VARCHAR(32) NOT NULL,
            bundle_digest VARCHAR(71) NOT NULL, people INTEGER NOT NULL, "left" INTEGER NOT NULL, other INTEGER NOT NULL,
            gone INTEGER NOT NULL, unknown INTEGER NOT NULL, expected DOUBLE PRECISION NOT NULL, low INTEGER NOT NULL,
            high INTEGER NOT NULL, auc DOUBLE PRECISION, brier DOUBLE PRECISION, bins TEXT NOT NULL,
            listed INTEGER NOT NULL, listed_left INTEGER NOT NULL, listed_other INTEGER NOT NULL,
            listed_expected DOUBLE PRECISION NOT NULL, listed_low INTEGER NOT NULL, listed_high INTEGER NOT NULL,
            first_on VARCHAR(10) NOT NULL, last_on VARCHAR(10) NOT NULL, stale_on VARCHAR(10),
            worked_out_at VARCHAR(32) NOT NULL, PRIMARY KEY (as_of, horizon))""",
        """CREATE TABLE group_outcomes (
            as_of VARCHAR(10) NOT NULL, horizon INTEGER NOT NULL, org_unit TEXT NOT NULL, withheld VARCHAR(12),
            people INTEGER, "left" INTEGER, listed INTEGER, listed_left INTEGER, expected DOUBLE PRECISION,
            worked_out_on VARCHAR(10) NOT NULL, PRIMARY KEY (as_of, horizon, org_unit))""",
    ),
    9: (
        """CREATE TABLE dashboards (
            run INTEGER NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE, content {bytes} NOT NULL)""",
        """CREATE TABLE dashboard_units (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, org_unit TEXT NOT NULL,
            block INTEGER NOT NULL, place INTEGER NOT NULL, currency VARCHAR(16), associations TEXT,
            PRIMARY KEY (run, org_unit))""",
        """CREATE TABLE dashboard_blocks (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, block INTEGER NOT NULL,
            content {bytes} NOT NULL, PRIMARY KEY (run, block))""",
    ),
    10: (
        """CREATE TABLE group_figures (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, number INTEGER NOT NULL,
            kind VARCHAR(4) NOT NULL, org_unit {path} NOT NULL, above {path}, manager_id TEXT,
            people INTEGER NOT NULL, left_voluntarily INTEGER NOT NULL, left_otherwise INTEGER NOT NULL,
            withheld VARCHAR(12), as_of VARCHAR(10), made_by INTEGER, figures TEXT, digest {bytes},
            PRIMARY KEY (run, number))""",
        "CREATE INDEX group_figures_by_unit ON group_figures (run, kind, org_unit)",
        "CREATE TABLE group_keys (id INTEGER NOT NULL PRIMARY KEY, key VARCHAR(64) NOT NULL)",
    ),
    11: (
        """CREATE TABLE monitored (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, counts TEXT NOT NULL, drift TEXT NOT NULL,
            PRIMARY KEY (run))""",
        """CREATE TABLE estimated (
            as_of VARCHAR(10) NOT NULL, horizon INTEGER NOT NULL, model_version VARCHAR(32) NOT NULL,
            bundle_digest VARCHAR(71) NOT NULL, people INTEGER NOT NULL, listed INTEGER,
            leavers DOUBLE PRECISION, leavers_low DOUBLE PRECISION, leavers_high DOUBLE PRECISION,
            auc DOUBLE PRECISION, auc_low DOUBLE PRECISION, auc_high DOUBLE PRECISION,
            brier DOUBLE PRECISION, brier_low DOUBLE PRECISION, brier_high DOUBLE PRECISION,
            "precision" DOUBLE PRECISION, precision_low DOUBLE PRECISION, precision_high DOUBLE PRECISION,
            PRIMARY KEY (as_of, horizon))""",
    ),
    12: (
        """CREATE TABLE sessions (
            digest VARCHAR(64) NOT NULL PRIMARY KEY, key_prefix VARCHAR(8), person TEXT, ends_at VARCHAR(32),
            opened_at VARCHAR(32) NOT NULL, seen_at VARCHAR(32) NOT NULL)""",
        "CREATE INDEX sessions_by_key ON sessions (key_prefix)",
        """CREATE TABLE sign_in_codes (
            digest VARCHAR(64) NOT NULL PRIMARY KEY, key_prefix VARCHAR(8) NOT NULL, ends_at VARCHAR(32) NOT NULL)""",
        "CREATE TABLE page_choices (holder VARCHAR(64) NOT NULL PRIMARY KEY, capacity INTEGER NOT NULL)",
        """CREATE TABLE page_people (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, employee_id TEXT NOT NULL, display_name TEXT,
            work_email TEXT, conversations {bytes}, PRIMARY KEY (run, employee_id))""",
        "CREATE INDEX page_people_by_person ON page_people (employee_id)",
    ),
    13: (
        "ALTER TABLE scores ADD COLUMN hired_on VARCHAR(10)",
        "UPDATE runs SET published_at = replace(published_at, '+00:00', 'Z')",
        "UPDATE refused_runs SET refused_at = replace(refused_at, '+00:00', 'Z')",
    ),
}
"""Statements by the version they lead to, in SQL that SQLite and PostgreSQL both speak; ``{number}`` is a large whole number,
``{bytes}`` are bytes, ``{path}`` is a text compared letter by letter."""

_NAMES: Final = {"sqlite": {"{number}": "INTEGER", "{bytes}": "BLOB", "{path}": "TEXT"}}
"""What these are called where it is not as in PostgreSQL."""
_POSTGRESQL: Final = {"{number}": "BIGINT", "{bytes}": "BYTEA", "{path}": 'TEXT COLLATE "C"'}


def migrate(connection: Connection) -> None:
    """Bring the store to `tables.SCHEMA_VERSION`; done at once where another process has just done it."""
    lock(connection)
    found = connection.execute(select(tables.schema.c.version)).scalar_one()
    names = _NAMES.get(connection.dialect.name, _POSTGRESQL)
    for version in range(found + 1, tables.SCHEMA_VERSION + 1):
        for statement in STEPS[version]:
            for sign, name in names.items():
                statement = statement.replace(sign, name)  # noqa: PLW2901 - the same statement in this store's words
            connection.execute(text(statement))
    connection.execute(update(tables.schema).values(version=tables.SCHEMA_VERSION))


def lock(connection: Connection) -> None:
    """Let no other process change the schema or the keys until this transaction ends."""
    connection.execute(update(tables.schema).values(version=func.coalesce(tables.schema.c.version, 0)))
