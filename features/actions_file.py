"""A file of actions alone, in the columns of the table `actions`: what was recorded where people work with the lists."""

from pathlib import Path
from typing import Final

import numpy as np

from features.arrays import days
from features.asides import Actions
from features.contracts import ACTIONS
from features.errors import DataError
from features.sources import read
from features.table_door import pass_table

_SUFFIXES: Final = (".parquet", ".csv", ".csv.gz")


def read_actions(file: Path, today: int) -> Actions:
    """The actions of a file, by the rules of the data folder's table; `today` is the clock's day.

    Raises
    ------
    DataError
        It does not exist, is in another form, cannot be read, or has rows that break a rule.
    """
    if not file.is_file() or not file.name.endswith(_SUFFIXES):
        raise DataError(f"'{file}' is no file of actions. Give one that ends in {', '.join(_SUFFIXES)}.")
    passed = pass_table(ACTIONS, read(ACTIONS.name, file), today)
    if rejects := len(passed.rejects):
        row, column, rule = passed.rejects.select("row", "column", "rule").row(0)
        raise DataError(
            f"'{file}' has {rejects:,} rows that break a rule; the first is row {row}, column '{column}': {rule}. Write it "
            "anew: python -m service actions --out FILE."
        )
    frame = passed.frame
    texts = [tuple(frame[name].to_list()) for name in ("employee_id", "action_type", "actor_id")]
    return Actions(texts[0], texts[1], days(frame["occurred_at"]), texts[2])


def together(*some: Actions | None) -> Actions | None:
    """All actions of several sources, None where there is no source; one that stands in two counts in both."""
    given = [one for one in some if one is not None]
    if not given:
        return None
    return Actions(
        employee_id=tuple(id_ for one in given for id_ in one.employee_id),
        action_type=tuple(kind for one in given for kind in one.action_type),
        occurred=np.concatenate([one.occurred for one in given]),
        actor_id=tuple(actor for one in given for actor in one.actor_id),
    )
