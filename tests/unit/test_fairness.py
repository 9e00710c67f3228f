"""The fairness audit: Fairlearn's figures, disparities found where planted and only there, small counts kept back."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from fairlearn import metrics as fairlearn

from features.asides import Protected
from features.company import Company, Names, People
from features.days import NEVER
from models.manifest import Disparity
from training import fairness
from training.backtest import Backtest, Judged
from training.disclosure import kept_back
from training.fairness import Attribute, Fairness
from training.group_figures import Group
from training.settings import TrainingSettings
from training.splits import Origin
from training.tallies import HIGH, TOP, top

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = TrainingSettings(seed=3)


def company(people: int) -> Company:
    """So many people of one employment each; the audit asks for nothing but their ids."""
    one, never = np.arange(people, dtype=np.int32), np.full(people, NEVER, np.int32)
    kinds = np.zeros(people, np.int8)
    nothing: Any = None
    everybody = People(ids(people), one, one * 0, never, never, never, kinds, never)
    return Company(Names(), everybody, nothing, nothing)


def ids(people: int) -> tuple[str, ...]:
    """Employee ids."""
    return tuple(f"E{n:06d}" for n in range(people))


def judged(risk: Any, left: Any, employee: Any = None, day: int = 0, horizons: tuple[int, ...] = (30, 90)) -> Judged:
    """One origin; the risk and the outcome are the same at every horizon."""
    who = np.arange(len(risk)) if employee is None else employee
    risks = np.repeat(np.asarray(risk, dtype=np.float64)[:, None], 4, axis=1)
    gone = np.repeat(np.asarray(left, dtype=np.bool_)[:, None], 4, axis=1)
    return Judged(Origin(day, horizons), np.asarray(who, dtype=np.int32), {"full": risks}, gone)


def audit(origins: Sequence[Judged], people: int, **columns: Sequence[str | None]) -> Fairness:
    """Audit origins with the given columns of `protected`."""
    protected = Protected(ids(people), tuple(columns), tuple(tuple(values) for values in columns.values()))
    return fairness.audit(Backtest(tuple(origins), 0), company(people), protected, "full", SETTINGS)


def drawn(seed: int, people: int, shift: float = 0.0, blind: float = 0.0) -> Fairness:
    """A company over three origins with three attributes that have nothing to do with leaving.

    `shift` is added to the log-odds of the scores of the first attribute's group a, though they leave no more often;
    `blind` is the share of that group for whom the score knows nothing.
    """
    generator = np.random.default_rng(seed)
    first = generator.choice(["a", "b"], people)
    second, third = generator.choice(["x", "y", "z"], people, p=(0.6, 0.3, 0.1)), generator.choice(list("pqrs"), people)
    steady = 0.8 * generator.normal(size=people) - 3.0
    here, origins = np.arange(people), []
    for at in range(3):
        logit = steady[here] + 0.4 * generator.normal(size=len(here))
        left = generator.random(len(here)) < 1 / (1 + np.exp(-logit))
        unseen = (first[here] == "a") & (generator.random(len(here)) < blind)
        said = np.where(unseen, -3.5 + 0.1 * generator.normal(size=len(here)), logit + shift * (first[here] == "a"))
        origins.append(judged(1 / (1 + np.exp(-said)), left, here, day=180 * at))
        here = here[~left]
    return audit(origins, people, first=first.tolist(), second=second.tolist(), third=third.tolist())


def found(one: Fairness) -> list[tuple[str, str, Disparity]]:
    """Every disparity with its attribute and cut."""
    return [(each.name, cut, disparity) for each in one.attributes for cut, disparity in each.disparities]


def group(one: Attribute, name: str) -> Group:
    """One group by its name."""
    return next(each for each in one.groups if each.name == name)


def test_the_figures_are_fairlearns() -> None:
    """Selection rate, recall and precision by group; parity and opportunity over all groups."""
    generator = np.random.default_rng(5)
    people = 900
    names = generator.choice(["a", "b", "c"], people, p=(0.5, 0.3, 0.2))
    risk = generator.random(people) * 0.2
    left = generator.random(people) < 2 * risk
    one = audit([judged(risk, left)], people, team=names.tolist()).attributes[0]
    for cut, listed in ((TOP, risk >= np.sort(risk)[-90]), (HIGH, risk >= 0.1)):
        frame = fairlearn.MetricFrame(
            metrics={"listed": fairlearn.selection_rate, "recall": fairlearn.true_positive_rate},
            y_true=left,
            y_pred=listed,
            sensitive_features=names,
        )
        for name in "abc":
            at = next(each for each in group(one, name).cuts if each.cut == cut)
            assert at.listed.value == pytest.approx(frame.by_group["listed"][name], abs=1e-6)
            assert at.recall.value == pytest.approx(frame.by_group["recall"][name], abs=1e-6)
            assert at.to_highest.value == pytest.approx(
                frame.by_group["listed"][name] / frame.group_max()["listed"], abs=1e-6
            )
            assert at.precision.value == pytest.approx(left[listed & (names == name)].mean(), abs=1e-6)
        parity = next(each for each in one.parities if each.cut == cut)
        given = {"y_true": left, "y_pred": listed, "sensitive_features": names}
        assert parity.parity_ratio.value == pytest.approx(fairlearn.demographic_parity_ratio(**given), abs=1e-6)
        assert parity.parity_difference.value == pytest.approx(
            fairlearn.demographic_parity_difference(**given), abs=1e-6
        )
        assert parity.opportunity_ratio.value == pytest.approx(fairlearn.equal_opportunity_ratio(**given), abs=1e-6)
        assert parity.opportunity_difference.value == pytest.approx(
            fairlearn.equal_opportunity_difference(**given), abs=1e-6
        )


def test_a_group_by_hand() -> None:
    """Forty of a, forty of b; the list holds 6 of a and 2 of b; 10 and 10 leave, 5 and 1 of them listed."""
    names = ["a"] * 40 + ["b"] * 40
    risk, left = np.full(80, 0.05), np.zeros(80, np.bool_)
    risk[[0, 1, 2, 3, 4, 5, 40, 41]] = 0.3
    left[[0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 40, 50, 51, 52, 53, 54, 55, 56, 57, 58]] = True
    one = audit([judged(risk, left)], 80, team=names).attributes[0]
    a, b = group(one, "a"), group(one, "b")
    assert (a.people, a.leavers, b.people, b.leavers) == (40, 10, 40, 10)
    assert a.left.value == 0.25
    assert a.observed_expected.value == pytest.approx(10 / 3.5, abs=1e-6)
    at = a.cuts[0]
    assert (at.listed.value, at.recall.value, at.to_others.value) == (0.15, 0.5, 3.0)
    assert at.precision.value == pytest.approx(5 / 6, abs=1e-6)
    assert b.cuts[0].to_highest.value == pytest.approx(1 / 3, abs=1e-6)
    assert at.to_lowest.value == 3.0
    assert at.recall_to_others.value == 0.4
    assert one.parities[0].parity_ratio.value == pytest.approx(1 / 3, abs=1e-6)
    assert one.parities[0].opportunity_difference.value == 0.4


def test_a_planted_difference_in_listing_is_found() -> None:
    """A group scored lower than it leaves is found as listed less, at both lists, and no other attribute is."""
    one = found(drawn(1, 1_000, shift=-0.8))
    assert {(name, disparity.group) for name, _, disparity in one} == {("first", "a"), ("first", "b")}
    less = [disparity for _, cut, disparity in one if disparity.group == "a" and disparity.measure == "listed"]
    assert len(less) == 2
    assert all((each.found.high or 9.0) < 1.0 and (each.found.value or 9.0) < 0.8 for each in less)


def test_a_planted_difference_in_recall_is_found() -> None:
    """A group the score knows nothing of has its leavers missed."""
    recalls = [disparity for _, _, disparity in found(drawn(2, 2_000, blind=0.8)) if disparity.measure == "recall"]
    assert {each.group for each in recalls} == {"a", "b"}
    assert all((each.found.high or 9.0) < 0.0 for each in recalls if each.group == "a")


def test_planted_differences_are_found_nearly_always() -> None:
    """In twenty of twenty companies of 800."""
    assert sum(bool(found(drawn(seed, 800, shift=-0.8))) for seed in range(20)) == 20


def test_where_there_is_none_hardly_any_is_found() -> None:
    """In sixty companies with no disparity, some thirty comparisons each, at most two audits find one."""
    audits = [drawn(seed, people) for people in (200, 600, 1_500) for seed in range(20)]
    assert min(one.comparisons for one in audits) >= 15
    assert sum(bool(found(one)) for one in audits) <= 2


def test_many_groups_are_no_disparity_by_their_number() -> None:
    """Twelve groups of eighty: the highest is listed far more often than the lowest, by chance, and none is found."""
    generator = np.random.default_rng(11)
    people = 960
    risk = generator.random(people) * 0.2
    one = audit([judged(risk, generator.random(people) < risk)], people, team=[f"g{n % 12:02d}" for n in range(people)])
    assert (one.attributes[0].parities[0].parity_ratio.value or 1.0) < 0.8
    assert found(one) == []


def test_equal_risks_list_everybody_alike() -> None:
    """Where nobody is ranked, tied people share the places, and no order of the file decides."""
    generator = np.random.default_rng(6)
    left = generator.random(600) < 0.1
    one = audit([judged(np.full(600, 0.04), left)], 600, team=["a"] * 200 + ["b"] * 400)
    assert [each.cuts[0].listed.value for each in one.attributes[0].groups] == [0.1, 0.1]
    assert found(one) == []


def test_the_list_by_hand() -> None:
    """A tenth is rounded up; equal risks at its end share what is left of it."""
    assert top(np.array([0.5, 0.1, 0.4, 0.3]), share=0.5).tolist() == [1.0, 0.0, 1.0, 0.0]
    assert top(np.array([0.3, 0.1, 0.2, 0.2]), share=0.5).tolist() == [1.0, 0.0, 0.5, 0.5]
    assert top(np.arange(11.0)).sum() == 2.0
    assert top(np.empty(0)).tolist() == []


def test_origins_without_an_answer_or_still_open_are_left_out() -> None:
    """Only origins whose 90 days have closed and at which the mode said something of everybody are read."""
    risk, left = np.linspace(0.01, 0.2, 60), np.zeros(60, np.bool_)
    silent = judged(np.full(60, np.nan), left)
    one = audit([judged(risk, left), silent, judged(risk, left, horizons=(30,))], 60, team=["a", "b"] * 30)
    assert (one.origins, one.people) == (1, 60)


def test_nothing_judged_is_an_empty_audit() -> None:
    """Without an origin every column is named with the reason."""
    one = audit([], 10, team=["a", "b"] * 5)
    assert (one.people, one.attributes) == (0, ())
    assert [each.column for each in one.not_audited] == ["team"]


@pytest.mark.parametrize("counts, small, shield", [
    ([60, 3, 40], [1], [2]),
    ([60, 3, 4], [1, 2], []),
    ([60, 1, 2], [1, 2], [0]),
    ([60, 0, 0, 7], [1, 2], [3]),
    ([60, 3], [1], [0]),
    ([60, 40], [], []),
    ([2], [0], []),
])  # fmt: skip
def test_what_is_kept_back_by_hand(counts: list[int], small: list[int], shield: list[int]) -> None:
    """Counts under 5; and the next smallest until two are hidden that make 5 together."""
    few, hidden = kept_back(counts)
    assert (np.flatnonzero(few).tolist(), np.flatnonzero(hidden).tolist()) == (small, shield)


def test_nothing_kept_back_follows_from_the_total() -> None:
    """For random counts: either nothing is hidden, or all, or at least two that make 5 or more."""
    generator = np.random.default_rng(8)
    for _ in range(500):
        counts = generator.integers(0, 12, generator.integers(1, 7))
        few, shield = kept_back(counts)
        hidden = few | shield
        assert not hidden[counts < 5].size or hidden[counts < 5].all()
        assert not hidden.any() or hidden.all() or (hidden.sum() >= 2 and counts[hidden].sum() >= 5)


def test_groups_of_under_five_people_are_withheld() -> None:
    """Nothing is told of three people who gave nothing, nor how many the next smallest group has."""
    generator = np.random.default_rng(9)
    risk = generator.random(200) * 0.2
    names: list[str | None] = ["a"] * 120 + ["b"] * 77 + [None] * 3
    one = audit([judged(risk, generator.random(200) < 0.3)], 200, team=names).attributes[0]
    few, shield, rest = group(one, "not given"), group(one, "b"), group(one, "a")
    assert (few.people, few.leavers, few.left.value, few.withheld) == (None, None, None, True)
    assert {figure["value"] for at in few.cuts for figure in asdict(at).values() if isinstance(figure, dict)} == {None}
    assert shield.people is None
    assert shield.cuts[0].listed.value is not None
    assert rest.people == 120


def test_leavers_under_five_are_withheld() -> None:
    """Four of b left: what speaks of leaving is not told of b, and of a nothing that would give it away."""
    risk, left = np.linspace(0.01, 0.3, 300), np.zeros(300, np.bool_)
    left[[1, 3, 5, 7]] = True
    left[np.arange(0, 120, 2)] = True
    one = audit([judged(risk, left)], 300, team=["a", "b"] * 150).attributes[0]
    a, b = group(one, "a"), group(one, "b")
    assert (a.people, a.leavers, b.people, b.leavers) == (150, None, 150, None)
    assert (a.left.value, a.observed_expected.value, a.cuts[0].precision.value) == (None, None, None)
    assert (b.left.value, b.observed_expected.value, b.cuts[0].recall.value) == (None, None, None)
    assert a.cuts[0].recall_to_others.value is None
    assert b.cuts[0].listed.value is not None


def test_nobody_can_be_told_from_the_audit() -> None:
    """Values that fewer than five people have, and ids, are nowhere in what is written."""
    generator = np.random.default_rng(10)
    risk = generator.random(300) * 0.2
    names = ["usual"] * 250 + [f"rare-{n // 2}" for n in range(50)]
    one = audit([judged(risk, generator.random(300) < risk)], 300, team=names)
    written = msgspec.json.encode(one).decode() + msgspec.json.encode(fairness.facts(one)).decode()
    assert "rare" not in written
    assert "E0" not in written
    assert [each.name for each in one.attributes[0].groups] == ["usual", "other groups"]


def test_the_same_seed_gives_the_same_audit() -> None:
    """Equal inputs, equal figures."""
    assert drawn(4, 300) == drawn(4, 300)


def test_the_short_form_names_what_was_found() -> None:
    """A line an attribute and list, the disparities with their list."""
    short = fairness.facts(drawn(1, 1_000, shift=-0.8))
    assert [(line.attribute, line.cut) for line in short.lines] == [
        (name, cut) for name in ("first", "second", "third") for cut in (TOP, HIGH)
    ]
    first = short.lines[0]
    assert (first.groups, first.small, first.withheld, first.group) == (2, 0, 0, "a")
    assert {one.group for one in first.disparities} == {"a", "b"}
    assert all(line.disparities == () for line in short.lines[2:])


def test_protected_attributes_are_read_by_the_audit_alone() -> None:
    """No family of features, no label, split or fit names them: only the door, the run that passes them on, the audit."""
    rooms = [path for room in ("features", "models", "training", "service") for path in (ROOT / room).rglob("*.py")]
    readers = {path.name for path in rooms if "Protected" in path.read_text(encoding="utf-8")}
    assert readers == {"asides.py", "ingest.py", "pipeline.py", "fairness.py", "groups.py"}
