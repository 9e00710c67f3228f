"""No answer of the dashboard tells a single person's answer, rating or record: every unit, two nights, solved.

The worst case is taken: whoever asks knows everybody's unit, who answered and whose tickets were rated, and nobody's answer
changes overnight; late ones arrive, people come, go and vanish. What the figures leave open is a range for each person; where
the values have ends, so that all at one end tells of everybody, the ranges take that into account.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from service.access.keys import Caller, add_key
from service.access.scope import within
from service.app import create_app
from service.dashboard import part, shown
from service.settings import Settings
from service.store.engine import open_store
from tests import builders
from tests.moving import DAYS, Company
from tests.posting import Client
from tests.served import day
from tests.solver import Group, ranges
from tests.staffed import Member, publish

MONTH: Final = "2026-08"
ENDS: Final = {
    "enps": (-1.0, 1.0), "survey_score": (0.0, 1.0), "survey_response": (0.0, 1.0), "survey_silence": (0.0, 1.0),
    "csat": (0.0, 1.0), "escalation": (0.0, 1.0),
}  # fmt: skip
"""The least and the most that one person's value can be, by figure: every person has one of each at most."""
CHANGING: Final = ("survey_response", "survey_silence")
"""Figures in which a late answer is another value of the same person: each night is solved by itself."""


@dataclass
class Facts:
    """What is on record of one person for the month."""

    asked: bool
    enps: int | None = None
    workload: int | None = None
    rating: int | None = None
    escalated: bool | None = None

    def values(self) -> dict[str, float]:
        """By figure, what the person adds to the sum; absent where the figure is not made of them."""
        found: dict[str, float] = {}
        if self.asked:
            found["survey_response"] = float(self.enps is not None)
            found["survey_silence"] = float(self.enps is None)
        if self.enps is not None and self.workload is not None:
            found["enps"] = float((self.enps >= 9) - (self.enps <= 6))
            found["survey_score"] = (self.workload - 1) / 4
        if self.rating is not None and self.escalated is not None:
            found["csat"] = self.rating / 5
            found["escalation"] = float(self.escalated)
        return found


@dataclass
class Told:
    """By figure, the sums that were told over groups of people."""

    sums: dict[str, dict[Group, float]] = field(default_factory=dict)
    figures: int = 0


def _record(rng: np.random.Generator, spread: float) -> Facts:
    """One person's; with little spread most answer alike."""
    alike = rng.random() > spread
    found = Facts(bool(rng.random() < 0.9))
    if found.asked and rng.random() < 0.8:
        found.enps = 10 if alike else int(rng.integers(0, 11))
        found.workload = 5 if alike else int(rng.integers(1, 6))
    if rng.random() < 0.6:
        found.rating, found.escalated = (5, False) if alike else (int(rng.integers(1, 6)), bool(rng.random() < 0.5))
    return found


def _late(rng: np.random.Generator, one: Facts, share: float) -> None:
    """What arrives with the second export: an answer, or a rating."""
    if rng.random() < share and one.asked and one.enps is None:
        one.enps, one.workload = int(rng.integers(0, 11)), int(rng.integers(1, 6))
    if rng.random() < share and one.rating is None:
        one.rating, one.escalated = int(rng.integers(1, 6)), bool(rng.random() < 0.5)


def _tables(staff: Sequence[Member], facts: Mapping[str, Facts]) -> dict[str, list[dict[str, Any]]]:
    surveys, tickets = [], []
    for id_ in [member.employee_id for member in staff if member.employee_id in facts]:
        one = facts[id_]
        for driver, score, top in (("enps", one.enps, 10), ("workload", one.workload, 5)) if one.asked else ():
            answer = {"responded_at": "2026-08-09T12:00:00Z", "score": score} if score is not None else {}
            low = {"scale_min": 0 if top == 10 else 1, "scale_max": top}
            surveys.append(
                builders.survey("S1", id_, "2026-08-03T12:00:00Z", driver, responded_at=None, score=None) | low | answer
            )
        if one.rating is not None:
            times = {"first_response_at": "2026-08-05T12:00:00Z", "resolved_at": "2026-08-20T12:00:00Z"}
            rated = {"csat": one.rating, "escalated": one.escalated, "category": "payroll"}
            tickets.append(builders.ticket(f"T{id_}", id_, "2026-08-04T12:00:00Z", **times, **rated))
    return {name: rows for name, rows in (("surveys", surveys), ("tickets", tickets)) if rows}


