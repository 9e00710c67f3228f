"""The declared contract and the pandera schemas derived from it say the same."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from features.coerce import DTYPES
from features.contracts import TABLES, default_scale
from features.schemas import broken, schema
from features.table_spec import Table
from tests.builders import employee, folder


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_has_a_schema_column(table: Table) -> None:
    """Type and nullability follow the declaration."""
    derived = schema(table, today=0)
    assert list(derived.columns) == [column.name for column in table.columns]
    for column in table.columns:
        assert derived.columns[column.name].nullable is not column.required
        assert derived.columns[column.name].dtype.type == DTYPES[column.kind]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_keys_days_and_rules_name_declared_columns(table: Table) -> None:
    """A declaration speaks of its own columns only."""
    names = {column.name for column in table.columns}
    spoken = {*table.key, *(rule.column for rule in table.rules)}
    spoken |= {name for name in (table.day, table.refuses) if name is not None}
    assert spoken <= names


def test_only_comments_come_in_as_numbers() -> None:
    """One column is free text that people write; of no other column the text is hashed."""
    hashed = [(table.name, column.name) for table in TABLES for column in table.columns if column.kind == "comment"]
    assert hashed == [("surveys", "comment")]
    assert DTYPES["comment"] == pl.Binary


def test_happened_columns_are_the_contract_s() -> None:
    """Answers, tickets, held conversations and recordings may not lie ahead; plans may."""
    happened = [f"{table.name}.{column.name}" for table in TABLES for column in table.columns if column.happened]
    assert happened == [
        "employees.exit_recorded_at",
        "job_history.recorded_at",
        "surveys.responded_at",
        "tickets.opened_at",
        "tickets.first_response_at",
        "tickets.resolved_at",
        "checkins.held_at",
        "signals.recorded_at",
        "team_signals.recorded_at",
    ]


def test_pandera_judges_rows_not_only_columns() -> None:
    """An eager frame with one bad value has one broken row."""
    table = next(table for table in TABLES if table.name == "absences")
    frame = pl.DataFrame(
        {
            "_row": pl.Series([4, 7, 9], dtype=pl.UInt32),
            "employee_id": ["A", None, "C"],
            "start_date": [dt.date(2021, 1, 2)] * 3,
            "end_date": [dt.date(2021, 1, 1), None, dt.date(2021, 1, 2)],
        }
    )
    assert broken(frame, table, today=20_000).sort("row").rows() == [
        (4, "end_date", "before start_date"),
        (7, "employee_id", "missing value"),
    ]


@pytest.mark.parametrize("switch", ["PANDERA_VALIDATION_ENABLED=False", "PANDERA_VALIDATION_DEPTH=SCHEMA_ONLY"])
def test_pandera_cannot_be_switched_off_from_outside(tmp_path: Path, switch: str) -> None:
    """A caller's environment that turns validation off elsewhere leaves this door shut."""
    data = folder(tmp_path / "data", employees=[employee(termination_type="fired")])
    name, value = switch.split("=")
    command = [sys.executable, "-m", "features", "check", "--data", str(data)]
    ended = subprocess.run(command, env={**os.environ, name: value}, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "not one of the allowed values in column 'termination_type'" in ended.stderr


def test_default_scales() -> None:
    """The scale of eNPS runs from 0 to 10, every other question from 1 to 5."""
    assert (default_scale("enps"), default_scale("workload")) == ((0.0, 10.0), (1.0, 5.0))
