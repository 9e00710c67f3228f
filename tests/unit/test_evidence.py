"""Figures over origins: by hand, held against truth in a simulation, and paired on the same people."""

import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models import metrics
from models.evidence import Evidence, Figure
from training.backtest import Backtest, Judged
from training.evidence import CAPACITIES, against_all, compared, evidence
from training.splits import Origin
from training.written import evidence_json

Floats = NDArray[np.float64]


def judged(left: Any, risks: dict[str, Any], cutoff: int = 20_000, employee: Any = None) -> Judged:
    """An origin at which only 30 days have closed: who left, and risks by method."""
    wide = {name: np.tile(np.asarray(risk, np.float64)[:, None], (1, 4)) for name, risk in risks.items()}
    people = np.arange(len(left)) if employee is None else np.asarray(employee)
    outcome = np.tile(np.asarray(left, np.bool_)[:, None], (1, 4))
    return Judged(Origin(cutoff, (30,)), people.astype(np.int32), wide, outcome)


def by_30(found: Backtest, method: str = "full", people_per_hrbp: int = 300) -> Evidence:
    """The evidence of one method by 30 days."""
    return next(one for one in evidence(found, 1, people_per_hrbp, (method,)) if one.horizon == 30)


def width(figure: Figure) -> float:
    """How wide an interval is."""
    assert figure.low is not None
    assert figure.high is not None
    return figure.high - figure.low


FIRST = judged([True, False, False, False], {"full": [0.5, 0.4, 0.3, 0.2]})
SECOND = judged([True, True, False, False], {"full": [0.2, 0.6, 0.4, 0.3]}, 20_100)


def test_figures_of_two_origins_by_hand() -> None:
    """AUCs of 1 and 1/2, precisions of 1 and (1 + 2/4)/2; squared errors .54 of .75, and 1.05 of 1."""
    one = by_30(Backtest((FIRST, SECOND), 0))
    assert (one.origins, one.people, one.observed) == (2, 8, 3)
    assert one.expected == pytest.approx(2.9)
    assert one.auc.value == pytest.approx(0.75)
    assert one.average_precision.value == pytest.approx((1 + 0.75) / 2)
    assert one.brier_skill.value == pytest.approx(1 - (0.54 + 1.05) / 1.75, abs=1e-6)
    assert one.observed_expected.value == pytest.approx(3 / 2.9, abs=1e-6)


def test_one_origin_says_what_the_plain_metrics_say(rng: np.random.Generator) -> None:
    """Every figure of 400 people is that of `metrics`."""
    risk = rng.integers(1, 60, 400) / 100
    left = rng.random(400) < risk
    one = by_30(Backtest((judged(left, {"full": risk}),), 0), people_per_hrbp=200)
    pairs = {
        "auc": metrics.auc(left, risk),
        "average_precision": metrics.average_precision(left, risk),
        "brier_skill": metrics.brier_skill(left, risk),
        "calibration_slope": metrics.calibration_slope(left, risk),
        "observed_expected": metrics.observed_expected(left, risk),
    }
    assert {name: getattr(one, name).value for name in pairs} == pytest.approx(pairs, abs=1e-6)
    for each in one.at_capacity:
        assert each.precision.value == pytest.approx(metrics.precision_at(left, risk, 2 * each.capacity), abs=1e-6)
        assert each.lift.value == pytest.approx(metrics.lift_at(left, risk, 2 * each.capacity), abs=1e-6)


@pytest.mark.parametrize("people_per_hrbp, lists", [(1_000, 1), (300, 1), (200, 2), (100, 4)])
def test_the_list_grows_with_the_hrbps(people_per_hrbp: int, lists: int) -> None:
    """400 people in order of risk, of whom the first 12 leave: a list of 5 an HRBP holds so many of them."""
    left, risk = np.arange(400) < 12, np.linspace(0.5, 0.1, 400)
    found = by_30(Backtest((judged(left, {"full": risk}),), 0), people_per_hrbp=people_per_hrbp)
    held = [min(12, capacity * lists) / (capacity * lists) for capacity in CAPACITIES]
    assert [each.capacity for each in found.at_capacity] == list(CAPACITIES)
    assert [each.precision.value for each in found.at_capacity] == pytest.approx(held, abs=1e-6)
    assert [each.lift.value for each in found.at_capacity] == pytest.approx([share / 0.03 for share in held], abs=1e-5)


