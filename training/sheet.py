"""The sheet of the data a model was made from: counts, days and names of columns, written from the manifest alone.

Source: Gebru and others, "Datasheets for datasets", Communications of the ACM 64 (2021).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.company import Company
from features.report import Report, TableReport
from models.manifest import Broken, DataFacts, ExitType, Manifest, Source
from training import card_actions
from training.landmarks import recording_delays
from training.markdown import document, share, table
from training.markdown import text as name

_MOST_BROKEN: Final = 5
_HANDLING: Final = """\
- Why it was put together: HR keeps these records to run the company; here they serve to foresee voluntary
  exits.
- Who is in it: everybody with an employment in `employees`; nobody is drawn, and people do not enter by
  consent.
- Labels: an employment that ended by the person's own choice, on its exit day, as the records tell it.
- What was done: rows that break a rule were rejected, those about a denied subject left out; a comment became
  a number and its text went no further; off-boarding traces mark notice and are in no feature; nothing was
  filled in.
- What must not be made of it: anything about a person's health, beliefs, union or family, or how well they
  work.
- Where it stays: in the folder it was read from. A bundle holds no row of it; this sheet counts, and names
  columns."""


def facts(report: Report, digest: str, company: Company, as_of: int) -> tuple[tuple[Source, ...], DataFacts]:
    """What the manifest keeps of the data as read.

    Parameters
    ----------
    digest
        Of the data as read.
    as_of
        The training day, for how late exits were put on record.
    """
    delays = recording_delays(company, as_of)
    found = DataFacts(
        digest=digest,
        people=report.people,
        without_job_history=report.without_job_history,
        exits=tuple(ExitType(kind, count) for kind, count in report.exits_by_type.items()),
        exits_without_type=report.exits_without_type,
        exits_known=len(delays),
        recorded_late=int((delays > 0).sum()),
        delay_days=_quantiles(delays),
        missing=report.missing,
    )
    return tuple(_source(one) for one in report.tables), found


def text(manifest: Manifest) -> str:
    """The sheet in Markdown, equal manifests give equal sheets."""
    sections = (
        ("Sheet of the data", _whole(manifest)),
        ("Tables", _tables(manifest.sources, manifest.data)),
        ("What was left out by rule", _left_out(manifest.sources)),
        ("What was rejected", _rejected(manifest.sources)),
        ("Exits", _exits(manifest.data)),
        ("Actions", card_actions.sheet(manifest.acted)),
        ("How it came about and is handled", _HANDLING.splitlines()),
    )
    return document(sections)


def _source(one: TableReport) -> Source:
    return Source(
        table=one.table,
        rows=one.rows,
        rejects=one.rejected,
        left_out=one.left_out,
        first=None if one.first is None else one.first.isoformat(),
        last=None if one.last is None else one.last.isoformat(),
        coverage=None if one.coverage is None else round(one.coverage, 6),
        denied=one.denied,
        identical=one.collapsed,
        unknown_employee=one.unknown_employee,
        outside_employment=one.outside_employment,
        traces=one.traces,
        comments=one.comments,
        denied_columns=one.denied_columns,
        unknown_columns=len(one.unknown_columns),
        broken=tuple(Broken(*which, rows) for which, rows in list(one.broken.items())[:_MOST_BROKEN]),
    )


def _quantiles(delays: np.ndarray[tuple[int], np.dtype[np.int32]]) -> tuple[int, int, int] | None:
    if not len(delays):
        return None
    half, nine_of_ten, nearly_all = (int(np.ceil(np.quantile(delays, share))) for share in (0.5, 0.9, 0.99))
    return half, nine_of_ten, nearly_all


def _whole(manifest: Manifest) -> list[str]:
    training, data = manifest.training, manifest.data
    if data is None:
        return ["The data as read was not recorded."]
    return [
        f"- Digest of the data as read: {data.digest}.",
        f"- {data.people:,} people, of whom {data.without_job_history:,} have no job history and cannot be scored.",
        f"- Observed from {training.observed_from}, the first exit or dated fact; rows before it teach nothing.",
        f"- Read for training on {training.trained_to}: what was known later is in these counts and in nothing of the model.",
    ]


def _tables(sources: Sequence[Source], data: DataFacts | None) -> list[str]:
    rows = [
        (
            one.table,
            "-" if one.first is None else f"{one.first} to {one.last}",
            f"{one.rows:,}",
            f"{one.rejects:,}",
            f"{one.left_out:,}",
            f"{one.traces:,}",
            f"{one.comments:,}",
            "-" if one.coverage is None else share(one.coverage),
        )
        for one in sources
    ]
    head = ("table", "span of its days", "rows", "rejects", "left out", "traces", "comments", "people with a row")
    missing = () if data is None else data.missing
    lines = table(head, rows, words=2) if rows else ["None was recorded."]
    if missing:
        lines += ["", f"Missing, and whatever they feed is null: {', '.join(missing)}."]
    return lines


def _left_out(sources: Sequence[Source]) -> list[str]:
    counted = [(one.table, one.denied, one.identical, one.unknown_employee, one.outside_employment) for one in sources]
    rows = [(which, *(f"{count:,}" for count in counts)) for which, *counts in counted if any(counts)]
    head = ("table", "denied subject", "identical row", "unknown employee", "before employment")
    lines = table(head, rows) if rows else ["No row."]
    for one in sources:
        if one.denied_columns:
            columns = ", ".join(f"`{name(column)}`" for column in one.denied_columns)
            lines += ["", f"Columns of `{one.table}` left out for what they name: {columns}."]
        if one.unknown_columns:
            lines += ["", f"Columns of `{one.table}` that nothing reads: {one.unknown_columns:,}."]
    return lines


def _rejected(sources: Sequence[Source]) -> list[str]:
    rows = [(one.table, broken.column, broken.rule, f"{broken.rows:,}") for one in sources for broken in one.broken]
    return table(("table", "column", "rule broken", "rows"), rows, words=3) if rows else ["No row."]


def _exits(data: DataFacts | None) -> list[str]:
    if data is None or not data.exits:
        return ["None is on record."]
    lines = table(("type", "exits"), [(one.type, f"{one.exits:,}") for one in data.exits])
    lines += ["", f"Terminations without a type, taken as other: {data.exits_without_type:,}."]
    if data.delay_days is not None:
        half, nine_of_ten, nearly_all = data.delay_days
        lines += [
            f"On the training day {data.exits_known:,} exits were known, {data.recorded_late:,} of them recorded after their day.",
            f"Half were on record within {half:,} days, nine of ten within {nine_of_ten:,}, 99 of 100 within {nearly_all:,}.",
        ]
    return lines
