"""A data folder -> a `Company` of arrays, with the report and the digest of the data as read.

`load` is what every program calls on a data folder. Polars ends here: behind this file there are only arrays.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.arrays import codes_of, days, names_of
from features.asides import Actions, Currencies, Directory, Protected
from features.company import Company
from features.convert import company
from features.door import examine, join_problems
from features.fingerprint import OURS, digest
from features.report import Report
from features.settings import FeatureSettings


@dataclass(frozen=True)
class Ingested:
    """A data folder as the engine needs it, and beside it what no feature reads (None: no such table)."""

    company: Company
    report: Report
    digest: str
    """SHA-256 (hex) of the accepted rows: the same rows give the same digest whatever the files' format."""
    directory: Directory | None = None
    actions: Actions | None = None
    protected: Protected | None = None
    currencies: Currencies | None = None
    """None: no row names one."""


def load(folder: Path, settings: FeatureSettings, today: int, rejects_path: Path | None = None) -> Ingested:
    """Read, judge and convert a data folder; `today` is the clock's day. Rejects are written to `rejects_path`.

    Raises
    ------
    DataError
        The folder breaks the contract; nothing was changed, and the message tells every fault.
    """
    examined = examine(folder, settings, today, rejects_path)
    if examined.problems:
        raise join_problems(examined.problems)
    frames = examined.frames
    return Ingested(
        company=company(frames, examined.employments),
        report=examined.report,
        digest=digest(frames),
        directory=_directory(frames["directory"]) if "directory" in frames else None,
        actions=_actions(frames["actions"]) if "actions" in frames else None,
        protected=_protected(frames["protected"]) if "protected" in frames else None,
        currencies=_currencies(frames["job_history"]),
    )


def _texts(frame: pl.DataFrame, column: str) -> tuple[str | None, ...]:
    return tuple(frame[column].to_list())


def _ids(frame: pl.DataFrame) -> tuple[str, ...]:
    return tuple(frame["employee_id"].to_list())


def _directory(frame: pl.DataFrame) -> Directory:
    return Directory(_ids(frame), _texts(frame, "display_name"), _texts(frame, "work_email"))


def _actions(frame: pl.DataFrame) -> Actions:
    return Actions(_ids(frame), _texts(frame, "action_type"), days(frame["occurred_at"]), _texts(frame, "actor_id"))


def _protected(frame: pl.DataFrame) -> Protected:
    columns = tuple(name for name in frame.columns if name not in OURS | {"employee_id"})
    return Protected(_ids(frame), columns, tuple(_texts(frame, column) for column in columns))


def _currencies(frame: pl.DataFrame) -> Currencies | None:
    midnight = pl.col("effective_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    rows = (
        frame.with_columns(
            currency=pl.col("currency").str.strip_chars().str.to_uppercase(), known=pl.coalesce("recorded_at", midnight)
        )
        .filter(pl.col("currency").str.len_chars() > 0, ~pl.col("_trace"))
        .sort("_person", "effective_date", "known", "_row")
    )
    if not rows.height:
        return None
    names = names_of([rows["currency"]])
    person = rows["_person"].to_numpy().astype("int32")
    known = days(rows["known"])
    return Currencies(names, person, days(rows["effective_date"]), known, codes_of(rows["currency"], names))