def test_a_base_rate_ranks_nobody_and_has_no_slope() -> None:
    """Chance decides who of equal risks is listed: precision is the rate, lift 1."""
    one = by_30(Backtest((judged(np.arange(100) < 20, {"full": np.full(100, 0.2)}),), 0))
    assert (one.auc.value, one.calibration_slope) == (0.5, Figure(None))
    assert [each.precision.value for each in one.at_capacity] == pytest.approx([0.2] * 3)
    assert [each.lift.value for each in one.at_capacity] == pytest.approx([1.0] * 3)


def test_nothing_is_said_where_nothing_was_answered() -> None:
    """Without origins, of a horizon that has not closed, or with a null risk: no figure, and no error."""
    broken = judged([True, False], {"full": [0.2, math.nan]})
    for found in (Backtest((), 0), Backtest((broken,), 0)):
        assert by_30(found) == Evidence(
            "full", 30, 0, 0, 0, None, Figure(None), Figure(None), Figure(None), Figure(None), Figure(None), ()
        )
    later = [one for one in evidence(Backtest((FIRST,), 0), 1, 300, ("full",)) if one.horizon > 30]
    assert all(one.origins == 0 for one in later)


def test_figures_do_not_depend_on_what_else_is_compared() -> None:
    """A champion among the methods changes nothing of the others."""
    beside = Backtest((judged([True, False, False], {"full": [0.5, 0.1, 0.2], "champion": [0.1, 0.2, 0.4]}),), 0)
    alone = Backtest((judged([True, False, False], {"full": [0.5, 0.1, 0.2]}),), 0)
    assert by_30(beside) == by_30(alone)


def drawn(rng: np.random.Generator, people: int) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Who left, their true chance, and a risk that is noisier and half again as far apart."""
    x = rng.normal(size=people)
    chance = 1 / (1 + np.exp(2.5 - x))
    risk = 1 / (1 + np.exp(2.5 - 1.5 * x - rng.normal(scale=0.3, size=people)))
    return rng.random(people) < chance, chance, risk


NAMES = ("auc", "average_precision", "brier_skill", "calibration_slope", "observed_expected")


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Of 60 companies of 500 people, each figure's interval holds the value of a million people in 51 at least."""
    generator = np.random.default_rng(4)
    left, _, risk = drawn(generator, 1_000_000)
    truth = {name: getattr(metrics, name)(left, risk) for name in NAMES}
    held = dict.fromkeys(NAMES, 0)
    for _ in range(60):
        left, _, risk = drawn(generator, 500)
        one = by_30(Backtest((judged(left, {"full": risk}),), 0))
        for name in NAMES:
            figure = getattr(one, name)
            held[name] += figure.low <= truth[name] <= figure.high
    assert min(held.values()) >= 51, held


def test_the_slope_of_a_draw_is_close_to_a_fit_of_its_own(rng: np.random.Generator) -> None:
    """One Newton step away: the ends of the interval are those of 200 whole fits to a hundredth."""
    from models.resampling import draw

    left, _, risk = drawn(rng, 1_500)
    times = draw(np.arange(1_500), 1).times.astype(int)
    fits = [metrics.calibration_slope(np.repeat(left, each), np.repeat(risk, each)) for each in times.T[1:]]
    found = by_30(Backtest((judged(left, {"full": risk}),), 0)).calibration_slope
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(fits, [0.025, 0.975])), abs=0.01)


