"""A model fitted on a sample company and held against what only the company's maker knows: everybody's true risk."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.blocks import Snapshots
from features.build import build
from features.company import Company
from features.days import to_day
from features.ingest import load
from features.presence import at_risk, no_score
from features.settings import FeatureSettings
from models.additive import additive
from models.hazard import HORIZONS, hazards, risks
from models.manifest import Correction
from models.ranking import Ranked
from training.fit import fit, gather
from training.sample import END, make, write
from training.settings import TrainingSettings

Floats = NDArray[np.float64]

DAY: Final = to_day(END)
BANDS: Final = {"under 1 year": (0, 1), "1 to 2": (1, 2), "2 to 5": (2, 5), "5 and over": (5, 99)}
"""Years of tenure."""
LIST_SHARE: Final = 0.1
"""The share of people a list holds when lift is measured."""


@dataclass(frozen=True)
class Held:
    """One company scored on its last day; all risks are (people, horizons)."""

    mode: str
    said: Floats
    fitted: Floats
    """What the model would have said had its level not been put right."""
    true: Floats
    years: Floats
    """In the company."""
    correction: Correction
    company: Company
    person: NDArray[np.int32]
    """Employments, by index."""

    def observed_expected(self, said: Floats) -> Floats:
        """Mean true risk over mean risk said, by horizon."""
        return np.asarray(self.true.mean(axis=0) / said.mean(axis=0))

    def by_tenure(self) -> dict[str, Floats]:
        """The same within each of `BANDS` that holds at least ten people."""
        rows = {name: (self.years >= low) & (self.years < high) for name, (low, high) in BANDS.items()}
        return {
            name: np.asarray(self.true[here].mean(axis=0) / self.said[here].mean(axis=0))
            for name, here in rows.items()
            if here.sum() >= 10
        }

    def shares(self, horizon: int) -> dict[str, float]:
        """What the model reaches of what the true risks themselves reach, each beyond chance: 1 is perfect, 0 is chance."""
        place = HORIZONS.index(horizon)
        said, true = self.said[:, place], self.true[:, place]
        return {
            "AUC": (auc(said, true) - 0.5) / (auc(true, true) - 0.5),
            "Brier skill": 1.0 - float(((said - true) ** 2).mean() / true.var()),
            "lift": (lift(said, true) - 1.0) / (lift(true, true) - 1.0),
        }


def hold(folder: Path, employees: int, seed: int, shock: str | None = None, threads: int = 2) -> Held:
    """Make the company, fit on its last day, and score everybody."""
    sample = make(employees, 36, seed, shock=shock)
    write(sample, folder)
    company = load(folder, FeatureSettings(), DAY + 1).company
    settings = TrainingSettings(threads=threads)
    known = gather(company, DAY, settings, (12, 4, 2))
    fitted = fit(known, settings)
    found = fitted.correction
    assert found is not None
    person = _scored(company)
    rows = build(known.learned.scoring, known.spec, Snapshots(person, np.full(len(person), DAY, np.int32)))
    margins = additive(fitted.text, fitted.linear, known.columns).margins(rows)
    ids = [company.people.employee_id[one] for one in person]
    return Held(
        mode=fitted.mode,
        said=risks(hazards(margins)),
        fitted=risks(hazards((margins - found.level) / found.slope)),
        true=np.stack([sample.truth.risk(ids, DAY, horizon) for horizon in HORIZONS], axis=1),
        years=(DAY - company.people.hire[person]) / 365.25,
        correction=found,
        company=company,
        person=person,
    )


def auc(said: Floats, true: Floats) -> float:
    """The AUC to be expected: everybody leaves with the true risk and stays with the rest of it."""
    left = np.repeat([True, False], len(said))
    weight = np.concatenate([true, 1.0 - true])[:, None]
    return float(Ranked.of(left, np.tile(said, 2), weight).auc()[0])


def lift(said: Floats, true: Floats) -> float:
    """Mean true risk of the `LIST_SHARE` with the highest risk said, over that of all."""
    length = max(1, round(LIST_SHARE * len(said)))
    return float(true[np.argsort(-said, kind="stable")[:length]].mean() / true.mean())


def figures_of(held: Held) -> Mapping[str, object]:
    """All of it, rounded, for a file of figures."""
    days = [f"{horizon} days" for horizon in HORIZONS]
    ratios = {"all": held.observed_expected(held.said), "all, uncorrected": held.observed_expected(held.fitted)}
    return {
        "people": len(held.said),
        "mode": held.mode,
        "correction": {"applied": held.correction.applied, "level": held.correction.level, "p": held.correction.p},
        "true over predicted": {
            name: dict(zip(days, ratio.round(3).tolist(), strict=True))
            for name, ratio in (ratios | held.by_tenure()).items()
        },
        "share of the oracle's": {
            day: {name: round(value, 3) for name, value in held.shares(horizon).items()}
            for day, horizon in zip(days, HORIZONS, strict=True)
        },
    }


def _scored(company: Company) -> NDArray[np.int32]:
    """Everybody who may be scored on the last day."""
    person = np.flatnonzero(at_risk(company, DAY)).astype(np.int32)
    return person[[code is None for code in no_score(company, person, DAY)]]
