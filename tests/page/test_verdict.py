"""The answer to whether a model can be trusted: which one, and that its figures are those of the evidence."""

from dataclasses import replace
from typing import Any

import pytest

from models.evidence import AtCapacity, Figure
from models.manifest import Manifest
from service.page.verdict import verdict
from tests import small_models
from tests.small_models import TRAINING

SOUND: dict[str, Any] = {
    "observed": 179, "expected": 175.2, "people": 5816, "auc": Figure(0.72, 0.68, 0.75),
    "observed_expected": Figure(1.02, 0.9, 1.15), "calibration_slope": Figure(1.1, 0.9, 1.3),
    "at_capacity": (AtCapacity(5, Figure(0.12, 0.03, 0.18), Figure(4.0, 1.2, 5.8)),),
}  # fmt: skip
"""Evidence that nothing can be said against: 12 of 100 listed left, a draw is a quarter of it."""


def manifest(mode: str = "full", leavers: int = 784, **more: Any) -> Manifest:
    """The papers of a model with that evidence."""
    text, training = small_models.base_rate_text(), replace(TRAINING, leavers=leavers)
    evidence = (small_models.evidence(mode, **SOUND | more),)
    return small_models.manifest(text, mode=mode, evidence=evidence, training=training)


def test_a_model_that_held_is_to_be_trusted_for_one_thing() -> None:
    """12 of 100 listed against 12 / 4 = 3 drawn; 175 expected, 179 left; on three past days."""
    told = verdict(manifest())
    assert (told.answer, told.good) == ("Yes, for choosing whom to talk to first", True)
    assert list(told.why) == [
        "Of 100 people it lists first, 12 (3 to 18) leave within 3 months, against 3 of 100 drawn at random.",
        "Its chances held, as far as chance lets one see: it expected about 175 to leave, and 179 did.",
        "Tested on 3 past days: it knew only what was known by then, and was asked of months that it had not seen.",
    ]


@pytest.mark.parametrize(
    "more, answer, why",
    [
        (
            {"observed_expected": Figure(0.853, 0.736, 0.978), "expected": 209.9},
            "Yes for whom to talk to first; with care for the chances it gives",
            "Its chances were too high: it expected about 210 to leave, and 179 did, so what it calls 10 % was rather 8.5 %.",
        ),
        (
            {"observed_expected": Figure(1.4, 1.2, 1.6)},
            "Yes for whom to talk to first; with care for the chances it gives",
            "Its chances were too low",
        ),
        (
            {"calibration_slope": Figure(0.6, 0.4, 0.9)},
            "Yes for whom to talk to first; with care for the chances it gives",
            "too far apart between people",
        ),
        (
            {"at_capacity": (AtCapacity(5, Figure(0.04, 0.0, 0.1), Figure(1.3, 0.0, 2.9)),)},
            "That was not shown",
            "against 3 of 100 drawn at random; so small a difference may be chance.",
        ),
        ({"auc": Figure(0.55, 0.48, 0.62)}, "That was not shown", "Of 100 people"),
        ({"observed": 40}, "With care: the evidence is thin", "The test holds 40 leavers, which are few"),
        ({"leavers": 60}, "With care: the evidence is thin", "It learned from 60 leavers, which are few"),
        ({"origins": 1}, "With care: the evidence is thin", "It was tested on one past day alone"),
        ({"origins": 0}, "That is not known yet", "No past day could be replayed"),
        ({"mode": "tenure"}, "As far as time with the company tells", "two people hired together are equal"),
        ({"mode": "base_rate"}, "Not for choosing between people", "It knows how many leave, but not who"),
        (
            {"observed_expected": Figure(None)},
            "Yes, for choosing whom to talk to first",
            "Whether its chances are right on the whole is not known",
        ),
    ],
)
def test_what_speaks_against_it_is_in_the_answer(more: dict[str, Any], answer: str, why: str) -> None:
    """Wrong chances, luck, thin evidence, no test, and models that fall back, each by its own words."""
    told = verdict(manifest(**more))
    assert (told.answer, why in " ".join(told.why)) == (answer, True)
    assert told.good == answer.startswith("Yes,")


def test_a_model_without_a_ranking_lists_nobody() -> None:
    """Of the base rate no list is told."""
    assert "lists" not in " ".join(verdict(manifest(mode="base_rate")).why)