def test_intervals_draw_people_not_rows(rng: np.random.Generator) -> None:
    """The same people at four origins say no more than at one: the interval stays as wide."""
    left, _, risk = drawn(rng, 300)
    once = by_30(Backtest((judged(left, {"full": risk}),), 0)).observed_expected
    again = Backtest(tuple(judged(left, {"full": risk}, 20_000 + place) for place in range(4)), 0)
    strangers = [np.arange(300) + 300 * place for place in range(4)]
    apart = Backtest(tuple(judged(left, {"full": risk}, 20_000 + p, each) for p, each in enumerate(strangers)), 0)
    assert by_30(again).observed_expected == once
    wide, narrow = width(once), width(by_30(apart).observed_expected)
    assert narrow == pytest.approx(wide / 2, rel=0.2)


def test_a_pair_is_compared_on_the_same_draws(rng: np.random.Generator) -> None:
    """Two methods that say nearly the same differ by a narrow interval, though each alone is wide."""
    left, chance, risk = drawn(rng, 400)
    found = Backtest((judged(left, {"full": chance, "tenure": 0.98 * chance + 0.02 * risk}),), 0)
    assert width(compared(found, "full", "tenure", 30, 1).auc) < 0.1 * width(by_30(found).auc)
    assert compared(found, "full", "full", 30, 1).auc == Figure(0.0, 0.0, 0.0)


def test_a_difference_has_the_sign_of_the_first_method(rng: np.random.Generator) -> None:
    """Truth less noise is above 0 in both figures, and turned round below 0 by as much."""
    left, chance, risk = drawn(rng, 2_000)
    found = Backtest((judged(left, {"full": chance, "logistic": risk}),), 0)
    one, other = compared(found, "full", "logistic", 30, 1), compared(found, "logistic", "full", 30, 1)
    assert (one.auc.low or 0) > 0
    assert (one.brier_skill.low or 0) > 0
    assert one.auc.value == pytest.approx(metrics.auc(left, chance) - metrics.auc(left, risk), abs=1e-6)
    assert other.auc == Figure(-(one.auc.value or 0), -(one.auc.high or 0), -(one.auc.low or 0))


def test_only_origins_at_which_both_answer_are_compared() -> None:
    """A champion that answers at the second origin alone is compared on its four people."""
    second = judged(
        [True, True, False, False], {"full": [0.2, 0.6, 0.4, 0.3], "champion": [0.3, 0.5, 0.2, 0.1]}, 20_100
    )
    first = judged([True, False, False, False], {"full": [0.5, 0.4, 0.3, 0.2], "champion": [math.nan] * 4})
    found = compared(Backtest((first, second), 0), "full", "champion", 30, 1)
    assert (found.origins, found.people, found.auc.value) == (1, 4, -0.5)
    nowhere = compared(Backtest((first,), 0), "full", "champion", 30, 1)
    assert (nowhere.origins, nowhere.people, nowhere.auc, nowhere.brier_skill) == (0, 0, Figure(None), Figure(None))


def test_the_json_says_what_the_evidence_says() -> None:
    """Read back, every figure and comparison is there; what cannot be said is null; equal evidence, equal bytes."""
    found = Backtest((judged([True, False, False], {"full": [0.5, 0.1, 0.2], "base_rate": [0.3] * 3}),), 2)
    shown, against = evidence(found, 1, 300, found.methods), against_all(found, "full", 1)
    written = evidence_json(found, shown, against)
    assert written == evidence_json(found, shown, against)
    read = json.loads(written)
    assert read["origins"] == [{"cutoff": "2024-10-04", "horizons": [30], "people": 3}]
    assert (read["skipped"], read["ablation"], len(read["evidence"])) == (2, None, 8)
    assert [one["auc"]["value"] for one in read["evidence"][:2]] == [1.0, 0.5]
    assert read["evidence"][2]["auc"] == {"value": None, "low": None, "high": None}
    (only,) = read["against"]
    assert (only["method"], only["other"], only["horizon"]) == ("full", "base_rate", 30)
    assert only["difference"]["auc"]["value"] == 0.5
