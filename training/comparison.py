"""A candidate held against the champion: by pairs where windows have closed since it was trained, else on record.

By pairs, both answer for the same people on the same days, the champion by its own bundle. Right after a training, and
always when a poorer mode would replace a richer one, there is nothing or too little to pair: then the candidate's
figures out of time are held against those the champion was promoted with, and only figures whose intervals lie apart
count as worse, or a poorer mode made of fewer tables. That is what stops a model of an export that lost its tables or
its exits.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.errors import RetentionError
from models.errors import BundleError
from models.evidence import Evidence, Figure
from models.manifest import MODES, Manifest
from models.registry import Registry
from models.risk import RiskModel
from models.version import Version
from training.evidence import Compared
from training.splits import HEADLINE
from training.verdict import Figures, Finding, flat, said

NOT_WORSE: Final = "not worse than the champion"
STABLE: Final = "scores stable against the champion"
LEAST_RANK_CORRELATION: Final = 0.2
"""Below it two orders have next to nothing to do with each other ("very weak").

Source: Evans, "Straightforward statistics for the behavioral sciences" (1996), chapter 5.
"""
_FEEDING: Final = ("job_history", "surveys", "tickets", "checkins", "signals", "team_signals")
"""Tables that features are made of."""
_DO: Final = (
    "Look at the export: tables, exits or ids it has lost since (python -m features check). If it is the champion that "
    "is wrong, roll it back first (python -m training rollback)."
)


@dataclass(frozen=True)
class Champion:
    """The champion as it is served."""

    version: Version
    model: RiskModel


@dataclass(frozen=True)
class Paired:
    """Both on the same people and days since the champion was trained."""

    horizon: int
    difference: Compared
    """The candidate's figures less the champion's."""

    @property
    def says(self) -> bool:
        """Whether there is anything to go by."""
        return bool(self.difference.origins) and any(one.low is not None for one in self._figures)

    @property
    def worse(self) -> bool:
        """A figure's whole interval speaks for the champion."""
        return any(one.high is not None and one.high < 0 for one in self._figures)

    @property
    def better(self) -> bool:
        """A figure's whole interval speaks for the candidate, and none for the champion."""
        return not self.worse and any(one.low is not None and one.low > 0 for one in self._figures)

    @property
    def _figures(self) -> tuple[Figure, Figure]:
        return self.difference.auc, self.difference.brier_skill

    @property
    def told(self) -> str:
        """The differences in words."""
        auc, skill = self._figures
        return f"at {self.horizon} days, on the same people since, AUC differs by {said(auc)}, Brier skill by {said(skill)}"


def champion_of(opened: Registry, into: Path) -> Champion:
    """Fetch and load the registry's champion.

    Parameters
    ----------
    into
        A folder that does not exist yet.

    Raises
    ------
    NoChampionError
        There is none yet.
    RegistryAwayError
        The registry does not answer.
    BundleError
        There is one, but it cannot be read: damaged, gone, or of another version of this program.
    """
    version = opened.champion()
    try:
        held = opened.fetch(version.number, into)
        return Champion(version, RiskModel.load(held.path, version.digest))
    except RetentionError as error:
        raise BundleError(f"The champion, version {version.number}, cannot be read: {error}") from error


def not_worse(candidate: Manifest, digest: str, champion: Champion, paired: Paired | None) -> Finding:
    """Whether the candidate is clearly worse than the champion.

    Parameters
    ----------
    paired
        At the longest horizon, 90 or 30 days, whose window has closed since the champion was trained; None where none
        has.
    """
    number, old = champion.version.number, champion.model.manifest
    if digest == champion.version.digest:
        return Finding(NOT_WORSE, True, f"It is version {number}, the champion, to the last bit.")
    told: list[str] = []
    figures: dict[str, float | None] = {}
    worse = False
    if paired is not None and paired.says:
        told.append(paired.told)
        figures |= flat("paired.auc", paired.difference.auc)
        figures |= flat("paired.brier_skill", paired.difference.brier_skill)
        worse = paired.worse
    poorer = MODES.index(candidate.mode) > MODES.index(old.mode)
    unpaired = paired is None or not paired.says or paired.horizon < HEADLINE
    if poorer or unpaired:
        held = _on_record(candidate, old)
        lost = _lost(candidate, old)
        told += [held.told, *([f"its data has no {', '.join(lost)} any more"] if lost else [])]
        figures |= held.figures
        worse = worse or ((held.worse or bool(poorer and lost)) and not (paired is not None and paired.better))
    head = f"Held against version {number} (mode {old.mode}; the candidate's is {candidate.mode}): "
    verdict = "clearly worse. " + _DO if worse else "not clearly worse."
    return Finding(NOT_WORSE, not worse, f"{head}{'; '.join(told)}: {verdict}", figures)


