"""The rolling-origin evaluation by itself: every method that can run here beside the model, and nothing registered."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.errors import RegistryAwayError
from models.evidence import Evidence
from models.hazard import HORIZONS
from training import acted, card_actions, learning, peers, pipeline, plots, written
from training.ablation import ablate, refits
from training.backtest import Backtest, Rivals
from training.errors import NoModelError
from training.evidence import Against, against_all, evidence
from training.fit import BASE_RATE, BY_TENURE, FULL, fit, gather
from training.pipeline import Data
from training.plots import drivers
from training.progress import Teller
from training.settings import TrainingSettings
from training.splits import Origin


@dataclass(frozen=True)
class Asked:
    """What to look at."""

    origins: int = 6
    """At most so many, the newest."""
    every_months: int = 3
    ablation: bool = False
    """Also refit without each family of records."""
    pictures: bool = False
    """Also draw pictures; two of them need fits of their own."""


@dataclass(frozen=True)
class LookBack:
    """What was seen."""

    found: Backtest
    evidence: tuple[Evidence, ...]
    against: tuple[Against, ...]
    """The full model, or the richest that there is, beside each other method."""
    ablation: tuple[Against, ...] | None
    pictures: Mapping[str, bytes]

    def files(self) -> dict[str, bytes]:
        """All of it, by file name."""
        document = written.evidence_json(self.found, self.evidence, self.against, self.ablation)
        return {written.EVIDENCE: document, **self.pictures}


def look_back(data: Data, settings: TrainingSettings, asked: Asked, teller: Teller) -> LookBack:
    """Replay the origins with every method.

    Raises
    ------
    NoModelError
        No origin could be judged.
    """
    pipeline.tell_of_exits(data, teller)
    origins = pipeline.splits_of(data, settings, asked.origins, asked.every_months)
    found = pipeline.replayed(data, settings, origins, teller, _rivals(settings, teller))
    if not found.judged:
        raise NoModelError(
            "There is no past day to look back from: none has enough leavers before it and a closed window after it. "
            "Give records over a longer time."
        )
    with teller.bar("Figures and their intervals"):
        shown = evidence(found, settings.seed, settings.people_per_hrbp, found.methods)
        against = against_all(found, own_of(found), settings.seed)
    if data.actions is not None:
        done = acted.Done.of(data.actions, data.company, data.as_of)
        teller.say(card_actions.looked_back(acted.facts(None, found, shown, own_of(found), done, settings)))
    worth = _worth(data, settings, origins, teller) if asked.ablation else None
    pictures = _pictures(data, settings, found, teller) if asked.pictures else {}
    return LookBack(found, shown, against, worth, pictures)


def own_of(found: Backtest) -> str:
    """The richest mode of ours that has an answer anywhere."""
    places = range(len(HORIZONS))
    modes = (FULL, BY_TENURE, BASE_RATE)
    answered = (mode for mode in modes if any(one.has_answer(mode, place) for one in found.judged for place in places))
    return next(answered, BASE_RATE)


def _rivals(settings: TrainingSettings, teller: Teller) -> Rivals:
    """Every peer that is installed, and the champion if one can be read."""
    methods = {name: peers.PEERS[name] for name in peers.installed()}
    with tempfile.TemporaryDirectory() as folder:
        try:
            champion = pipeline.opponent_of(settings, Path(folder) / "champion", teller).rivals.champion
        except RegistryAwayError as error:
            teller.warn(f"The champion is not among the methods: {error}")
            champion = None
    return Rivals(methods, champion)


def _worth(data: Data, settings: TrainingSettings, origins: tuple[Origin, ...], teller: Teller) -> tuple[Against, ...]:
    with teller.bar("Refitting without each family of records", refits(data.company, origins)) as advance:
        return ablate(data.company, origins, data.as_of, settings, data.cadence, advance)


def _pictures(data: Data, settings: TrainingSettings, found: Backtest, teller: Teller) -> Mapping[str, bytes]:
    with teller.bar("Learning from fewer people"):
        fewer = learning.learned(data.company, found.judged[-1], data.as_of, settings, data.cadence)
    with teller.bar("Asking what moves the risks"):
        known = gather(data.company, data.as_of, settings, data.cadence)
        moved = drivers.moved(known, fit(known, settings), settings)
    with teller.bar("Drawing"):
        return plots.drawn(found, own_of(found), settings.seed, moved, fewer)
