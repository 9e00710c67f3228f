"""No answer about groups tells a single person's value: everything a leader can ask for, over two nights, solved exactly.

The worst case is taken: whoever asks knows everybody's unit and manager on both days, and nobody's risk changes overnight.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from service.access.keys import Caller, add_key
from service.access.scope import within
from service.app import create_app
from service.disclosure import digests, lone
from service.settings import Settings
from service.store.engine import open_store
from service.teams import judged
from tests.moving import DAYS, TOPICS, Company
from tests.posting import Client
from tests.served import day
from tests.solver import Group, determined, ranges
from tests.staffed import Member, publish

LABELS: Final = {"pay": 0, "survey scores": 1, "open tickets": 2, "conversations about what they want to do": 3}
"""Topics by the place of their feature in `TOPICS`."""


@dataclass
class Told:
    """Everything that was told of a company: by figure, the sums over groups of people."""

    risks: dict[Group, float] = field(default_factory=dict)
    """Expected leavers by 90 days; those by other horizons are told of the same groups."""
    topics: dict[str, set[Group]] = field(default_factory=dict)
    """By topic, of whom the mean contribution was told."""
    havers: dict[str, set[Group]] = field(default_factory=dict)
    """The same of one night, for who also knows which of them have the topic at all."""
    groups: int = 0


def told(company: Company, home: Path, nights: int = 2) -> Told:
    """Publish so many nights and ask for every unit after each."""
    found, rosters = Told(), {}
    settings = Settings(home=home)
    store = open_store(settings.database_url)
    with Client(create_app(settings, {}, today=lambda: day(DAYS[-1]))) as client:
        key = add_key(store, Caller("leader", "leader", ""), "2026-01-01T00:00:00Z")
        for night in DAYS[:nights]:
            if night != DAYS[0]:
                company.night(night)
            rosters[night] = {one.employee_id: one for one in company.here()}
            publish(store, night, company.staff)
            for answer in _asked(client, key, {"", *company.units}):
                _collect(found, answer, rosters, night)
    store.dispose()
    return found


def _asked(client: Client, key: str, units: set[str]) -> Iterator[Any]:
    for unit in sorted(units):
        answer = client("GET", f"/v1/teams?org_unit={unit}&limit=500", headers={"Authorization": f"Bearer {key}"})
        if answer.status_code == 200:
            yield answer.json()
        else:
            assert answer.status_code == 404


def _collect(found: Told, answer: Any, rosters: Mapping[str, Mapping[str, Member]], night: str) -> None:
    for one in [answer["whole"], *answer["groups"]]:
        if one["withheld"]:
            assert one["people"] is None
            continue
        found.groups += 1
        members = _members(one, rosters[one["held_since"] or night])
        people = frozenset(member.employee_id for member in members)
        found.risks[people] = sum(member.risks[1] for member in members)
        assert abs(one["expected"]["90"]["value"] - found.risks[people]) < 0.006
        for driver in one["drivers"]:
            found.topics.setdefault(driver["topic"], set()).add(people)
            feature = TOPICS[LABELS[driver["topic"]]]
            having = frozenset(member.employee_id for member in members if feature in member.reasons)
            if night == DAYS[0]:
                found.havers.setdefault(driver["topic"], set()).add(having)


def _members(one: Any, roster: Mapping[str, Member]) -> list[Member]:
    """Whom a group's figures are made of."""
    scored = [member for member in roster.values() if member.risk is not None]
    if one["kind"] == "team":
        return [member for member in scored if member.manager == one["manager_id"]]
    return [member for member in scored if within(member.unit, one["org_unit"])]


def follows(found: Told) -> dict[str, set[str]]:
    """By figure, whose value follows."""
    return {
        "risk": determined(found.risks),
        **{topic: determined(groups) for topic, groups in found.topics.items()},
        **{f"{topic}, knowing who": determined(groups) for topic, groups in found.havers.items()},
    }


def test_no_person_follows_from_two_nights(tmp_path: Path, trial: bool, figures: Callable[..., Path]) -> None:
    """Random companies: many figures are told, and none is a person's; the risk of each could as well be another."""
    count, told_groups, people, narrowest = 200 if trial else 5, 0, 0, 1.0
    for seed in range(count):
        company = Company(np.random.default_rng(seed))
        found = told(company, tmp_path / str(seed))
        assert not any(follows(found).values()), seed
        told_groups, people = told_groups + found.groups, people + company.hired
        if seed % 10 == 0:
            known = ranges(found.risks, 0.0, 1.0)
            narrowest = min([narrowest, *(high - low for low, high in known.values())])
    assert told_groups > 10 * count
    assert narrowest > 0.05
    said = {
        "companies": count,
        "people": people,
        "figures": told_groups,
        "narrowest range of a risk": round(narrowest, 3),
    }
    print(figures("disclosure", said).read_text())


def _nothing_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "withheld", lambda _parent, counts: counts == 0)
    monkeypatch.setattr(judged, "admitted", lambda _cells, _groups, size: np.ones(size, np.bool_))


def _nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "change", lambda _then, _now: "enough")
    monkeypatch.setattr(lone, "bridges", lambda _then, _now: [])


def _groups_held_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lone, "bridges", lambda _then, _now: [])


@pytest.mark.parametrize("without", [_nothing_withheld, _nothing_held, _groups_held_one_by_one])
def test_without_a_rule_people_do_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The proof can fail: with no group withheld, none held, or each held for itself alone, somebody's risk is found."""
    without(monkeypatch)
    for seed in range(40):
        found = told(Company(np.random.default_rng(seed)), tmp_path / str(seed))
        if determined(found.risks):
            return
    raise AssertionError("nobody was found")
