"""What changed about a person between two runs, and why, with reasons written out."""

from models.telling import Reason
from service.lists.changes import Change, change
from service.scoring import Scored, refusal
from service.store.runs import PublishedScore, Run, RunIdentity


def run(day: str, bundle: str = "sha256:b") -> Run:
    """A run's head."""
    return Run(RunIdentity(day, "sha256:d", bundle, "sha256:s"), "1", False, f"{day}T02:00:00Z", 1, ())


def reason(feature: str, contribution: float) -> Reason:
    """A reason that reads as its feature."""
    text = feature.upper() if contribution > 0 else f"Lowers the risk: {feature.upper()}"
    return Reason(feature, text, "raises" if contribution > 0 else "lowers", contribution, 1.0, True)


def scored(risk: float, band: str, *reasons: Reason) -> PublishedScore:
    """A person with that 90-day risk."""
    return PublishedScore(
        Scored("E1", (risk / 2, risk, 2 * risk, 3 * risk), band, reasons, None, None), None, None, None
    )


BEFORE, NOW = run("2026-01-31"), run("2026-02-28")


def moved(now: PublishedScore, before: PublishedScore | None, model: Run = NOW) -> Change:
    """The change of the 90-day risk."""
    return change(now, before, model, BEFORE, 1)


def test_a_risk_that_rose_names_the_reason_that_rose_most() -> None:
    """Of a .4 that was .3 and a .25 that was not told before, the new one moved more."""
    before = scored(0.04, "low", reason("a", 0.3))
    now = scored(0.06, "elevated", reason("a", 0.4), reason("b", 0.25))
    assert moved(now, before) == Change("2026-01-31", "rose", 0.04, "low", "B")


def test_a_risk_that_fell_names_what_is_gone() -> None:
    """What raised it and is not told any more, or what lowers it now, whichever moved more."""
    before = scored(0.06, "elevated", reason("a", 0.3))
    assert moved(scored(0.04, "low"), before).because == "No longer: A"
    assert moved(scored(0.04, "low", reason("a", 0.2), reason("b", -0.3)), before).because == "Lowers the risk: B"


def test_a_risk_that_rose_because_what_lowered_it_is_gone() -> None:
    """The sign of the reason that is gone is turned round, and its words say what it was."""
    assert moved(scored(0.06, "elevated"), scored(0.04, "low", reason("a", -0.3))).because == "No longer: A"


def test_a_reason_that_pulls_the_other_way_weighs_less() -> None:
    """The risk fell since what raises it raises it less; it rose since what lowers it lowers it less."""
    found = moved(scored(0.04, "low", reason("a", 0.2)), scored(0.06, "elevated", reason("a", 0.5)))
    assert found.because == "A (weighs less than before)"
    found = moved(scored(0.06, "elevated", reason("a", -0.2)), scored(0.04, "low", reason("a", -0.5)))
    assert found.because == "Lowers the risk: A (weighs less than before)"


def test_less_than_a_twentieth_of_the_odds_is_steady() -> None:
    """From 5.0 % to 5.2 % the odds rise by 4.2 %; to 5.3 % by 6.3 %."""
    assert moved(scored(0.052, "elevated", reason("a", 0.3)), scored(0.05, "elevated")).direction == "steady"
    assert moved(scored(0.053, "elevated"), scored(0.05, "elevated")).direction == "rose"


def test_another_model_is_said_and_no_reason_is_made_up() -> None:
    """The same person's risk by two models says nothing of what the person did."""
    found = moved(scored(0.1, "high", reason("a", 0.3)), scored(0.05, "elevated"), run("2026-02-28", "sha256:other"))
    assert found.because == "Another model gave the risk before"


def test_who_had_no_score_before_is_new() -> None:
    """Not in the run, or refused in it."""
    assert moved(scored(0.1, "high"), None).direction == "new"
    assert moved(scored(0.1, "high"), PublishedScore(refusal("E1", "objection"), None, None, None)).direction == "new"
