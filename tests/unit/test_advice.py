"""What to do next: each rule alone, their order, and that slight or usual differences ask for nothing."""

from dataclasses import replace
from typing import Any, Final

import pytest

from service.monitoring.advice import Situation, advice
from service.monitoring.drift import Drift, Finding, Shift
from service.monitoring.expected import Estimate, Range
from service.monitoring.kept import Realised
from service.monitoring.verdict import text, verdict

SHIFT: Final = Shift("score_0_30", 0.02, 0.06, "rose")
SAID: Final = Estimate(90, 800, Range(30.0, 18.0, 44.0), Range(0.7, 0.62, 0.78), Range(0.04, 0.02, 0.05))
DONE: Final = Realised("2026-01-31", 90, "3", "sha256:now", 795, 28, 29.5, 0.69, 0.04, 88, 12, SAID)
CALM: Final = Situation(1, [], Drift(800, 800, 700, 280, (), (SHIFT,)), True, [DONE], "sha256:now")


def finding(name: str, source: str, direction: Any = "rose", grade: Any = "marked") -> Finding:
    """A finding of that grade."""
    return Finding(name, source, direction, 0.3, 0.1, 1e-6, grade, f"{name} is told of.")


def told(now: Situation) -> list[tuple[str, str | None]]:
    """What is advised, without the reasons."""
    return [(one.action, one.source) for one in advice(now)]


def with_findings(*found: Finding) -> Situation:
    """The calm situation with these findings."""
    return replace(CALM, drift=Drift(800, 800, 700, 280, found, (SHIFT,)))


def test_where_nothing_differs_nothing_is_to_do() -> None:
    """One piece of advice, and why."""
    (one,) = advice(CALM)
    assert (one.action, one.source) == ("nothing", None)
    assert one.reason == "Nothing differs from the training window by more than chance."


@pytest.mark.parametrize("grade", ["slight", "usual"])
def test_slight_and_usual_differences_ask_for_nothing(grade: str) -> None:
    """However many they are, and wherever."""
    found = [
        finding(f"column_{place}", source, grade=grade) for place, source in enumerate(["surveys", "tickets", "scores"])
    ]
    (one,) = advice(with_findings(*found))
    assert one.action == "nothing"
    assert one.reason.startswith("3 differences from the training window are certain, but slight")


def test_nulls_lead_to_their_source_first() -> None:
    """A source that is half empty comes before one whose values moved, and names three of its columns."""
    empty = [finding(f"survey_{place}", "surveys", "more_nulls") for place in range(5)]
    found = advice(with_findings(finding("tickets_count_90", "tickets"), *empty))
    assert [(one.action, one.source) for one in found] == [("look", "surveys"), ("look", "tickets")]
    assert found[0].reason.startswith("survey_0, survey_1, survey_2 and 2 more are null more often than")
    assert found[1].reason.startswith("tickets_count_90 is elsewhere than over the training window")


def test_many_sources_or_the_scores_ask_for_training() -> None:
    """Two sources are two looks; three are a company that changed; scores alone are enough."""
    some = [finding("a", "surveys"), finding("b", "tickets"), finding("c", "career")]
    assert told(with_findings(*some[:2])) == [("look", "surveys"), ("look", "tickets")]
    assert told(with_findings(*some))[-1] == ("retrain", None)
    assert told(with_findings(finding("score_0_30", "scores"))) == [("retrain", None)]


def test_a_run_that_is_old_or_held_back_comes_first() -> None:
    """Seven days are fresh, eight are not; the reason of a refusal is told as it was."""
    assert told(replace(CALM, age_days=7)) == [("nothing", None)]
    assert told(replace(CALM, age_days=8)) == [("look", "nightly run")]
    now = replace(with_findings(finding("a", "surveys")), held_back=["Stale export: the data knows nothing newer."])
    first = advice(now)[0]
    assert (first.action, first.source) == ("look", "nightly run")
    assert first.reason.endswith("Stale export: the data knows nothing newer.")


def test_a_model_without_a_reference_is_trained_again() -> None:
    """Not so where too few people were scored to compare anybody."""
    assert told(replace(CALM, drift=None)) == [("retrain", None)]
    (one,) = advice(replace(CALM, drift=None, compared=False))
    assert one.reason == "Too few people were scored to compare them with anybody."


def test_a_window_that_was_not_as_said() -> None:
    """More left than was said: train again; go back where the version before did as was said of it, and only then."""
    more = replace(DONE, left=50)
    before = replace(DONE, as_of="2025-10-31", bundle_digest="sha256:before")
    assert told(replace(CALM, realised=[more])) == [("retrain", None)]
    assert told(replace(CALM, realised=[more, before])) == [("roll_back", None)]
    assert told(replace(CALM, realised=[more, replace(before, left=50)])) == [("retrain", None)]
    (one,) = advice(replace(CALM, realised=[more, before]))
    assert one.reason == (
        "The run of 2026-01-31: 29.5 of 795 people were expected to leave within 90 days, 50 did; AUC 0.69, where 0.62 to "
        "0.78 was expected: more than chance and the backtest's doubt allow. The version before did as was said of it "
        "(2025-10-31)."
    )


def test_windows_of_another_model_ask_for_nothing() -> None:
    """What a model did that is not in use any more is no reason to change the one that is."""
    assert told(replace(CALM, realised=[replace(DONE, left=50, bundle_digest="sha256:before")])) == [("nothing", None)]


@pytest.mark.parametrize(
    "change, found",
    [
        ({}, "as_expected"),
        ({"left": 44}, "as_expected"),
        ({"left": 45}, "more_left"),
        ({"left": 17}, "fewer_left"),
        ({"left": 45, "expected": 37.0}, "as_expected"),
        ({"auc": 0.61}, "ranked_worse"),
        ({"auc": None}, "as_expected"),
        ({"expected": 4.9}, "too_few"),
        ({"expected": 0.0}, "too_few"),
    ],
)
def test_what_became_beside_what_was_said(change: dict[str, Any], found: str) -> None:
    """The ends of the interval, a difference too small to matter, and few leavers."""
    one = replace(DONE, **change)
    assert verdict(one) == found
    assert text(one).endswith(".")
