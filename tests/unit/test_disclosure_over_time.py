"""What two runs tell together, and what groups across units tell beside the tree: by hand, and by exact linear algebra."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from service.disclosure import digests, lone
from service.disclosure.crossing import admitted

KEY = bytes(range(32))


def digest(people: Sequence[str]) -> bytes:
    """Of a group of these people."""
    return digests.packed(digests.members(people, KEY).sum(axis=0))


def names(numbers: Sequence[int]) -> list[str]:
    """Plain ids."""
    return [f"E{number:04d}" for number in numbers]


@pytest.mark.parametrize(
    "came, went, expected",
    [(0, 0, "none"), (1, 0, "few"), (0, 1, "few"), (2, 2, "few"), (4, 0, "few"), (1, 4, "enough"), (5, 0, "enough"),
     (0, 5, "enough"), (3, 3, "enough"), (40, 40, "enough")],
)  # fmt: skip
def test_how_many_came_and_went(came: int, went: int, expected: str) -> None:
    """Nobody, up to four, five and more, of a group of 60."""
    then, now = names(range(60)), names([*range(went, 60), *range(1_000, 1_000 + came)])
    assert digests.change(digest(then), digest(now)) == expected


def test_random_changes_are_told_from_their_number(trial: bool) -> None:
    """Drawn sets of any size: few and enough are never confused, whatever came or went."""
    rng = np.random.default_rng(3)
    for _ in range(3_000 if trial else 300):
        then = set(rng.choice(200, rng.integers(0, 150), replace=False).tolist())
        moved = set(rng.choice(200, rng.integers(0, 9), replace=False).tolist())
        expected = "none" if not moved else "few" if len(moved) < 5 else "enough"
        assert digests.change(digest(names(sorted(then))), digest(names(sorted(then ^ moved)))) == expected


def test_a_digest_depends_on_the_key_and_adds_up() -> None:
    """Another key, another digest; that of two groups is the sum of theirs, in any order."""
    one, other = names([1, 2, 3]), names([4, 5])
    assert digests.packed(digests.members(one, bytes(32)).sum(axis=0)) != digest(one)
    both = digests.members(one, KEY).sum(axis=0) + digests.members(other, KEY).sum(axis=0)
    assert digests.packed(both) == digest([*other, *one])


def test_the_one_who_joined_where_five_swapped() -> None:
    """Four move from A to B, one from B to A, one joins B: in each five or more, and yet the new one would be known."""
    a, b = 0, 1
    then = [a] * 10 + [b] * 10 + [-1]
    now = [a] * 6 + [b] * 4 + [a] + [b] * 9 + [b]
    found = lone.bridges(np.array(then), np.array(now))
    assert [(one.person, one.cells) for one in found] == [(20, frozenset((a, b)))]
    assert lone.bridges(np.array([*then, -1]), np.array([*now, b])) == []


def test_bridges_are_what_linear_algebra_determines(trial: bool) -> None:
    """On random moves, the people found are exactly those whose value the sums of both runs fix."""
    rng = np.random.default_rng(11)
    found_some = 0
    for _ in range(400 if trial else 60):
        people, cells = int(rng.integers(4, 25)), int(rng.integers(1, 5))
        then = rng.integers(-1, cells, people)
        now = np.where(rng.random(people) < 0.3, rng.integers(-1, cells + 1, people), then)
        rows = [(then == cell).astype(int) for cell in range(cells)] + [
            (now == cell).astype(int) for cell in range(cells + 1)
        ]
        expected = determined(rows, people)
        assert {one.person for one in lone.bridges(then, now)} == expected
        found_some += bool(expected)
    assert found_some > 5


def determined(rows: Sequence[np.ndarray], people: int) -> set[int]:
    """Who has a unit vector in the span of the rows: exact elimination."""
    reduced: list[list[Fraction]] = []
    for row in rows:
        values = [Fraction(int(value)) for value in row]
        for pivot in reduced:
            lead = next(place for place, value in enumerate(pivot) if value)
            values = (
                [value - values[lead] * top for value, top in zip(values, pivot, strict=True)]
                if values[lead]
                else values
            )
        if any(values):
            lead = next(place for place, value in enumerate(values) if value)
            values = [value / values[lead] for value in values]
            reduced = [
                [value - pivot[lead] * top for value, top in zip(pivot, values, strict=True)] for pivot in reduced
            ]
            reduced.append(values)
    return {
        next(place for place, value in enumerate(row) if value) for row in reduced if sum(map(bool, row)) == 1
    } & set(range(people))


@pytest.mark.parametrize(
    "pieces, expected",
    [
        ({(0, 0): 6, (0, -1): 5}, [True]),
        ({(0, 0): 6, (0, -1): 4}, [False]),
        ({(0, 0): 6}, [True]),
        ({(0, 0): 6, (-1, -1): 2}, [True]),
        ({(0, 0): 6, (1, 0): 4, (1, -1): 9}, [False]),
        ({(0, 0): 6, (1, 0): 5, (1, -1): 9}, [True]),
        ({(0, 0): 6, (0, 1): 8, (0, -1): 3}, [False, True]),
        ({(0, 0): 8, (0, 1): 8, (0, -1): 3}, [False, True]),
        ({(0, 0): 6, (0, -1): 3, (1, 0): 7, (1, 1): 9, (1, -1): 2}, [False, True]),
    ],
)
def test_groups_across_cells(pieces: dict[tuple[int, int], int], expected: list[bool]) -> None:
    """People by cell and group: no piece and no rest of one to four; what one cell withholds may already serve the next."""
    people = np.repeat(np.array(list(pieces)), list(pieces.values()), axis=0)
    assert admitted(people[:, 0], people[:, 1], len(expected)).tolist() == expected


def test_nobody_has_no_groups() -> None:
    """An empty company."""
    nobody = np.zeros(0, np.int64)
    assert admitted(nobody, nobody, 0).tolist() == []
    assert lone.bridges(nobody, nobody) == []
