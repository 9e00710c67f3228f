"""What follows about single people from figures over groups: exact linear algebra, and ranges where values have bounds.

A figure is a sum over known people of a value that each of them has. People who are in the same figures are one atom: no sum
tells them apart. A person's value is determined where it is an atom of one whose unit vector is a combination of the figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog

Group = frozenset[str]


def determined(groups: Iterable[Group]) -> set[str]:
    """Whose value follows from the sums over these groups."""
    figures = sorted({group for group in groups if group}, key=lambda group: (len(group), sorted(group)))
    atoms = _atoms(figures)
    rows = [
        {place: Fraction(1) for place, pattern in enumerate(atoms) if number in pattern}
        for number in range(len(figures))
    ]
    solved = _reduced(rows)
    alone = {next(iter(row)) for row in solved if len(row) == 1}
    return {next(iter(people)) for place, people in enumerate(atoms.values()) if place in alone and len(people) == 1}


def ranges(groups: Mapping[Group, float], low: float, high: float) -> dict[str, tuple[float, float]]:
    """Between which values each person's lies, given the sums over these groups and the bounds of one value.

    Of people in one atom one is named: they have the same range.
    """
    figures = [group for group in groups if group]
    atoms = list(_atoms(figures).items())
    if not atoms:
        return {}
    # one variable for one person of each atom, and one for the rest of it
    matrix = np.array([[float(number in pattern) for pattern, _ in atoms] * 2 for number in range(len(figures))])
    sums = [groups[group] for group in figures]
    rest = [(low * (len(people) - 1), high * (len(people) - 1)) for _, people in atoms]
    found = {}
    for place, (_, people) in enumerate(atoms):
        ends = []
        for sign in (1.0, -1.0):
            aim = np.zeros(2 * len(atoms))
            aim[place] = sign
            solved = linprog(aim, A_eq=matrix, b_eq=sums, bounds=[(low, high)] * len(atoms) + rest, method="highs")
            assert solved.status == 0, solved.message
            ends.append(sign * solved.fun)
        found[min(people)] = (ends[0], ends[1])
    return found


def _atoms(figures: Sequence[Group]) -> dict[frozenset[int], set[str]]:
    """People by the figures they are in."""
    patterns: dict[str, set[int]] = {}
    for number, group in enumerate(figures):
        for person in group:
            patterns.setdefault(person, set()).add(number)
    atoms: dict[frozenset[int], set[str]] = {}
    for person, pattern in patterns.items():
        atoms.setdefault(frozenset(pattern), set()).add(person)
    return atoms


def _reduced(rows: Iterable[dict[int, Fraction]]) -> list[dict[int, Fraction]]:
    """The rows in reduced echelon form; each a map from columns to what is not 0."""
    solved: dict[int, dict[int, Fraction]] = {}
    for row in rows:
        left = dict(row)
        for lead in [column for column in row if column in solved]:
            _subtract(left, solved[lead], left[lead])
        if not left:
            continue
        lead = min(left)
        left = {column: value / left[lead] for column, value in left.items()}
        for other in solved.values():
            if lead in other:
                _subtract(other, left, other[lead])
        solved[lead] = left
    return list(solved.values())


def _subtract(row: dict[int, Fraction], other: Mapping[int, Fraction], times: Fraction) -> None:
    for column, value in other.items():
        left = row.get(column, Fraction(0)) - times * value
        if left:
            row[column] = left
        else:
            row.pop(column, None)
