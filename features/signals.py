"""Signals: any other dated fact about a person, by name (recognition, learning, overtime, a review's grade, sales …).

A signal counts from the day it was recorded. The columns of a name do not depend on what the name means; the model
finds out which way it points. Windows are active days.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from features.company import Company, Floats, Signals
from features.days import Days
from features.feature import Feature, Formula, of_group, plain, slug
from features.grid import Block, Totals
from features.spec import FeatureSpec, slots
from features.streams import Stream, stream

VALUE: Final = 1_000_000
"""Fixed-point unit of a signal's value: six decimals."""
LARGEST: Final = 1e11
"""Values beyond this are cut to it, so that integer sums cannot overflow."""


@dataclass(frozen=True)
class Streams:
    """All occurrences by name, and those that carry a value."""

    occurred: Stream
    valued: Stream


@dataclass(frozen=True)
class Accumulated:
    """What the streams add up to at each row.

    `last` holds the last value per name and the one before it, shape (names, 2, rows); `age` the days since, (names, rows).
    The days of the last values are worked out when a reason names them.
    """

    rows: Streams
    block: Block
    occurred: Totals
    valued: Totals
    last: Floats
    age: Floats

    @cached_property
    def valued_on(self) -> Days:
        """The day of the last value, shape (names, rows)."""
        return self.block.latest(self.rows.valued)


def fixed(value: Floats) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Values in fixed point; 0 for NaN (such rows are left out by their streams)."""
    return np.rint(np.clip(np.nan_to_num(value), -LARGEST, LARGEST) * VALUE).astype(np.int64)


def streams(company: Company, signals: Signals, spec: FeatureSpec) -> Streams:
    """The streams of the names in the spec."""
    slot = slots(company.names.signals, spec.signals)[signals.name]
    size, wanted, valued = len(spec.signals), slot >= 0, ~np.isnan(signals.value)
    rows = (signals.person, signals.occurred, signals.known)
    return Streams(
        occurred=stream(*rows, slot=slot, groups=size, where=wanted),
        valued=stream(*rows, slot=slot, groups=size, value=fixed(signals.value), where=wanted & valued),
    )


def accumulate(rows: Streams, block: Block) -> Accumulated:
    """Totals and last values at each row of a block."""
    return Accumulated(
        rows=rows,
        block=block,
        occurred=block.totals(rows.occurred, (90, 365)),
        valued=block.totals(rows.valued, (90, 365)),
        last=block.last(rows.valued, VALUE),
        age=block.active_since(block.latest(rows.occurred)),
    )


def _mean(a: Accumulated, group: int, window: int) -> Floats:
    return a.valued.mean(window, group, VALUE)


def _sum(a: Accumulated, group: int) -> Floats:
    return np.where(a.valued.count(365, group) > 0, a.valued.sum(365, group) / VALUE, np.nan)


def _f(
    topic: str, name: str, unit: str, phrase: str, null: str, formula: Formula, date: Formula | None = None
) -> Feature:
    return Feature(f"signal_{topic}_{name}", "signals", unit, phrase, null, formula, date=date, topic=f"signal {topic}")


def signal_features(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Nine columns a name: counts, sum, last value and its change, means, trend and days since."""
    columns: list[Feature] = []
    for g, name in enumerate(names):
        column, word, valued_on = slug(name), plain(name), of_group(g, lambda a, g: a.valued_on[g])
        none, no_value = f"No {word} on record", f"No value of {word} on record"
        no_quarter, no_year = (f"No value of {word} in the last {months} months" for months in (3, 12))
        columns += [
            _f(column, "count_90", "count", f"{word}: {{}} time{{s}} in the last 3 months", none,
               of_group(g, lambda a, g: a.occurred.count(90, g))),
            _f(column, "count_365", "count", f"{word}: {{}} time{{s}} in the last 12 months", none,
               of_group(g, lambda a, g: a.occurred.count(365, g))),
            _f(column, "days", "days", f"Last {word} {{}} ago", none, of_group(g, lambda a, g: a.age[g])),
            _f(column, "last", "number", f"Last {word}, on {{date}}: {{}}", no_value,
               of_group(g, lambda a, g: a.last[g, 0]), valued_on),
            _f(column, "change", "change", f"{word} moved by {{}} on {{date}}, against the value before",
               f"Fewer than two values of {word} on record", of_group(g, lambda a, g: a.last[g, 0] - a.last[g, 1]), valued_on),
            _f(column, "mean_90", "number", f"{word}: {{}} on average in the last 3 months", no_quarter,
               of_group(g, lambda a, g: _mean(a, g, 90))),
            _f(column, "mean_365", "number", f"{word}: {{}} on average in the last 12 months", no_year,
               of_group(g, lambda a, g: _mean(a, g, 365))),
            _f(column, "trend", "change", f"Average {word} of the last 3 months against the last 12: {{}}", no_quarter,
               of_group(g, lambda a, g: _mean(a, g, 90) - _mean(a, g, 365))),
            _f(column, "sum_365", "number", f"{word}: {{}} in all in the last 12 months", no_year,
               of_group(g, _sum)),
        ]  # fmt: skip
    return tuple(columns)
