"""No answer about what became of lists tells whether a single person was listed: every unit, two windows, solved.

Whoever asks knows everybody's unit on the window's day and who left. Being listed is 0 or 1, so the ranges take into account
that all or none of a group may be. Each window is solved by itself: being listed three months later is another fact.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from models.hazard import HORIZONS
from service.access.keys import Caller, add_key
from service.access.scope import within
from service.app import create_app
from service.outcomes import groups
from service.settings import Settings
from service.store.engine import open_store
from tests.moving import Company
from tests.posting import Client
from tests.served import day
from tests.solver import Group, ranges
from tests.staffed import Member, publish

WINDOWS: Final = {"2026-05-31": "2026-06-01", "2026-08-31": "2026-09-01"}
"""Last run of a month, from which a window of 90 days begins, and the run after it."""
CLOSED: Final = "2026-12-15"


@dataclass
class Told:
    """What was told of groups of people, by window: how many were listed, and the sums of their risks."""

    listed: dict[str, dict[Group, float]] = field(default_factory=lambda: {begins: {} for begins in WINDOWS})
    risks: dict[str, dict[Group, float]] = field(default_factory=lambda: defaultdict(dict))
    figures: int = 0


def _staffed(company: Company, rng: np.random.Generator) -> None:
    """Many more people, most of them above or below the band that lists, so that lists are long enough to be told."""
    share = float(rng.choice([0.1, 0.5, 0.9]))
    for unit in company.units:
        company.staff += company.joiners(unit, int(rng.integers(0, 45)))
    company.staff = [replace(one, risk=one.risk and (0.2 if rng.random() < share else 0.02)) for one in company.staff]


def _leaving(rng: np.random.Generator, staff: Sequence[Member], on: str, share: float) -> list[Member]:
    return [replace(one, left=on) if one.left is None and rng.random() < share else one for one in staff]


def told(seed: int, home: Path) -> Told:
    """Publish two windows and what follows, and ask for every unit and horizon, as both roles that see groups alone."""
    rng, found = np.random.default_rng(seed), Told()
    company, rosters = Company(rng), dict[str, list[Member]]()
    _staffed(company, rng)
    company.vanishing = False  # of who is in the data no more it is not known what became
    leaving, settings = float(rng.choice([0.15, 0.4])), Settings(home=home)
    store = open_store(settings.database_url)
    for begins, after in WINDOWS.items():
        rosters[begins] = company.here()
        for on in (begins, after):
            publish(store, on, company.staff)
        company.staff = _leaving(rng, company.staff, after[:8] + "20", leaving)
        company.night(after[:8] + "25")
    publish(store, CLOSED, company.staff)
    ended = {one.employee_id: one.left for one in company.staff if one.left and one.voluntary}
    with Client(create_app(settings, {}, today=lambda: day(CLOSED))) as client:
        keys = [add_key(store, Caller(role, role, ""), "2026-01-01T00:00:00Z") for role in ("leader", "scientist")]
        for unit in sorted({"", *company.units}):
            for horizon in HORIZONS:
                asked = f"/v1/outcomes?org_unit={unit}&horizon={horizon}"
                first, second = (client("GET", asked, headers={"Authorization": f"Bearer {key}"}) for key in keys)
                assert (first.status_code, first.text) == (second.status_code, second.text)
                for row in first.json()["groups"] if first.status_code == 200 else ():
                    _collect(found, row, horizon, rosters[row["as_of"]], ended)
    store.dispose()
    return found


def _collect(
    found: Told, row: Mapping[str, Any], horizon: int, roster: Sequence[Member], ended: Mapping[str, str]
) -> None:
    mine = [one for one in roster if one.risk is not None and within(one.unit, row["org_unit"])]
    begins, ends = row["as_of"], str(np.datetime64(row["as_of"]) + horizon)
    left = [one for one in mine if begins < ended.get(one.employee_id, "") <= ends]
    for count, group in ((row["listed"], mine), (row["listed_left"], left)):
        if count is not None:
            people = frozenset(one.employee_id for one in group)
            assert count == sum(one.risks[1] >= 0.05 for one in group)
            found.listed[begins][people] = float(count)
            found.figures += 1
    if row["expected"] is not None and horizon == HORIZONS[1]:  # the groups are the same by the others
        sums = sum(one.risks[HORIZONS.index(horizon)] for one in mine if one.risks[1] >= 0.05)
        assert abs(row["expected"] - sums) < 0.051
        found.risks[f"{begins} {horizon}"][frozenset(one.employee_id for one in mine)] = sums


def narrowest(found: Told) -> float:
    """The smallest range of anybody's being listed, or of what they add to the sum of the listed's risks."""
    known = [ranges(sums, 0.0, 1.0) for told in (found.listed, found.risks) for sums in told.values()]
    return min([1.0, *(high - low for one in known for low, high in one.values())])


def test_nobody_s_being_listed_follows(tmp_path: Path, trial: bool, figures: Callable[..., Path]) -> None:
    """Random companies with long lists and short ones: whoever was listed might as well not have been."""
    count, told_figures, least = 200 if trial else 4, 0, 1.0
    for seed in range(count):
        found = told(seed, tmp_path / str(seed))
        least, told_figures = min(least, narrowest(found)), told_figures + found.figures
        assert least > 0.01, seed
    assert told_figures > 2 * count
    said = {"companies": count, "figures": told_figures, "narrowest range": round(least, 3)}
    print(figures("disclosure_outcomes", said).read_text())


def test_without_the_rules_it_does_follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof can fail: with every count shown, somebody is found."""
    monkeypatch.setattr(
        groups, "shown", lambda _parent, _sizes, values, _allowed, _least: np.ones(len(values), np.bool_)
    )
    monkeypatch.setattr(groups, "withheld", lambda _parent, counts: counts == 0)
    assert any(narrowest(told(seed, tmp_path / str(seed))) < 1e-6 for seed in range(10))
