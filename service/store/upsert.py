"""Rows that may be there already: SQL has no common words for that, so each database is asked in its own."""

from typing import Any

from sqlalchemy import Table


def insertion(dialect: str, table: Table) -> Any:
    """An `insert` that can be told what to do where the row is there; only the words of the database in use are read."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
