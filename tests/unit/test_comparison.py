"""A candidate against the champion: by pairs, else on record; and only what is clearly worse is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.evidence import Figure
from models.manifest import Manifest, Source
from models.risk import RiskModel
from models.version import Version
from tests import small_models
from training import comparison
from training.comparison import Champion, Paired, not_worse, stable
from training.evidence import Compared

GOOD: dict[str, Any] = {"auc": Figure(0.8, 0.77, 0.83), "brier_skill": Figure(0.1, 0.07, 0.13)}
CHANCE: dict[str, Any] = {"auc": Figure(0.5, 0.5, 0.5), "brier_skill": Figure(-0.01, -0.02, 0.0)}


def champion(folder: Path, mode: str = "full", sources: tuple[Source, ...] = (), **figures: Any) -> Champion:
    """A champion of a mode with recorded figures, version 3."""
    evidence = (small_models.evidence(method=mode, **(figures or GOOD)),)
    held = small_models.write(folder / "champion", mode=mode, evidence=evidence, sources=sources)
    return Champion(Version(3, "run", held.digest), RiskModel.load(held.path))


def candidate(one: Champion, mode: str = "full", **figures: Any) -> Manifest:
    """A manifest like the champion's, with other figures."""
    return replace(one.model.manifest, mode=mode, evidence=(small_models.evidence(method=mode, **(figures or GOOD)),))


def pairs(low: float, high: float, horizon: int = 90) -> Paired:
    """Differences of AUC with an interval; Brier skill's holds 0."""
    return Paired(horizon, Compared(1, 500, Figure((low + high) / 2, low, high), Figure(0.0, -0.1, 0.1)))


NOTHING_PAIRED = Paired(90, Compared(0, 0, Figure(None), Figure(None)))


@pytest.mark.parametrize("paired, passed", [
    (pairs(-0.05, 0.01), True),
    (pairs(-0.05, -0.01), False),
    (pairs(0.01, 0.05), True),
    (pairs(-0.05, -0.01, horizon=30), False),
])  # fmt: skip
def test_clearly_worse_by_pairs_is_refused(tmp_path: Path, paired: Paired, passed: bool) -> None:
    """Only where the whole interval of a difference speaks for the champion, at 90 days or sooner."""
    one = champion(tmp_path)
    assert not_worse(candidate(one), "sha256:other", one, paired).passed is passed


def test_brier_skill_alone_is_enough(tmp_path: Path) -> None:
    """As good an order, but clearly worse chances."""
    one = champion(tmp_path)
    paired = Paired(90, Compared(1, 500, Figure(0.0, -0.1, 0.1), Figure(-0.05, -0.08, -0.02)))
    assert not not_worse(candidate(one), "sha256:other", one, paired).passed


@pytest.mark.parametrize("figures, passed", [
    (GOOD, True),
    ({"auc": Figure(0.75, 0.71, 0.78), "brier_skill": Figure(0.06, 0.02, 0.09)}, True),  # the intervals meet
    ({"auc": Figure(0.7, 0.64, 0.76), "brier_skill": GOOD["brier_skill"]}, False),
    ({"auc": GOOD["auc"], "brier_skill": Figure(0.0, -0.03, 0.06)}, False),
    ({"auc": Figure(None), "brier_skill": GOOD["brier_skill"]}, False),  # what is missing is worse
    (CHANCE, False),
])  # fmt: skip
@pytest.mark.parametrize("paired", [None, NOTHING_PAIRED])
def test_without_a_closed_window_recorded_figures_decide(
    tmp_path: Path, figures: dict[str, Any], passed: bool, paired: Paired | None
) -> None:
    """Right after a training there is nothing to pair: intervals that lie apart are clearly worse."""
    one = champion(tmp_path)
    assert not_worse(candidate(one, **figures), "sha256:other", one, paired).passed is passed


