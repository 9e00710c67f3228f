"""Whose risk rose between two runs, with changes written out."""

import math

from service.lists.rises import Rise, rises


def risk(odds: float) -> float:
    """The risk of these odds."""
    return odds / (1 + odds)


def test_a_higher_band_is_a_rise_of_any_size_that_is_one() -> None:
    """From 4.7 % to 5.0 % is into the band that begins there; from 4.9 % it is no rise; a lower band is none."""
    before = {"E1": (0.047, "low"), "E2": (0.12, "high"), "E3": (0.02, "low"), "E4": (0.049, "low")}
    now = {"E1": (0.050, "elevated"), "E2": (0.09, "elevated"), "E3": (0.02, "low"), "E4": (0.050, "elevated")}
    (one,) = rises(before, now)
    assert (one.employee_id, one.kind) == ("E1", "band")
    assert math.isclose(one.rise, math.log(0.050 / 0.950) - math.log(0.047 / 0.953))


def test_a_jump_is_beyond_what_is_usual() -> None:
    """Odds of nine people move by a tenth up or down; of the tenth they double, which is no noise."""
    before = {f"E{n}": (risk(0.01), "low") for n in range(10)}
    now = {f"E{n}": (risk(0.01 * 1.1 ** (n % 3 - 1)), "low") for n in range(9)} | {"E9": (risk(0.02), "low")}
    (one,) = rises(before, now)
    assert (one.employee_id, one.kind, round(one.rise, 9)) == ("E9", "jump", round(math.log(2), 9))


def test_nothing_is_a_jump_where_everybody_moves() -> None:
    """All odds double: what moved is the level, not a person."""
    before = {f"E{n}": (risk(0.01), "low") for n in range(10)}
    assert rises(before, {id_: (risk(0.02), "low") for id_ in before}) == []


def test_a_rise_by_less_than_four_tenths_of_the_odds_is_none() -> None:
    """Where nobody else moves at all, a small move is still small."""
    before = {f"E{n}": (risk(0.01), "low") for n in range(10)}
    assert rises(before, before | {"E0": (risk(0.0139), "low")}) == []
    assert rises(before, before | {"E0": (risk(0.0141), "low")})[0].kind == "jump"


def test_only_who_is_in_both_runs() -> None:
    """A new person has no risk to rise from."""
    assert rises({"E1": (0.1, "high")}, {"E2": (0.5, "critical")}) == []
    assert rises({}, {"E2": (0.5, "critical")}) == []
    assert rises({"E1": (0.04, "low")}, {"E1": (0.06, "elevated")}) == [
        Rise("E1", "band", math.log(0.06 / 0.94) - math.log(0.04 / 0.96))
    ]
