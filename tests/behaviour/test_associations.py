"""Inside and outside: nothing is found where nothing is, what is there is found, and few teams say nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from features.company import Company
from service.dashboard.associations import ATTRITION, FEWEST_TEAMS, Association, associations
from service.dashboard.ground import ground
from tests.served import day, shared_toy

CADENCE: Final = (12, 4, 2)
DAY: Final = "2026-09-30"
SIGNAL: Final = "team_signal.customer_nps"


def found(company: Company) -> list[Association]:
    """What is told of the whole company."""
    return associations(ground(company, day(DAY)), CADENCE)[0]


def shuffled(company: Company, rng: np.random.Generator) -> Company:
    """Every team's and every unit's customer signals given to another one, whole."""
    table = company.team_signals
    assert table is not None
    moved = {}
    for name in ("manager", "unit"):
        column = getattr(table, name)
        used = np.unique(column[column >= 0])
        given = np.arange(int(column.max(initial=-1)) + 2, dtype=np.int32)
        given[used] = rng.permutation(used)
        moved[name] = np.where(column >= 0, given[np.maximum(column, 0)], np.int32(-1))
    return replace(company, team_signals=replace(table, **moved))


def test_shuffled_customer_signals_are_associated_with_nothing(trial: bool, figures: Callable[..., Path]) -> None:
    """In at least 95 of 100 draws no pair with a customer signal is found, of all that are looked at."""
    rng, draws = np.random.default_rng(1), 200 if trial else 30
    false = pairs = 0
    for _ in range(draws):
        told = [one for one in found(shuffled(shared_toy().company, rng)) if one.outside != ATTRITION]
        pairs = sum(one.correlation is not None for one in told)
        assert pairs >= 4
        false += any(one.found for one in told)
    figures("dashboard-null-associations", {"draws": draws, "pairs": pairs, "draws with a find": false})
    assert false <= 0.05 * draws


def test_a_planted_association_is_found() -> None:
    """In the sample company customers follow the mood of a team: it is found, said to be no cause, and counted."""
    told = {(one.inside, one.outside): one for one in found(shared_toy().company)}
    planted = told["survey_score", SIGNAL]
    assert planted.found
    assert planted.correlation is not None
    assert planted.correlation > 0.5
    assert "association, not cause" in planted.text
    assert f"{planted.teams} teams" in planted.text
    assert planted.pairs == sum(one.correlation is not None for one in told.values())
    assert not told["ticket_response", SIGNAL].found
    assert "nothing found" in told["ticket_response", SIGNAL].text


def test_the_sign_is_the_planted_one() -> None:
    """With all values turned round, so is the correlation."""
    company = shared_toy().company
    table = company.team_signals
    assert table is not None
    turned = replace(company, team_signals=replace(table, value=-table.value))
    before, after = ({(one.inside, one.outside): one.correlation for one in found(each)} for each in (company, turned))
    first, then = before["survey_score", SIGNAL], after["survey_score", SIGNAL]
    assert first is not None
    assert then == -first


def test_few_teams_say_nothing() -> None:
    """A unit with fewer than twenty teams has no correlation, and says how many it takes."""
    company = shared_toy().company
    told = associations(ground(company, day(DAY)), CADENCE)
    small = [one for node, all_ in told.items() if node for one in all_ if one.teams < FEWEST_TEAMS]
    assert small
    assert all((one.correlation, one.p_value, one.found) == (None, None, False) for one in small)
    assert all(str(FEWEST_TEAMS) in one.text for one in small)
