"""What every part of the month loop does: cut a window, count, average, take the newest; aligned to the people asked for."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

Columns = dict[str, Any]
"""Columns by name: each a Series whose index is the people of the month."""


def frame(table: Any) -> pd.DataFrame:
    """A table of a company as a frame."""
    return pd.DataFrame({field.name: getattr(table, field.name) for field in fields(table)})


def since(rows: pd.DataFrame, column: str, t: int, window: int) -> pd.DataFrame:
    """The rows of the last `window` days, of rows that lie before `t`."""
    return rows[rows[column] > t - window]


def count(rows: pd.DataFrame, people: "pd.Index[Any]") -> Any:
    """Rows a person, 0 for none."""
    return rows.groupby("person").size().reindex(people, fill_value=0)


def mean(rows: pd.DataFrame, column: str, people: "pd.Index[Any]") -> Any:
    """Mean a person, NaN for none."""
    return rows.groupby("person")[column].mean().reindex(people)


def spread(values: Any, index: Any, groups: Iterable[int], fill: float = np.nan) -> Any:
    """A Series by (person, group) as a frame: a row for each of `index`, a column for each of `groups`."""
    return values.unstack(fill_value=fill).reindex(index=index, columns=list(groups), fill_value=fill)


def newest(rows: pd.DataFrame, column: str, people: "pd.Index[Any]") -> Any:
    """The last row's value a person; rows are sorted."""
    return rows.drop_duplicates("person", keep="last").set_index("person")[column].reindex(people)
