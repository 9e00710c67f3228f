"""What the columns of parts of trees bring to rows: looked up by their answers, or worked out where a part has no table.

Both ways of looking up add the same numbers in the same order, so a row's are equal to the last bit alone and among others.
"""

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from models.layout import index
from models.shapley import SCRATCH, Plan, contribute

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Rows = NDArray[np.uint32]


@compiled
def add_to_one(plan: Plan, first: int, last: int, facts: Matrix, rows: Rows, phi: Floats) -> None:
    """Add to `phi` (columns,) what the parts bring to one row; `rows` has room for every part."""
    parts, columns, tables = plan.parts, plan.columns, plan.tables
    _find(plan, first, last, facts, rows)
    _fetch(plan, first, last, rows)
    for number in range(first, last):
        part = parts[index(number)]
        if part.table < 0:
            _work_out(plan, number, facts, 1, phi)
            continue
        row, column = index(rows[index(number)]), index(part.column)
        for at in range(index(part.columns)):
            phi[index(columns[column + at])] += tables[row + at]


@compiled
def _find(plan: Plan, first: int, last: int, facts: Matrix, rows: Rows) -> None:
    """Write where in the tables the row of each part begins that one row of features reads; 0 where there is none."""
    parts, questions = plan.parts, plan.questions
    for number in range(first, last):
        part, answers = parts[index(number)], index(0)
        for at in range(index(part.questions)):
            one = questions[index(part.question) + at]
            answers |= index(facts[index(one.source)] <= one.threshold) << at
        row = index(part.table) + answers * index(part.step)
        rows[index(number)] = row if part.table >= 0 else index(0)


@compiled
def _fetch(plan: Plan, first: int, last: int, rows: Rows) -> None:
    """Read something of every row that will be read: all at once, so that memory is waited for once and not part by part."""
    tables, read = plan.tables, 0.0
    for number in range(first, last):
        read += tables[index(rows[index(number)])]
    rows[-1] = np.isnan(read)  # 0; but what is of no use is not done


@compiled
def add_to_many(plan: Plan, first: int, last: int, facts: Matrix, lanes: int, rows: Rows, phi: Floats) -> None:
    """Add to `phi` (columns, lanes) what the parts bring to rows side by side."""
    parts, questions, columns, tables = plan.parts, plan.questions, plan.columns, plan.tables
    width = index(lanes)
    for number in range(first, last):
        part = parts[index(number)]
        if part.table < 0:
            _work_out(plan, number, facts, lanes, phi)
            continue
        for lane in range(width):
            rows[lane] = np.uint32(0)
        for at in range(index(part.questions)):
            one, answer = questions[index(part.question) + at], np.uint32(part.step) << np.uint32(at)
            source, threshold = index(one.source) * width, one.threshold
            for lane in range(width):
                rows[lane] += answer if facts[source + lane] <= threshold else np.uint32(0)
        for at in range(index(part.columns)):
            column, start = index(columns[index(part.column) + at]) * width, index(part.table) + at
            for lane in range(width):
                phi[column + lane] += tables[start + index(rows[lane])]


@compiled
def _work_out(plan: Plan, number: int, facts: Matrix, lanes: int, phi: Floats) -> None:
    """The same of a part without a table."""
    part = plan.parts[number]
    answers, found, scratch = (
        np.empty(part.questions, np.bool_),
        np.empty(part.columns),
        np.empty((SCRATCH, 2 * len(plan.points))),
    )
    for lane in range(lanes):
        for at in range(part.questions):
            one = plan.questions[part.question + at]
            answers[at] = facts[one.source * lanes + lane] <= one.threshold
        contribute(plan, number, answers, scratch, found)
        for at in range(part.columns):
            phi[plan.columns[part.column + at] * lanes + lane] += found[at]
