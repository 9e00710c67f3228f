"""How the alias moved, and what it named before."""

import pytest

from models.history import Move, before, key, read


def moves(text: str) -> list[Move]:
    """Moves as "1 2 -1": promotions, and rollbacks to a version with a minus."""
    numbers = [int(part) for part in text.split()]
    return [Move(abs(one), "promote" if one > 0 else "rollback", "", "", "") for one in numbers]


CASES = [
    ("1", 1, None),
    ("1 2", 2, 1),
    ("1 2 3 -2", 2, 1),
    ("1 2 3 -2 -1", 1, None),
    ("1 2 -1 3", 3, 1),
    ("1 1 2 2", 2, 1),  # the same version twice is one step
    ("9 10", 10, 9),  # versions are numbers
    ("1 2 3", 2, 1),  # 3 was written down but the alias never moved
    ("1 2", 7, None),  # somebody else moved the alias
    ("", 1, None),
]


@pytest.mark.parametrize("text, current, expected", CASES)
def test_a_rollback_undoes_a_promotion(text: str, current: int, expected: int | None) -> None:
    """Again and again, down to the first."""
    assert before(moves(text), current) == expected


def test_moves_are_read_in_order_and_other_tags_are_not() -> None:
    """One tag a move; the tenth comes after the ninth."""
    tags = {key(n): f'{{"version": {n}, "kind": "promote", "by": "b", "why": "w", "at": "t"}}' for n in (10, 9, 1)}
    found = read(tags | {"team": "people"})
    assert [one.version for one in found] == [1, 9, 10]
    assert found[0] == Move(1, "promote", "b", "w", "t")
