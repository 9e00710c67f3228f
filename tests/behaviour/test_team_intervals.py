"""The 80 % intervals of groups' expected leavers hold as often as they say: on calibrated draws, and on sample companies."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from features.company import Company
from features.presence import observed_from
from models.hazard import HORIZONS
from service import scoring
from service.disclosure.tree import FEWEST
from service.lists import law
from service.lists.expected import spread
from service.teams.figures import SHARE
from service.teams.groups import groups
from tests.held import DAY, Held, hold
from tests.intervals import Kept, kept
from training import splits
from training.backtest import backtest
from training.evidence import evidence
from training.fit import FULL
from training.settings import TrainingSettings

Figures = Callable[[str, Mapping[str, object]], Path]

LEAST: Final = 5.0
"""Groups with so many expected leavers are held to both ends of what is allowed."""
NOT_SAID: Final = 0.1
"""Spread where no backtest is run: what a backtest says of a company of this size."""


@pytest.mark.parametrize("people, share", [(8, 0.1), (40, 0.05), (60, 0.15), (300, 0.1), (3_000, 0.08)])
def test_calibrated_groups_are_held_as_often_as_said(people: int, share: float, trial: bool) -> None:
    """Risks that are right but for a level off by a normal .2: the law's share is held, and never much less."""
    rng, draws, inside = np.random.default_rng(people), 3_000 if trial else 400, 0.0
    risks = rng.beta(1.5, 1.5 / share - 1.5, people)
    odds, chances = np.log(risks / (1 - risks)), law.moved(risks, 0.2)
    for _ in range(draws):
        left = int((rng.random(people) < 1 / (1 + np.exp(-odds - rng.normal(0, 0.2)))).sum())
        low, high = law.reached(chances, left - 1), law.reached(chances, left)
        inside += 0.1 <= low + rng.random() * (high - low) <= 0.9
    assert abs(inside / draws - SHARE) < (0.02 if trial else 0.055)


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory, trial: bool) -> list[tuple[Held, Mapping[int, float]]]:
    """Sample companies scored on their last day, and by horizon the doubt about the level; looked back at under `trial`."""
    folder, found = tmp_path_factory.mktemp("intervals"), []
    for seed in (12, 13) if trial else (12,):
        made = hold(folder / str(seed), 3_000 if trial else 1_500, seed)
        found.append((made, _looked_back(made.company) if trial else dict.fromkeys(HORIZONS, NOT_SAID)))
    return found


def _looked_back(company: Company) -> Mapping[int, float]:
    """What a backtest says of the level."""
    settings = TrainingSettings(threads=2)
    origins = splits.origins(observed_from(company, DAY), DAY, 0, 4, 3)
    said = evidence(backtest(company, origins, DAY, settings, (12, 4, 2)), 1, 500, (FULL,))
    return {horizon: spread(said, FULL, horizon) for horizon in HORIZONS}


def _members(company: Held) -> list[NDArray[np.int64]]:
    """Who is in each unit and each team, of the people scored."""
    managers, units = scoring.places(company.company, company.person, DAY)
    found = groups(units, managers)
    members, starts = found.members(np.arange(len(found)), np.ones(len(units), np.bool_))
    return np.split(members, starts[1:-1])


def test_groups_of_sample_companies_are_held(
    companies: Sequence[tuple[Held, Mapping[int, float]]], figures: Figures
) -> None:
    """With at least five leavers expected 75 to 88 in 100, in the rest never fewer than 75, by the true risks."""
    large: list[Kept] = []
    rest: list[Kept] = []
    for company, doubt in companies:
        for members in _members(company):
            for column, horizon in enumerate(HORIZONS) if len(members) >= FEWEST else ():
                said, true = company.said[members, column], company.true[members, column]
                (large if said.sum() >= LEAST else rest).append(kept(said, true, doubt[horizon], SHARE))
    told = {
        name: {"groups": len(found), "inside": round(float(np.mean([one.inside for one in found])), 3),
               "between": round(float(np.mean([one.between for one in found])), 3)}
        for name, found in (("at least 5 expected", large), ("fewer", rest))
    }  # fmt: skip
    spreads = [{str(horizon): round(value, 3) for horizon, value in doubt.items()} for _, doubt in companies]
    print(figures("team_intervals", {**told, "spread of the level": spreads}).read_text())
    assert len(large) >= 20
    assert 0.75 <= np.mean([one.inside for one in large]) <= 0.88
    assert min(np.mean([one.inside for one in rest]), np.mean([one.between for one in rest])) >= 0.75