def told(seed: int, home: Path) -> Told:
    """Publish two nights and ask for every unit after each, as both roles that see groups alone."""
    rng, found = np.random.default_rng(seed), Told()
    company, spread, late = Company(rng), float(rng.choice([0.1, 0.5, 1.0])), float(rng.choice([0.0, 0.1, 0.5]))
    facts = {member.employee_id: _record(rng, spread) for member in company.staff}
    stood: dict[str, Mapping[str, tuple[str, dict[str, float]]]] = {}
    settings = Settings(home=home)
    store = open_store(settings.database_url)
    with Client(create_app(settings, {}, today=lambda: day(DAYS[-1]))) as client:
        keys = [add_key(store, Caller(role, role, ""), "2026-01-01T00:00:00Z") for role in ("leader", "scientist")]
        for night in DAYS[:2]:
            if night != DAYS[0]:
                company.night(night)
                for one in facts.values():
                    _late(rng, one, late)
            stood[night] = {
                member.employee_id: (str(member.moved[0][1]), facts[member.employee_id].values())
                for member in company.staff if member.employee_id in facts
            }  # fmt: skip
            publish(store, night, company.staff, retrospective=False, **_tables(company.staff, facts))
            for unit in sorted({"", *company.units}):
                first, second = (_asked(client, key, unit) for key in keys)
                assert first == second
                _collect(found, unit, first, stood, night)
    store.dispose()
    return found


def _asked(client: Client, key: str, unit: str) -> Any:
    answer = client("GET", f"/v1/dashboard?org_unit={unit}&months=3", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code in {200, 404}
    return answer.json() if answer.status_code == 200 else None


def _collect(found: Told, unit: str, answer: Any, stood: Mapping[str, Any], night: str) -> None:
    if answer is None:
        return
    month = answer["months"].index(MONTH)
    for one in answer["figures"]:
        if one["name"] not in ENDS or one["values"][month] is None:
            continue
        records = stood[one["held"].get(MONTH, night)]
        mine = {
            id_: told[one["name"]] for id_, (at, told) in records.items() if one["name"] in told and within(at, unit)
        }
        assert one["n"][month] == len(mine)
        scale = 100 if one["name"] == "enps" else 1
        assert abs(one["values"][month] - scale * sum(mine.values()) / len(mine)) < 1e-3
        name = f"{one['name']} {night}" if one["name"] in CHANGING else one["name"]
        found.sums.setdefault(name, {})[frozenset(mine)] = sum(mine.values())
        found.figures += 1


def narrowest(found: Told) -> float:
    """The smallest share of its scale that any person's value may lie in."""
    widths = [1.0]
    for name, sums in found.sums.items():
        low, high = ENDS[name.partition(" ")[0]]
        widths += [(upper - lower) / (high - low) for lower, upper in ranges(sums, low, high).values()]
    return min(widths)


def test_no_answer_follows_from_two_nights(tmp_path: Path, trial: bool, figures: Callable[..., Path]) -> None:
    """Random companies of one mind and of many: everybody's answer could as well be another."""
    count, told_figures, least = 200 if trial else 5, 0, 1.0
    for seed in range(count):
        found = told(seed, tmp_path / str(seed))
        least, told_figures = min(least, narrowest(found)), told_figures + found.figures
        assert least > 0.01, seed
    assert told_figures > 10 * count
    said = {"companies": count, "figures": told_figures, "narrowest range, share of the scale": round(least, 3)}
    print(figures("disclosure_dashboard", said).read_text())


def _nothing_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "withheld", lambda _parent, counts: counts == 0)


def _no_agreement_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "_agree", lambda *_: None)


def _nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "settled", lambda now, _then: (now, np.zeros(now.codes.shape[1], np.bool_)))


@pytest.mark.parametrize("without", [_nothing_withheld, _no_agreement_withheld, _nothing_held])
def test_without_a_rule_answers_do_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The proof can fail: without any one of the rules somebody's answer is found."""
    without(monkeypatch)
    assert any(narrowest(told(seed, tmp_path / str(seed))) < 1e-6 for seed in range(30))
