"""Small builders: a data folder from rows written out in the test.

    folder(tmp_path, employees=[row(hire_date="2020-01-01")], job_history=[job()])

Every row is a dict of texts (or of values, for Parquet); a column that no row names is absent from the file.
"""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

Row = Mapping[str, Any]
Form = Literal["csv", "csv.gz", "parquet"]


def employee(employee_id: str = "E000001", hire_date: str = "2020-01-01", **more: Any) -> dict[str, Any]:
    """One row of `employees`."""
    return {"employee_id": employee_id, "hire_date": hire_date, **more}


def job(
    employee_id: str = "E000001",
    effective_date: str = "2020-01-01",
    event: str = "hire",
    manager_id: str | None = "M0001",
    org_unit: str | None = "Sales/North",
    **more: Any,
) -> dict[str, Any]:
    """One row of `job_history`."""
    return {
        "employee_id": employee_id,
        "effective_date": effective_date,
        "event": event,
        "manager_id": manager_id,
        "org_unit": org_unit,
        **more,
    }


def survey(
    survey_id: str = "S000001",
    employee_id: str | None = "E000001",
    sent_at: str = "2021-03-01",
    driver: str = "enps",
    **more: Any,
) -> dict[str, Any]:
    """One row of `surveys`."""
    return {"survey_id": survey_id, "employee_id": employee_id, "sent_at": sent_at, "driver": driver, **more}


def ticket(
    ticket_id: str = "T000001", employee_id: str = "E000001", opened_at: str = "2021-03-01T09:00:00Z", **more: Any
) -> dict[str, Any]:
    """One row of `tickets`."""
    return {"ticket_id": ticket_id, "employee_id": employee_id, "opened_at": opened_at, **more}


def checkin(
    checkin_id: str = "C000001", employee_id: str = "E000001", scheduled_at: str = "2021-03-01T09:00:00Z", **more: Any
) -> dict[str, Any]:
    """One row of `checkins`."""
    return {"checkin_id": checkin_id, "employee_id": employee_id, "scheduled_at": scheduled_at, **more}


def signal(
    employee_id: str = "E000001", occurred_at: str = "2021-03-01", name: str = "learning", **more: Any
) -> dict[str, Any]:
    """One row of `signals`."""
    return {"employee_id": employee_id, "occurred_at": occurred_at, "name": name, **more}


def people(count: int, hire_date: str = "2020-01-01", first: int = 1) -> list[dict[str, Any]]:
    """`count` rows of `employees`, from E000001 on."""
    return [employee(f"E{number:06d}", hire_date) for number in range(first, first + count)]


def jobs(count: int, effective_date: str = "2020-01-01", first: int = 1) -> list[dict[str, Any]]:
    """The hire rows of `people(count)`."""
    return [job(f"E{number:06d}", effective_date) for number in range(first, first + count)]


def frame(rows: Sequence[Row], columns: Sequence[str] = ()) -> pl.DataFrame:
    """Rows as a frame; columns in order of first use, or as given (for a table with no rows)."""
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame({name: [row.get(name) for row in rows] for name in names}, strict=False)


def write_table(folder_path: Path, table: str, rows: Sequence[Row] | pl.DataFrame, form: Form = "csv") -> Path:
    """Write one table's file and return its path."""
    data = rows if isinstance(rows, pl.DataFrame) else frame(rows)
    path = folder_path / f"{table}.{form}"
    if form == "parquet":
        data.write_parquet(path)
    else:
        content = data.write_csv().encode()
        path.write_bytes(gzip.compress(content, mtime=0) if form == "csv.gz" else content)
    return path


def folder(path: Path, *, form: Form = "csv", **tables: Sequence[Row] | pl.DataFrame | None) -> Path:
    """Write a data folder: by default one employee with a hire row; other tables only where rows are given.

    ``employees=None`` leaves a table's file out. A table with no rows is given as a frame, for its columns.
    """
    path.mkdir(parents=True, exist_ok=True)
    everything: dict[str, Sequence[Row] | pl.DataFrame | None] = {"employees": [employee()], "job_history": [job()]}
    everything.update(tables)
    for table, rows in everything.items():
        if rows is not None:
            write_table(path, table, rows, form)
    return path
