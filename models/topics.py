# ruff: noqa: PLR0913, PLR0917, FBT001
"""Topics of contributions: which columns speak of one thing, how much they contribute together, which are the strongest.

Compiled; what they are told in words by is written down for `telling`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.build import Matrix
from features.compiled import compiled
from features.days import NEVER
from models.layout import index

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LEAST: Final = 1e-6
"""A smaller contribution to the log-odds is no reason."""
COLUMN, VALUE, DAY, MANNER = range(4)
"""What a reason's wording follows from: its column (-1: there is no reason), the value (0 for a null), the day that dates
from, and twice how it is a null (0: it is none), one more where it lowers the risk."""
TOPICS, NULLS, NULLS_ALONE, CONTEXT, OF_TEAM = range(5)
"""What is known of each column: a number that it shares with those of its topic; other numbers, that it shares with those
whose nulls read alike, where the row's team is known, and where not; whether it is context; whether it is the team's."""


@compiled
def strongest(
    rows: Matrix,
    values: Floats,
    about: Places,
    topics: int,
    with_team: int,
    alone: int,
    in_turn: bool,
    joined: Floats,
    keys: Floats,
) -> None:
    """For each row so many topics as there is room for, by what their columns contribute together.

    The strongest come first or, `in_turn`, as they are told. A topic stands at its column that pulls hardest that way, the
    first of equals; a column's nulls stand with those that read alike. Of equals, what can be acted on comes first.

    Parameters
    ----------
    about
        (5, columns), as `TOPICS` and the others say.
    topics
        The numbers there are less than this.
    with_team, alone
        How a null is one where the row's team is known, and where not.
    joined
        (n, room) what the topics contribute, NaN behind the last one.
    keys
        (n * room, 4) what their wordings follow from; days are left out.
    """
    width, most = values.shape[1], joined.shape[1]
    group, columns, strongest = np.empty(width, np.int64), np.empty(width, np.int64), np.empty(most)
    total, pull, hardest = np.empty(topics), np.empty(topics), np.empty(topics, np.int64)
    for row in range(len(rows)):
        own, parts = rows[row], joined[row]
        has_team = _grouped(own, values[row], about, group, total)
        least = _least(total, strongest)
        end = _ordered(values[row], about[CONTEXT], group, total, least, pull, hardest, columns, parts)
        if in_turn:
            _turned(own, about[CONTEXT], columns, parts, end)
        for at in range(most):
            key, column = keys[row * most + at], columns[at]
            if at >= end:
                key[COLUMN], key[VALUE], key[DAY], key[MANNER], parts[at] = -1.0, at, NEVER, 0.0, np.nan
                continue
            null = np.isnan(own[column])
            key[COLUMN], key[VALUE], key[DAY] = column, 0.0 if null else own[column], NEVER
            key[MANNER] = (2 * (with_team if has_team else alone) if null else 0) + (parts[at] < 0)


@compiled
def _grouped(row: Floats, values: Floats, about: Places, group: Places, total: Floats) -> bool:
    """Write down each column's topic, and what all of a topic contribute; whether anything is known of the row's team."""
    known, width = False, len(values)
    for j in range(width - 1, -1, -1):  # the team's columns stand last
        if about[OF_TEAM, j] == 1 and not np.isnan(row[j]):
            known = True
            break
    nulls = about[NULLS] if known else about[NULLS_ALONE]
    total[:] = 0.0
    for j in range(width):
        group[j] = nulls[j] if np.isnan(row[j]) else about[TOPICS, j]
        total[index(group[j])] += values[j]
    return known


@compiled
def _least(total: Floats, strongest: Floats) -> float:
    """How strong the last of so many strongest topics is, or the last that is strong enough; `strongest` is written."""
    end, most = 0, len(strongest)
    for topic in range(len(total)):
        strength = abs(total[topic])
        if strength >= LEAST and (end < most or strength > strongest[end - 1]):
            end = min(end + 1, most)
            at = end - 1
            while at > 0 and strongest[at - 1] < strength:
                strongest[at] = strongest[at - 1]
                at -= 1
            strongest[at] = strength
    return strongest[end - 1] if end == most else LEAST


@compiled
def _ordered(
    values: Floats, context: Places, group: Places, total: Floats, least: float, pull: Floats, hardest: Places,
    columns: Places, joined: Floats,
) -> int:  # fmt: skip
    """Write down the strongest topics by the columns that they stand at, and what they contribute; how many they are."""
    pull[:] = -np.inf
    count, end = 0, 0
    for j in range(len(values)):
        g = index(group[j])
        if abs(total[g]) >= least:
            columns[index(count)] = j  # for now; those that are placed stand before those still to be looked at
            count += 1
            own_pull = np.copysign(1.0, total[g]) * values[j]
            if own_pull > pull[g]:
                pull[g], hardest[g] = own_pull, j
    for at in range(count):
        j = columns[at]
        g = index(group[j])
        if hardest[g] == j:
            end = _placed(columns, joined, end, j, total[g], context)
    return end


@compiled
def _placed(order: Places, joined: Floats, end: int, column: int, phi: float, context: Places) -> int:
    """Put a column among the ordered ones, if it is strong enough for the room there is; how many they are then."""
    at = end
    while at > 0 and (
        abs(joined[at - 1]) < abs(phi) or (abs(joined[at - 1]) == abs(phi) and context[order[at - 1]] > context[column])
    ):
        at -= 1
    if at == len(joined):
        return end
    end = min(end + 1, len(joined))
    for behind in range(end - 1, at, -1):
        order[behind], joined[behind] = order[behind - 1], joined[behind - 1]
    order[at], joined[at] = column, phi
    return end


@compiled
def _turned(row: Floats, context: Places, columns: Places, joined: Floats, end: int) -> None:
    """Order topics as they are told: what can be acted on first, in either part those that raise."""
    for last in range(1, end):
        for at in range(last, 0, -1):
            before, own = columns[at - 1], columns[at]
            if _turn(before, row[before], joined[at - 1], context) <= _turn(own, row[own], joined[at], context):
                break
            columns[at - 1], columns[at] = own, before
            joined[at - 1], joined[at] = joined[at], joined[at - 1]


@compiled
def _turn(column: int, value: float, phi: float, context: Places) -> int:
    """Where a reason stands among those told; equal places keep the order of strength."""
    return (2 if context[column] == 1 or np.isnan(value) else 0) + (1 if phi < 0 else 0)
