"""The tables of outcomes: who left as the runs' data tell it, and figures of what became of published risks.

They are made with `service.store.tables`' and change by the same migrations. Only `exits` holds an employee id; the others
count, and outlive the runs they were made from.
"""

from typing import Final

from sqlalchemy import Column, Float, Integer, String, Table, Text

from service.store.tables import METADATA

DAY: Final = 10

exits = Table(
    "exits",
    METADATA,
    Column("employee_id", Text, primary_key=True),
    Column("hire_day", String(DAY), primary_key=True, comment="which employment; of kind unknown, 0001-01-01"),
    Column("next_hire", String(DAY), comment="from when the same person is employed anew; null: not known to be"),
    Column(
        "exit_day", String(DAY), nullable=False, comment="of kind unknown, the day of the first run that misses them"
    ),
    Column("kind", String(10), nullable=False, comment="voluntary, other (a competing exit), or unknown"),
    Column("known_on", String(DAY), nullable=False, comment="when the source first knew it"),
    Column("first_told", String(DAY), nullable=False, comment="day of the run that first said so"),
    Column("last_told", String(DAY), nullable=False, comment="day of the run that last changed it"),
)
"""How employments ended that a published run may have scored, by the newest data; a correction takes a row's place."""

realised = Table(
    "realised",
    METADATA,
    Column("as_of", String(DAY), primary_key=True, comment="of the day's run that was published last"),
    Column("horizon", Integer, primary_key=True, comment="days"),
    Column("model_version", String(32), nullable=False),
    Column("bundle_digest", String(71), nullable=False),
    Column("people", Integer, nullable=False, comment="scored, and known what became of them"),
    Column("left", Integer, nullable=False, comment="voluntarily, by the horizon"),
    Column("other", Integer, nullable=False, comment="of a competing exit, before"),
    Column("gone", Integer, nullable=False, comment="scored, though gone that day, which became known later"),
    Column("unknown", Integer, nullable=False, comment="not in the data any more, without an exit"),
    Column("expected", Float(53), nullable=False, comment="sum of the risks of people"),
    Column("low", Integer, nullable=False, comment="80 % interval of the leavers expected"),
    Column("high", Integer, nullable=False),
    Column("auc", Float(53), comment="null: not both who left and who did not"),
    Column("brier", Float(53), comment="null: nobody"),
    Column(
        "bins", Text, nullable=False, comment="JSON: calibration by risk, 5 who left and 5 who did not at least each"
    ),
    Column("listed", Integer, nullable=False, comment="of people, those above the lowest band"),
    Column("listed_left", Integer, nullable=False),
    Column("listed_other", Integer, nullable=False),
    Column("listed_expected", Float(53), nullable=False),
    Column("listed_low", Integer, nullable=False),
    Column("listed_high", Integer, nullable=False),
    Column("first_on", String(DAY), nullable=False, comment="day of the run that first worked it out"),
    Column("last_on", String(DAY), nullable=False, comment="day of the run that last worked it out"),
    Column("stale_on", String(DAY), comment="day of a run with a correction not worked in yet; null: none"),
    Column("worked_out_at", String(32), nullable=False, comment="RFC 3339, UTC: the last time"),
)
"""What became of a run's risks by a horizon, once its window has closed; the whole company."""

group_outcomes = Table(
    "group_outcomes",
    METADATA,
    Column("as_of", String(DAY), primary_key=True),
    Column("horizon", Integer, primary_key=True, comment="days"),
    Column("org_unit", Text, primary_key=True, comment="path; empty: the whole company"),
    Column("withheld", String(12), comment="why there are no counts; null: there are"),
    Column("people", Integer),
    Column("left", Integer, comment="voluntarily, by the horizon"),
    Column("listed", Integer, comment="of people, those above the lowest band"),
    Column("listed_left", Integer),
    Column("expected", Float(53), comment="sum of the risks of the listed, to a tenth"),
    Column("worked_out_on", String(DAY), nullable=False, comment="day of the run that worked it out, once for all"),
)
"""The same by org unit, as counts that tell nothing about a person; of windows that do not overlap, and never changed."""
