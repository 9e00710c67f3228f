"""No answer tells a single person's value: all that leaders and scientists are told, run after run, solved together.

Risks by every horizon, who is listed, every answer, rating and comment, who took part in what and how often, and what moves
risks: each is one unknown in one system, whichever route told of it (`tests.answers`).

Three things may be known. That everybody or nobody of five people or more took part in something sets none of them apart.
Where hardly a question stayed open it may follow that somebody answered, though never that somebody did not, or what. And were
the sums of risks exact, those of two runs could leave the risk of who moved between them no room on one side of the band's limit,
though much on the other; as they are rounded, nobody's. Of how many people it would be so is counted.

Not in the system, since no sums of people's values: AUC, distances of drift, quantiles of tickets' times, rank correlations, and
what `/v1/model` says of the training.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from service.dashboard import kept as dashboard_kept
from service.dashboard import part, shown
from service.disclosure import digests, lone
from service.disclosure.tree import FEWEST
from service.monitoring import kept
from service.outcomes import groups
from service.outcomes.groups import Counts, Flags
from service.teams import judged
from tests.answers import Answers
from tests.solver import Key, System
from tests.told import DAYS, told

NARROW: Final = 0.005
"""A value that may lie in so small a share of its scale is as good as told."""
LISTS: Final = ("listed", "part")
"""What is unknown of lists: who is listed, and what they add to the sum of the listed's risks."""


@dataclass(frozen=True)
class Found:
    """What follows from everything that was told."""

    known: list[tuple[str, Key]]
    """Whose value."""
    bounded: int
    """Of how many people the band would, by bounds on their risk, were the sums of risks exact."""
    narrowest: float
    """The smallest range of any other value, as a share of its scale."""


def solved(answers: Answers) -> Found:
    """Solve all that was told of a company."""
    known, bounded, narrowest = [], set(), 1.0
    for name, system in answers.systems.items():
        for key, (width, least) in system.ranges(FEWEST - 1 if name.startswith("who") else None).items():
            if name == "survey_response" and width < NARROW and (least > 0) == (key.name == "record"):
                continue
            if width >= NARROW:
                narrowest = min(narrowest, width)
            elif key.name in LISTS and _open(system.without("risk"), key) and _open(system.rounded(), key):
                bounded.add((name, key.person))
            else:
                known.append((name, key))
    return Found(known, len(bounded), narrowest)


def _open(system: System, key: Key) -> bool:
    """Whether so much leaves a value open."""
    found = system.ranges(who=key.person)
    return key not in found or found[key].width >= NARROW


def test_no_person_follows_from_all_answers(tmp_path: Path, trial: bool, figures: Callable[..., Path]) -> None:
    """Random companies of one mind and of many: much is told, and every value could as well be another."""
    companies, figures_told, people, bounded, narrowest = 200 if trial else 2, 0, 0, 0, 1.0
    for seed in range(companies):
        answers = told(seed, tmp_path / str(seed))
        found = solved(answers)
        assert not found.known, (seed, found.known)
        figures_told, people = figures_told + answers.figures, people + answers.people
        bounded, narrowest = bounded + found.bounded, min(narrowest, found.narrowest)
    assert figures_told > 300 * companies
    said = {
        "companies": companies,
        "people": people,
        "figures": figures_told,
        "narrowest range, share of the scale": round(narrowest, 4),
        "people whose band would follow from exact sums of risks": bounded,
    }
    print(figures("disclosure", said).read_text())


def _no_group_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "withheld", lambda _parent, counts: counts == 0)
    monkeypatch.setattr(judged, "admitted", lambda _cells, _groups, size: np.ones(size, np.bool_))


def _no_group_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "change", lambda _then, _now: "enough")
    monkeypatch.setattr(lone, "bridges", lambda _then, _now: [])


def _groups_held_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lone, "bridges", lambda _then, _now: [])


def _monitoring_never_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "anew", lambda _connection, _run: True)


def _no_figure_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "withheld", lambda _parent, counts: counts == 0)


def _no_agreement_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "_speak", lambda *_: None)


def _no_month_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard_kept, "last", lambda _store: None)


def _kin_drawn_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()
    monkeypatch.setattr(part, "crc32", lambda _name: next(numbers))


def _all_that_is_allowed(_parent: Counts, sizes: Counts, values: Counts, allowed: Flags, _least: int) -> Flags:
    """Without only what could not be divided by."""
    return np.asarray(allowed & (sizes[:, 0] > 0) & (values.sum(axis=1) > 0))


def _no_list_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "shown", _all_that_is_allowed)
    monkeypatch.setattr(groups, "withheld", lambda _parent, counts: counts == 0)


@pytest.mark.parametrize(
    "without,days,seed",
    [
        (_no_group_withheld, DAYS[:1], 3),
        (_no_group_held, DAYS[:2], 0),
        (_groups_held_one_by_one, DAYS[:2], 6),
        (_monitoring_never_held, DAYS[:2], 18),
        (_no_figure_withheld, DAYS[2:3], 1),
        (_no_agreement_withheld, DAYS[2:3], 0),
        (_no_month_kept, DAYS[2:4], 0),
        (_kin_drawn_apart, DAYS[2:3], 79),
        (_no_list_withheld, (DAYS[0], DAYS[1], DAYS[4], DAYS[5]), 0),
    ],
)
def test_without_a_rule_somebody_does_follow(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    without: Callable[[pytest.MonkeyPatch], None],
    days: Sequence[str],
    seed: int,
) -> None:
    """The proof can fail: with any one of the rules switched off somebody's value is found."""
    without(monkeypatch)
    assert solved(told(seed, tmp_path, days)).known