@dataclass(frozen=True)
class _Record:
    """Figures each was registered with, side by side."""

    worse: bool
    told: str
    figures: Figures = field(default_factory=dict)


def _on_record(candidate: Manifest, champion: Manifest) -> _Record:
    new, old = _headline(candidate), _headline(champion)
    if old is None or (old.auc.low is None and old.brier_skill.low is None):
        return _Record(False, f"the champion was promoted without figures at {HEADLINE} days to be held against")
    if new is None:
        return _Record(True, f"the candidate has no figures at {HEADLINE} days")
    pairs = {"AUC": (new.auc, old.auc), "Brier skill": (new.brier_skill, old.brier_skill)}
    worse = any(_apart(mine, theirs) for mine, theirs in pairs.values())
    words = " and ".join(f"{name} {said(mine)} against {said(theirs)}" for name, (mine, theirs) in pairs.items())
    figures = flat("recorded.auc", old.auc) | flat("recorded.brier_skill", old.brier_skill)
    return _Record(worse, f"out of time at {HEADLINE} days on record, {words}", figures)


def _lost(candidate: Manifest, champion: Manifest) -> list[str]:
    """Tables with rows that fed the champion's features and do not feed the candidate's."""
    had, has = ({one.table for one in manifest.sources if one.rows} for manifest in (champion, candidate))
    return [table for table in _FEEDING if table in had - has]


def _apart(mine: Figure, theirs: Figure) -> bool:
    """Whether an interval lies wholly below the other; a figure that only the champion has counts so too."""
    if theirs.low is None:
        return False
    return mine.high is None or mine.high < theirs.low


def _headline(manifest: Manifest) -> Evidence | None:
    found = [one for one in manifest.evidence if one.method == manifest.mode and one.horizon == HEADLINE]
    return found[0] if found else None


def stable(
    candidate: RiskModel, champion: Champion, risks: tuple[NDArray[np.float64], NDArray[np.float64]], *, better: bool
) -> Finding:
    """Whether the two put the people of the training day into anything like the same order.

    Only two full models can be held against each other so, and a change that pairs show to be for the better is none
    to refuse.

    Parameters
    ----------
    risks
        (n,) 90-day risks of everybody at risk on the training day, by the candidate and by the champion.
    better
        Whether pairs show the candidate to be the better one.
    """
    new, old = risks
    correlation = rank_correlation(new, old)
    bands = candidate.bands
    moved = float(np.mean(np.array(bands.of_all(new)) != np.array(bands.of_all(old)))) if len(new) else float("nan")
    told = (
        f"Of {len(new):,} people at risk on the training day, {moved:.0%} would change band; rank correlation "
        f"{correlation:.2f} with version {champion.version.number}"
    )
    figures = {"rank_correlation": _number(correlation), "changed_band": _number(moved)}
    if candidate.mode != champion.model.mode or candidate.mode != MODES[0]:
        return Finding(STABLE, True, f"{told}. Not asked of a mode other than full on both sides.", figures)
    if better or correlation >= LEAST_RANK_CORRELATION:
        return Finding(STABLE, True, f"{told}.", figures)
    return Finding(
        STABLE, False, f"{told}: next to nothing in common, and nothing shows it to be better. {_DO}", figures
    )


def rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN unless both vary.

    Source: Spearman, "The proof and measurement of association between two things", American Journal of Psychology
    15 (1904).

    Examples
    --------
    >>> round(rank_correlation(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 4.0, 3.0])), 3)
    0.8
    """
    if len(one) < 2 or (one == one[0]).all() or (other == other[0]).all():
        return float("nan")
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places from 1, ties at their mean place."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
