"""Stores as earlier versions of the program left them: what a migration begins with."""

import sqlite3
from pathlib import Path
from typing import Final

FIRST: Final = """
    CREATE TABLE schema_version (id INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT NULL);
    INSERT INTO schema_version VALUES (1, 1);
    CREATE TABLE keys (digest VARCHAR(64) NOT NULL PRIMARY KEY, name TEXT NOT NULL, role VARCHAR(16) NOT NULL,
        org_unit TEXT NOT NULL, created_at VARCHAR(32) NOT NULL);
    CREATE TABLE runs (id INTEGER NOT NULL PRIMARY KEY, as_of VARCHAR(10) NOT NULL, data_digest VARCHAR(71) NOT NULL,
        bundle_digest VARCHAR(71) NOT NULL, settings_digest VARCHAR(71) NOT NULL, model_version VARCHAR(32) NOT NULL,
        retrospective BOOLEAN NOT NULL, published_at VARCHAR(32) NOT NULL, people INTEGER NOT NULL,
        team_columns TEXT NOT NULL,
        CONSTRAINT run_identity UNIQUE (as_of, data_digest, bundle_digest, settings_digest));
    CREATE INDEX runs_by_day ON runs (as_of, id);
    CREATE TABLE scores (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, employee_id TEXT NOT NULL,
        manager_id TEXT, org_unit TEXT, risk_30 DOUBLE, risk_90 DOUBLE, risk_180 DOUBLE, risk_365 DOUBLE,
        band VARCHAR(10), no_score VARCHAR(32), reasons TEXT NOT NULL, next_conversation VARCHAR(8),
        overdue_days INTEGER, team_values BLOB, PRIMARY KEY (run, employee_id));
    CREATE TABLE team_values (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, manager_id TEXT NOT NULL,
        means BLOB NOT NULL, PRIMARY KEY (run, manager_id));
    INSERT INTO runs VALUES (1, '2025-01-31', 'sha256:d', 'sha256:b', 'sha256:s', '1', 0, '2025-02-01T01:00:00+00:00', 1, '[]');
    INSERT INTO scores VALUES (1, 'E1', 'M1', 'A/B', 0.01, 0.02, 0.03, 0.04, 'low', NULL, '[]', NULL, NULL, NULL);
"""


def first(home: Path) -> sqlite3.Connection:
    """A store of schema version 1 in a home, with one run of one person; close it when more is in it."""
    home.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(home / "retention.db")
    connection.executescript(FIRST)
    return connection