def test_an_export_that_lost_its_signal_is_refused_with_figures_and_what_to_do(tmp_path: Path) -> None:
    """Back to the base rate while the champion is good: the message names both, and the check to run."""
    one = champion(tmp_path)
    found = not_worse(candidate(one, "base_rate", **CHANCE), "sha256:other", one, None)
    assert not found.passed
    assert "version 3 (mode full; the candidate's is base_rate)" in found.said
    assert "AUC 0.500 [0.500, 0.500] against 0.800 [0.770, 0.830]" in found.said
    assert "python -m features check" in found.said


def test_a_poorer_mode_is_held_against_the_record_even_where_pairs_say_little(tmp_path: Path) -> None:
    """Both are lost on rows without their features, so pairs differ little; pairs that speak for it decide."""
    one = champion(tmp_path)
    poorer = candidate(one, "base_rate", **CHANCE)
    assert not not_worse(poorer, "sha256:other", one, pairs(-0.05, 0.05)).passed
    assert not_worse(poorer, "sha256:other", one, pairs(0.01, 0.05)).passed
    assert not_worse(candidate(one, **CHANCE), "sha256:other", one, pairs(-0.05, 0.05)).passed


def source(table: str, rows: int) -> Source:
    """A table with so many rows."""
    return Source(table, rows, 0, 0, None, None, None)


def test_a_poorer_mode_of_fewer_tables_is_refused(tmp_path: Path) -> None:
    """However wide the intervals: the tables are named. A table more, or as many tables, is no reason."""
    sources = (source("job_history", 9), source("surveys", 5), source("tickets", 0))
    one = champion(tmp_path, sources=sources)
    poorer = candidate(one, "tenure")
    found = not_worse(replace(poorer, sources=sources[:1]), "sha256:other", one, None)
    assert (found.passed, "its data has no surveys any more" in found.said) == (False, True)
    assert not_worse(replace(poorer, sources=(*sources, source("checkins", 2))), "sha256:other", one, None).passed
    assert not_worse(replace(candidate(one), sources=sources[:1]), "sha256:other", one, None).passed


def test_a_champion_without_figures_blocks_nothing(tmp_path: Path) -> None:
    """What it lacks is not the candidate's fault."""
    one = champion(tmp_path, auc=Figure(0.9), brier_skill=Figure(0.4))
    assert not_worse(candidate(one, **CHANCE), "sha256:other", one, None).passed


def test_the_champion_itself_passes(tmp_path: Path) -> None:
    """The same data twice gives the same digest; nothing is asked."""
    one = champion(tmp_path)
    found = not_worse(candidate(one, **CHANCE), one.version.digest, one, pairs(-0.5, -0.4))
    assert (found.passed, found.said) == (True, "It is version 3, the champion, to the last bit.")


RISING = np.linspace(0.01, 0.3, 50)


@pytest.mark.parametrize("risks, better, passed", [
    (RISING, False, True),
    (RISING[::-1], False, False),
    (RISING[::-1], True, True),  # pairs show the new order to be the better one
    (np.full(50, 0.1), False, False),  # no order at all
])  # fmt: skip
def test_two_full_models_must_have_something_in_common(
    tmp_path: Path, risks: np.ndarray, better: bool, passed: bool
) -> None:
    """A rank correlation below 0.2 between full models is absurd, unless it is shown to be for the better."""
    one = champion(tmp_path)
    assert stable(one.model, one, (risks, RISING), better=better).passed is passed


def test_other_modes_need_not_agree(tmp_path: Path) -> None:
    """The base rate orders nobody."""
    one = champion(tmp_path, mode="tenure")
    found = stable(one.model, one, (RISING[::-1], RISING), better=False)
    assert found.passed
    assert found.figures["rank_correlation"] == pytest.approx(-1.0)


def test_ties_stand_at_their_mean_place() -> None:
    """Places 1.5, 1.5, 3 against 1, 2, 3: covariance 1.5, variances 1.5 and 2, correlation 0.866."""
    assert comparison.rank_correlation(np.array([5.0, 5.0, 9.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(
        0.866, abs=5e-4
    )
