"""How the alias moved, what it named before, and that the record cannot be edited unseen."""

import json

import pytest

from models import history
from models.history import Move, before, faults, head, key, read


def moves(text: str) -> list[Move]:
    """Moves as "1 2 -1": promotions, and rollbacks to a version with a minus."""
    numbers = [int(part) for part in text.split()]
    return [Move(abs(one), "promote" if one > 0 else "rollback", "", "", "") for one in numbers]


def written(text: str) -> dict[str, str]:
    """The tags that the same moves leave."""
    tags = {"team": "people"}
    for move in moves(text):
        number, record = history.append(tags, move)
        tags[key(number)] = history.text(record)
    return tags


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
    assert [one.version for one in read(written("1 2 3 4 5 6 7 8 9 10 11"))] == list(range(1, 12))


def test_a_record_holds_the_digest_of_the_one_before() -> None:
    """The first holds 64 zeros; each digest is the SHA-256 of all the record says, worked out by hand here."""
    one, two = read(written("1 2"))
    assert (one.previous, two.previous) == ("0" * 64, one.digest)
    # printf '{"at": "", "by": "", "evidence": {}, "kind": "promote", "previous": "000...", "verdict": "", "version": 1,
    # "why": ""}' | sha256sum
    assert one.digest == "0ecdbddab58683d90125e31e3da8bfefe09696cc359fb0a922114151798c1e0e"


def test_what_was_written_holds() -> None:
    """No faults, with the heads of two versions and without."""
    tags = written("1 2 -1 3")
    found = read(tags)
    assert faults(tags) == []
    assert faults(tags, [head(3, found[2]), head(4, found[3])]) == []
    assert faults({}) == []


@pytest.mark.parametrize("field, value", [
    ("by", "somebody else"), ("why", "another"), ("at", "2020-01-01T00:00:00Z"), ("version", 2), ("kind", "rollback"),
    ("verdict", "sha256:0"), ("evidence", {"auc": 0.99}),
])  # fmt: skip
@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_edit_is_found(number: int, field: str, value: object) -> None:
    """Whatever is changed in whichever record, the last included."""
    tags = written("1 3 4")
    tags[key(number)] = json.dumps(json.loads(tags[key(number)]) | {field: value})
    assert f"Move {number} was changed." in faults(tags)


def test_an_edit_with_a_digest_of_its_own_is_found() -> None:
    """The record after it still holds the digest of what it was; of the last one its version does."""
    tags = written("1 2 3")
    heads = [head(3, read(tags)[2])]
    for number, found in ((2, "Move 3 does not follow move 2."), (3, "Move 3 is not the one a version was named by.")):
        changed = json.loads(tags[key(number)]) | {"by": "somebody else"}
        forged = Move(**changed)
        edited = tags | {key(number): json.dumps(changed | {"digest": history.digest(forged)})}
        assert faults(edited, heads) == [found]


def test_a_removal_is_found() -> None:
    """In the middle by the gap and the chain; at the front alike; at the end by the head a version carries."""
    tags = written("1 2 3")
    heads = [head(3, read(tags)[2])]
    middle = {name: text for name, text in tags.items() if name != key(2)}
    assert faults(middle) == ["Move 2 is missing.", "Move 3 does not follow move 1."]
    front = {name: text for name, text in tags.items() if name != key(1)}
    assert faults(front) == ["Move 1 is missing.", "Move 2 is not the first."]
    end = {name: text for name, text in tags.items() if name != key(3)}
    assert faults(end) == []
    assert faults(end, heads) == ["Move 3 is not the one a version was named by."]


def test_another_order_is_found() -> None:
    """Two records that changed places, or one moved into a gap."""
    tags = written("1 2 3")
    swapped = tags | {key(1): tags[key(2)], key(2): tags[key(1)]}
    assert "Move 1 is not the first." in faults(swapped)
    closed = {key(1): tags[key(1)], key(2): tags[key(3)]}
    assert faults(closed) == ["Move 2 does not follow move 1."]


@pytest.mark.parametrize("text", ["", "no json", "[1]", "{}", '{"version": 1, "kind": "promote", "by": "", "why": ""}'])
def test_a_record_of_another_form_is_a_fault(text: str) -> None:
    """One without digests, as an earlier form had it, or no record at all: read as changed, not raised."""
    assert "Move 1 was changed." in faults({key(1): text})


def test_the_next_record_follows_the_last_number() -> None:
    """Where a record is missing, the next one overwrites none."""
    tags = written("1 2 3")
    del tags[key(2)]
    assert history.append(tags, Move(4, "promote", "", "", ""))[0] == 4
