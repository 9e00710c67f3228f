"""The door: raw tables -> clean typed frames, by the rules of the contract, with everything refused in a report.

In order: denied columns and rows go first and leave no trace but a count; then types, ranges and the rules between
columns; then repetitions (all in `table_door`); then overlapping employments, rows about unknown employees and rows
before an employment. A table with more rejects than the configured share stops the run, after every table was looked
at, so that all faults are told together.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from features import denied
from features.contracts import TABLES
from features.employments import Employments, codes, employments, locate
from features.errors import DataError, RejectsShareError
from features.repeats import without_overlaps
from features.report import Report, TableReport, count_broken, write_rejects
from features.settings import FeatureSettings
from features.sources import find_files, read, stray_files
from features.table_door import Passed, pass_table
from features.table_spec import Table

_NO_PERSON: Final = -1


@dataclass(frozen=True)
class Examined:
    """A data folder after the door.

    `frames` hold the accepted rows of each table that has a file: its declared columns, typed, and ``_row`` (its number
    in the file), ``_employee`` and ``_person`` (indices of employee and employment; -1 for none), ``_repeat`` (a
    correction) and ``_trace`` (an off-boarding trace). `problems` stop a run; `ingest.load` raises them.
    """

    frames: dict[str, pl.DataFrame]
    employments: Employments
    report: Report
    problems: tuple[RejectsShareError, ...]


def examine(folder: Path, settings: FeatureSettings, today: int, rejects_path: Path | None = None) -> Examined:
    """Read and judge every table of `folder`; `today` is the clock's day. Writes the rejects file, if there are any.

    Raises
    ------
    DataError
        A folder, file, required table or required column is missing or cannot be read; all such faults in one message.
    """
    passed = _pass_all(folder, today)
    passed["employees"] = _no_overlaps(passed["employees"])
    held = employments(passed["employees"].frame)
    frames, reports = {}, []
    for name, table in passed.items():
        frame = _placed(table, held, settings)
        frames[name] = frame.filter(_kept(table.table))
        reports.append(_report(table, frame, frames[name], held))
    rejects = {name: table.rejects for name, table in passed.items() if len(table.rejects)}
    written = rejects_path if rejects and rejects_path is not None else None
    if written is not None:
        write_rejects(written, rejects)
    problems = tuple(_too_many(report, settings, written) for report in reports if _stops(report, settings))
    return Examined(frames, held, _summary(folder, frames, reports, passed, held, written), problems)


def join_problems(problems: Sequence[DataError]) -> DataError:
    """One error that tells all of them; a single one stays itself."""
    if len(problems) == 1:
        return problems[0]
    kinds = {type(problem) for problem in problems}
    kind = kinds.pop() if len(kinds) == 1 else DataError
    return kind("\n".join(str(problem) for problem in problems))


def _pass_all(folder: Path, today: int) -> dict[str, Passed]:
    files = find_files(folder)
    passed: dict[str, Passed] = {}
    problems: list[DataError] = []
    for table in TABLES:
        if table.name in files:
            try:
                people = passed["employees"].frame["employee_id"].unique() if "employees" in passed else None
                passed[table.name] = pass_table(table, read(table.name, files[table.name]), today, people)
            except DataError as problem:
                problems.append(problem)
    if problems:
        raise join_problems(problems)
    return passed


def _no_overlaps(employees: Passed) -> Passed:
    frame, rejects = without_overlaps(employees.frame)
    return employees.with_rejects(frame, rejects)


def _placed(passed: Passed, held: Employments, settings: FeatureSettings) -> pl.DataFrame:
    """The frame with the employee and the employment of each row, and whether it is an off-boarding trace."""
    frame, table = passed.frame, passed.table
    nobody = pl.lit(_NO_PERSON, dtype=pl.Int64)
    if table.column("employee_id") is None:
        return frame.with_columns(_employee=nobody, _person=nobody, _trace=pl.lit(value=False))
    employee = codes(frame["employee_id"], held.ids)
    frame = frame.with_columns(_employee=pl.Series(employee, dtype=pl.Int64), _trace=_trace(frame, table, settings))
    if table.day is None:
        return frame.with_columns(_person=nobody)
    day = frame[table.day].dt.date() if frame.schema[table.day] != pl.Date else frame[table.day]
    person = locate(held, employee, day.to_physical().to_numpy())
    return frame.with_columns(_person=pl.Series(person, dtype=pl.Int64))


def _trace(frame: pl.DataFrame, table: Table, settings: FeatureSettings) -> pl.Expr:
    if table.name == "surveys":
        return (pl.col("survey_type") == "exit").fill_null(value=False)
    if table.name != "tickets":
        return pl.lit(value=False)
    wanted = {denied.category_key(category) for category in settings.offboarding_categories}
    found = [text for text in frame["category"].unique().drop_nulls() if denied.category_key(text) in wanted]
    return pl.col("category").is_in(found).fill_null(value=False)


def _unknown(table: Table) -> pl.Expr:
    """Rows that name an employee nobody knows."""
    named = table.column("employee_id") is not None
    return pl.col("employee_id").is_not_null() & (pl.col("_employee") < 0) if named else pl.lit(value=False)


def _outside(table: Table) -> pl.Expr:
    """Rows of a known employee before the first employment."""
    placed = table.day is not None and table.column("employee_id") is not None
    return (pl.col("_employee") >= 0) & (pl.col("_person") < 0) if placed else pl.lit(value=False)


def _kept(table: Table) -> pl.Expr:
    return ~(_unknown(table) | _outside(table))


def _report(passed: Passed, placed: pl.DataFrame, kept: pl.DataFrame, held: Employments) -> TableReport:
    table = passed.table
    counts = placed.select(unknown=_unknown(table).sum(), outside=_outside(table).sum()).row(0)
    days = kept[table.day].dt.date() if table.day is not None else pl.Series([], dtype=pl.Date)
    named = table.column("employee_id") is not None and len(held.ids) > 0
    covered = kept.filter(pl.col("_employee") >= 0)["_employee"].n_unique()
    return TableReport(
        table=table.name,
        file=passed.file,
        rows=passed.rows,
        kept=len(kept),
        rejected=passed.rejects["row"].n_unique(),
        denied=passed.denied,
        collapsed=passed.collapsed,
        unknown_employee=int(counts[0]),
        outside_employment=int(counts[1]),
        traces=int(kept["_trace"].sum()),
        comments=passed.comments,
        first=_date(days.min()),
        last=_date(days.max()),
        coverage=covered / len(held.ids) if named else None,
        denied_columns=passed.denied_columns,
        unknown_columns=passed.unknown_columns,
        broken=count_broken(passed.rejects),
    )


def _date(found: object) -> dt.date | None:
    return found if isinstance(found, dt.date) else None


def _stops(report: TableReport, settings: FeatureSettings) -> bool:
    return report.rejected > settings.rejects_share * report.rows


def _too_many(report: TableReport, settings: FeatureSettings, written: Path | None) -> RejectsShareError:
    column, rule = next(iter(report.broken))
    where = f" All of them: {written}." if written is not None else ""
    return RejectsShareError(
        f"{report.rejected:,} of {report.rows:,} rows of '{report.table}' break a rule "
        f"({report.rejected / report.rows:.1%}; at most {settings.rejects_share:.1%} may). "
        f"Most often: {rule} in column '{column}'.{where}"
    )


def _summary(
    folder: Path,
    frames: dict[str, pl.DataFrame],
    reports: list[TableReport],
    passed: dict[str, Passed],
    held: Employments,
    written: Path | None,
) -> Report:
    untyped, undated = _exits(frames["employees"])
    with_jobs = frames["job_history"]["_employee"].n_unique()
    unanswered = _scores_without_answer(frames)
    warnings = [f"Files of no table, not read: {', '.join(stray)}." for stray in [stray_files(folder)] if stray]
    warnings += [warning for table in passed.values() for warning in table.warnings]
    told = (
        (untyped, "Terminations without a termination_type: {}; taken as 'other', which is not a voluntary exit."),
        (undated, "Rows of 'employees' with a termination_type and no date: {}; taken as no exit."),
        (len(held.ids) - with_jobs, "People without a row in 'job_history': {}; they cannot be scored."),
        (unanswered, "Rows of 'surveys' with a score and no responded_at: {}; taken as unanswered."),
    )
    warnings += [text.format(f"{count:,}") for count, text in told if count]
    return Report(
        tables=tuple(reports),
        missing=tuple(table.name for table in TABLES if table.name not in passed),
        warnings=tuple(warnings),
        people=len(held.ids),
        without_job_history=len(held.ids) - with_jobs,
        exits_without_type=untyped,
        exits_by_type=_by_type(frames["employees"]),
        rejects_path=written,
    )


def _exits(employees: pl.DataFrame) -> tuple[int, int]:
    """Terminations that say nothing of their kind, and kinds of exit without a day."""
    left, resigned, kind = (
        pl.col(name).is_not_null() for name in ("termination_date", "resignation_date", "termination_type")
    )
    counts = employees.select(untyped=(left & ~resigned & ~kind).sum(), undated=(kind & ~left & ~resigned).sum()).row(0)
    return int(counts[0]), int(counts[1])


def _by_type(employees: pl.DataFrame) -> dict[str, int]:
    """Exits with a day by the type they are taken for: a resignation without one as voluntary, else as other."""
    resigned, left = pl.col("resignation_date").is_not_null(), pl.col("termination_date").is_not_null()
    kind = pl.col("termination_type").fill_null(pl.when(resigned).then(pl.lit("voluntary")).otherwise(pl.lit("other")))
    counts = employees.filter(left | resigned).group_by(kind.alias("kind")).len().rows()
    return dict(sorted(counts, key=lambda row: (-row[1], row[0])))


def _scores_without_answer(frames: dict[str, pl.DataFrame]) -> int:
    surveys = frames.get("surveys")
    if surveys is None:
        return 0
    return len(surveys.filter(pl.col("score").is_not_null() & pl.col("responded_at").is_null()))
